"""Settings of a household that its stored figures depend on."""

from django.db.models import Max, Min

from accounts.models import Household, User
from core.months import Month
from ledger.models import ChangeSet, Transaction
from ledger.services.acts import act
from ledger.services.totals import rebuild_totals


def change_month_day(*, household: Household, day: int, by: User | None) -> Household:
    """Let months begin on `day` (1 to 28): every row's month and every total is made anew."""
    with act(household=household, by=by, kind=ChangeSet.Kind.EDIT):
        household.first_month_day = day
        household.full_clean(exclude=["name"])
        household.save(update_fields=["first_month_day"])
        rows = Transaction.objects.for_household(household)
        span = rows.aggregate(first=Min("date"), last=Max("date"))
        if span["first"] is not None:
            last = Month.containing(span["last"], day)
            for month in Month.containing(span["first"], day).until(last):
                rows.filter(date__gte=month.start(day), date__lt=month.end(day)).update(
                    month=month.index
                )
        rebuild_totals(household)
    return household
