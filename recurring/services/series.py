"""Make, change, accept, pause and end series."""

import datetime as dt

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household, User
from core.money import MAX_MINOR
from core.months import add_months
from ledger.services.acts import lock
from recurring.errors import BillError
from recurring.fit import period_days, usual_reach
from recurring.models import Occurrence, Series
from recurring.schedule import ScheduleError, next_after, validate_rule
from recurring.services.movements import movements_for, wanted_of
from recurring.services.occurrences import MONTHS_BACK, drop_open
from recurring.services.refresh import refresh

FACTS = frozenset(
    "name kind account other_account payee category words currency amount amount_low amount_high "
    "is_fixed rule starts_on ends_on weekend early_days late_days remind_days posts_itself "
    "trial_until notice_days renews_on note".split()
)
_WHEN = ("rule", "starts_on", "weekend")
_WHAT = ("account_id", "payee_id", "words", "amount", "amount_low", "amount_high", "kind")
_LEEWAY = 25
"""Per cent by which a fixed amount may differ and still be it: the next price."""
_WIDE = 60


@atomic
def save_series(
    *, household: Household, by: User | None, series: Series | None = None, **facts
) -> Series:
    """Make a series, or change `series`. Takes what FACTS names; bounds, days early and late that
    are not given follow from amount and rule.

    What was matched stays; what lies ahead is remade. Raises BillError, which names the field.
    """
    if unknown := facts.keys() - FACTS:
        raise TypeError(f"save_series does not take {', '.join(sorted(unknown))}")
    lock(household)
    today = household.today()
    new = series is None
    row = Series(household=household, made_by=by) if new else series
    before = None if new else {name: getattr(row, name) for name in (*_WHEN, *_WHAT)}
    for name, value in facts.items():
        setattr(row, name, value)
    _complete(row, facts)
    _check(row)
    if new:
        row.amount_since = today
        row.watched_from = _watch_begins(row, today)
    else:
        _follow(row, before, today)
        row.version += 1
    row.save()
    refresh(household=household, today=today, whole=[row.pk])
    row.refresh_from_db()
    return row


def _complete(row: Series, facts: dict) -> None:
    """What follows from the rest."""
    try:
        row.rule = validate_rule(row.rule)
    except ScheduleError as error:
        raise BillError(str(error), "rule") from error
    size = abs(row.amount)
    leeway = size * (_LEEWAY if row.is_fixed else _WIDE) // 100
    if facts.get("amount_low") is None and ("amount" in facts or row.pk is None):
        row.amount_low = size - leeway
    if facts.get("amount_high") is None and ("amount" in facts or row.pk is None):
        row.amount_high = size + leeway
    early, late = usual_reach(row.schedule)
    if row.pk is None or "rule" in facts:
        if facts.get("early_days") is None:
            row.early_days = early
        if facts.get("late_days") is None:
            row.late_days = late


def _check(row: Series) -> None:
    """Raise BillError for what makes no sense, and for rows of other households."""
    for name in ("account", "other_account", "payee", "category"):
        thing = getattr(row, name)
        if thing is not None and thing.household_id != row.household_id:
            raise BillError(_("This belongs to another household."), name)
    if not row.name.strip():
        raise BillError(_("A bill needs a name."), "name")
    if not 0 < abs(row.amount) <= MAX_MINOR:
        raise BillError(_("Enter an amount that moves money."), "amount")
    if (row.amount > 0) != row.is_income:
        raise BillError(_("Income is money in, everything else money out."), "amount")
    if not row.amount_low <= abs(row.amount) <= row.amount_high:
        raise BillError(_("The amount lies between the least and the most."), "amount_low")
    if row.account and row.account.currency != row.currency:
        raise BillError(_("The account is in another currency."), "account")
    if row.ends_on and row.ends_on < row.starts_on:
        raise BillError(_("It ends before it begins."), "ends_on")
    _check_transfer(row)
    if row.posts_itself and (row.account is None or row.account.is_closed):
        raise BillError(_("Say on which account it is entered by itself."), "account")
    if next_after(row.schedule, row.starts_on - dt.timedelta(days=3)) is None:
        raise BillError(_("This schedule never falls due."), "rule")


