"""What a forecast is made from: thirteen months of the ledger and what is known to come."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Household
from core.money import exponent
from currencies.conversion import RateTable
from insights.projection.resampling import tempered
from insights.projection.shapes import Cycle, Flow, History, Moved, Place
from ledger.balances import AccountBalance, account_balances
from ledger.models import Account, CategoryMonth, Transaction
from ledger.models import Flow as MonthFlow
from recurring.cards import asked_for, closing_days, due_day, payments
from recurring.due import MISSING_FOR
from recurring.models import CardCycle, Occurrence, Series

BACK = dt.timedelta(days=395)
LEAST = dt.timedelta(days=56)
"""Eight weeks: a shorter past would make a band that means nothing."""
COMMON = dt.timedelta(days=182)
"""A young account shortens the past that is drawn from to half a year at most."""
LEAST_SEEN = 3
"""So often a bill was paid before its amounts are a spread."""
LARGE_SHARE = 25
"""A movement is large from a twenty-fifth of what is spent in a month on."""

_LIQUID = (Account.Kind.CURRENT, Account.Kind.SAVINGS, Account.Kind.CASH)
_KINDS = (*_LIQUID, Account.Kind.CREDIT_CARD, Account.Kind.LOAN)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that the engine takes, and the accounts that it is about."""

    household: Household
    today: dt.date
    days: int
    balances: list[AccountBalance]
    """Of all accounts, for the side bar."""
    accounts: dict[int, Account]
    places: tuple[Place, ...]
    flows: tuple[Flow, ...]
    cycles: tuple[Cycle, ...]
    history: History
    without_rate: tuple[Account, ...]

    @property
    def last(self) -> dt.date:
        return self.today + dt.timedelta(days=self.days)


def read_inputs(household: Household, today: dt.date, days: int) -> Inputs:
    """Nine queries, one more with cards, with cards that do not say who pays them, and with other
    currencies; never more than thirteen months of rows, small movements summed by day."""
    balances = account_balances(household, today)
    shown = [
        item for item in balances if item.account.kind in _KINDS and not item.account.is_closed
    ]
    accounts = {item.account.pk: item.account for item in shown}
    begun = _begun(accounts)
    cycles = _card_cycles(household, accounts)
    foreign = {a.currency for a in accounts.values()} - {household.base_currency}
    needed = {household.base_currency, *foreign} if foreign else ()
    table = RateTable(needed, today, today)
    places, without_rate = [], []
    for item in shown:
        place = _place(item, begun.get(item.account.pk), household, table, today)
        places.append(place)
        if _is_liquid(item.account) and not place.is_in_total:
            without_rate.append(item.account)
    held = {item.account.pk: item.balance for item in shown}
    flows = [
        *_expected(household, accounts, cycles, today, days),
        *_posted(accounts, today, days),
        *_open_statements(cycles, held, today),
    ]
    history = _history(household, accounts, cycles, begun, today)
    ahead = tuple(_cycle(cycle, today, days) for cycle in cycles)
    return Inputs(
        *(household, today, days, balances, accounts, tuple(places)),
        *(tuple(sorted(flows, key=_order)), ahead, history, tuple(without_rate)),
    )


def _is_liquid(account: Account) -> bool:
    return account.kind in _LIQUID and not account.is_off_budget


def _begun(accounts: dict[int, Account]) -> dict[int, dt.date]:
    """Since when each account is known; nothing for those that nothing has moved yet."""
    first = Transaction.objects.movements().filter(account=OuterRef("pk")).order_by("date")
    rows = Account.objects.filter(pk__in=accounts).values_list(
        "pk", Subquery(first.values("date")[:1])
    )
    return {pk: min(day, accounts[pk].opened_on or day) for pk, day in rows.order_by() if day}


def _place(item, begun, household, table: RateTable, today) -> Place:
    account, target = item.account, household.base_currency
    worth = table.convert(0, account.currency, target, today)
    rate = Fraction(1)
    if worth is not None:
        rate = Fraction(worth.rate) * 10 ** exponent(target) / 10 ** exponent(account.currency)
    return Place(
        key=account.pk,
        balance=item.balance,
        is_in_total=_is_liquid(account) and worth is not None,
        has_history=begun is not None and begun <= today - LEAST,
        rate=rate,
    )


