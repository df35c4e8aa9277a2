"""What goals and debts say on the page of an account."""

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from budget.models import Debt, Goal, GoalEntry
from core.formatting import format_money
from ledger.account_notes import AccountNote
from ledger.models import Account


def notes_of(account: Account) -> list[AccountNote]:
    """What of it is set aside for goals, and that it is a debt with a plan."""
    if account.is_debt:
        debt = Debt.objects.filter(account=account).first()
        if debt is None:
            return []
        url = reverse("budget:debt_detail", args=[debt.pk])
        return [AccountNote("report-money", _("See when it is paid off"), url)]
    entries = GoalEntry.objects.filter(
        goal__account=account, goal__link=Goal.Link.PART, goal__is_archived=False
    )
    found = entries.aggregate(amount=Sum("amount"), goals=Count("goal", distinct=True))
    if not found["amount"]:
        return []
    text = ngettext(
        "%(amount)s set aside for a goal", "%(amount)s set aside for %(n)s goals", found["goals"]
    )
    facts = {"amount": format_money(found["amount"], account.currency), "n": found["goals"]}
    return [AccountNote("target", text % facts, reverse("budget:goal_list"))]
