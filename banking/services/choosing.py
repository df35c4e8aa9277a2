"""Which of the bank's accounts and cards come in, and which account of the household each fills."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services.audit import record
from banking.errors import BankingError, NotNowError
from banking.models import BankAccount, Connection, SyncRun
from banking.services.schedule import request_sync
from core.money import CURRENCIES
from ledger.models import Account
from ledger.services.accounts import open_account

State = Connection.State


@dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of one account of the bank: an existing `account`, a new one called `name`, or,
    with neither, nothing."""

    row: BankAccount
    account: Account | None = None
    name: str = ""


class ChoiceError(BankingError):
    """A choice that is not possible; `row` says for which account of the bank."""

    def __init__(self, row: BankAccount, text: str):
        self.row = row
        super().__init__(text)


def choose_accounts(
    *,
    connection: Connection,
    choices: Sequence[Choice],
    history_from: dt.date | None,
    by: User,
    psu_ip: str = "",
) -> SyncRun | None:
    """Say where each account goes and begin to fill it, from `history_from` on (None: all there is).

    Raises ChoiceError and NotNowError. Returns the sync that begins, None when nothing is wanted.
    """
    if connection.state not in (State.CHOOSING, State.ACTIVE):
        raise NotNowError
    _check(connection, choices)
    with atomic():
        wanted = 0
        for choice in choices:
            row = choice.row
            account = choice.account
            if account is None and choice.name:
                account = _open(connection, choice)
                row.sets_opening = True
            elif account is None or account.pk != row.account_id:
                row.sets_opening = False
            if (account.pk if account else None) != row.account_id:
                row.account, row.synced_from, row.synced_until = account, None, None
            row.save(update_fields=["account", "sets_opening", "synced_from", "synced_until"])
            wanted += account is not None
        Connection.objects.filter(pk=connection.pk).update(
            state=State.ACTIVE if wanted else State.CHOOSING,
            history_from=history_from,
            next_sync_at=timezone.now() if wanted else None,
        )
        record(
            "bank accounts chosen", household=connection.household, actor=by,
            target=connection.provider_name,
        )  # fmt: skip
        if not wanted:
            return None
        return request_sync(
            connection=connection, by=by, psu_ip=psu_ip, trigger=SyncRun.Trigger.CONNECT
        )


def _check(connection: Connection, choices: Sequence[Choice]) -> None:
    taken = set(
        BankAccount.objects.filter(
            connection__household=connection.household, account__isnull=False, is_gone=False
        )
        .exclude(connection__state=State.DISCONNECTED)
        .exclude(connection=connection)
        .values_list("account", flat=True)
    )
    for choice in choices:
        account, row = choice.account, choice.row
        if account is None and not choice.name:
            continue
        if row.currency not in CURRENCIES:
            raise ChoiceError(row, _("Its currency is not known here."))
        if account is None:
            continue
        if account.household_id != connection.household_id or account.is_closed:
            raise ChoiceError(row, _("Choose an open account."))
        if account.currency != row.currency:
            raise ChoiceError(row, _("That account has another currency."))
        if account.pk in taken:
            raise ChoiceError(row, _("That account is filled by another one already."))
        taken.add(account.pk)


def _open(connection: Connection, choice: Choice) -> Account:
    row = choice.row
    kind = Account.Kind.CURRENT
    if row.is_card:
        kind = Account.Kind.CREDIT_CARD
    elif "SAVING" in row.bank_kind:
        kind = Account.Kind.SAVINGS
    return open_account(
        household=connection.household,
        name=choice.name[:80],
        kind=kind,
        currency=row.currency,
        institution=connection.provider_name[:80],
        number="" if row.is_card else row.number,
    )


def likely_account(row: BankAccount, accounts: Sequence[Account]) -> Account | None:
    """The household's account that a bank's account most likely is: the same number, or one that
    was filled from it before."""
    same = [account for account in accounts if account.currency == row.currency]
    before = (
        BankAccount.objects.filter(
            connection__household=row.connection.household,
            account__in=[account.pk for account in same],
            identity=row.identity,
        )
        .exclude(pk=row.pk)
        .exclude(identity="")
        .values_list("account", flat=True)
        .first()
    )
    digits = _digits(row.number)
    for account in same:
        if account.pk == before:
            return account
        if len(digits) >= 6 and _digits(account.number).endswith(digits[-8:]):
            return account
    return None


def _digits(number: str) -> str:
    return "".join(char for char in number if char.isalnum()).upper()
