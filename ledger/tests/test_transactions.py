"""Add, edit, duplicate and bulk-edit."""

import datetime as dt

import pytest
from django.db.models import Sum

from accounts.models import Household
from core.money import MAX_MINOR
from ledger.errors import (
    ClosedAccountError,
    ConflictError,
    ForeignRowError,
    LedgerError,
    PartsDoNotAddUpError,
    ReconciledError,
    RefundError,
    TransferError,
)
from ledger.models import AccountMonth, ChangeSet, Status, Tombstone, Transaction
from ledger.services.accounts import close_account
from ledger.services.reconciliation import finish_reconciliation, start_reconciliation, tick
from ledger.services.refunds import link_refund
from ledger.services.settings import change_month_day
from ledger.services.statements import post_lines
from ledger.services.transactions import (
    Part,
    bulk_edit,
    duplicate_transaction,
    edit_transaction,
    split_transaction,
)
from ledger.services.transfers import record_transfer
from ledger.services.trash import delete_transactions
from ledger.services.undo import undo
from ledger.signals import transactions_changed
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, make_transaction

pytestmark = pytest.mark.usefixtures("sound")
DAY = dt.date(2026, 11, 3)
NEXT_MONTH = dt.date(2026, 12, 3)


def total(account):
    return AccountMonth.objects.filter(account=account).aggregate(s=Sum("amount"))["s"] or 0


def reconcile(account, rows, by, on=DAY):
    statement = start_reconciliation(
        account=account, statement_on=on, statement_balance=sum(row.amount for row in rows), by=by
    )
    tick(reconciliation=statement, ids=[row.pk for row in rows], is_ticked=True, by=by)
    return finish_reconciliation(reconciliation=statement, by=by)


def test_an_added_transaction_counts_and_is_found(account, food, payee, tag, alice):
    row = make_transaction(
        account, amount=-350, by=alice, category=food, payee=payee, tags=[tag, tag], notes="Crème"
    )
    row.refresh_from_db()
    assert (row.month, row.version, row.status) == (2026 * 12 + 10, 1, Status.BOOKED)
    assert row.search_text == "corner shop creme"
    assert list(row.tags.all()) == [tag]
    assert total(account) == -350


def test_adding_is_announced_once_on_commit(account, alice, django_capture_on_commit_callbacks):
    heard = []

    def listen(sender, household, accounts, months, **kwargs):
        heard.append((household, set(accounts), set(months)))

    transactions_changed.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            row = make_transaction(account, by=alice)
            assert heard == []
    finally:
        transactions_changed.disconnect(listen)
    assert heard == [(account.household, {account.pk}, {row.month})]


@pytest.mark.parametrize("amount", [0, MAX_MINOR + 1, -MAX_MINOR - 1])
def test_an_amount_that_the_ledger_does_not_take_is_refused(account, alice, amount):
    with pytest.raises(LedgerError):
        make_transaction(account, amount=amount, by=alice)
    assert not Transaction.objects.exists()


@pytest.mark.parametrize("amount", [MAX_MINOR, -MAX_MINOR])
def test_the_largest_amounts_are_taken(account, alice, amount):
    make_transaction(account, amount=amount, by=alice)
    assert total(account) == amount


@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם",
        "a\u202egpj.exe",
        "👩‍👩‍👧‍👦 family",
        "Z" + "\u0301" * 500,
        "one\r\ntwo\tthree\u2028four",
        "İSTANBUL ßẞ ﬁ ｆｕｌｌ",
        "x" * 200_000,
        '"; DROP TABLE ledger_transaction; --',
    ],
    ids=ascii,
)
def test_any_text_is_kept_as_it_came_and_indexed(account, alice, text):
    row = make_transaction(account, by=alice, description=text, notes=text)
    edit_transaction(transaction=row, by=alice, notes=text + "!")
    row.refresh_from_db()
    assert (row.description, row.notes) == (text, text + "!")


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", 1), ("EUR", -MAX_MINOR), ("KWD", MAX_MINOR), ("CLF", 7)]
)
def test_amounts_of_any_currency_are_exact(household, alice, currency, amount):
    account = AccountFactory(household=household, currency=currency)
    for _ in range(3):
        make_transaction(account, amount=amount, by=alice)
    assert total(account) == 3 * amount


@pytest.mark.parametrize("fact", ["category", "payee", "tags"])
def test_things_of_another_household_are_refused(account, alice, foreign, fact):
    with pytest.raises(ForeignRowError):
        make_transaction(account, by=alice, **{fact: foreign[fact]})
    row = make_transaction(account, by=alice)
    with pytest.raises(ForeignRowError):
        edit_transaction(transaction=row, by=alice, **{fact: foreign[fact]})


