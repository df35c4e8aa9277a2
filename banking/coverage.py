"""Which days of an account are known, and how: from the bank, from files, reconciled by hand."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Max, Min

from accounts.models import Household
from banking.models import BankAccount
from core.months import Month
from ledger.models import Account, Reconciliation, Source, Transaction

Span = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True)
class MonthCoverage:
    """One month of one account, up to today. Numbers are days."""

    month: Month
    days: int
    synced: int
    filed: int
    by_hand: int
    covered: int
    gaps: tuple[Span, ...]

    @property
    def state(self) -> str:
        """full, partly, none; out when the account had no day in it."""
        if self.days == 0:
            return "out"
        if self.covered == self.days:
            return "full"
        return "partly" if self.covered else "none"


@dataclass(frozen=True, slots=True)
class AccountCoverage:
    """An account's months, oldest first, and whether its balance agrees with the last that a bank
    or statement stated (`agrees` None: nobody stated one). `difference` is in minor units of the
    account's currency: the ledger's less the bank's."""

    account: Account
    months: tuple[MonthCoverage, ...]
    agrees: bool | None
    agreed_on: dt.date | None
    difference: int | None

    @property
    def is_by_hand(self) -> bool:
        """Whether neither a bank nor a file ever spoke of it: then no day is missing."""
        return not any(month.synced or month.filed for month in self.months)

    @property
    def gaps(self) -> list[Span]:
        """Days that nothing covers, joined over the ends of months."""
        if self.is_by_hand:
            return []
        return _joined([gap for month in self.months for gap in month.gaps])


def coverage_of(household: Household, months: int = 12) -> list[AccountCoverage]:
    """What is known of each open account in the last `months` months. Four queries."""
    today = household.today()
    current = household.current_month()
    wanted = list((current - (months - 1)).until(current))
    first_day = household.first_month_day
    first = wanted[0].start(first_day)
    accounts = list(Account.objects.for_household(household).open())
    synced, feeds = _synced(household)
    filed = _filed(household, first)
    reconciled, stated = _reconciled(household)
    typed = _typed(household, first, today)
    found = []
    for account in accounts:
        spans = (synced[account.pk], filed[account.pk], reconciled[account.pk], typed[account.pk])
        begin = account.opened_on or min(
            (span[0] for kind in spans for span in kind), default=first
        )
        rows = tuple(_month(month, first_day, begin, today, spans) for month in wanted)
        feed = feeds.get(account.pk)
        agrees, on, difference = None, None, None
        if feed is not None and feed.difference is not None:
            agrees, on, difference = feed.difference == 0, feed.balance_at.date(), feed.difference
        elif account.pk in stated:
            agrees, on, difference = True, stated[account.pk], 0
        found.append(AccountCoverage(account, rows, agrees, on, difference))
    return found


def gaps_between(household: Household, first: dt.date, last: dt.date) -> dict[Account, list[Span]]:
    """The days from `first` to `last` of each open account that nothing covers: what a report over
    them may miss. Accounts that are kept by hand alone have none."""
    months = household.current_month().index - household.month_of(first).index + 1
    found = {}
    for one in coverage_of(household, max(1, months)):
        inside = [
            (max(gap[0], first), min(gap[1], last))
            for gap in one.gaps
            if gap[0] <= last and gap[1] >= first
        ]
        if inside:
            found[one.account] = inside
    return found


def _synced(household: Household) -> tuple[dict[int, list[Span]], dict[int, BankAccount]]:
    spans: dict[int, list[Span]] = defaultdict(list)
    feeds: dict[int, BankAccount] = {}
    rows = BankAccount.objects.filter(
        connection__household=household, account__isnull=False, synced_from__isnull=False
    ).order_by("synced_at")
    for row in rows:
        spans[row.account_id].append((row.synced_from, row.synced_until))
        feeds[row.account_id] = row
    return spans, feeds


def _filed(household: Household, first: dt.date) -> dict[int, list[Span]]:
    """A file covers from its first to its last row."""
    spans: dict[int, list[Span]] = defaultdict(list)
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(batch__isnull=False, date__gte=first)
        .order_by()
        .values_list("account_id", "batch_id")
        .annotate(Min("date"), Max("date"))
    )
    for account_id, _batch, begin, end in rows:
        spans[account_id].append((begin, end))
    return spans


def _reconciled(household: Household) -> tuple[dict[int, list[Span]], dict[int, dt.date]]:
    """A finished reconciliation vouches for the days since the one before it."""
    spans: dict[int, list[Span]] = defaultdict(list)
    last: dict[int, dt.date] = {}
    rows = (
        Reconciliation.objects.filter(household=household, finished_at__isnull=False)
        .order_by("statement_on")
        .values_list("account_id", "statement_on")
    )
    for account_id, day in rows:
        before = last.get(account_id)
        begin = before + dt.timedelta(days=1) if before else day.replace(day=1)
        spans[account_id].append((begin, day))
        last[account_id] = day
    return spans, last


def _typed(household: Household, first: dt.date, today: dt.date) -> dict[int, list[Span]]:
    """A day on which somebody typed something is covered by hand."""
    spans: dict[int, list[Span]] = defaultdict(list)
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(batch=None, date__range=(first, today))
        .exclude(source=Source.BANK)
        .order_by()
        .values_list("account_id", "date")
        .distinct()
    )
    for account_id, day in rows:
        spans[account_id].append((day, day))
    return spans


def _month(month: Month, first_day: int, begin: dt.date, today: dt.date, kinds) -> MonthCoverage:
    first, last = max(month.start(first_day), begin), min(month.last(first_day), today)
    if first > last:
        return MonthCoverage(month, 0, 0, 0, 0, 0, ())
    synced, filed, *by_hand = (_days(spans, first, last) for spans in kinds)
    hand = set().union(*by_hand)
    covered = synced | filed | hand
    days = (last - first).days + 1
    missing = [
        (day, day)
        for day in (first + dt.timedelta(days=step) for step in range(days))
        if day not in covered
    ]
    return MonthCoverage(
        month, days, len(synced), len(filed), len(hand), len(covered), tuple(_joined(missing))
    )


def _days(spans: list[Span], first: dt.date, last: dt.date) -> set[dt.date]:
    found: set[dt.date] = set()
    for begin, end in spans:
        begin, end = max(begin, first), min(end, last)
        found.update(begin + dt.timedelta(days=step) for step in range((end - begin).days + 1))
    return found


def _joined(spans: list[Span]) -> list[Span]:
    """Spans that touch, as one."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1] + dt.timedelta(days=1):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined
