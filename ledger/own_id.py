"""The identifier that Housebook's own files carry, by which they are recognised when they return."""

import re

from accounts.models import Household

_SHAPE = re.compile(r"hb-([0-9a-f]{12})-([1-9][0-9]{0,17})")


def own_id(household: Household, pk: int) -> str:
    """The identifier of transaction `pk` in exported files. Stays the same for ever.

    The household's code is in it, so that a file of one household stays unknown to another.
    """
    return f"hb-{household.code.hex[:12]}-{pk}"


def own_pk(household: Household, text: str) -> int | None:
    """The number of the transaction that `own_id` made `text` of; None for any other text."""
    match = _SHAPE.fullmatch(text)
    return int(match[2]) if match and match[1] == household.code.hex[:12] else None
