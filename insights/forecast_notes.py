"""What the forecast says on an account's page."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from core.formatting import format_day
from insights.forecast import forecast
from ledger.account_notes import AccountNote
from ledger.models import Account

SOON = 30
_TOLD = (Account.Kind.CURRENT, Account.Kind.SAVINGS, Account.Kind.CASH)


def notes_of(account: Account) -> Iterator[AccountNote]:
    """That it goes below zero within 30 days, for accounts that should not."""
    if account.is_closed or account.kind not in _TOLD:
        return
    household = account.household
    found = forecast(household, household.today(), days=SOON).of(account.pk)
    if found is None or not found.curve.below_on:
        return
    text = _("Below zero from %(day)s") % {"day": format_day(found.curve.below_on, "d MMM")}
    url = reverse("insights:forecast_account", args=[account.pk])
    yield AccountNote("trending-down", text, url, "wrong")
