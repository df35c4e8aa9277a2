"""The balances that stay in sight in the side bar."""

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from core.formatting import format_money
from ledger.balances import account_balances


def sidebar(request):
    """`sidebar_accounts`: groups of {label, total_text, accounts}; queried only when shown."""
    household = getattr(request, "household", None)
    if household is None:
        return {}
    return {"sidebar_accounts": SimpleLazyObject(lambda: _groups(household))}


def _groups(household) -> list[dict]:
    items = [
        item
        for item in account_balances(household, household.today())
        if not item.account.is_closed
    ]
    groups = []
    for label, off_budget in ((_("On budget"), False), (_("Off budget"), True)):
        members = [item for item in items if item.account.is_off_budget is off_budget]
        if not members:
            continue
        total = sum(
            item.balance for item in members if item.account.currency == household.base_currency
        )
        groups.append(
            {
                "label": label,
                "total_text": format_money(total, household.base_currency),
                "accounts": members,
            }
        )
    return groups
