"""What is asked of a bank for one account or card, and how far back."""

import datetime as dt
import logging
from dataclasses import dataclass

from django.utils import timezone

from banking.models import BankAccount
from banking.truelayer.client import DataApi
from banking.truelayer.errors import (
    AccessDeniedError,
    DateRangeError,
    NotSupportedError,
    ScaExceededError,
    TrueLayerError,
)
from banking.truelayer.reading import BankBalance, BankRows, read_balance, read_rows
from ledger.services.feed import Feed
from ledger.statement_line import StatementLine

logger = logging.getLogger(__name__)

ROUTINE_DAYS = 88
"""How far back a bank lets us look without the person: 90 days, 88 at the strictest."""
OVERLAP_DAYS = 14
"""How far before the last success an ordinary sync begins: banks add rows late."""
REREAD = dt.timedelta(days=7)
PIECE_DAYS = 180
LEAST_DAYS = 5
DEEPEST_DAYS = 6 * 366
NOT_SUPPORTED_FOR = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Answer:
    """All that a bank said of one account."""

    feed: Feed
    balance: BankBalance | None
    unreadable: int
    not_before: dt.date | None
    """The bank has, or gives, nothing from before this day (learned now)."""
    is_shut: bool = False
    """It has more, but only while the person is there."""


def window_of(
    row: BankAccount, *, today: dt.date, is_wide: bool, wanted: dt.date | None
) -> dt.date:
    """The first day to ask for. `wanted` is how far back the person wants it (None: all)."""
    if row.synced_until is None:
        deepest = today - dt.timedelta(days=DEEPEST_DAYS)
        return max(wanted or deepest, deepest)
    # Also when it was long ago, and the older days may be shut: what is missed is not come back for.
    overlap = row.synced_until - dt.timedelta(days=OVERLAP_DAYS)
    if is_wide:
        routine = today - dt.timedelta(days=ROUTINE_DAYS)
        return min(overlap, max(routine, row.synced_from or routine))
    return overlap


def ask(api: DataApi, row: BankAccount, first: dt.date, today: dt.date) -> Answer:
    """Ask for balance, booked and pending rows. Raises TrueLayerError and QuotaSpentError."""
    booked, reached, is_shut = _booked(api, row, first, today)
    pending = _optional(row, "pending", lambda: api.pending(row.kind, row.external_id))
    found = _optional(row, "balance", lambda: api.balance(row.kind, row.external_id))
    held = None if pending is None else read_rows(pending, row.currency, pending=True)
    balance = None
    if found is not None:
        try:
            balance = read_balance(found, row.currency, is_card=row.is_card)
        except ValueError:
            logger.warning("unreadable balance of bank account %s", row.pk)
    feed = Feed(
        first=reached,
        last=today,
        booked=booked.lines,
        pending=None if held is None else held.lines,
        balance=balance.booked if balance else None,
    )
    unreadable = booked.unreadable + (held.unreadable if held else 0)
    return Answer(feed, balance, unreadable, reached if reached > first else None, is_shut)


def _booked(
    api: DataApi, row: BankAccount, first: dt.date, today: dt.date
) -> tuple[BankRows, dt.date, bool]:
    """Booked rows in pieces, newest first, until `first` or until the bank gives no more.

    Returns them oldest first, the first day that was read, and whether older days are shut only
    because the person is not there. The newest piece is what an ordinary sync may always see.
    """
    lines: list[StatementLine] = []
    unreadable, last = 0, today
    span, longest = ROUTINE_DAYS, PIECE_DAYS
    while last >= first:
        begin = max(first, last - dt.timedelta(days=span))
        try:
            rows = api.transactions(row.kind, row.external_id, begin, last)
        except DateRangeError:
            # Older than the bank keeps, or too much at once: ask for less, down to some days.
            if (last - begin).days <= LEAST_DAYS:
                if last == today:
                    raise
                return _sorted(lines, unreadable), last + dt.timedelta(days=1), False
            span, longest = (last - begin).days // 2, (last - begin).days // 2
            continue
        except (ScaExceededError, AccessDeniedError):
            if last == today:
                raise
            return _sorted(lines, unreadable), last + dt.timedelta(days=1), True
        read = read_rows(rows, row.currency)
        # Some banks send everything, whatever they are asked for.
        lines += [line for line in read.lines if begin <= line.date <= last]
        unreadable += read.unreadable
        last = begin - dt.timedelta(days=1)
        span = longest
    return _sorted(lines, unreadable), first, False


def _sorted(lines: list[StatementLine], unreadable: int) -> BankRows:
    return BankRows(sorted(lines, key=lambda line: line.date), unreadable)


def _optional(row: BankAccount, endpoint: str, call):
    """What not every bank offers: None, and not asked for a month, when it does not."""
    if is_unsupported(row, endpoint):
        return None
    try:
        return call()
    except NotSupportedError:
        until = timezone.now() + NOT_SUPPORTED_FOR
        row.unsupported = {**row.unsupported, endpoint: until.isoformat()}
    except AccessDeniedError:
        if endpoint == "balance":
            raise
    return None


def is_unsupported(row: BankAccount, endpoint: str) -> bool:
    """Whether the bank said not long ago that it has no such thing for this account."""
    until = row.unsupported.get(endpoint, "")
    return until > timezone.now().isoformat()


def mandates(api: DataApi, row: BankAccount) -> tuple[list[dict] | None, list[dict] | None]:
    """Standing orders and direct debits; None for what the bank does not say. Never raises for a
    bank that cannot or will not: bills can do without."""
    if row.is_card:
        return None, None
    found = []
    for endpoint, call in (
        ("standing_orders", api.standing_orders),
        ("direct_debits", api.direct_debits),
    ):
        try:
            found.append(_optional(row, endpoint, lambda call=call: call(row.external_id)))
        except TrueLayerError as error:
            logger.info("no %s of bank account %s: %s", endpoint, row.pk, error.code)
            found.append(None)
    return found[0], found[1]
