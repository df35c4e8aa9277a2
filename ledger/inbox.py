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
LEAST = 40
"""Below this certainty, in per cent, an offer is noise."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row with the category that it has or is offered, how sure that is (per cent), and why."""

    row: Transaction
    category: Category | None
    certainty: int | None
    why: str
    alike: int = 1
    """How many rows of its payee, in or out as it is, wait in the same way."""

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


def alike(household: Household, row: Transaction):
    """Rows of the inbox that `row` speaks for: its payee, its direction, decided or not as it is."""
    rows = inbox_rows(household).filter(category__isnull=row.category_id is None)
    direction = {"amount__gt": 0} if row.amount > 0 else {"amount__lt": 0}
    same = rows.filter(payee=row.payee_id, **direction)
    return same if row.payee_id else rows.filter(pk=row.pk)


def _alike_counts(household: Household, rows: list[Transaction]) -> dict[tuple, int]:
    payees = {row.payee_id for row in rows if row.payee_id}
    counted = (
        inbox_rows(household)
        .filter(payee__in=payees, category__isnull=rows[0].category_id is None)
        .order_by()
        .values_list("payee")
        .annotate(ins=Count("pk", filter=Q(amount__gt=0)), outs=Count("pk", filter=Q(amount__lt=0)))
    )
    return {
        (payee, is_in): count
        for payee, ins, outs in counted
        for is_in, count in ((True, ins), (False, outs))
    }


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
    counts = _alike_counts(household, rows)
    items = []
    for row, guess in zip(rows, guesses, strict=True):
        category, certainty = row.category, row.certainty
        is_known = guess.confidence * 100 >= LEAST
        if category is None and is_known:
            category, certainty = categories.get(guess.category), int(guess.confidence * 100)
        is_same = category is not None and guess.category == category.pk
        why = why_of(guess, category) if is_same else ""
        alike = counts.get((row.payee_id, row.amount > 0), 1)
        items.append(Item(row, category, certainty, why, alike))
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
