"""A bank that is listened to again and again: its rows are here once, and people's work survives."""

import datetime as dt

import pytest

from ledger.errors import ClosedAccountError, NothingToUndoError
from ledger.invariants import check
from ledger.models import ChangeSet, Source, Status, Tombstone, Transaction
from ledger.services.accounts import close_account
from ledger.services.feed import Feed, take_feed
from ledger.services.statements import post_lines
from ledger.services.transactions import Part, edit_transaction, split_transaction
from ledger.services.transfers import link_transfer
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 3)


@pytest.fixture
def account(household, alice):
    return AccountFactory(household=household)


def row(amount=-350, text="COFFEE BAR 12", day=0, external_id="", pending=False, **more):
    date = DAY + dt.timedelta(days=day)
    return StatementLine(1, date, amount, text, external_id=external_id, pending=pending, **more)


def feed(account, booked=(), pending=None, balance=None, first=-30, last=10):
    """What the bank answers, and what became of it; the ledger is sound afterwards."""
    said = Feed(
        first=DAY + dt.timedelta(days=first),
        last=DAY + dt.timedelta(days=last),
        booked=list(booked),
        pending=None if pending is None else list(pending),
        balance=balance,
    )
    fed = take_feed(account=account, feed=said)
    assert check(account.household) == []
    return fed


def rows(account, **facts):
    return list(Transaction.objects.movements().filter(account=account, **facts).order_by("pk"))


def only(account) -> Transaction:
    (found,) = rows(account)
    return found


# --- Pending ----------------------------------------------------------------------------------


def test_a_pending_row_settles_under_another_id_and_keeps_what_people_made_of_it(account, alice):
    category = CategoryFactory(household=account.household)
    feed(account, pending=[row(pending=True)])
    held = only(account)
    assert held.status == Status.PENDING
    edit_transaction(transaction=held, by=alice, category=category, notes="with Ben")
    fed = feed(account, booked=[row(day=2, external_id="n1")], pending=[])
    assert (fed.settled, fed.added, fed.removed) == (1, 0, 0)
    settled = only(account)
    assert (settled.pk, settled.category, settled.notes) == (held.pk, category, "with Ben")
    assert (settled.status, settled.date, settled.external_id) == (
        Status.BOOKED,
        DAY + dt.timedelta(days=2),
        "n1",
    )
    assert feed(account, booked=[row(day=2, external_id="n1")], pending=[]).changes == 0


def test_a_tip_grows_a_split_pending_row_by_a_part_of_its_own(account, alice):
    category = CategoryFactory(household=account.household)
    feed(account, pending=[row(-4000, "DISHOOM", pending=True)])
    split_transaction(
        transaction=only(account), parts=[Part(-3000, category), Part(-1000)], by=alice
    )
    feed(account, booked=[row(-4600, "DISHOOM", 1, "n1")], pending=[])
    whole = only(account)
    parts = whole.parts.order_by("pk").values_list("amount", "category")
    assert whole.amount == -4600
    assert list(parts) == [(-3000, category.pk), (-1000, None), (-600, None)]


def test_a_pending_row_that_vanishes_goes_to_the_trash_and_may_come_again(account):
    feed(account, pending=[row(pending=True)])
    assert feed(account, booked=[row(-1, "OTHER", external_id="x")], pending=[]).removed == 1
    assert [one.amount for one in rows(account)] == [-1]
    grave = Tombstone.objects.get(account=account)
    assert grave.reason == Tombstone.Reason.LAPSED
    feed(
        account,
        booked=[row(-1, "OTHER", external_id="x"), row(day=1, external_id="n1")],
        pending=[],
    )
    assert sorted(one.amount for one in rows(account)) == [-350, -1]


def test_what_vanished_while_pending_has_its_category_again_when_it_is_booked(account, alice):
    category = CategoryFactory(household=account.household)
    feed(account, pending=[row(pending=True)])
    edit_transaction(transaction=only(account), by=alice, category=category)
    feed(account, pending=[])
    assert rows(account) == []
    feed(account, booked=[row(day=2, external_id="n1")], pending=[])
    assert only(account).category == category


def test_two_equal_coffees_stay_two_while_pending_and_after(account):
    coffees = [row(pending=True), row(pending=True)]
    feed(account, pending=coffees)
    feed(account, pending=coffees)
    assert len(rows(account)) == 2
    feed(account, booked=[row(external_id="n1")], pending=[row(pending=True)])
    assert sorted(one.status for one in rows(account)) == [Status.PENDING, Status.BOOKED]
    feed(account, booked=[row(external_id="n1"), row(external_id="n2")], pending=[])
    assert [one.status for one in rows(account)] == [Status.BOOKED] * 2


