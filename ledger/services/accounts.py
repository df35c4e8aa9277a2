"""Open, edit, close and order accounts of money."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import Max
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household
from ledger.errors import LedgerError
from ledger.models import Account, Tombstone, Transaction

_EDITABLE = frozenset(
    "name kind currency opening_balance opened_on institution number colour icon is_off_budget".split()
)


def open_account(*, household: Household, name: str, kind: str, currency: str, **facts) -> Account:
    """Make an account, last in order. `facts` are further fields (opening_balance in minor units)."""
    _check_facts(facts)
    last = Account.objects.filter(household=household).aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    facts.setdefault("colour", f"cat-{position % 16 + 1}")
    if kind in (Account.Kind.LOAN, Account.Kind.INVESTMENT, Account.Kind.PROPERTY):
        facts.setdefault("is_off_budget", True)
    return Account.objects.create(
        household=household, name=name, kind=kind, currency=currency, position=position, **facts
    )


def edit_account(*, account: Account, **facts) -> Account:
    """Change an account. Raises LedgerError for the currency of one that has transactions, and
    for the opening balance of one that was reconciled.
    """
    _check_facts(facts)
    if facts.get("currency", account.currency) != account.currency and _has_history(account):
        raise LedgerError(_("An account with transactions keeps its currency."))
    opening = facts.get("opening_balance", account.opening_balance)
    if opening != account.opening_balance and _is_reconciled(account):
        raise LedgerError(
            _("This account was reconciled with its opening balance. Reopen that to change it.")
        )
    for name, value in facts.items():
        setattr(account, name, value)
    account.save(update_fields=list(facts))
    return account


def _check_facts(facts: dict) -> None:
    unknown = facts.keys() - _EDITABLE
    if unknown:
        raise TypeError(f"accounts have no editable {', '.join(sorted(unknown))}")


def _has_history(account: Account) -> bool:
    """Whether it has transactions, or had some that could come back."""
    return (
        Transaction.objects.filter(account=account).exists()
        or Tombstone.objects.filter(account=account).exists()
    )


def _is_reconciled(account: Account) -> bool:
    return account.reconciliations.filter(finished_at__isnull=False).exists()


def close_account(*, account: Account, on: dt.date) -> Account:
    """Close an account: it keeps its history and takes nothing new."""
    account.closed_on = on
    account.save(update_fields=["closed_on"])
    return account


def reopen_account(*, account: Account) -> Account:
    """Take new transactions again."""
    account.closed_on = None
    account.save(update_fields=["closed_on"])
    return account


def delete_account(*, account: Account) -> None:
    """Remove an account that never had a transaction. Raises LedgerError otherwise."""
    if _has_history(account):
        raise LedgerError(_("An account with a history can be closed, not deleted."))
    account.delete()


@atomic
def reorder_accounts(*, household: Household, ids: Sequence[int]) -> None:
    """Put the household's accounts in the order of `ids`; others follow as they were."""
    accounts = {account.pk: account for account in Account.objects.for_household(household)}
    ordered = [pk for pk in dict.fromkeys(ids) if pk in accounts]
    ordered += [pk for pk in accounts if pk not in ordered]
    for position, pk in enumerate(ordered):
        accounts[pk].position = position
    Account.objects.bulk_update(accounts.values(), ["position"])
