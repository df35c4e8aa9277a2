"""What must always hold of budgets; `manage.py check_ledger` asks it, too."""

from collections.abc import Iterator

from budget.closing import envelopes_balance
from budget.house import house_of
from budget.models import BudgetPlan
from ledger.invariants import Damage, Scope


def envelopes(scope: Scope) -> Iterator[Damage]:
    """Money to assign and envelopes together are the money on the accounts on budget."""
    plans = scope.of(BudgetPlan).filter(method=BudgetPlan.Method.ENVELOPES)
    for plan in plans.select_related("household"):
        if not envelopes_balance(house_of(plan.household)):
            yield Damage("budget", "budgetplan", plan.pk, "its envelopes miss its accounts")
