"""What the categoriser is told and what it answers."""

import datetime as dt
from dataclasses import dataclass

Category = int | str


@dataclass(frozen=True, slots=True)
class Row:
    """A transaction to judge. `amount` in minor units, signed; `payee` names the known payee, if any."""

    description: str
    amount: int
    date: dt.date | None = None
    payee: int | str | None = None
    provider: str = ""
    """The bank's own class of the row, if it sends one."""


@dataclass(frozen=True, slots=True)
class Why:
    """What a guess rests on: "history", "words", "known merchant", "usual" or "nothing"."""

    kind: str
    payee: str = ""
    times: int = 0
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest category with its probability of being right; None when nothing is known."""

    category: Category | None
    confidence: float
    why: Why
