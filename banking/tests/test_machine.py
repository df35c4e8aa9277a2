"""A bank and a household that do whatever they like for weeks: the ledger is what the bank says.

Acts of the bank (days pass, faults, rows late, gone, worded anew) x acts of the household (edits,
splits, files, pause, renewal) x syncs by the clock and by hand.
"""

import datetime as dt
import os
import random
from collections import Counter
from contextlib import contextmanager
from unittest.mock import patch

from django.db.transaction import atomic, set_rollback
from django.test import override_settings
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from accounts.models import Role
from accounts.tests.factories import HouseholdFactory, MembershipFactory
from banking import gateway
from banking.models import BankAccount, Connection, ProviderHealth
from banking.sandbox.faults import ERRORS
from banking.services import leaving, schedule
from banking.tests.conftest import (
    bank_rows,
    bank_settings,
    choose_all,
    connect,
    ledger_rows,
    moving_time,
    renew,
    start_bank,
    stop_bank,
    sync,
)
from ledger.invariants import check
from ledger.models import Source, Status, Transaction
from ledger.services.statements import post_lines
from ledger.services.transactions import Part, edit_transaction, split_transaction
from ledger.services.trash import delete_transactions
from ledger.statement_line import StatementLine
from ledger.tests.factories import CategoryFactory

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
PATHS = (
    *("/connect/token$", "/me$", "/accounts$", "/cards$", "/transactions$", "/pending$"),
    *("/balance$", "/standing_orders$"),
)
KINDS = ("error", "cut", "garbage", "html", "running", "duplicate_rows", "reorder", "ignore_from")
PICK = st.integers(0, 10_000)


@contextmanager
def rolled_back():
    """Each example has the database for itself."""
    with atomic():
        yield
        set_rollback(True)


