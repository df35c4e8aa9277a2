"""Every kind of damage, done by hand behind the services' back, is found; and nothing else is."""

import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import CheckConstraint
from django.utils import timezone

from accounts.models import Membership, Role
from accounts.tests.factories import HouseholdFactory
from core.money import MAX_MINOR
from ledger.invariants import check
from ledger.models import (
    AccountMonth,
    CategoryMonth,
    Payee,
    Reconciliation,
    Status,
    Tombstone,
    Transaction,
    TransactionTag,
    Transfer,
)
from ledger.services.reconciliation import finish_reconciliation, start_reconciliation, tick
from ledger.services.refunds import link_refund
from ledger.services.transactions import Part, split_transaction
from ledger.services.transfers import record_transfer
from ledger.tests.factories import (
    AccountFactory,
    CategoryFactory,
    PayeeFactory,
    TagFactory,
    make_transaction,
)

DAY = dt.date(2026, 11, 3)


class World:
    """One of everything, all of it sound."""

    def __init__(self, household, alice):
        make = {"household": household}
        self.household = household
        self.account, self.savings = AccountFactory(**make), AccountFactory(**make)
        self.food, self.rent = CategoryFactory(**make), CategoryFactory(**make)
        self.payee, self.tag = PayeeFactory(**make), TagFactory(**make)
        self.plain = make_transaction(
            self.account,
            amount=-1000,
            by=alice,
            category=self.food,
            payee=self.payee,
            tags=[self.tag],
            description="COFFEE",
        )
        self.whole = make_transaction(self.account, amount=-4200, by=alice)
        parts = [Part(-4000, self.rent), Part(-200, self.food)]
        split_transaction(transaction=self.whole, parts=parts, by=alice)
        self.part = self.whole.parts.first()
        self.transfer = record_transfer(
            source=self.account, target=self.savings, amount=500, date=DAY, by=alice
        )
        self.leg = self.transfer.legs.get(account=self.account)
        self.other_leg = self.transfer.legs.get(account=self.savings)
        self.refund = make_transaction(self.account, amount=300, by=alice)
        link_refund(refund=self.refund, expense=self.plain, by=alice)
        self.pending = make_transaction(self.savings, amount=-7, by=alice, status=Status.PENDING)
        self.reconciled = make_transaction(self.savings, amount=9900, by=alice)
        self.reconciliation = start_reconciliation(
            account=self.savings, statement_on=DAY, statement_balance=9900, by=alice
        )
        tick(reconciliation=self.reconciliation, ids=[self.reconciled.pk], is_ticked=True, by=alice)
        finish_reconciliation(reconciliation=self.reconciliation, by=alice)

    @staticmethod
    def damage(row, **facts):
        """Change columns as no service would."""
        type(row).objects.filter(pk=row.pk).update(**facts)


@pytest.fixture
def world(household, alice):
    return World(household, alice)


@pytest.fixture
def stranger(charlie):
    """Another household, itself sound."""
    return charlie.memberships.get().household


def found(household=None) -> set[tuple[str, str]]:
    return {(damage.rule, damage.table) for damage in check(household)}


@pytest.fixture
def unguarded(world):
    """Without the table's constraints, as after a botched migration; the rollback mends it."""
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX tx_external_id_once")
        if sqlite:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for constraint in Transaction._meta.constraints:
                if isinstance(constraint, CheckConstraint):
                    cursor.execute(
                        f"ALTER TABLE ledger_transaction DROP CONSTRAINT {constraint.name}"
                    )
        yield
        if sqlite:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def test_a_sound_ledger_has_no_damage(world):
    assert check() == []
    assert check(world.household) == []


def test_parts_that_miss_their_sum(world):
    world.damage(world.part, amount=-3999)
    assert ("split", "transaction") in found()


def test_a_split_without_parts(world):
    Transaction.objects.filter(parent=world.whole).delete()
    assert ("split", "transaction") in found()


@pytest.mark.parametrize(
    "facts",
    [{"date": dt.date(2026, 11, 4)}, {"status": Status.PENDING}, {"month": 1}, "account"],
    ids=str,
)
def test_a_part_apart_from_its_whole(world, facts):
    world.damage(world.part, **({"account": world.savings} if facts == "account" else facts))
    assert ("split", "transaction") in found()


