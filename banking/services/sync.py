"""One sync of one connection: read the bank, make the ledger what it says, say how it went.

Every account is one database transaction; a sync that dies is done again from its beginning and
finds what it wrote. Requests are made outside of transactions.
"""

import datetime as dt
import logging
import random
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Sum
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
from ledger.services.duplicates import join_sure_duplicates
from ledger.services.feed import Fed, take_feed
from ledger.services.transfer_finder import join_certain_transfers

logger = logging.getLogger(__name__)

EVERY = dt.timedelta(hours=7)
"""Between syncs, plus up to two hours by chance: three a day, one less than banks allow."""
LIST_EVERY = dt.timedelta(days=1)
_KEPT = ("added", "settled", "amended", "removed", "joined", "transfers")
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
        # What an earlier worker of this run wrote before it died is told too.
        self.counted = Counter({name: getattr(run, name) for name in _KEPT})
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
        if self._is_list_due(now):
            listed = self._list(api, rows)
            if listed is not None:
                facts["listed_at"], rows = now, listed
        wanted = [row for row in rows if row.account_id and not row.is_gone]
        last_wide = self.connection.reread_at
        is_wide = last_wide is None or now - last_wide >= REREAD
        for row in wanted:
            self._account(api, row, is_wide=is_wide, is_last=row is wanted[-1])
        if is_wide and not self.outcome.codes:
            facts["reread_at"] = now
        self._confirm_consent(api)
        if self.new_ids:
            joined = join_certain_transfers(self.household, self.new_ids)
            self.counted["transfers"] += joined
            # What somebody had typed or imported before the bank said it.
            join_sure_duplicates(household=self.household, by=None)
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

    def _list(self, api: DataApi, rows: list[BankAccount]) -> list[BankAccount] | None:
        """Look which accounts are shared. Revolut refuses this later on: never fatal, None then."""
        try:
            return list_accounts(api, self.connection, rows)
        except (AccessDeniedError, QuotaSpentError):
            return None
        except TransientError:
            if not rows:
                raise
            return None

    def _account(self, api: DataApi, row: BankAccount, *, is_wide: bool, is_last: bool) -> None:
        """Read one account. What fails here does not stop the others, except when all would."""
        self.asked = row.external_id
        try:
            first = window_of(
                row, today=self.today, is_wide=is_wide, wanted=self.connection.history_from
            )
            answer = ask(api, row, first, self.today)
            orders = mandates(api, row) if is_wide else (None, None)
            self._write(row, answer, orders, is_last=is_last)
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

    def _write(self, row: BankAccount, answer: Answer, orders, *, is_last: bool) -> None:
        account = row.account
        is_deeper = row.synced_from is None or answer.feed.first < row.synced_from
        counted = Counter(self.counted)

        def finish(fed: Fed) -> None:
            booked = self._booked_total(account)
            if row.sets_opening and is_deeper and answer.balance:
                self._set_opening(row, answer, booked)
            facts = self._facts(row, answer, account.opening_balance + booked)
            # Whoever lost their turn meanwhile must not have the last word.
            held = BankAccount.objects.filter(pk=row.pk, connection__lease=self.lease.key)
            if not held.update(**facts):
                raise LeaseLostError
            store_mandates(row, *orders)
            counted.update({name: getattr(fed, name) for name in _COUNTED})
            counted.update(unreadable=answer.unreadable, accounts_done=1)
            # What the last account changed nothing of is told with the end of the run.
            if not is_last or fed.changes:
                self._tell(counted)
            self.calls.write()

        fed = take_feed(
            account=account, feed=answer.feed, prepare=self.labels.applied, finish=finish
        )
        self.counted = counted
        self.outcome.done += 1
        self.new_ids += fed.new_ids

    def _facts(self, row: BankAccount, answer: Answer, ledger_balance: int) -> dict:
        """The columns of `row` after this answer."""
        now, balance = timezone.now(), answer.balance
        first = answer.feed.first
        is_joined = row.synced_until is not None and first <= row.synced_until
        facts = {
            # With a hole in between only the newer days are said to be covered.
            "synced_from": min(row.synced_from, first) if is_joined else first,
            "synced_until": self.today,
            "synced_at": now,
            "error_code": "history_shut" if answer.is_shut else "",
            "not_before": answer.not_before or row.not_before,
            "unsupported": row.unsupported,
        }
        if balance:
            facts |= {
                "balance": balance.booked,
                "balance_at": now,
                "difference": ledger_balance - balance.booked,
                "available": balance.available,
                "credit_limit": balance.limit,
                "statement_balance": balance.statement,
                "statement_on": balance.statement_on,
                "payment_due": balance.payment_due,
                "payment_due_on": balance.payment_due_on,
            }
        return facts

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

    def _tell(self, counted: Counter[str], **facts) -> int:
        """Write the counts of the run so far, and `facts`; nothing when the lease is lost."""
        run = SyncRun.objects.filter(pk=self.run.pk, connection__lease=self.lease.key)
        return run.update(requests=self.calls.count, **counted, **facts)

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
        self.calls.write()
        self._note_health(error)
        # Each line is right alone: a worker that dies between them only leaves a lease that ends.
        is_told = self._tell(
            self.counted,
            state=state,
            ended_at=now,
            psu_ip=None,
            error_code=worst,
            remedy=remedy,
            correlation_id=error.correlation_id if error else "",
        )
        if not is_told or not self.lease.release(**facts):
            raise LeaseLostError

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
        elif self.outcome.done and self.run.is_bank_ailing:
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
