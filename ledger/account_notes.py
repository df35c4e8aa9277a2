"""What other rooms know of an account and say on its page: they register when they start."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ledger.models import Account


@dataclass(frozen=True, slots=True)
class AccountNote:
    """One line on an account's page. `tone` is "", "near" or "wrong"."""

    icon: str
    text: str
    url: str
    tone: str = ""


_sources: list[Callable[[Account], Iterable[AccountNote]]] = []


def tell(source: Callable[[Account], Iterable[AccountNote]]) -> None:
    """Have `source(account)` asked for notes whenever an account is shown."""
    _sources.append(source)


def notes_of(account: Account) -> list[AccountNote]:
    """All that is known of it elsewhere."""
    return [note for source in _sources for note in source(account)]
