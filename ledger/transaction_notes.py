"""What other rooms know of a transaction, and offer to do with it, on its page: they register."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ledger.models import Transaction


@dataclass(frozen=True, slots=True)
class TransactionNote:
    """A line that leads to a page of another room; `is_fact` when it says what is, not what may be."""

    icon: str
    text: str
    url: str
    is_fact: bool = False


_sources: list[Callable[[Transaction], Iterable[TransactionNote]]] = []


def tell(source: Callable[[Transaction], Iterable[TransactionNote]]) -> None:
    """Have `source(transaction)` asked for notes whenever a transaction's page is shown."""
    _sources.append(source)


def notes_of(row: Transaction) -> list[TransactionNote]:
    """All that is known of it elsewhere, facts first."""
    notes = [note for source in _sources for note in source(row)]
    return sorted(notes, key=lambda note: not note.is_fact)
