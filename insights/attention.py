"""What needs somebody's attention."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Household
from imports.models import ImportJob
from ledger.models import CategoryMonth, Flow


@dataclass(frozen=True, slots=True)
class Notice:
    """One line with where to go."""

    icon: str
    text: str
    url: str


def notices(household: Household, today: dt.date) -> list[Notice]:
    """Uncategorised rows of the last three months, pending rows from before this month, imports
    that failed. Two queries, from the month totals."""
    month = household.month_of(today)
    first_day = household.first_month_day
    since, until = (month - 2).start(first_day), (month - 1).last(first_day)
    rows = CategoryMonth.objects.filter(household=household)
    found = rows.aggregate(
        bare=Sum(
            "count",
            filter=Q(category=None, flow=Flow.COUNTED, month__gte=(month - 2).index)
            & Q(account__is_off_budget=False),
            default=0,
        ),
        stuck=Sum("count", filter=Q(flow=Flow.PENDING, month__lt=month.index), default=0),
    )
    failed = ImportJob.objects.filter(household=household, state=ImportJob.State.FAILED).count()
    link = reverse("ledger:transaction_list")
    made = []
    if found["bare"]:
        text = ngettext(
            "%(n)s transaction has no category",
            "%(n)s transactions have no category",
            found["bare"],
        )
        made.append(
            Notice("tag", text % {"n": found["bare"]}, f"{link}?category=none&from={since}")
        )
    if found["stuck"]:
        text = _("%(n)s pending since last month or longer") % {"n": found["stuck"]}
        made.append(Notice("clock", text, f"{link}?state=pending&to={until}"))
    if failed:
        text = ngettext("%(n)s import failed", "%(n)s imports failed", failed)
        made.append(Notice("alert-triangle", text % {"n": failed}, reverse("imports:job_list")))
    return made