def _card_cycles(household: Household, accounts: dict[int, Account]) -> list[CardCycle]:
    """Those of cards that another shown account of the same currency pays: the one that it is said
    to be, else the one that paid last. One query, and one for each card that does not say."""
    found = []
    for cycle in CardCycle.objects.filter(household=household, account__in=accounts).order_by("pk"):
        card = cycle.account = accounts[cycle.account_id]
        if cycle.paid_from_id is None:
            cycle.paid_from_id = _last_payer(card)
        payer = accounts.get(cycle.paid_from_id)
        if payer and payer.currency == card.currency:
            found.append(cycle)
    return found


def _last_payer(card: Account) -> int | None:
    paid = Transaction.objects.filter(account=card, transfer__isnull=False, amount__gt=0)
    last = paid.newest_first().values("transfer")[:1]
    other = Transaction.objects.filter(transfer=Subquery(last)).exclude(account=card)
    return other.values_list("account", flat=True).first()


def _cycle(cycle: CardCycle, today: dt.date, days: int) -> Cycle:
    ahead, last = [], today + dt.timedelta(days=days)
    closing = closing_days(cycle, today)[2]
    while closing <= last:
        ahead.append((closing, due_day(cycle, closing)))
        closing = closing_days(cycle, closing)[2]
    return Cycle(
        cycle.account_id, cycle.paid_from_id, tuple(ahead), partial(asked_for, cycle),
        _statement_of(cycle),
    )  # fmt: skip


def _statement_of(cycle: CardCycle) -> str:
    return _("Statement of %(card)s") % {"card": cycle.account.name}


def _open_statements(cycles: list[CardCycle], held: dict[int, int], today) -> Iterator[Flow]:
    """What was stated and is not paid yet leaves its payer on the due day. One query, if any."""
    closed = {cycle.account_id: closing_days(cycle, today)[1] for cycle in cycles}
    since = Q(pk__in=[])
    for account, day in closed.items():
        since |= Q(account=account, date__gt=day, date__lte=today)
    sums = {}
    if cycles:
        rows = Transaction.objects.movements().filter(since).order_by().values_list("account")
        for account, moved, paid in rows.annotate(
            moved=Sum("amount"), paid=Sum("amount", filter=payments(), default=0)
        ):
            sums[account] = (moved, paid)
    for cycle in cycles:
        card = cycle.account_id
        moved, paid = sums.get(card, (0, 0))
        rest = asked_for(cycle, moved - held[card]) - paid
        if rest > 0:
            due, label = due_day(cycle, closed[card]), _statement_of(cycle)
            url = reverse("ledger:account_detail", args=[card])
            yield Flow(due, cycle.paid_from_id, -rest, label, url=url)
            yield Flow(due, card, rest, label, url=url)


def _expected(household, accounts, cycles, today, days) -> Iterator[Flow]:
    """What bills, income and transfers between accounts will move. Two queries."""
    seen = Occurrence.objects.filter(series=OuterRef("series"), state=Occurrence.State.MATCHED)
    rows = (
        Occurrence.objects.for_household(household)
        .open()
        .filter(due_on__range=(today - MISSING_FOR, today + dt.timedelta(days=days)))
        .select_related("series")
        .annotate(seen_on=Subquery(seen.order_by("-due_on").values("transaction__account")[:1]))
        .order_by("due_on", "pk")
    )
    cards = {cycle.account_id for cycle in cycles}
    spreads = _spreads(household, today)
    for row in rows:
        series = row.series
        if row.state == Occurrence.State.MISSING and series.is_income:
            continue
        is_transfer = series.kind == Series.Kind.TRANSFER
        if is_transfer and series.other_account_id in cards:
            continue  # the card's own statement says how much
        account = _account_of(series, row.seen_on, accounts)
        facts = (series.name, row.pk, series.pk, series.is_income)
        if account:
            spread = () if is_transfer else spreads.get(series.pk, ())
            yield Flow(row.due_on, account, row.amount, *facts, spread=spread)
        if is_transfer and series.other_account_id in accounts:
            yield Flow(row.due_on, series.other_account_id, -row.amount, *facts)


def _account_of(series: Series, seen_on: int | None, accounts: dict[int, Account]) -> int | None:
    """Its own account, else the one that it was last seen on, else the first that fits."""
    if series.account_id:
        return series.account_id if series.account_id in accounts else None
    if seen_on in accounts:
        return seen_on
    fitting = (a for a in accounts.values() if _is_liquid(a) and a.currency == series.currency)
    return next((account.pk for account in fitting), None)