def test_a_row_does_not_move_to_another_households_account(account, alice, foreign):
    row = make_transaction(account, by=alice)
    with pytest.raises(ForeignRowError):
        edit_transaction(transaction=row, by=alice, account=foreign["account"])


def test_a_closed_account_takes_nothing_new(account, savings, alice):
    row = make_transaction(account, by=alice)
    close_account(account=savings, on=DAY)
    with pytest.raises(ClosedAccountError):
        make_transaction(savings, by=alice)
    with pytest.raises(ClosedAccountError):
        edit_transaction(transaction=row, by=alice, account=savings)


def test_a_row_of_a_closed_account_can_still_be_edited(account, food, alice):
    row = make_transaction(account, by=alice)
    close_account(account=account, on=DAY)
    edit_transaction(transaction=row, by=alice, category=food)
    assert row.category == food


def test_nothing_is_born_reconciled(account, savings, alice):
    with pytest.raises(ReconciledError):
        make_transaction(account, by=alice, status=Status.RECONCILED)
    row = make_transaction(account, by=alice)
    with pytest.raises(ReconciledError):
        edit_transaction(transaction=row, by=alice, status=Status.RECONCILED)
    with pytest.raises(ReconciledError):
        bulk_edit(rows=Transaction.objects.all(), by=alice, status=Status.RECONCILED)
    with pytest.raises(ReconciledError):
        record_transfer(
            source=account,
            target=savings,
            amount=1,
            date=DAY,
            by=alice,
            status=Status.RECONCILED,
        )


def test_an_edit_moves_the_totals_of_both_months_and_accounts(account, savings, alice):
    row = make_transaction(account, amount=-1000, by=alice)
    edit_transaction(transaction=row, by=alice, date=NEXT_MONTH, amount=-999, account=savings)
    assert (total(account), total(savings)) == (0, -999)
    assert not AccountMonth.objects.filter(account=account).exists()
    assert AccountMonth.objects.get(account=savings).month == 2026 * 12 + 11


def test_an_edit_says_what_it_changed_and_counts_versions(account, food, alice):
    row = make_transaction(account, by=alice)
    change = edit_transaction(transaction=row, by=alice, category=food).changes.get()
    assert (change.before, change.after) == (
        {"category_id": None, "sorted_by": 0},
        {"category_id": food.pk, "sorted_by": 1},
    )
    assert row.version == 2


def test_an_edit_to_the_same_changes_nothing(account, food, tag, alice):
    row = make_transaction(account, by=alice, category=food, tags=[tag])
    assert edit_transaction(transaction=row, by=alice, category=food, tags=[tag]) is None
    row.refresh_from_db()
    assert row.version == 1
    assert ChangeSet.objects.count() == 1


def test_an_edit_of_a_stale_version_is_a_conflict(account, alice, bob):
    row = make_transaction(account, by=alice)
    edit_transaction(transaction=row, by=bob, version=1, notes="bob")
    with pytest.raises(ConflictError):
        edit_transaction(transaction=row, by=alice, version=1, notes="alice")
    row.refresh_from_db()
    assert row.notes == "bob"


def test_an_edit_of_a_row_that_is_gone_is_a_conflict(account, alice):
    row = make_transaction(account, by=alice)
    delete_transactions(household=account.household, ids=[row.pk], by=alice)
    with pytest.raises(ConflictError):
        edit_transaction(transaction=row, by=alice, notes="x")


def test_a_part_is_not_edited_by_itself(account, food, rent, alice):
    row = make_transaction(account, amount=-100, by=alice)
    split_transaction(transaction=row, parts=[Part(-60, food), Part(-40, rent)], by=alice)
    with pytest.raises(ConflictError):
        edit_transaction(transaction=row.parts.first(), by=alice, amount=-61)


def test_unknown_facts_are_a_mistake_of_the_programmer(account, alice):
    with pytest.raises(TypeError):
        edit_transaction(transaction=make_transaction(account, by=alice), by=alice, month=1)


def test_the_search_text_follows_payee_and_notes(account, payee, alice):
    row = make_transaction(account, by=alice, description="POS 1234")
    edit_transaction(transaction=row, by=alice, payee=payee, notes="Äpfel")
    assert row.search_text == "corner shop pos 1234 apfel"


@pytest.mark.parametrize(
    "facts", [{"amount": -2}, {"date": NEXT_MONTH}, {"status": Status.PENDING}, "account"], ids=str
)
def test_a_reconciled_row_keeps_what_the_statement_says(account, savings, alice, facts):
    row = make_transaction(account, amount=-1, by=alice)
    reconcile(account, [row], alice)
    with pytest.raises(ReconciledError):
        edit_transaction(
            transaction=row,
            by=alice,
            **({"account": savings} if facts == "account" else facts),
        )


