"""What the overview says of plans: safe to spend, the budget, what is due, goals, what is new."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Household, User
from budget.figures import NEAR, OVER, BudgetMonthAnswer, Line
from budget.goals import GoalAnswer, household_goals
from budget.month import budget_month, current_month
from core.explanation import Term
from insights.safe_to_spend import EVERYDAY, SafeToSpend, safe_to_spend
from notifications.inbox import Row, rows_of
from notifications.models import Notification
from recurring.due import Due, DueItem, due_before_payday

SHOWN = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What the overview's plan is drawn from."""

    safe: SafeToSpend
    budget: BudgetMonthAnswer
    tight: Sequence[Line]
    """The lines of the budget that are over or near, the worst first; else the largest."""
    due: Due
    items: Sequence[DueItem]
    goals: Sequence[GoalAnswer]
    news: Sequence[Row]


def plan_of(household: Household, user: User) -> Plan:
    """The plan as of today, for one of the household's people."""
    today = household.today()
    goals = household_goals(household)
    month = budget_month(household, current_month(household, today), today=today)
    due = due_before_payday(household, today)
    set_aside = [
        Term(
            _("Set aside for goals on %(account)s") % {"account": one.account.name},
            one.goals,
            one.set_aside,
            one.account.currency,
            reverse("budget:goal_list"),
        )
        for one in goals.earmarks
        if one.account.currency == household.base_currency
        and one.set_aside > 0
        and one.account.kind in EVERYDAY
    ]
    return Plan(
        safe=safe_to_spend(household, today, set_aside=set_aside),
        budget=month,
        tight=_tight(month),
        due=due,
        items=sorted(
            (*due.items, *due.income), key=lambda item: (not item.is_late, item.occurrence.due_on)
        )[:SHOWN],
        goals=goals.watched[:SHOWN],
        news=rows_of(Notification.objects.for_person(user, household).unread()[:SHOWN]),
    )


def _tight(month: BudgetMonthAnswer) -> list[Line]:
    lines = [line for group in month.groups for line in group.lines if line.is_budgeted]
    rank = {OVER: 0, NEAR: 1}
    lines.sort(key=lambda line: (rank.get(line.state, 2), -line.spent))
    return lines[:SHOWN]
