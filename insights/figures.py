"""What the overview shows: figures that carry their own explanation."""

from dataclasses import dataclass

from core.explanation import Explanation
from core.months import Month
from ledger.balances import AccountBalance
from ledger.models import Category


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its text, its comparison, the rows behind it and its explanation."""

    key: str
    label: str
    amount: int
    text: str
    note: str
    url: str
    explanation: Explanation


@dataclass(frozen=True)
class Overview:
    """What the page is drawn from."""

    month: Month
    answer: str
    figures: list[Figure]
    accounts: list[tuple[AccountBalance, tuple[int, ...], str]]
    cash_flow: dict
    by_category: dict
    categories: list[tuple[str, str, str, str]]
    net_worth: dict
    balances: list[AccountBalance]
    category_map: dict[int, Category]

    def explanation(self, key: str) -> Explanation | None:
        """Of the figure named `key`."""
        return next((f.explanation for f in self.figures if f.key == key), None)
