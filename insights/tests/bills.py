"""Bills and a past for tests of what lies ahead."""

import datetime as dt

from ledger.models import Transaction
from ledger.tests.factories import make_transaction
from recurring.models import Occurrence, Series


def make_bill(account, amount, due_on, **facts) -> Occurrence:
    """A bill (or an income, above zero) of `account`, due once."""
    kind = Series.Kind.INCOME if amount > 0 else Series.Kind.BILL
    facts = {
        "name": "Gas",
        "kind": kind,
        "currency": account.currency,
        "rule": "FREQ=MONTHLY",
        "account": account,
        "amount": amount,
        "amount_low": 0,
        "amount_high": abs(amount),
        "starts_on": due_on,
        "watched_from": due_on,
        **facts,
    }
    series = Series.objects.create(household=account.household, **facts)
    return add_due(series, due_on)


def add_due(series, due_on, **facts) -> Occurrence:
    """One more time that `series` is due."""
    return Occurrence.objects.create(
        household=series.household,
        series=series,
        rule_on=due_on,
        due_on=due_on,
        **{"amount": series.amount, **facts},
    )


def make_past(account, days=200, amount=0) -> None:
    """A past of `days` days before today that moves `amount` every day; of one cent in and out on its
    first day, when that is 0."""
    today = account.household.today()
    first = today - dt.timedelta(days=days)
    if not amount:
        make_transaction(account, 1, first)
        make_transaction(account, -1, first)
        return
    for number in range(days):
        make_transaction(account, amount, first + dt.timedelta(days=number))
    assert Transaction.objects.filter(account=account).exists()
