"""What needs somebody's attention."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Household
from imports.models import ImportJob
from ledger.models import Status, Transaction


@dataclass(frozen=True, slots=True)
class Notice:
    """One line with where to go."""

    icon: str
    text: str
    url: str


def notices(household: Household, today: dt.date) -> list[Notice]:
    """Uncategorised rows of the last 90 days, stale pending rows, imports that failed. Two queries."""
    since = today - dt.timedelta(days=90)
    stale = today - dt.timedelta(days=14)
    rows = Transaction.objects.for_household(household).allocations().filter(date__gte=since)
    found = rows.aggregate(
        bare=Count("pk", filter=Q(category=None, transfer=None, account__is_off_budget=False)),
        stuck=Count("pk", filter=Q(status=Status.PENDING, date__lt=stale)),
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
        text = _("%(n)s pending for more than two weeks") % {"n": found["stuck"]}
        made.append(Notice("clock", text, f"{link}?state=pending&to={stale}"))
    if failed:
        text = ngettext("%(n)s import failed", "%(n)s imports failed", failed)
        made.append(Notice("alert-triangle", text % {"n": failed}, reverse("imports:job_list")))
    return made
