"""Note debts and what is paid for them."""

from decimal import Decimal

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household
from budget.errors import DebtError
from budget.models import Debt
from budget.services.plans import plan_for
from ledger.models import Account
from ledger.services.acts import lock


@atomic
def save_debt(
    *,
    household: Household,
    name: str,
    rate: Decimal,
    minimum: int,
    minimum_percent: Decimal | None = None,
    payment_day: int = 1,
    account: Account | None = None,
    currency: str = "",
    balance: int = 0,
    debt: Debt | None = None,
) -> Debt:
    """Add a debt, or change `debt`. Amounts are minor units, `rate` is per cent a year.

    With `account` its currency and balance count; without, `balance` is owed as of today in `currency`
    (the household's unless given). Raises DebtError.
    """
    lock(household)
    if account is not None:
        _check_account(household, account, debt)
    if minimum <= 0 and not minimum_percent:
        raise DebtError(_("Say what you pay each month at least."))
    if debt is None:
        debt = Debt(household=household)
    is_typed_anew = account is None and (debt.account_id is not None or balance != debt.balance)
    debt.name, debt.rate, debt.account = name, rate, account
    debt.minimum, debt.minimum_percent, debt.payment_day = minimum, minimum_percent, payment_day
    debt.currency = account.currency if account else currency or household.base_currency
    if account is not None:
        debt.balance, debt.balance_on = 0, None
    elif is_typed_anew or debt.balance_on is None:
        debt.balance, debt.balance_on = balance, household.today()
    debt.save()
    return debt


def _check_account(household: Household, account: Account, debt: Debt | None) -> None:
    if account.household_id != household.pk or not account.is_debt:
        raise DebtError(_("Choose one of your loans or credit cards."))
    others = Debt.objects.filter(account=account)
    if debt is not None:
        others = others.exclude(pk=debt.pk)
    if others.exists():
        raise DebtError(_("This account is in your debts already."))


def delete_debt(*, debt: Debt) -> None:
    """Forget a debt; its account and transactions stay as they are."""
    debt.delete()


@atomic
def set_debt_extra(*, household: Household, amount: int) -> None:
    """What the household pays each month beside the least payments, in its own currency."""
    if amount < 0:
        raise DebtError(_("Enter an amount that is not below zero."))
    lock(household)
    plan = plan_for(household)
    plan.debt_extra = amount
    plan.save(update_fields=["debt_extra"])
