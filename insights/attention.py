"""What needs somebody's attention."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Household
from banking.models import Connection
from banking.view_models import SOON_DAYS
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
    that failed, banks that need somebody. Three queries, the first from the month totals."""
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
    return made + _banks(household)


def _banks(household: Household) -> list[Notice]:
    """Consents that are over or end soon, and balances that differ from the bank's."""
    now = timezone.now()
    rows = Connection.objects.for_household(household).filter(
        state__in=[Connection.State.ACTIVE, Connection.State.RECONNECT]
    )
    differing = Q(bank_accounts__is_gone=False, bank_accounts__account__isnull=False)
    differing &= ~Q(bank_accounts__difference=0) & Q(bank_accounts__difference__isnull=False)
    made = []
    for one in rows.annotate(differing=Count("bank_accounts", filter=differing)):
        words, bank = "", {"bank": one.provider_name}
        days = one.days_left(now)
        if one.state == Connection.State.RECONNECT:
            words = _("%(bank)s has to be renewed") % bank
        elif days is not None and days <= SOON_DAYS:
            words = _("The permission of %(bank)s ends soon") % bank
        elif one.differing:
            words = _("The balance at %(bank)s differs") % bank
        if words:
            url = reverse("banking:connection_detail", args=[one.pk])
            made.append(Notice("plug", words, url))
    return made