def test_a_reconciled_row_takes_category_payee_notes_and_tags(account, food, payee, tag, alice):
    row = make_transaction(account, amount=-1, by=alice)
    reconcile(account, [row], alice)
    edit_transaction(transaction=row, by=alice, category=food, payee=payee, notes="n", tags=[tag])
    assert (row.category, row.payee, row.notes) == (food, payee, "n")


def test_a_split_keeps_its_amount_and_has_no_category(account, food, rent, alice):
    row = make_transaction(account, amount=-100, by=alice)
    split_transaction(transaction=row, parts=[Part(-60, food), Part(-40, rent)], by=alice)
    with pytest.raises(PartsDoNotAddUpError):
        edit_transaction(transaction=row, by=alice, amount=-101)
    with pytest.raises(LedgerError):
        edit_transaction(transaction=row, by=alice, category=food)


def test_the_parts_of_a_split_move_with_it(account, savings, food, rent, alice):
    row = make_transaction(account, amount=-100, by=alice)
    split_transaction(transaction=row, parts=[Part(-60, food), Part(-40, rent)], by=alice)
    edit_transaction(
        transaction=row, by=alice, date=NEXT_MONTH, account=savings, status=Status.PENDING
    )
    for part in row.parts.all():
        assert (part.date, part.account, part.status) == (NEXT_MONTH, savings, Status.PENDING)


def test_an_account_in_another_currency_is_no_place_to_move_to(account, yen, alice):
    row = make_transaction(account, by=alice)
    with pytest.raises(LedgerError, match="currency"):
        edit_transaction(transaction=row, by=alice, account=yen)


def leg_of(account, target, alice, amount=500):
    transfer = record_transfer(
        source=account, target=target, amount=amount, date=DAY, by=alice, target_amount=amount
    )
    return transfer.legs.get(account=account), transfer.legs.get(account=target)


def test_the_amount_of_a_leg_is_the_other_legs_amount(account, savings, alice):
    leg, other = leg_of(account, savings, alice)
    edit_transaction(transaction=leg, by=alice, amount=-501, date=NEXT_MONTH)
    other.refresh_from_db()
    assert (other.amount, other.date, other.version) == (501, DAY, 2)


def test_legs_in_two_currencies_have_their_own_amounts(account, yen, alice):
    leg, other = leg_of(account, yen, alice)
    edit_transaction(transaction=leg, by=alice, amount=-501)
    other.refresh_from_db()
    assert (other.amount, other.version) == (500, 1)


def test_a_leg_takes_no_category_other_sign_or_the_other_account(account, savings, food, alice):
    leg, _other = leg_of(account, savings, alice)
    for facts in ({"category": food}, {"amount": 500}, {"account": savings}):
        with pytest.raises(TransferError):
            edit_transaction(transaction=leg, by=alice, **facts)


def test_a_leg_whose_other_side_is_reconciled_keeps_its_amount(account, savings, alice):
    leg, other = leg_of(account, savings, alice)
    reconcile(savings, [other], alice)
    with pytest.raises(ReconciledError):
        edit_transaction(transaction=leg, by=alice, amount=-501)
    edit_transaction(transaction=leg, by=alice, date=NEXT_MONTH)


def test_a_ticked_row_that_leaves_the_statement_loses_its_tick(account, savings, alice):
    moved, later, same = (make_transaction(account, by=alice) for _ in range(3))
    statement = start_reconciliation(
        account=account, statement_on=DAY, statement_balance=0, by=alice
    )
    ids = [moved.pk, later.pk, same.pk]
    tick(reconciliation=statement, ids=ids, is_ticked=True, by=alice)
    edit_transaction(transaction=moved, by=alice, account=savings)
    edit_transaction(transaction=later, by=alice, date=NEXT_MONTH)
    edit_transaction(transaction=same, by=alice, amount=-2)
    assert list(statement.rows.all()) == [same]


def test_a_refund_does_not_turn_round(account, alice):
    expense = make_transaction(account, amount=-100, by=alice)
    refund = make_transaction(account, amount=100, by=alice)
    link_refund(refund=refund, expense=expense, by=alice)
    for row, amount in ((expense, 100), (refund, -100)):
        with pytest.raises(RefundError):
            edit_transaction(transaction=row, by=alice, amount=amount)
    edit_transaction(transaction=refund, by=alice, amount=50)