def test_a_part_of_another_household(world, stranger):
    world.damage(world.part, household=stranger)
    assert ("split", "transaction") in found(stranger)
    assert ("tenant", "transaction") in found(stranger)


def test_a_part_of_a_whole_that_is_not_split(world):
    world.damage(world.whole, is_split=False)
    assert ("split", "transaction") in found()


def test_a_part_of_a_part(world):
    world.damage(world.plain, parent=world.part)
    assert ("split", "transaction") in found()


def test_a_transfer_with_one_leg(world):
    world.damage(world.leg, transfer=None)
    assert ("transfer", "transfer") in found()


def test_a_transfer_without_legs(world):
    Transfer.objects.create(household=world.household)
    assert ("transfer", "transfer") in found()


def test_a_transfer_with_three_legs(world):
    world.damage(world.pending, transfer=world.transfer)
    assert ("transfer", "transfer") in found()


def test_a_transfer_on_one_account(world):
    world.damage(world.other_leg, account=world.account)
    assert ("transfer", "transfer") in found()


def test_legs_of_one_sign(world):
    world.damage(world.other_leg, amount=-500)
    assert ("transfer", "transfer") in found()


def test_legs_that_do_not_cancel(world):
    world.damage(world.other_leg, amount=499)
    assert ("transfer", "transfer") in found()


def test_legs_in_two_currencies_need_not_cancel(world, alice):
    yen = AccountFactory(household=world.household, currency="JPY")
    record_transfer(
        source=world.account, target=yen, amount=100, target_amount=160, date=DAY, by=alice
    )
    assert check() == []


def test_a_leg_with_a_category(world, unguarded):
    world.damage(world.leg, category=world.food)
    assert ("transfer", "transaction") in found()


def test_a_split_with_a_category(world, unguarded):
    world.damage(world.whole, category=world.food)
    assert ("range", "transaction") in found()


def test_an_amount_out_of_range(world, unguarded):
    world.damage(world.plain, amount=MAX_MINOR + 1)
    assert ("range", "transaction") in found()


@pytest.mark.parametrize("side", ["refund", "plain"])
def test_a_refund_that_pays_back_nothing(world, side):
    row = getattr(world, side)
    world.damage(row, amount=-row.amount)
    assert ("refund", "transaction") in found()


@pytest.mark.parametrize("fact", ["account", "payee", "category", "transfer", "reconciliation"])
def test_a_row_that_points_to_another_household(world, stranger, fact):
    theirs = {
        "account": lambda: AccountFactory(household=stranger),
        "payee": lambda: PayeeFactory(household=stranger),
        "category": lambda: CategoryFactory(household=stranger),
        "transfer": lambda: Transfer.objects.create(household=stranger),
        "reconciliation": lambda: Reconciliation.objects.create(
            household=stranger,
            account=AccountFactory(household=stranger),
            statement_on=DAY,
            statement_balance=0,
        ),
    }[fact]()
    row = world.leg if fact == "transfer" else world.plain
    world.damage(row, **{fact: theirs})
    assert ("tenant", "transaction") in found(world.household)


def test_a_tag_of_another_household(world, stranger):
    TransactionTag.objects.create(transaction=world.plain, tag=TagFactory(household=stranger))
    assert ("tenant", "transactiontag") in found()


def test_a_category_in_a_group_of_another_household(world, stranger):
    world.damage(world.food, group=CategoryFactory(household=stranger).group)
    assert ("tenant", "category") in found()


def test_totals_of_another_household(world, stranger):
    AccountMonth.objects.filter(account=world.account).update(household=stranger)
    assert ("tenant", "accountmonth") in found()


def test_an_external_id_twice(world, unguarded):
    for row in (world.plain, world.refund):
        world.damage(row, external_id="x1")
    assert ("identity", "account") in found()


def test_a_tombstone_of_a_living_row(world):
    Tombstone.objects.create(
        household=world.household,
        account=world.account,
        transaction_id=world.plain.pk,
        reason=Tombstone.Reason.DELETED,
        source="csv",
    )
    assert ("identity", "tombstone") in found()


def test_a_wrong_month(world):
    world.damage(world.plain, month=world.plain.month + 1)
    assert ("month", "transaction") in found()