class Bank(RuleBasedStateMachine):
    """One connection with a current account and a card."""

    provider_id = "ob-plain"

    def __init__(self):
        super().__init__()
        self.bank = start_bank()
        self.patches = [
            rolled_back(),
            override_settings(**bank_settings(self.bank.server.url)),
            patch("banking.truelayer.client.PAUSE_SECONDS", (0, 0)),
            moving_time(self.bank),
        ]
        for one in self.patches:
            one.__enter__()
        self.household = HouseholdFactory()
        self.by = MembershipFactory(household=self.household, role=Role.OWNER).user
        self.category = CategoryFactory(household=self.household)
        self.connection = connect(self.bank, self.household, self.by, self.provider_id)
        choose_all(
            self.connection,
            self.by,
            history_from=self.household.today() - dt.timedelta(days=20),
        )
        self.deleted: Counter = Counter()
        self.vanished = False
        self.marked: dict[int, str] = {}

    def teardown(self):
        try:
            self.at_the_end()
        finally:
            gateway.truelayer().close()
            gateway._client.cache_clear()
            for one in reversed(self.patches):
                one.__exit__(None, None, None)
            stop_bank(self.bank)

    # --- The bank -----------------------------------------------------------------------------

    @rule(hours=st.integers(5, 120))
    def time_passes(self, hours):
        self.bank.forward(hours=hours)

    @rule(
        path=st.sampled_from(PATHS), kind=st.sampled_from(KINDS), pick=PICK, times=st.integers(1, 4)
    )
    def something_breaks(self, path, kind, pick, times):
        code = list(ERRORS)[pick % len(ERRORS)]
        self.bank.fault(kind, path, times, code=code)

    @rule()
    def it_heals(self):
        self.bank.heal()

    @precondition(lambda self: not self.deleted)
    @rule(pick=PICK, what=st.sampled_from(["late", "vanish", "drop_pending", "amend"]))
    def rows_are_odd(self, pick, what):
        """Some rows are kept back for now, gone, or worded anew."""
        product = ("current", "card")[pick % 2]
        known = self.bank.truth(self.connection.credentials_id, product)
        dice = random.Random(pick)
        rows = known["pending" if what == "drop_pending" else "booked"][-12:]
        keys = [one["key"] for one in dice.sample(rows, min(2, len(rows)))]
        self.vanished |= what in ("vanish", "late")
        self.bank.control(
            "POST",
            "changes",
            credentials_id=self.connection.credentials_id,
            product=product,
            **{what: {key: f"REWORDED {key[-4:]}" for key in keys} if what == "amend" else keys},
        )

    @rule(pick=PICK)
    def rows_are_as_they_were(self, pick):
        product = ("current", "card")[pick % 2]
        credentials = self.connection.credentials_id
        self.bank.control("POST", "changes", credentials_id=credentials, product=product)

    # --- The household ------------------------------------------------------------------------

    def row(self, pick, **facts):
        rows = Transaction.objects.movements().filter(household=self.household, **facts)
        found = list(rows.order_by("pk"))
        return found[pick % len(found)] if found else None

    @rule(pick=PICK)
    def somebody_categorises(self, pick):
        row = self.row(pick, is_split=False, transfer=None)
        if row:
            word = f"note {pick}"
            edit_transaction(transaction=row, by=self.by, category=self.category, notes=word)
            self.marked[row.pk] = word

    @rule(pick=PICK)
    def somebody_splits(self, pick):
        row = self.row(pick, is_split=False, transfer=None, category=None)
        if row and abs(row.amount) > 2:
            half = row.amount // 2
            parts = [Part(half, self.category), Part(row.amount - half)]
            split_transaction(transaction=row, parts=parts, by=self.by)

    @precondition(lambda self: not self.vanished)
    @rule(pick=PICK)
    def somebody_deletes(self, pick):
        row = self.row(pick, status=Status.BOOKED, source=Source.BANK)
        if row:
            delete_transactions(household=self.household, ids=[row.pk], by=self.by)
            self.deleted[row.account_id, row.date.isoformat(), row.amount] += 1
            self.marked.pop(row.pk, None)

    @precondition(lambda self: not self.deleted and not self.vanished)
    @rule(pick=PICK)
    def somebody_brings_in_a_file(self, pick):
        """The bank's own statement of some days, in the words of its files."""
        row = list(self.connection.bank_accounts.select_related("account"))[pick % 2]
        said = bank_rows(self.bank, row)["booked"][-(pick % 15) - 1 :]
        lines = [
            StatementLine(n, dt.date.fromisoformat(date), amount, f"CARD PAYMENT TO {text}")
            for n, (date, amount, text) in enumerate(said, 1)
        ]
        post_lines(account=row.account, lines=lines, source="csv", by=self.by)

    @rule()
    def somebody_pauses_and_resumes(self):
        self.connection.refresh_from_db()
        if self.connection.state == Connection.State.ACTIVE:
            leaving.pause(connection=self.connection, by=self.by)
            assert not schedule.drain()
            leaving.resume(connection=self.connection, by=self.by)

    # --- Syncs --------------------------------------------------------------------------------

    @rule(is_there=st.booleans())
    def somebody_syncs(self, is_there):
        self.connection.refresh_from_db()
        if self.connection.state == Connection.State.ACTIVE:
            run = sync(self.connection, self.by, "192.0.2.1" if is_there else None)
            assert run.is_over
            assert run.error_code != "internal_error" or run.remedy != "operator"

    @rule()
    def the_clock_syncs(self):
        schedule.drain()

    @invariant()
    def the_ledger_is_sound(self):
        assert check(self.household) == []

    @invariant()
    def nobody_holds_the_connection(self):
        assert Connection.objects.get(pk=self.connection.pk).lease is None

    @invariant()
    def what_people_wrote_is_there(self):
        notes = dict(Transaction.objects.filter(pk__in=self.marked).values_list("pk", "notes"))
        assert all(self.marked[pk] == word for pk, word in notes.items())

    def at_the_end(self):
        """All is well again, and one more sync."""
        self.bank.heal()
        ProviderHealth.objects.all().delete()
        self.bank.forward(hours=25)
        BankAccount.objects.update(unsupported={})
        self.connection.refresh_from_db()
        renew(self.connection, self.by)
        Connection.objects.update(reread_at=None)
        run = sync(self.connection, self.by)
        assert run.state == "done", run.error_code
        for row in self.connection.bank_accounts.select_related("account", "connection"):
            here = Counter(
                (date, amount) for date, amount, _t in ledger_rows(row.account)["booked"]
            )
            there = Counter(
                (date, amount) for date, amount, _t in bank_rows(self.bank, row)["booked"]
            )
            for (account_id, date, amount), count in self.deleted.items():
                if account_id == row.account_id:
                    there[date, amount] -= count
            assert here == +there, row.name
            assert ledger_rows(row.account)["pending"] == bank_rows(self.bank, row)["pending"]
        assert check(self.household) == []


class Nameless(Bank):
    """The same with a bank that gives its rows no stable ids."""

    provider_id = "ob-nameless"


class TestBank(TestCase, Bank.TestCase):
    settings = settings(
        max_examples=400 if LONG else 3,
        stateful_step_count=50 if LONG else 20,
        deadline=None,
        derandomize=not LONG,
        print_blob=True,
    )


class TestNameless(TestCase, Nameless.TestCase):
    settings = TestBank.settings