def test_the_file_of_a_moved_row_adds_nothing_again(account, savings, alice):
    facts = {
        "account": account,
        "lines": [StatementLine(1, DAY, -100, "SHOP")],
        "source": "csv",
        "by": alice,
    }
    post_lines(**facts)
    moving = edit_transaction(transaction=Transaction.objects.get(), by=alice, account=savings)
    assert post_lines(**facts).added == 0
    undo(change_set=moving, by=alice)
    assert not Tombstone.objects.exists()
    assert post_lines(**facts).added == 0


def test_a_copy_has_parts_and_tags_and_is_one_act(account, food, rent, tag, alice):
    row = make_transaction(account, amount=-100, by=alice, tags=[tag], description="BANK TEXT")
    parts = [Part(-60, food, tags=[tag]), Part(-40, rent, notes="half")]
    split_transaction(transaction=row, parts=parts, by=alice)
    acts = ChangeSet.objects.count()
    copy = duplicate_transaction(transaction=row, by=alice, date=NEXT_MONTH)
    assert ChangeSet.objects.count() == acts + 1
    assert [(p.amount, p.category, p.notes) for p in copy.parts.order_by("pk")] == [
        (-60, food, ""),
        (-40, rent, "half"),
    ]
    assert (copy.date, copy.source, copy.external_id) == (NEXT_MONTH, "manual", "")
    assert list(copy.tags.all()) == list(copy.parts.first().tags.all()) == [tag]
    undo(change_set=copy.change_set, by=alice)
    assert not Transaction.objects.filter(pk=copy.pk).exists()


def test_a_copy_goes_to_no_closed_account(account, alice):
    row = make_transaction(account, by=alice)
    close_account(account=account, on=DAY)
    row.refresh_from_db()
    with pytest.raises(ClosedAccountError):
        duplicate_transaction(transaction=row, by=alice)


def test_bulk_edit_changes_what_can_take_it(account, savings, food, rent, payee, tag, alice):
    plain = make_transaction(account, amount=-1, by=alice)
    split = make_transaction(account, amount=-100, by=alice)
    split_transaction(transaction=split, parts=[Part(-60, rent), Part(-40, rent)], by=alice)
    leg, _other = leg_of(account, savings, alice)
    locked = make_transaction(account, amount=-5, by=alice)
    reconcile(account, [locked], alice)
    change_set = bulk_edit(
        rows=Transaction.objects.filter(account=account),
        by=alice,
        category=food,
        payee=payee,
        status=Status.PENDING,
        notes="bulk",
        add_tags=[tag],
    )
    rows = {row.pk: row for row in Transaction.objects.filter(account=account, parent=None)}
    assert change_set.count == 4
    assert {row.notes for row in rows.values()} == {"bulk"}
    assert {row.payee for row in rows.values()} == {payee}
    assert rows[plain.pk].category == rows[locked.pk].category == food
    assert rows[split.pk].category is rows[leg.pk].category is None
    assert rows[locked.pk].status == Status.RECONCILED
    assert {part.status for part in split.parts.all()} == {Status.PENDING}
    assert tag.transactions.count() == 4
    bulk_edit(rows=Transaction.objects.all(), by=alice, remove_tags=[tag])
    assert tag.transactions.count() == 0


def test_bulk_edit_of_nothing_and_of_two_households(account, foreign, food, alice):
    assert bulk_edit(rows=Transaction.objects.none(), by=alice, category=food) is None
    make_transaction(account, by=alice)
    make_transaction(foreign["account"], by=alice)
    with pytest.raises(ForeignRowError):
        bulk_edit(rows=Transaction.objects.all(), by=alice, notes="x")
    with pytest.raises(ForeignRowError):
        bulk_edit(
            rows=Transaction.objects.filter(account=account), by=alice, payee=foreign["payee"]
        )


def test_bulk_edit_asks_the_database_by_the_chunk(account, food, tag, alice, connection_counter):
    lines = [StatementLine(n, DAY, -n, f"SHOP {n}") for n in range(1, 1001)]
    post_lines(account=account, lines=lines, source="csv", by=alice)
    few = connection_counter(
        lambda: bulk_edit(
            rows=Transaction.objects.filter(amount__gt=-11), by=alice, category=food, add_tags=[tag]
        )
    )
    many = connection_counter(
        lambda: bulk_edit(
            rows=Transaction.objects.filter(amount__lt=-10), by=alice, category=food, add_tags=[tag]
        )
    )
    assert many < few + 15


def test_one_lock_refreshes_the_month_day_that_another_writer_moved(account, alice):
    household = Household.objects.get()
    stale = type(account).objects.get(pk=account.pk)
    assert stale.household.first_month_day == 1
    change_month_day(household=household, day=25, by=alice)
    row = make_transaction(stale, by=alice, date=dt.date(2026, 11, 26))
    assert row.month == 2026 * 12 + 11