@pytest.mark.parametrize("model", [AccountMonth, CategoryMonth])
@pytest.mark.parametrize("facts", [{"amount": 1}, {"count": 77}], ids=str)
def test_a_wrong_total(world, model, facts):
    row = model.objects.filter(account=world.account).first()
    world.damage(row, **facts)
    assert ("total", model._meta.model_name) in found()


def test_a_wrong_pending_total(world):
    AccountMonth.objects.filter(account=world.savings).update(pending=0)
    assert ("total", "accountmonth") in found()


@pytest.mark.parametrize("model", [AccountMonth, CategoryMonth])
def test_a_missing_total(world, model):
    model.objects.filter(account=world.account).first().delete()
    assert ("total", model._meta.model_name) in found()


def test_a_stale_total(world):
    AccountMonth.objects.create(
        household=world.household, account=world.account, month=1, amount=0, pending=0, count=0
    )
    assert ("total", "accountmonth") in found()


def test_a_category_total_that_stands_twice(world):
    row = CategoryMonth.objects.filter(account=world.account).first()
    row.pk = None
    row.save(force_insert=True)
    assert ("total", "categorymonth") in found()


def test_a_changed_amount_shows_in_both_totals(world):
    world.damage(world.plain, amount=-1001)
    assert {("total", "accountmonth"), ("total", "categorymonth")} <= found()


def test_reconciled_without_a_reconciliation(world):
    world.damage(world.plain, status=Status.RECONCILED)
    assert ("reconciled", "transaction") in found()


def test_a_row_of_a_finished_reconciliation_that_is_not_locked(world):
    world.damage(world.reconciled, status=Status.BOOKED)
    assert ("reconciled", "transaction") in found()


def test_reconciled_rows_that_miss_the_statement(world):
    world.damage(world.reconciled, amount=9901)
    assert ("reconciled", "reconciliation") in found()


def test_an_opening_balance_moved_under_a_statement(world):
    world.damage(world.savings, opening_balance=1)
    assert ("reconciled", "reconciliation") in found()


def test_a_tick_of_another_accounts_statement(world):
    Reconciliation.objects.filter(pk=world.reconciliation.pk).update(account=world.account)
    assert ("reconciled", "transaction") in found()


def test_a_household_without_an_owner(world):
    Membership.objects.filter(household=world.household).update(role=Role.EDITOR)
    assert ("owner", "household") in found()


def test_a_household_that_is_being_deleted_needs_no_owner(db):
    HouseholdFactory(delete_after=timezone.now())
    assert check() == []


@pytest.mark.parametrize("facts", [{"description": "TEA"}, {"notes": "x"}, {"search_text": ""}])
def test_stale_search_text(world, facts):
    world.damage(world.plain, **facts)
    assert ("search", "transaction") in found()


def test_a_payee_renamed_by_hand(world):
    Payee.objects.filter(pk=world.payee.pk).update(name="Other")
    assert ("search", "transaction") in found()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL keeps its index itself")
def test_a_search_index_that_missed_a_row(world):
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER ledger_transaction_search_update")
    world.damage(world.plain, search_text="coffee and cake")
    assert ("search", "transaction_search") in found()


def test_damage_of_one_household_is_not_another_ones(world, stranger):
    world.damage(world.plain, amount=-1001)
    assert check(stranger) == []


def test_damage_names_rows_but_tells_no_secret(world, capsys):
    world.damage(world.plain, description="Dr Secret", amount=-987654)
    with pytest.raises(SystemExit) as stop:
        call_command("check_ledger", "--household", str(world.household.code), "--json")
    assert stop.value.code == 1
    out = capsys.readouterr().out
    assert {"rule", "table", "pk", "message"} == set(json.loads(out)[0])
    assert "Secret" not in out
    assert "987654" not in out


def test_the_command_is_content_with_a_sound_ledger(world, capsys):
    call_command("check_ledger")
    assert "sound" in capsys.readouterr().out


def test_the_command_refuses_a_household_that_is_not_there(world):
    with pytest.raises(CommandError):
        call_command("check_ledger", "--household", "987654")


def test_checking_changes_nothing(world, django_assert_max_num_queries):
    before = list(Transaction.objects.order_by("pk").values())
    with django_assert_max_num_queries(90):
        check()
    assert list(Transaction.objects.order_by("pk").values()) == before
