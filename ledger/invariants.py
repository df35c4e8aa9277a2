"""What must always hold (docs/explanation/invariants.md). Read-only; `manage.py check_ledger`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.transaction import atomic

from accounts.models import Household, Role
from core.money import MAX_MINOR
from core.months import Month
from ledger.models import (
    AccountMonth,
    CategoryMonth,
    Flow,
    Reconciliation,
    Status,
    Tombstone,
    Transaction,
    Transfer,
)
from ledger.text import search_text


@dataclass(frozen=True, slots=True)
class Damage:
    """A broken rule: which, and the row that breaks it. Never an amount or a text of people."""

    rule: str
    table: str
    pk: int
    message: str


def check(household: Household | None = None) -> list[Damage]:
    """Every damage of one household, or of all, as of one moment."""
    with _one_moment():
        scope = Scope(household)
        return [damage for rule in (*RULES, *more_rules) for damage in rule(scope)]


@contextmanager
def _one_moment():
    outermost = not connection.in_atomic_block
    with atomic():
        if connection.vendor == "postgresql" and outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


class Scope:
    """The rows that are checked."""

    def __init__(self, household: Household | None):
        self.household = household

    def of(self, model):
        rows = model._default_manager.all()
        return rows if self.household is None else rows.filter(household=self.household)

    @property
    def rows(self):
        return self.of(Transaction)


def splits(scope: Scope) -> Iterator[Damage]:
    """Parts sum to their parent, share its account, date, household and state; have no parts."""
    sums = (
        Transaction.objects.filter(parent=OuterRef("pk"))
        .order_by()
        .values("parent")
        .annotate(total=Sum("amount"))
    )
    wrong = scope.rows.filter(is_split=True).annotate(total=sums.values("total"))
    for pk in wrong.filter(Q(total=None) | ~Q(total=F("amount"))).values_list("pk", flat=True):
        yield Damage("split", "transaction", pk, "its parts do not sum to it")
    parts = scope.rows.exclude(parent=None)
    apart = parts.exclude(
        account=F("parent__account"),
        date=F("parent__date"),
        household=F("parent__household"),
        status=F("parent__status"),
        month=F("parent__month"),
    )
    for pk in apart.values_list("pk", flat=True):
        yield Damage("split", "transaction", pk, "this part differs from its whole")
    for pk in parts.filter(parent__is_split=False).values_list("pk", flat=True):
        yield Damage("split", "transaction", pk, "this part's whole is not marked as split")
    for pk in parts.filter(parent__parent__isnull=False).values_list("pk", flat=True):
        yield Damage("split", "transaction", pk, "a part has parts")


def transfers(scope: Scope) -> Iterator[Damage]:
    """Two legs, two accounts, opposite signs, equal in one currency, no category."""
    for transfer in (
        scope.of(Transfer)
        .annotate(
            sides=Count("legs"),
            accounts=Count("legs__account", distinct=True),
            currencies=Count("legs__account__currency", distinct=True),
            money_in=Count("legs", filter=Q(legs__amount__gt=0)),
            total=Sum("legs__amount"),
        )
        .values("pk", "sides", "accounts", "currencies", "money_in", "total")
    ):
        if transfer["sides"] != 2 or transfer["accounts"] != 2:
            yield Damage("transfer", "transfer", transfer["pk"], "it has not two legs")
        elif transfer["money_in"] != 1:
            yield Damage("transfer", "transfer", transfer["pk"], "its legs have one sign")
        elif transfer["currencies"] == 1 and transfer["total"] != 0:
            yield Damage("transfer", "transfer", transfer["pk"], "its legs do not cancel")
    legs = scope.rows.filter(transfer__isnull=False)
    for pk in legs.exclude(category=None, is_split=False, parent=None).values_list("pk", flat=True):
        yield Damage("transfer", "transaction", pk, "a leg has a category or parts")


def tenants(scope: Scope) -> Iterator[Damage]:
    """Rows of one household point only to rows of the same one. Generic over all models."""
    for model in apps.get_models():
        targets = [
            field.name
            for field in model._meta.concrete_fields
            if field.name != "household" and field.related_model and _has_household(field)
        ]
        if _has_own_household(model):
            pairs = [("household", f"{name}__household", name) for name in targets]
        else:  # a row between two, such as a tag of a transaction
            pairs = [
                (f"{targets[0]}__household", f"{name}__household", name) for name in targets[1:]
            ]
        for own, other, name in pairs:
            rows = model._default_manager.all()
            if scope.household is not None:
                rows = rows.filter(**{own: scope.household})
            strangers = rows.filter(**{f"{name}__isnull": False}).exclude(**{other: F(own)})
            for pk in strangers.values_list("pk", flat=True):
                yield Damage(
                    "tenant", model._meta.model_name, pk, f"its {name} is another household's"
                )


def _has_household(field) -> bool:
    return field.related_model is not Household and _has_own_household(field.related_model)


def _has_own_household(model) -> bool:
    return any(
        field.name == "household" and field.related_model is Household
        for field in model._meta.concrete_fields
    )


def identities(scope: Scope) -> Iterator[Damage]:
    """External ids are unique for an account and source; nothing lives that lies in the trash."""
    twins = (
        scope.rows.exclude(external_id="")
        .order_by()
        .values("account", "source", "external_id")
        .annotate(count=Count("pk"), first=F("account"))
        .filter(count__gt=1)
    )
    for twin in twins:
        yield Damage("identity", "account", twin["account"], "an external id stands twice")
    alive = Transaction.objects.filter(pk=OuterRef("transaction_id"))
    for pk in scope.of(Tombstone).filter(Exists(alive)).values_list("pk", flat=True):
        yield Damage("identity", "tombstone", pk, "its transaction is still here")


def refunds(scope: Scope) -> Iterator[Damage]:
    """A refund is money in that pays back money out; neither is a transfer or a part."""
    links = scope.rows.filter(refund_of__isnull=False)
    wrong = links.exclude(
        amount__gt=0,
        transfer=None,
        parent=None,
        refund_of__amount__lt=0,
        refund_of__transfer=None,
        refund_of__parent=None,
    )
    for pk in wrong.values_list("pk", flat=True):
        yield Damage("refund", "transaction", pk, "it does not pay back money out")


def months(scope: Scope) -> Iterator[Damage]:
    """Every row's month is its household's month of its date."""
    found = (
        scope.rows.order_by()
        .values("household_id", "household__first_month_day", "date", "month")
        .distinct()
    )
    for row in found.iterator():
        expected = Month.containing(row["date"], row["household__first_month_day"]).index
        if row["month"] != expected:
            wrong = Transaction.objects.filter(
                household=row["household_id"], date=row["date"], month=row["month"]
            )
            yield Damage("month", "transaction", wrong.first().pk, "its month is not its date's")


def account_totals(scope: Scope) -> Iterator[Damage]:
    """AccountMonth equals the movements that it stands for."""
    yield from _compare(
        scope.of(AccountMonth),
        scope.rows.movements(),
        ("account_id", "month"),
        {"pending": Sum("amount", filter=Q(status=Status.PENDING), default=0)},
        "accountmonth",
    )


def category_totals(scope: Scope) -> Iterator[Damage]:
    """CategoryMonth equals the allocations that it stands for."""
    for flow, where in (
        (Flow.TRANSFER, Q(transfer__isnull=False)),
        (Flow.PENDING, Q(transfer=None, status=Status.PENDING)),
        (Flow.COUNTED, Q(transfer=None) & ~Q(status=Status.PENDING)),
    ):
        for is_inflow in (True, False):
            sign = Q(amount__gt=0) if is_inflow else ~Q(amount__gt=0)
            yield from _compare(
                scope.of(CategoryMonth).filter(flow=flow, is_inflow=is_inflow),
                scope.rows.allocations().filter(where & sign),
                ("account_id", "month", "category_id"),
                {},
                "categorymonth",
            )


def _compare(kept, rows, keys: tuple, more: dict, table: str) -> Iterator[Damage]:
    facts = ("total", "number", *more)
    expected = {
        tuple(row[key] for key in keys): tuple(row[fact] for fact in facts)
        for row in rows.order_by()
        .values(*keys)
        .annotate(total=Sum("amount"), number=Count("pk"), **more)
    }
    seen = set()
    for row in kept.values("pk", *keys, "amount", "count", *more):
        key = tuple(row[name] for name in keys)
        if key in seen:
            yield Damage("total", table, row["pk"], "it stands twice")
        elif expected.get(key) != (row["amount"], row["count"], *(row[name] for name in more)):
            yield Damage("total", table, row["pk"], "it does not equal its transactions")
        seen.add(key)
    for key in expected.keys() - seen:
        yield Damage("total", table, key[0], "a month of this account has no total")


def reconciliations(scope: Scope) -> Iterator[Damage]:
    """Reconciled rows have a finished reconciliation and sum to its statement."""
    odd = scope.rows.movements().filter(
        (Q(status=Status.RECONCILED) & Q(reconciliation__finished_at=None))
        | (~Q(status=Status.RECONCILED) & Q(reconciliation__finished_at__isnull=False))
    )
    for pk in odd.values_list("pk", flat=True):
        yield Damage("reconciled", "transaction", pk, "its state is not its reconciliation's")
    elsewhere = scope.rows.filter(reconciliation__isnull=False).exclude(
        reconciliation__account=F("account")
    )
    for pk in elsewhere.values_list("pk", flat=True):
        yield Damage("reconciled", "transaction", pk, "its reconciliation is another account's")
    finished = scope.of(Reconciliation).exclude(finished_at=None).select_related("account")
    for reconciliation in finished:
        upto = Transaction.objects.movements().filter(
            account=reconciliation.account_id,
            status=Status.RECONCILED,
            reconciliation__statement_on__lte=reconciliation.statement_on,
            reconciliation__pk__lte=reconciliation.pk,
        )
        total = upto.aggregate(total=Sum("amount"))["total"] or 0
        opening = reconciliation.account.opening_balance
        if opening + total != reconciliation.statement_balance:
            yield Damage(
                "reconciled", "reconciliation", reconciliation.pk, "its rows miss its balance"
            )


def ranges(scope: Scope) -> Iterator[Damage]:
    """Amounts within the ledger's range; a split has no category of its own."""
    wild = scope.rows.exclude(amount__range=(-MAX_MINOR, MAX_MINOR))
    for pk in wild.values_list("pk", flat=True):
        yield Damage("range", "transaction", pk, "its amount is out of range")
    for pk in scope.rows.filter(is_split=True, category__isnull=False).values_list("pk", flat=True):
        yield Damage("range", "transaction", pk, "a split has a category of its own")