def test_a_bank_that_does_not_tell_pending_rows_takes_none_away(account):
    feed(account, pending=[row(pending=True)])
    assert feed(account, pending=None).removed == 0
    assert only(account).status == Status.PENDING
    feed(account, booked=[row(external_id="n1")], pending=None)
    assert only(account).status == Status.BOOKED


def test_a_pending_row_that_a_person_deleted_does_not_come_back(account, alice):
    feed(account, pending=[row(pending=True)])
    delete_transactions(household=account.household, ids=[only(account).pk], by=alice)
    feed(account, pending=[row(pending=True)])
    feed(account, booked=[row(external_id="n1")], pending=[])
    assert len(rows(account)) <= 1  # at most the booked one, whose id nobody deleted


# --- Booked -----------------------------------------------------------------------------------


def test_the_same_answer_changes_nothing_in_any_order(account):
    said = [row(external_id="a"), row(external_id="b"), row(-900, "SHOP", -3, "c")]
    assert feed(account, said).added == 3
    assert feed(account, reversed(said)).changes == 0
    assert feed(account, said[1:]).missing == 1
    assert len(rows(account)) == 3


def test_a_row_nine_days_late_is_found_by_the_overlap(account):
    feed(account, [row(external_id="a")])
    fed = feed(account, [row(-80, "LATE", -9, "late"), row(external_id="a")])
    assert (fed.added, fed.known) == (1, 1)


def test_a_row_worded_anew_is_the_same_row_with_the_old_text_in_its_history(account):
    feed(account, [row(external_id="a")])
    fed = feed(account, [row(text="Coffee Bar, Main Street", external_id="a")])
    assert (fed.added, fed.amended) == (0, 1)
    assert only(account).description == "Coffee Bar, Main Street"
    change = ChangeSet.objects.get(household=account.household, changes__isnull=False).changes.get()
    assert change.before["description"] == "COFFEE BAR 12"


def test_a_row_without_stable_id_that_is_worded_anew_is_amended_not_added(account, alice):
    category = CategoryFactory(household=account.household)
    feed(account, [row(), row(-900, "SHOP")])
    first = rows(account)[0]
    edit_transaction(transaction=first, by=alice, category=category)
    fed = feed(account, [row(text="Coffee Bar, Main Street"), row(-900, "SHOP")])
    assert (fed.added, fed.amended) == (0, 1)
    first.refresh_from_db()
    assert (first.description, first.category) == ("Coffee Bar, Main Street", category)
    assert len(rows(account)) == 2


def test_what_a_person_corrected_is_not_corrected_back(account, alice):
    feed(account, [row(external_id="a")])
    edit_transaction(transaction=only(account), by=alice, date=DAY + dt.timedelta(days=1))
    fed = feed(account, [row(-360, external_id="a")])
    assert (fed.kept, only(account).amount) == (1, -350)
    assert feed(account, [row(-360, external_id="a")]).changes == 0


def test_a_reconciled_row_stays_as_it_is(account):
    feed(account, [row(external_id="a")])
    Transaction.objects.update(status=Status.RECONCILED)
    said = Feed(DAY - dt.timedelta(days=9), DAY, [row(-999, external_id="a")], [], None)
    take_feed(account=account, feed=said)
    assert only(account).amount == -350


def test_a_deleted_row_never_comes_back(account, alice):
    feed(account, [row(external_id="a"), row(-1, "B")])
    delete_transactions(
        household=account.household, ids=[one.pk for one in rows(account)], by=alice
    )
    assert feed(account, [row(external_id="a"), row(-1, "B")]).changes == 0
    assert rows(account) == []


def test_a_row_goes_only_when_the_balance_proves_that_it_is_gone(account):
    feed(account, [row(external_id="a"), row(-900, "SHOP", 1, "b")])
    assert feed(account, [row(external_id="a")], balance=None, last=0).missing == 0
    fed = feed(account, [row(external_id="a")], balance=-1250)
    assert (fed.removed, fed.missing) == (0, 1)
    fed = feed(account, [row(external_id="a")], balance=-350)
    assert (fed.removed, fed.missing) == (1, 0)
    assert only(account).external_id == "a"
    grave = Tombstone.objects.get(account=account)
    restore(household=account.household, transaction_ids=[grave.transaction_id], by=None)
    assert len(rows(account)) == 2


