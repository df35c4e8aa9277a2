"""What a household plans."""

from budget.models.alerts import AccountAlert
from budget.models.debts import Debt
from budget.models.goals import Goal, GoalEntry
from budget.models.plan import BudgetAmount, BudgetMonth, BudgetMove, BudgetPlan, CategoryPlan
from budget.models.shares import ExpectedRefund, Share

__all__ = [
    "AccountAlert",
    "BudgetAmount",
    "BudgetMonth",
    "BudgetMove",
    "BudgetPlan",
    "CategoryPlan",
    "Debt",
    "ExpectedRefund",
    "Goal",
    "GoalEntry",
    "Share",
]