def owners(scope: Scope) -> Iterator[Damage]:
    """Every household has an owner or is being deleted."""
    households = Household.objects.filter(delete_after=None)
    if scope.household is not None:
        households = households.filter(pk=scope.household.pk)
    owned = households.filter(memberships__role=Role.OWNER).values("pk")
    for pk in households.exclude(pk__in=owned).values_list("pk", flat=True):
        yield Damage("owner", "household", pk, "it has no owner")


def search(scope: Scope) -> Iterator[Damage]:
    """The search text is what it is made of, and SQLite's index agrees with its table."""
    rows = scope.rows.values_list("pk", "description", "payee__name", "notes", "search_text")
    for pk, description, payee, notes, stored in rows.iterator(chunk_size=5000):
        if stored != search_text(description, payee or "", notes):
            yield Damage("search", "transaction", pk, "its search text is stale")
    if connection.vendor == "sqlite" and not _sqlite_index_agrees():
        yield Damage("search", "transaction_search", 0, "the search index misses rows")


def _sqlite_index_agrees() -> bool:
    """FTS5's own comparison of index and table. It is written as an insert, but writes nothing."""
    try:
        with atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO ledger_transaction_search(ledger_transaction_search, rank) "
                "VALUES ('integrity-check', 1)"
            )
    except DatabaseError:
        return False
    return True


RULES = (
    splits,
    transfers,
    refunds,
    tenants,
    identities,
    months,
    account_totals,
    category_totals,
    reconciliations,
    ranges,
    owners,
    search,
)

more_rules: list = []
"""Rules of rooms above, which register when they start: `rule(scope)` yields Damage."""
