"""Money in, money out and count of what a filter finds."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum

from ledger.filters import TransactionFilter


@dataclass(frozen=True, slots=True)
class FilterTotal:
    """Totals of one currency, in its minor units; `money_out` is negative."""

    currency: str
    money_in: int
    money_out: int
    count: int

    @property
    def net(self) -> int:
        return self.money_in + self.money_out


def filter_totals(chosen: TransactionFilter) -> list[FilterTotal]:
    """One row for each currency. Reads every matching transaction once."""
    rows = (
        chosen.rows()
        .order_by()
        .values("account__currency")
        .annotate(
            money_in=Sum("amount", filter=Q(amount__gt=0), default=0),
            money_out=Sum("amount", filter=Q(amount__lt=0), default=0),
            count=Count("pk"),
        )
        .order_by("account__currency")
    )
    return [
        FilterTotal(row["account__currency"], row["money_in"], row["money_out"], row["count"])
        for row in rows
    ]
