"""The balances that stay in sight in the side bar."""

from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from core.formatting import format_money
from ledger.balances import account_balances


def sidebar(request):
    """`sidebar_accounts`: groups of {label, total_text, accounts}; queried only when shown."""
    household = getattr(request, "household", None)
    if household is None:
        return {}
    undo = None
    if "undo" in request.session and not request.htmx:
        undo = request.session.pop("undo")  # offered once, beside the message
    return {
        "sidebar_accounts": SimpleLazyObject(lambda: _groups(request, household)),
        "undo_pk": undo,
    }


def _groups(request, household) -> list[dict]:
    known = getattr(request, "account_balances", None)
    items = known or account_balances(household, household.today())
    items = [item for item in items if not item.account.is_closed]
    groups = []
    for label, off_budget in ((_("On budget"), False), (_("Off budget"), True)):
        members = [item for item in items if item.account.is_off_budget is off_budget]
        if not members:
            continue
        total = sum(
            item.balance for item in members if item.account.currency == household.base_currency
        )
        rows = [
            {
                "name": item.account.name,
                "url": reverse("ledger:account_detail", args=[item.account.pk]),
                "text": format_money(item.balance, item.account.currency),
            }
            for item in members
        ]
        total_text = format_money(total, household.base_currency)
        groups.append({"label": label, "total_text": total_text, "accounts": rows})
    return groups
