"""Standing orders and direct debits as the bank lists them, kept for the bills."""

from django.utils import timezone

from banking.models import BankAccount, Mandate
from banking.truelayer.reading import minor_of, optional_day


def store_mandates(row: BankAccount, orders: list[dict] | None, debits: list[dict] | None) -> None:
    """Replace what is stored by what the bank lists; None leaves it as it is.

    The bank's ids of these change, and standing orders have none: they are replaced as a whole.
    """
    now = timezone.now()
    for kind, listed, read in (
        (Mandate.Kind.STANDING_ORDER, orders, _order),
        (Mandate.Kind.DIRECT_DEBIT, debits, _debit),
    ):
        if listed is None:
            continue
        Mandate.objects.filter(bank_account=row, kind=kind).delete()
        Mandate.objects.bulk_create(
            Mandate(bank_account=row, kind=kind, seen_at=now, **read(one, row.currency))
            for one in listed[:500]
        )


def _text(value, length: int) -> str:
    return " ".join(str(value or "").split())[:length]


def _size(value, currency: str) -> int | None:
    minor = minor_of(value, currency)
    return abs(minor) if minor else None


def _order(one: dict, currency: str) -> dict:
    return {
        "payee": _text(one.get("payee") or one.get("reference"), 200),
        "reference": _text(one.get("reference"), 200),
        "frequency": _text(one.get("frequency"), 40),
        "is_active": _text(one.get("status"), 20).casefold() != "inactive",
        "next_on": optional_day(one.get("next_payment_date")),
        "next_amount": _size(one.get("next_payment_amount"), currency),
        "last_on": optional_day(one.get("previous_payment_timestamp")),
        "last_amount": _size(one.get("previous_payment_amount"), currency),
        "ends_on": optional_day(one.get("final_payment_date")),
    }


def _debit(one: dict, currency: str) -> dict:
    return {
        "payee": _text(one.get("name"), 200),
        "is_active": _text(one.get("status"), 20).casefold() != "inactive",
        "last_on": optional_day(one.get("previous_payment_timestamp")),
        "last_amount": _size(one.get("previous_payment_amount"), currency),
    }
