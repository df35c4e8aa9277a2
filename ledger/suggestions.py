"""What the one-line add proposes while somebody types a payee."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q

from accounts.models import Household
from ledger.models import Payee, Transaction
from ledger.text import fold


@dataclass(frozen=True, slots=True)
class PayeeSuggestion:
    """A payee with what its last transaction had; amount in minor units of that account."""

    payee_id: int
    name: str
    category_id: int | None
    category_name: str
    account_id: int | None
    amount: int | None


def payee_suggestions(household: Household, text: str, limit: int = 8) -> list[PayeeSuggestion]:
    """Payees whose name or alias contains `text`, those used most lately first. Two queries."""
    needle = fold(text)
    payees = list(
        Payee.objects.filter(household=household)
        .filter(Q(name__icontains=text.strip()) | Q(aliases__key__contains=needle))
        .annotate(last=Max("transactions__date"), uses=Count("transactions", distinct=True))
        .order_by("-last", "-uses", "name")[:limit]
        if needle
        else Payee.objects.filter(household=household)
        .annotate(last=Max("transactions__date"))
        .exclude(last=None)
        .order_by("-last", "name")[:limit]
    )
    newest: dict[int, Transaction] = {}
    for row in (
        Transaction.objects.for_household(household)
        .movements()
        .filter(
            pk__in=Transaction.objects.filter(payee__in=payees, transfer=None, is_split=False)
            .order_by()
            .values("payee")
            .annotate(newest=Max("pk"))
            .values("newest")
        )
        .select_related("category")
    ):
        newest[row.payee_id] = row
    return [_suggestion(payee, newest.get(payee.pk)) for payee in payees]


def _suggestion(payee: Payee, row: Transaction | None) -> PayeeSuggestion:
    category = row.category if row else None
    return PayeeSuggestion(
        payee_id=payee.pk,
        name=payee.name,
        category_id=category.pk if category else None,
        category_name=category.name if category else "",
        account_id=row.account_id if row else None,
        amount=row.amount if row else None,
    )