def test_an_empty_answer_removes_nothing(account):
    feed(account, [row(external_id="a")])
    assert feed(account, [], balance=0).removed == 0
    assert len(rows(account)) == 1


def test_a_transfer_whose_amount_the_bank_changes_is_one_no_more(account, alice):
    other = AccountFactory(household=account.household)
    feed(account, [row(-5000, "TO SAVINGS", external_id="a")])
    into = make_transaction(other, 5000, DAY, by=alice)
    link_transfer(first=only(account), second=into, by=alice)
    feed(account, [row(-5100, "TO SAVINGS", external_id="a")])
    into.refresh_from_db()
    assert (only(account).transfer, into.transfer) == (None, None)


# --- Rows of other sources --------------------------------------------------------------------


def test_a_typed_row_is_joined_once_and_stays(account, alice):
    typed = make_transaction(account, -350, DAY - dt.timedelta(days=1), by=alice, notes="mine")
    fed = feed(account, [row(external_id="a")])
    assert (fed.added, fed.joined) == (0, 1)
    assert feed(account, [row(external_id="a")]).changes == 0
    found = only(account)
    assert (found.pk, found.notes) == (typed.pk, "mine")
    # The next purchase of that amount is another one.
    assert feed(account, [row(external_id="a"), row(day=2, external_id="b")]).added == 1


def test_rows_from_a_file_are_recognised_and_a_file_recognises_the_banks(account, alice):
    lines = [row(-n * 100, f"SHOP {n}", n) for n in range(1, 6)]
    post_lines(account=account, lines=lines, source="csv", by=alice)
    own = [
        line._replace(description=f"Shop {line.description}", external_id=f"n{line.amount}")
        for line in lines
    ]
    fed = feed(account, [*own, row(-777, "NEW", 1, "n7")])
    assert (fed.joined, fed.added) == (5, 1)
    posted = post_lines(
        account=account, lines=[*lines, row(-777, "NEW", 1)], source="csv", by=alice
    )
    assert posted.batch is None or posted.batch.added == 0
    assert len(rows(account)) == 6


def test_a_typed_row_and_its_pending_twin_are_one(account, alice):
    make_transaction(account, -350, DAY, by=alice)
    fed = feed(account, pending=[row(pending=True)])
    assert (fed.added, fed.joined) == (0, 1)
    feed(account, booked=[row(day=1, external_id="a")], pending=[])
    assert len(rows(account)) == 1


# --- The rest ---------------------------------------------------------------------------------


def test_a_closed_account_takes_nothing(account, alice):
    close_account(account=account, on=DAY)
    with pytest.raises(ClosedAccountError):
        feed(account, [row()])


def test_a_sync_cannot_be_undone_by_a_click(account, alice):
    feed(account, [row(external_id="a")])
    feed(account, [row(text="Coffee", external_id="a")])
    last = ChangeSet.objects.filter(household=account.household).latest("pk")
    with pytest.raises(NothingToUndoError):
        undo(change_set=last, by=alice)
    assert only(account).description == "Coffee"


def test_whoever_lost_their_turn_writes_nothing(account):
    def finish(fed):
        raise RuntimeError("lost")

    said = Feed(DAY, DAY, [row(external_id="a")], [])
    with pytest.raises(RuntimeError):
        take_feed(account=account, feed=said, finish=finish)
    assert rows(account) == []


def test_only_new_rows_are_put_into_the_households_words(account):
    asked = []

    def prepare(lines):
        asked.extend(lines)
        return lines

    said = Feed(DAY, DAY, [row(external_id="a")], [])
    take_feed(account=account, feed=said, prepare=prepare)
    take_feed(account=account, feed=said, prepare=prepare)
    assert len(asked) == 1
    assert only(account).source == Source.BANK


def test_of_two_equal_purchases_each_finds_its_own(account, alice):
    """The bank lists the later one first; somebody typed the earlier one."""
    typed = make_transaction(account, -350, DAY, by=alice)
    fed = feed(account, [row(day=1, external_id="b"), row(day=0, external_id="a")])
    assert (fed.joined, fed.added) == (1, 1)
    assert [(one.pk == typed.pk, one.date) for one in rows(account)] == [
        (True, DAY),
        (False, DAY + dt.timedelta(days=1)),
    ]
