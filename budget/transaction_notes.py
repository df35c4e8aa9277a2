"""What a budget says of a transaction on its page."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from budget.adjustments import own_part
from budget.models import ExpectedRefund, Share
from core.formatting import format_money
from ledger.models import Transaction
from ledger.transaction_notes import TransactionNote


def notes(row: Transaction) -> Iterator[TransactionNote]:
    """Whether it is shared and paid back, or the offer of that. Two queries."""
    if row.transfer_id:
        return
    currency = row.account.currency
    share = Share.objects.filter(transaction=row).first()
    url = reverse("budget:share_page", args=[row.pk])
    if share is None:
        yield TransactionNote("users", _("Share it: only your part counts"), url)
    else:
        own = format_money(abs(own_part(row.amount, share)), currency)
        text = _("Shared: %(own)s of it counts in the budget") % {"own": own}
        yield TransactionNote("users", text, url, is_fact=True)
    if row.amount < 0:
        yield from _refunds(row, currency)


def _refunds(row: Transaction, currency: str) -> Iterator[TransactionNote]:
    expected = ExpectedRefund.objects.filter(expense=row).exclude(state="given_up").first()
    if expected is None:
        url = reverse("budget:refund_page", args=[row.pk])
        yield TransactionNote("receipt-refund", _("Expect a refund"), url)
        return
    amount = format_money(expected.amount, currency)
    text = _("%(amount)s came back") if expected.refund_id else _("%(amount)s should come back")
    url = reverse("budget:refund_list")
    yield TransactionNote("receipt-refund", text % {"amount": amount}, url, is_fact=True)
