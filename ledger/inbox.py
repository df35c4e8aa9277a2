"""The inbox: rows that came by themselves and that nobody has looked at, each with an offer and why."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Household
from ledger.categoriser.rows import Guess, Row
from ledger.models import Category, Transaction
from ledger.services.memory import categoriser_of

PAGE = 50
LEAST = 0.15
"""Below this certainty an offer is noise."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row with the category that it has or is offered, how sure that is (per cent), and why."""

    row: Transaction
    category: Category | None
    certainty: int | None
    why: str

    @property
    def is_offer(self) -> bool:
        """Whether the category is only offered yet."""
        return self.row.category_id is None and self.category is not None


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of it. `undecided` and `sorted` count the whole inbox."""

    items: list[Item]
    page: object
    undecided: int
    sorted: int


def inbox(household: Household, *, is_sorted: bool, page: int | str | None = 1) -> Inbox:
    """The rows to decide, or with `is_sorted` those that were sorted by themselves, newest first."""
    rows = inbox_rows(household)
    counts = rows.aggregate(
        undecided=Count("pk", filter=Q(category=None)),
        sorted=Count("pk", filter=~Q(category=None)),
    )
    wanted = rows.filter(category__isnull=not is_sorted).newest_first()
    shown = Paginator(wanted.select_related("account", "payee", "category"), PAGE).get_page(page)
    return Inbox(items=_items(household, list(shown)), page=shown, **counts)


def inbox_rows(household: Household):
    """What waits: movements without a transfer or parts that nobody has looked at."""
    return (
        Transaction.objects.for_household(household)
        .inbox()
        .filter(transfer=None, is_split=False, refund_of=None)
    )


def _items(household: Household, rows: list[Transaction]) -> list[Item]:
    if not rows:
        return []
    model = categoriser_of(household, keeps=False)
    guesses = model.predict_all([row_for(row) for row in rows])
    categories = Category.objects.in_bulk(
        [guess.category for guess in guesses if isinstance(guess.category, int)]
    )
    items = []
    for row, guess in zip(rows, guesses, strict=True):
        category, certainty = row.category, row.certainty
        is_known = guess.confidence >= LEAST
        if category is None and is_known:
            category, certainty = categories.get(guess.category), int(guess.confidence * 100)
        is_same = category is not None and guess.category == category.pk
        items.append(Item(row, category, certainty, why_of(guess, category) if is_same else ""))
    return items


def row_for(row: Transaction) -> Row:
    """A transaction as the categoriser knows it."""
    name = row.payee.name if row.payee_id else ""
    return Row(row.description or name, row.amount, row.date, row.payee_id)


def why_of(guess: Guess, category: Category) -> str:
    """The reason of a guess in words: "12 earlier Tesco → Groceries"."""
    why = guess.why
    facts = {
        "n": why.times, "payee": why.payee, "category": category.name, "words": ", ".join(why.words)
    }  # fmt: skip
    if why.kind == "history" and why.times:
        text = ngettext(
            "%(n)s earlier %(payee)s → %(category)s",
            "%(n)s earlier %(payee)s → %(category)s",
            why.times,
        )
        return text % facts
    if why.kind == "known merchant":
        return _("%(payee)s is known") % facts
    if why.kind == "words" and why.words:
        return _("Because of “%(words)s”") % facts
    return _("Usual for such rows") if why.kind == "usual" else ""
