"""The statements of a credit card: the last one, whether it is paid, and what the next will be."""

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from core.formatting import format_day, format_money
from core.months import add_months
from ledger.account_notes import AccountNote
from ledger.balances import balance_on
from ledger.models import Account, Transaction
from recurring.models import CardCycle, Occurrence, Series
from recurring.schedule import off_weekend

SOON = 7


@dataclass(frozen=True, slots=True)
class Statement:
    """Amounts in minor units of the card's currency, as sizes of what is owed (negative: in credit).

    The last closed statement: `owed_before` + `spent` - `paid_in_span` = `owed`, of the days from
    `opens_on` to `closes_on`. `asked` is what is to be paid by `due_on`, `paid` what was paid since,
    `open` what of it is missing. The next one: closes on `next_closes_on`, `so_far` is what it would
    be today, `predicted` with what is expected until then and the open rest paid.
    """

    cycle: CardCycle
    opens_on: dt.date
    closes_on: dt.date
    due_on: dt.date
    owed_before: int
    spent: int
    paid_in_span: int
    owed: int
    asked: int
    paid: int
    open: int
    next_closes_on: dt.date
    next_due_on: dt.date
    so_far: int
    to_come: int
    predicted: int

    @property
    def is_paid(self) -> bool:
        return self.open == 0


def closing_days(cycle: CardCycle, today: dt.date) -> tuple[dt.date, dt.date, dt.date]:
    """The last two days on which statements were drawn up (today's included) and the next one."""
    this = _closing(cycle, today)
    if this > today:
        return _closing(cycle, today, -2), _closing(cycle, today, -1), this
    return _closing(cycle, today, -1), this, _closing(cycle, today, 1)


def _closing(cycle: CardCycle, day: dt.date, months: int = 0) -> dt.date:
    first = add_months(day.replace(day=1), months)
    return first.replace(day=min(cycle.statement_day, monthrange(first.year, first.month)[1]))


def due_day(cycle: CardCycle, closes_on: dt.date) -> dt.date:
    """When the statement of `closes_on` is to be paid."""
    return off_weekend(closes_on + dt.timedelta(days=cycle.due_days), cycle.weekend)


def card_statement(cycle: CardCycle, today: dt.date) -> Statement:
    """Four queries."""
    account = cycle.account
    before, closed, following = closing_days(cycle, today)
    owed_before = -balance_on(account, before)
    rows = Transaction.objects.movements().filter(account=account)
    in_span = Q(date__gt=before, date__lte=closed)
    since = Q(date__gt=closed, date__lte=today)
    sums = rows.filter(date__gt=before, date__lte=today).aggregate(
        moved=Sum("amount", filter=in_span, default=0),
        paid=Sum("amount", filter=in_span & payments(), default=0),
        moved_since=Sum("amount", filter=since, default=0),
        paid_since=Sum("amount", filter=since & payments(), default=0),
    )
    owed = owed_before - sums["moved"]
    asked = asked_for(cycle, owed)
    rest = max(0, asked - sums["paid_since"])
    so_far = owed - sums["moved_since"]
    to_come = _expected(cycle, today, following)
    pays_before = rest if due_day(cycle, closed) <= following else 0
    return Statement(
        cycle=cycle,
        opens_on=before + dt.timedelta(days=1),
        closes_on=closed,
        due_on=due_day(cycle, closed),
        owed_before=owed_before,
        spent=sums["paid"] - sums["moved"],
        paid_in_span=sums["paid"],
        owed=owed,
        asked=asked,
        paid=sums["paid_since"],
        open=rest,
        next_closes_on=following,
        next_due_on=due_day(cycle, following),
        so_far=so_far,
        to_come=to_come,
        predicted=so_far + to_come - pays_before,
    )


def payments() -> Q:
    """Money in that pays the card. What a shop gives back is less spending, not a payment."""
    return Q(amount__gt=0, refund_of=None) & (
        Q(transfer__isnull=False) | Q(category=None, is_split=False)
    )


def asked_for(cycle: CardCycle, owed: int) -> int:
    """What is to be paid of a statement of `owed`, by how this household pays; nothing in credit."""
    if owed <= 0:
        return 0
    if cycle.pays == CardCycle.Pays.FULL:
        return owed
    if cycle.pays == CardCycle.Pays.FIXED:
        return min(owed, cycle.amount)
    share = (owed * cycle.minimum_percent / Decimal(100)).quantize(Decimal(1), ROUND_HALF_EVEN)
    return min(owed, max(int(share), cycle.amount))


def _expected(cycle: CardCycle, today: dt.date, until: dt.date) -> int:
    """The size of what bills will still put on the card up to `until`."""
    rows = Occurrence.objects.filter(
        series__account=cycle.account_id,
        series__state=Series.State.ACTIVE,
        state=Occurrence.State.EXPECTED,
        due_on__range=(today - dt.timedelta(days=5), until),
    ).exclude(series__kind=Series.Kind.TRANSFER)
    return -(rows.aggregate(total=Sum("amount"))["total"] or 0)


def notes_of(account: Account) -> Iterator[AccountNote]:
    """The statement that is to be paid, and the next one, on a card's page."""
    if account.kind != Account.Kind.CREDIT_CARD or account.is_closed:
        return
    url = reverse("recurring:card_cycle", args=[account.pk])
    cycle = CardCycle.objects.select_related("account__household").filter(account=account).first()
    if cycle is None:
        yield AccountNote("calendar", _("Say when its statement is drawn up"), url)
        return
    today = account.household.today()
    one = card_statement(cycle, today)
    words = {
        "amount": format_money(one.open, account.currency),
        "day": format_day(one.due_on, "d MMM"),
        "closing": format_day(one.closes_on, "d MMM"),
        "next": format_money(one.predicted, account.currency),
        "next_day": format_day(one.next_closes_on, "d MMM"),
    }
    if one.is_paid:
        yield AccountNote("check", _("Statement of %(closing)s is paid") % words, url)
    elif one.due_on < today:
        text = _("%(amount)s was due on %(day)s and is not paid") % words
        yield AccountNote("alert-triangle", text, url, "wrong")
    else:
        tone = "near" if (one.due_on - today).days <= SOON else ""
        yield AccountNote("calendar", _("%(amount)s due on %(day)s") % words, url, tone)
    yield AccountNote(
        "credit-card", _("Next statement on %(next_day)s: about %(next)s") % words, url
    )
