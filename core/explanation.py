"""Why a number is what it is: said by the answer that made the number."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """A group of rows: what they are, how many, and their sum in minor units."""

    label: str
    count: int
    amount: int
    currency: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a number is what it is: what was counted and what was left out, with the reason."""

    title: str
    formula: str
    result: str
    counted: list[Term]
    left_out: list[Term]
    url: str = ""