def _posted(accounts: dict[int, Account], today, days) -> Iterator[Flow]:
    """Rows that are here already and dated ahead. One query."""
    span = (today + _DAY, today + dt.timedelta(days=days))
    rows = Transaction.objects.movements().filter(account__in=accounts, date__range=span)
    for pk, day, account, amount, payee, text in rows.values_list(
        "pk", "date", "account_id", "amount", "payee__name", "description"
    ):
        url = reverse("ledger:transaction_edit", args=[pk])
        yield Flow(day, account, amount, payee or text or _("Transaction"), url=url)


def _history(household, accounts, cycles, begun, today) -> History:
    """What moved the accounts and is explained by no series and no card statement. Three queries."""
    first = _past_begins(begun, today)
    limits = {
        pk: limit
        for currency, limit in _limits(household, accounts, today).items()
        for pk, account in accounts.items()
        if account.currency == currency
    }
    usual: dict[int, Counter[dt.date]] = defaultdict(Counter)
    large: dict[str, list[Moved]] = defaultdict(list)
    small, rest = _unexplained(household, accounts, cycles, limits, first, today)
    for account, day, amount in small:
        usual[account][day] += amount
    for row in rest:
        large[accounts[row.account].currency].append(row)
    return History(first, usual, [one for rows in large.values() for one in tempered(rows)])


def _past_begins(begun: dict[int, dt.date], today: dt.date) -> dt.date:
    first = max([day for day in begun.values() if day <= today - LEAST], default=today)
    return max(min(first, today - COMMON), today - BACK, min(begun.values(), default=today))


def _unexplained(household, accounts, cycles, limits, first, today):
    """Small movements summed by account and day, and the large ones."""
    matched = Occurrence.objects.filter(
        household=household, state=Occurrence.State.MATCHED, due_on__gte=first - MISSING_FOR
    ).values("transaction")
    paying = payments() & Q(account__in=[cycle.account_id for cycle in cycles])
    legs = Transaction.objects.filter(household=household, transfer__isnull=False)
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(account__in=accounts, date__gte=first, date__lt=today)
        .exclude(pk__in=matched)
        .exclude(transfer__in=legs.filter(pk__in=matched).values("transfer"))
        .exclude(paying)
        .exclude(transfer__in=legs.filter(paying).values("transfer"))
        .order_by()
    )
    by_limit = defaultdict(list)
    for account, limit in limits.items():
        by_limit[limit].append(account)
    is_small = Q(pk__in=[])
    for limit, keys in by_limit.items():
        is_small |= Q(account__in=keys, amount__gt=-limit, amount__lt=limit)
    small = rows.filter(is_small).values_list("account_id", "date").annotate(Sum("amount"))
    large = rows.exclude(is_small).order_by("date", "pk")
    return small, [Moved(*row) for row in large.values_list("date", "account_id", "amount")]


def _spreads(household, today) -> dict[int, tuple[int, ...]]:
    """By how much bills whose amount varies differed from what is expected of them now, by series."""
    rows = Occurrence.objects.for_household(household).filter(
        state=Occurrence.State.MATCHED,
        series__state=Series.State.ACTIVE,
        series__is_fixed=False,
        due_on__range=(today - BACK, today),
    )
    found: dict[int, list[int]] = defaultdict(list)
    for series, apart in rows.order_by("due_on", "pk").values_list(
        "series", F("transaction__amount") - F("series__amount")
    ):
        found[series].append(apart)
    return {series: tuple(values) for series, values in found.items() if len(values) >= LEAST_SEEN}


def _limits(household, accounts, today) -> dict[str, int]:
    """From which size a movement is large, by currency."""
    month = household.month_of(today).index
    rows = (
        CategoryMonth.objects.filter(
            household=household, account__in=accounts, month__range=(month - 12, month)
        )
        .filter(is_inflow=False)
        .exclude(flow=MonthFlow.TRANSFER)
        .order_by()
        .values_list("account__currency")
        .annotate(Sum("amount"), Count("month", distinct=True))
    )
    return {
        currency: max(1, -amount // (months * LARGE_SHARE)) for currency, amount, months in rows
    }


def _order(flow: Flow) -> tuple:
    return flow.day, flow.label, flow.amount
