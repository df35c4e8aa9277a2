"""One sync of one connection: read the bank, make the ledger what it says, say how it went.

Every account is one database transaction; a sync that dies is done again from its beginning and
finds what it wrote. Requests are made outside of transactions.
"""

import datetime as dt
import logging
import random
from dataclasses import dataclass, field, replace

from django.db.models import F, Sum
from django.db.transaction import atomic
from django.utils import timezone

from banking.errors import LeaseLostError, QuotaSpentError
from banking.gateway import truelayer
from banking.models import BankAccount, Connection, SyncRun
from banking.services import limits
from banking.services.access import fresh_token
from banking.services.labels import Labels
from banking.services.leases import Lease
from banking.services.mandates import store_mandates
from banking.services.reading import REREAD, Answer, ask, mandates, window_of
from banking.services.sharing import list_accounts
from banking.truelayer.client import DataApi
from banking.truelayer.errors import (
    AccessDeniedError,
    AccountGoneError,
    ConfigurationError,
    RateLimitedError,
    ReconnectNeededError,
    Remedy,
    TransientError,
    TrueLayerError,
)
from banking.truelayer.reading import optional_moment
from ledger.errors import ClosedAccountError, LedgerError
from ledger.models import Status, Transaction
from ledger.services.accounts import edit_account
from ledger.services.feed import Fed, take_feed
from ledger.services.transfer_finder import join_certain_transfers

logger = logging.getLogger(__name__)

EVERY = dt.timedelta(hours=7)
"""Between syncs, plus up to two hours by chance: three a day, one less than banks allow."""
LIST_EVERY = dt.timedelta(days=1)
_COUNTED = ("added", "settled", "amended", "removed", "joined", "known")


@dataclass(slots=True)
class _Outcome:
    """How it ended for the accounts: error codes, who mends them, new rows."""

    errors: list[TrueLayerError] = field(default_factory=list)
    codes: list[tuple[str, str]] = field(default_factory=list)
    done: int = 0
    retry_after: int = 0


