"""Only one's own part of a transaction that is shared with others loads the budget."""

from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import User
from budget.errors import ShareError
from budget.models import BudgetPlan, Share
from budget.services.plans import plan_for, touch_month
from ledger.models import Transaction
from ledger.services.acts import lock


@atomic
def share_transaction(
    *,
    transaction: Transaction,
    by: User | None,
    own: int = 1,
    whole: int = 2,
    own_amount: int | None = None,
    with_whom: str = "",
) -> Share:
    """Say that `own` of `whole` equal shares of a transaction (or of a part) are the household's.

    `own_amount` (minor units of its account, with its sign) says it exactly. Raises ShareError.
    """
    if transaction.transfer_id:
        raise ShareError(_("A transfer is neither income nor spending: there is nothing to share."))
    if not (1 <= whole <= 1000 and 0 <= own <= whole):
        raise ShareError
    if own_amount is not None:
        same_sign = own_amount == 0 or (own_amount > 0) == (transaction.amount > 0)
        if not same_sign or abs(own_amount) > abs(transaction.amount):
            raise ShareError
    household = transaction.household
    lock(household)
    share, _is_new = Share.objects.update_or_create(
        transaction=transaction,
        defaults={
            "household": household,
            "own": own,
            "whole": whole,
            "own_amount": own_amount,
            "with_whom": with_whom,
            "made_by": by,
        },
    )
    touched(household, transaction)
    return share


@atomic
def unshare(*, transaction: Transaction) -> None:
    """Let the whole transaction load the budget again."""
    lock(transaction.household)
    Share.objects.filter(transaction=transaction).delete()
    touched(transaction.household, transaction)


def touched(household, *transactions: Transaction) -> None:
    """What the budget counts of these transactions has changed.

    Periods from pay-day to pay-day are not the months of the rows, so the plan moves on with them.
    """
    plan_for(household)
    for month in sorted({row.month for row in transactions}):
        touch_month(household, month)
    BudgetPlan.objects.filter(household=household).update(version=F("version") + 1)
