"""When cards are settled."""

from decimal import Decimal

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from ledger.models import Account
from recurring.errors import BillError
from recurring.models import CardCycle


@atomic
def save_cycle(
    *,
    account: Account,
    statement_day: int,
    due_days: int,
    weekend: str = "",
    paid_from: Account | None = None,
    pays: str = CardCycle.Pays.FULL,
    amount: int = 0,
    minimum_percent: Decimal = Decimal(0),
) -> CardCycle:
    """Say when the statement of a credit card is drawn up and paid. `amount` is a size in minor
    units. Raises BillError."""
    if account.kind != Account.Kind.CREDIT_CARD:
        raise BillError(_("Only a credit card has statements to pay."))
    if not 1 <= statement_day <= 31:
        raise BillError(_("A day of the month is 1 to 31."), "statement_day")
    if not 0 <= due_days <= 60:
        raise BillError(_("It is due within 60 days."), "due_days")
    if paid_from and (paid_from.household_id != account.household_id or paid_from == account):
        raise BillError(_("It is paid from another account of yours."), "paid_from")
    if pays == CardCycle.Pays.FIXED and amount <= 0:
        raise BillError(_("Say which amount is paid."), "amount")
    if pays == CardCycle.Pays.MINIMUM and amount <= 0 and minimum_percent <= 0:
        raise BillError(_("Say the per cent or the least amount."), "minimum_percent")
    return CardCycle.objects.update_or_create(
        account=account,
        defaults={
            "household_id": account.household_id,
            "statement_day": statement_day,
            "due_days": due_days,
            "weekend": weekend,
            "paid_from": paid_from,
            "pays": pays,
            "amount": max(0, amount),
            "minimum_percent": minimum_percent,
        },
    )[0]


def drop_cycle(*, account: Account) -> None:
    """Forget when it is settled."""
    CardCycle.objects.filter(account=account).delete()