class Sync:
    """The work of one run. The caller holds the lease and has made the run RUNNING."""

    def __init__(self, run: SyncRun, lease: Lease):
        self.run = run
        self.connection: Connection = run.connection
        self.household = self.connection.household
        self.lease = lease
        self.calls = limits.Calls(self.connection, is_attended=run.is_attended)
        self.labels = Labels(self.household)
        self.outcome = _Outcome()
        self.asked = ""
        self.new_ids: list[int] = []
        utc = timezone.now().astimezone(dt.UTC).date()
        self.today = max(utc, self.household.today())

    def work(self) -> None:
        """Do it and end the run. Raises LeaseLostError when somebody else took over."""
        try:
            self._work()
        except LeaseLostError:
            self.calls.write()
            raise
        except TrueLayerError as error:
            self._end(error)
        except QuotaSpentError:
            self._end(None, code="quota_spent")
        else:
            self._end(None)

    def _work(self) -> None:
        api = self._api(fresh_token(self.connection, self.lease))
        try:
            me = api.me()
        except ReconnectNeededError:
            api = self._api(fresh_token(self.connection, self.lease, force=True))
            me = api.me()
        facts = consent_facts(me)
        rows = list(
            self.connection.bank_accounts.select_related("account__household").order_by("pk")
        )
        now = timezone.now()
        if self._is_list_due(now) and self._list(api, rows):
            facts["listed_at"] = now
            rows = list(
                self.connection.bank_accounts.select_related("account__household").order_by("pk")
            )
        wanted = [row for row in rows if row.account_id and not row.is_gone]
        last_wide = self.connection.reread_at
        is_wide = last_wide is None or now - last_wide >= REREAD
        self.run.accounts_total = len(wanted)
        SyncRun.objects.filter(pk=self.run.pk).update(accounts_total=len(wanted))
        for row in wanted:
            self._account(api, row, is_wide=is_wide)
        if is_wide and not self.outcome.codes:
            facts["reread_at"] = now
        self._confirm_consent(api)
        if self.new_ids:
            joined = join_certain_transfers(self.household, self.new_ids)
            if joined:
                SyncRun.objects.filter(pk=self.run.pk).update(transfers=F("transfers") + joined)
        for name, value in facts.items():
            setattr(self.connection, name, value)
        self.facts = facts

    def _api(self, token: str) -> DataApi:
        return truelayer().data(
            token, psu_ip=self.run.psu_ip or "", before=self._before, after=self._after
        )

    def _before(self, endpoint: str) -> None:
        self.lease.renew()
        self.calls.ensure_allowed(self.asked, endpoint)

    def _after(self, endpoint: str, status: int, code: str) -> None:
        self.calls.add(self.asked, endpoint, status, code)

    # --- Accounts -----------------------------------------------------------------------------

    def _is_list_due(self, now: dt.datetime) -> bool:
        listed = self.connection.listed_at
        return self.run.is_attended or listed is None or now - listed >= LIST_EVERY

    def _list(self, api: DataApi, rows: list[BankAccount]) -> bool:
        """Look which accounts are shared. Revolut refuses this later on: never fatal."""
        try:
            list_accounts(api, self.connection)
        except (AccessDeniedError, QuotaSpentError):
            return False
        except TransientError:
            if not rows:
                raise
            return False
        return True

    def _account(self, api: DataApi, row: BankAccount, *, is_wide: bool) -> None:
        """Read one account. What fails here does not stop the others, except when all would."""
        self.asked = row.external_id
        try:
            first = window_of(
                row, today=self.today, is_wide=is_wide, wanted=self.connection.history_from
            )
            answer = ask(api, row, first, self.today)
            orders = mandates(api, row) if is_wide else (None, None)
            self._write(row, answer, orders)
        except (ReconnectNeededError, ConfigurationError, RateLimitedError):
            raise
        except AccountGoneError as error:
            self._fail(row, error.code, Remedy.NONE, is_gone=True)
        except TrueLayerError as error:
            self.outcome.errors.append(error)
            self._fail(row, error.code, error.remedy)
            if isinstance(error, TransientError) and len(self.outcome.errors) >= 3:
                raise
        except QuotaSpentError:
            self._fail(row, "quota_spent", Remedy.LATER)
        except ClosedAccountError:
            self._fail(row, "account_closed", Remedy.NONE)
        finally:
            self.asked = ""

    def _fail(self, row: BankAccount, code: str, remedy: str, **facts) -> None:
        self.outcome.codes.append((code, remedy))
        BankAccount.objects.filter(pk=row.pk).update(error_code=code, **facts)

    def _write(self, row: BankAccount, answer: Answer, orders) -> None:
        account = row.account
        feed = replace(
            answer.feed,
            booked=self.labels.applied(answer.feed.booked),
            pending=answer.feed.pending and self.labels.applied(answer.feed.pending),
        )
        is_deeper = row.synced_from is None or feed.first < row.synced_from
        with atomic():
            fed = take_feed(account=account, feed=feed, guard=self.lease.hold)
            booked = self._booked_total(account)
            if row.sets_opening and is_deeper and answer.balance:
                self._set_opening(row, answer, booked)
            balance = answer.balance
            row.synced_from = min(row.synced_from or feed.first, feed.first)
            row.synced_until = self.today
            row.synced_at = timezone.now()
            row.error_code = "history_shut" if answer.is_shut else ""
            row.not_before = answer.not_before or row.not_before
            if balance:
                row.balance, row.balance_at = balance.booked, row.synced_at
                row.difference = account.opening_balance + booked - balance.booked
                row.available, row.credit_limit = balance.available, balance.limit
                row.statement_balance, row.statement_on = balance.statement, balance.statement_on
                row.payment_due, row.payment_due_on = balance.payment_due, balance.payment_due_on
            row.save()
            store_mandates(row, *orders)
            self._count(fed, answer.unreadable)
            self.calls.write()
        self.outcome.done += 1
        self.new_ids += fed.new_ids

    @staticmethod
    def _booked_total(account) -> int:
        """The sum of what is booked, minor units."""
        moved = Transaction.objects.movements().filter(account=account)
        found = moved.exclude(status=Status.PENDING).aggregate(total=Sum("amount"))
        return found["total"] or 0

    def _set_opening(self, row: BankAccount, answer: Answer, booked: int) -> None:
        """An account that was made for the bank's begins with what the bank's balance leaves."""
        account = row.account
        facts = {"opening_balance": answer.balance.booked - booked}
        first = min((line.date for line in answer.feed.booked), default=self.today)
        if account.opened_on is None or account.opened_on > first:
            facts["opened_on"] = first
        try:
            edit_account(account=account, **facts)
        except LedgerError:
            logger.info("account %s keeps its opening balance: it was reconciled", account.pk)

    def _count(self, fed: Fed, unreadable: int) -> None:
        counts = {name: F(name) + getattr(fed, name) for name in _COUNTED if getattr(fed, name)}
        SyncRun.objects.filter(pk=self.run.pk).update(
            accounts_done=F("accounts_done") + 1,
            unreadable=F("unreadable") + unreadable,
            requests=self.calls.count,
            **counts,
        )

    def _confirm_consent(self, api: DataApi) -> None:
        """When a bank refused every account, ask TrueLayer whether the consent is over."""
        refused = [code for code, remedy in self.outcome.codes if remedy == Remedy.USER]
        if refused and not self.outcome.done and len(refused) == len(self.outcome.codes):
            api.me()
            # TrueLayer holds the consent for good, the bank does not: only the person can tell.
            raise ReconnectNeededError("access_denied")

    # --- The end ------------------------------------------------------------------------------

    def _end(self, error: TrueLayerError | None, code: str = "") -> None:
        """Write how it went: the run, the connection, the provider's health; give the lease back."""
        now = timezone.now()
        codes = list(self.outcome.codes)
        if error is not None:
            codes.insert(0, (error.code, error.remedy))
        elif code:
            codes.insert(0, (code, Remedy.LATER))
        codes = [item for item in codes if item[1] != Remedy.NONE] or codes
        is_clean = error is None and not code and not self.outcome.codes
        state = SyncRun.State.DONE if is_clean else SyncRun.State.FAILED
        if not is_clean and self.outcome.done:
            state = SyncRun.State.PARTLY
        worst, remedy = codes[0] if codes else ("", "")
        facts = {
            **getattr(self, "facts", {}),
            "last_sync_at": now,
            "error_code": worst,
            "next_sync_at": self._next(now, error, is_clean, code),
        }
        if is_clean:
            facts |= {"last_success_at": now, "failures": 0}
        else:
            facts["failures"] = self.connection.failures + 1
        if isinstance(error, ReconnectNeededError):
            facts |= {"state": Connection.State.RECONNECT, "next_sync_at": None}
        with atomic():
            self.calls.write()
            self._note_health(error)
            if not self.lease.release(**facts):
                raise LeaseLostError
            SyncRun.objects.filter(pk=self.run.pk).update(
                state=state,
                ended_at=now,
                psu_ip=None,
                error_code=worst,
                remedy=remedy,
                requests=self.calls.count,
                correlation_id=error.correlation_id if error else "",
            )

    def _note_health(self, error: TrueLayerError | None) -> None:
        if isinstance(error, ConfigurationError):
            logger.error("TrueLayer refuses this server's configuration: %s", error.code)
            limits.note_failure(self.connection, is_ours=True)
        elif isinstance(error, TransientError) or (
            self.outcome.errors
            and not self.outcome.done
            and all(isinstance(one, TransientError) for one in self.outcome.errors)
        ):
            limits.note_failure(self.connection)
        elif self.outcome.done:
            limits.note_success(self.connection)

    def _next(self, now: dt.datetime, error, is_clean: bool, code: str) -> dt.datetime:
        """When to come again: three times a day; sooner, but later and later, after a failure."""
        chance = random.random()  # noqa: S311 jitter
        if is_clean or code == "quota_spent":
            return now + EVERY + chance * dt.timedelta(hours=2)
        if isinstance(error, RateLimitedError):
            wait = dt.timedelta(hours=20 if error.is_daily else 1)
            wait = max(wait, dt.timedelta(seconds=error.retry_after))
            return now + wait * (1 + chance / 4)
        longest = dt.timedelta(minutes=15) * 2 ** min(self.connection.failures, 5)
        return now + min(longest, EVERY) * (0.5 + chance)


def consent_facts(me: dict) -> dict:
    """What /me says of the consent, as columns of a connection; nothing for what it leaves out."""
    facts = {}
    expires = optional_moment(me.get("consent_expires_at"))
    if expires:
        facts["consent_expires_at"] = expires
    return facts
