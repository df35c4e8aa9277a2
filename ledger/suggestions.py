"""What the one-line add proposes while somebody types a payee."""

from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, Subquery

from accounts.models import Household
from core.forms import clean_text
from ledger.models import Payee, PayeeAlias, Transaction
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
    """Payees whose name or alias contains `text`, those used most lately first. Two queries.

    The newest row of each payee comes from the index of payees and days, so that the time grows
    with the payees and not with their transactions.
    """
    text = clean_text(text).strip()
    payees = Payee.objects.filter(household=household)
    if needle := fold(text):
        aliases = PayeeAlias.objects.filter(household=household, key__contains=needle)
        payees = payees.filter(Q(name__icontains=text) | Q(pk__in=aliases.values("payee")))
    own = Transaction.objects.filter(payee=OuterRef("pk"), parent=None).newest_first()
    found = payees.annotate(
        last=Subquery(own.values("date")[:1]),
        newest=Subquery(own.filter(transfer=None, is_split=False).values("pk")[:1]),
    )
    if not needle:
        found = found.exclude(last=None)
    # Not every database sorts nulls alike: a payee that was never used comes last.
    chosen = list(found.order_by(F("last").desc(nulls_last=True), "name")[:limit])
    newest = Transaction.objects.select_related("category").in_bulk(
        [payee.newest for payee in chosen if payee.newest]
    )
    return [_suggestion(payee, newest.get(payee.newest)) for payee in chosen]


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
