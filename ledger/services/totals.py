"""Refresh the maintained totals of the account-months that a write touched."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.db.models import F

from accounts.models import Household
from ledger.models import AccountMonth, CategoryMonth, Flow, MonthStamp, Status, Transaction

_CHUNK = 400  # months in one statement

_ACCOUNT_MONTHS = """
INSERT INTO ledger_accountmonth (household_id, account_id, month, amount, pending, count)
SELECT household_id, account_id, month, SUM(amount),
       SUM(CASE WHEN status = %s THEN amount ELSE 0 END), COUNT(*)
FROM ledger_transaction
WHERE account_id = %s AND month IN ({months}) AND parent_id IS NULL
GROUP BY household_id, account_id, month
"""

_CATEGORY_MONTHS = """
INSERT INTO ledger_categorymonth
    (household_id, account_id, month, category_id, flow, is_inflow, amount, count)
SELECT household_id, account_id, month, category_id, flow, is_inflow, SUM(amount), COUNT(*)
FROM (
    SELECT household_id, account_id, month, category_id, amount, amount > 0 AS is_inflow,
           CASE WHEN transfer_id IS NOT NULL THEN %s WHEN status = %s THEN %s ELSE %s END AS flow
    FROM ledger_transaction
    WHERE account_id = %s AND month IN ({months}) AND NOT is_split
) AS allocations
GROUP BY household_id, account_id, month, category_id, flow, is_inflow
"""


_STAMPS = """
INSERT INTO ledger_monthstamp (household_id, month, stamp) VALUES {rows}
ON CONFLICT (household_id, month) DO UPDATE SET stamp = ledger_monthstamp.stamp + 1
"""


def refresh_months(household: Household, touched: Iterable[tuple[int, int]]) -> None:
    """Recompute the totals of each (account id, month index) from the transactions themselves.

    Never by adding differences, so that a wrong total heals with the next write. The caller holds
    the household's lock (`ledger.services.acts`).
    """
    months_of = defaultdict(set)
    for account_id, month in touched:
        months_of[account_id].add(month)
    with connection.cursor() as cursor:
        for account_id, months in months_of.items():
            ordered = sorted(months)
            for start in range(0, len(ordered), _CHUNK):
                _refresh(cursor, account_id, ordered[start : start + _CHUNK])
        _stamp(cursor, household, set().union(*months_of.values()))


def _stamp(cursor, household: Household, months: set[int]) -> None:
    ordered = sorted(months)
    for start in range(0, len(ordered), _CHUNK):
        chunk = ordered[start : start + _CHUNK]
        rows = ", ".join(["(%s, %s, 1)"] * len(chunk))
        values = [value for month in chunk for value in (household.pk, month)]
        cursor.execute(_STAMPS.format(rows=rows), values)


def _refresh(cursor, account_id: int, months: list[int]) -> None:
    for model in (AccountMonth, CategoryMonth):
        stale = model.objects.filter(account_id=account_id, month__in=months)
        stale._raw_delete(stale.db)
    holes = ", ".join(["%s"] * len(months))
    cursor.execute(
        _ACCOUNT_MONTHS.format(months=holes), [Status.PENDING.value, account_id, *months]
    )
    cursor.execute(
        _CATEGORY_MONTHS.format(months=holes),
        [
            Flow.TRANSFER.value,
            Status.PENDING.value,
            Flow.PENDING.value,
            Flow.COUNTED.value,
            account_id,
            *months,
        ],
    )


def rebuild_totals(household: Household) -> None:
    """Recompute every total of the household (after its first month day changed)."""
    for model in (AccountMonth, CategoryMonth):
        stale = model.objects.filter(household=household)
        stale._raw_delete(stale.db)
    # Months that have no rows any more have changed, too.
    MonthStamp.objects.filter(household=household).update(stamp=F("stamp") + 1)
    refresh_months(
        household,
        Transaction.objects.for_household(household)
        .order_by()
        .values_list("account_id", "month")
        .distinct(),
    )
