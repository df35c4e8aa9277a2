"""The demo household. Rooms above add their part: they register when they start."""

from collections.abc import Callable

additions: list[Callable] = []
"""Called as `addition(household, user, today)` when everything of the ledger is there."""


def also(addition: Callable) -> None:
    """Have `addition(household, user, today)` called for every demo household that is made."""
    additions.append(addition)
