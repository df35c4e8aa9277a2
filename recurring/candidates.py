"""Transactions that a person may mean by "it was this one"."""

import datetime as dt

from django.db.models import Exists, OuterRef

from ledger.models import Transaction
from recurring.models import Occurrence

REACH = dt.timedelta(days=60)
MOST = 12


def candidates(occurrence: Occurrence) -> list[Transaction]:
    """Unmatched ones of the same direction and currency around the due day, the likeliest first.

    Two queries.
    """
    series, day = occurrence.series, occurrence.due_on
    around = (
        Transaction.objects.for_household(occurrence.household)
        .movements()
        .filter(
            ~Exists(Occurrence.objects.filter(transaction=OuterRef("pk"))),
            account__currency=series.currency,
            date__range=(day - REACH, day + REACH),
        )
        .select_related("account", "payee")
    )
    around = around.filter(amount__gt=0) if series.is_income else around.filter(amount__lt=0)
    if series.account_id:
        around = around.filter(account=series.account_id)
    size = abs(occurrence.amount)
    near = around.filter(amount__range=sorted(_sign(series.is_income) * n for n in (size // 2, size * 2)))
    found = list(near.newest_first()[:300])
    if series.payee_id:
        known = {row.pk for row in found}
        own = around.filter(payee=series.payee_id).newest_first()[:50]
        found += [row for row in own if row.pk not in known]

    def unlikely(row: Transaction) -> tuple:
        apart = abs(row.amount - occurrence.amount) * 100 // size
        return (row.payee_id != series.payee_id, apart + abs((row.date - day).days), row.pk)

    return sorted(found, key=unlikely)[:MOST]


def _sign(is_income: bool) -> int:
    return 1 if is_income else -1
