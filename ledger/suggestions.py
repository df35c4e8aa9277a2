"""What the one-line add proposes while somebody types a payee."""

from collections import Counter
from dataclasses import dataclass
from statistics import median_low

from django.db.models import OuterRef, Subquery

from accounts.models import Household
from core.forms import clean_text
from ledger.models import Payee, PayeeAlias, Transaction
from ledger.text import fold

_LAST = 3  # transactions of a payee that its proposal is taken from


@dataclass(frozen=True, slots=True)
class PayeeSuggestion:
    """A payee with what its last transactions had; amount in minor units of that account."""

    payee_id: int
    name: str
    category_id: int | None
    category_name: str
    account_id: int | None
    amount: int | None


def payee_suggestions(household: Household, text: str, limit: int = 8) -> list[PayeeSuggestion]:
    """Payees whose name or alias contains `text`, accents and case aside, last used first.

    Four queries at most, each payee's last transactions by index.
    """
    payees = Payee.objects.filter(household=household)
    if needle := fold(clean_text(text)):
        payees = payees.filter(pk__in=_named_like(household, needle))
    mine = (
        Transaction.objects.filter(payee=OuterRef("pk"), transfer=None, is_split=False)
        .order_by("-date", "-pk")
        .values("pk")
    )
    payees = payees.annotate(
        last_date=Subquery(mine.values("date")[:1]),
        **{f"last{n}": Subquery(mine[n : n + 1]) for n in range(_LAST)},
    )
    used = list(payees.exclude(last_date=None).order_by("-last_date", "-last0")[:limit])
    if needle and len(used) < limit:
        used += payees.filter(last_date=None).order_by("name")[: limit - len(used)]
    ids = {getattr(payee, f"last{n}") for payee in used for n in range(_LAST)} - {None}
    rows = Transaction.objects.select_related("category").in_bulk(ids) if ids else {}
    return [_suggestion(payee, rows) for payee in used]


def _named_like(household: Household, needle: str) -> set[int]:
    names = Payee.objects.filter(household=household).values_list("pk", "name")
    found = {pk for pk, name in names if needle in fold(name)}
    aliases = PayeeAlias.objects.filter(household=household, key__contains=needle)
    return found | set(aliases.values_list("payee_id", flat=True))


def _suggestion(payee: Payee, rows: dict[int, Transaction]) -> PayeeSuggestion:
    ids = [getattr(payee, f"last{n}") for n in range(_LAST)]
    last = [rows[pk] for pk in ids if pk in rows]
    account_id = last[0].account_id if last else None
    categories = [row.category for row in last if row.category]
    category = _usual([found for found in categories if not found.is_archived])
    amounts = [row.amount for row in last if row.account_id == account_id]
    return PayeeSuggestion(
        payee_id=payee.pk,
        name=payee.name,
        category_id=category.pk if category else None,
        category_name=category.name if category else "",
        account_id=account_id,
        amount=median_low(amounts) if amounts else None,
    )


def _usual(things: list):
    """The most common of these, the first of equals; None when there are none."""
    return Counter(things).most_common(1)[0][0] if things else None