def _check_transfer(row: Series) -> None:
    if row.kind != Series.Kind.TRANSFER:
        row.other_account = None
        return
    if row.account is None or row.other_account is None:
        field = "account" if row.account is None else "other_account"
        raise BillError(_("A transfer needs two accounts."), field)
    if row.account_id == row.other_account_id:
        raise BillError(_("A transfer needs two different accounts."), "other_account")
    if row.account.currency != row.other_account.currency:
        raise BillError(_("Both accounts of it need one currency."), "other_account")


def _watch_begins(row: Series, today: dt.date) -> dt.date:
    """The first day that it is expected on: its first transaction that is here, not earlier than it
    starts; without one, lately. So that nobody is told what was not seen years ago."""
    earliest = max(row.starts_on, add_months(today, -MONTHS_BACK))
    wanted = wanted_of(row)
    seen = [
        movement.date
        for movement in movements_for(row.household, [wanted], earliest, today)
        if wanted.misfit(movement) is not None
    ]
    lately = today - dt.timedelta(days=row.late_days)
    if seen:
        lately = min(lately, min(seen) - dt.timedelta(days=wanted.late))
    return max(row.starts_on, lately)


def _follow(row: Series, before: dict, today: dt.date) -> None:
    """Keep what was when a series that runs is changed: its matches become its person's own, and a
    new rule counts from the last of them on."""
    matched = Occurrence.objects.filter(series=row, state=Occurrence.State.MATCHED)
    if any(getattr(row, name) != before[name] for name in (*_WHEN, *_WHAT)):
        for one in matched.filter(chosen_id=None):
            one.chosen_id = one.transaction_id
            one.save(update_fields=["chosen_id"])
    if row.amount != before["amount"]:
        row.amount_since = today
    if any(getattr(row, name) != before[name] for name in _WHEN):
        last = (
            Occurrence.objects.filter(series=row)
            .exclude(state=Occurrence.State.EXPECTED)
            .order_by("-due_on")
            .first()
        )
        if last is not None:
            half = dt.timedelta(days=period_days(row.schedule) // 2)
            row.watched_from = max(row.watched_from, last.due_on + half)
        row.watched_from = max(row.starts_on, row.watched_from)


@atomic
def accept(*, series: Series, by: User | None) -> Series:
    """Expect a suggested series from now on; its past is matched, too."""
    return _turn(series, Series.State.ACTIVE, made_by=by or series.made_by)


@atomic
def dismiss(*, series: Series) -> Series:
    """It is no series: it is not suggested again."""
    drop_open(series)
    return _turn(series, Series.State.DISMISSED)


@atomic
def pause(*, series: Series) -> Series:
    """Expect nothing until it is resumed."""
    drop_open(series)
    return _turn(series, Series.State.PAUSED)


@atomic
def resume(*, series: Series) -> Series:
    """Expect it again, from today on; also one that ended."""
    today = series.household.today()
    facts = {"watched_from": max(series.watched_from, today)}
    if series.ends_on and series.ends_on <= today:
        facts["ends_on"] = None
    return _turn(series, Series.State.ACTIVE, **facts)


@atomic
def end(*, series: Series, on: dt.date) -> Series:
    """It is over after `on`. Raises BillError for a day before it began."""
    if on < series.starts_on:
        raise BillError(_("It ends before it begins."), "ends_on")
    if on >= series.household.today():
        return _turn(series, Series.State.ACTIVE, ends_on=on)
    drop_open(series)
    return _turn(series, Series.State.ENDED, ends_on=on)


def _turn(series: Series, state: str, **facts) -> Series:
    household = series.household
    lock(household)
    for name, value in {**facts, "state": state}.items():
        setattr(series, name, value)
    series.version += 1
    series.save()
    refresh(household=household, today=household.today(), whole=[series.pk])
    series.refresh_from_db()
    return series


@atomic
def delete_series(*, series: Series) -> None:
    """Forget a typed series and its occurrences; transactions stay. One that was found is
    dismissed instead, else it would be found again."""
    if series.key:
        dismiss(series=series)
        return
    series.delete()
