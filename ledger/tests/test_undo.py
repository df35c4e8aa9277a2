"""Undo and redo; what changed since is kept."""

import datetime as dt

import pytest

from ledger import snapshots
from ledger.errors import LedgerError, NothingToUndoError
from ledger.models import ChangeSet, Payee, PayeeAlias, Status, Tag, Tombstone, Transaction
from ledger.services.categories import merge_categories
from ledger.services.naming import (
    delete_tag,
    find_or_make_payee,
    merge_payees,
    merge_tags,
    rename_payee,
)
from ledger.services.reconciliation import finish_reconciliation, start_reconciliation, tick
from ledger.services.refunds import link_refund, unlink_refund
from ledger.services.statements import post_lines
from ledger.services.transactions import (
    Part,
    bulk_edit,
    edit_transaction,
    split_transaction,
)
from ledger.services.transfers import link_transfer, record_transfer, unlink_transfer
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.statement_line import StatementLine
from ledger.tests.factories import PayeeFactory, TagFactory, make_transaction

pytestmark = pytest.mark.usefixtures("sound")
DAY = dt.date(2026, 11, 3)
LATER = dt.date(2027, 1, 9)


def state():
    return snapshots.take(Transaction.objects.movements().values_list("pk", flat=True))


class Acts:
    """Each act of the ledger on a small one, by name; returns its change set."""

    def __init__(self, household, account, savings, food, rent, payee, tag, by):
        self.household, self.account, self.savings, self.by = household, account, savings, by
        self.food, self.rent, self.payee, self.tag = food, rent, payee, tag
        self.row = make_transaction(
            account, amount=-100, by=by, category=food, payee=payee, tags=[tag]
        )
        self.other = make_transaction(savings, amount=100, by=by)
        self.whole = make_transaction(account, amount=-60, by=by)
        parts = [Part(-40, food, payee, "p", [tag]), Part(-20, rent)]
        split_transaction(transaction=self.whole, parts=parts, by=by)
        self.transfer = record_transfer(source=account, target=savings, amount=7, date=DAY, by=by)
        self.refund = make_transaction(account, amount=5, by=by)
        link_refund(refund=self.refund, expense=self.whole, by=by)
        gone = make_transaction(account, amount=-9, by=by)
        delete_transactions(household=household, ids=[gone.pk], by=by)
        self.gone_id = gone.pk

    def add(self):
        return make_transaction(self.account, by=self.by, tags=[self.tag]).change_set

    def edit(self):
        return edit_transaction(
            transaction=self.row,
            by=self.by,
            date=LATER,
            amount=-7,
            account=self.savings,
            payee=None,
            category=None,
            notes="n",
            tags=[],
            status=Status.PENDING,
        )

    def edit_leg(self):
        leg = self.transfer.legs.get(account=self.account)
        return edit_transaction(transaction=leg, by=self.by, amount=-8)

    def split(self):
        parts = [Part(-1, self.rent), Part(-99, self.food)]
        return split_transaction(transaction=self.row, parts=parts, by=self.by)

    def split_again(self):
        parts = [Part(-1, self.rent), Part(-59, self.food)]
        return split_transaction(transaction=self.whole, parts=parts, by=self.by)

    def join(self):
        return split_transaction(transaction=self.whole, parts=[], by=self.by)

    def transfer_recorded(self):
        return record_transfer(
            source=self.savings, target=self.account, amount=3, date=DAY, by=self.by
        ).change_set

    def link(self):
        return link_transfer(first=self.row, second=self.other, by=self.by).change_set

    def unlink(self):
        return unlink_transfer(transfer=self.transfer, by=self.by)

    def refund_linked(self):
        return link_refund(refund=self.other, expense=self.row, by=self.by)

    def refund_unlinked(self):
        return unlink_refund(refund=self.refund, by=self.by)

    def delete(self):
        rows = Transaction.objects.movements().values_list("pk", flat=True)
        return delete_transactions(household=self.household, ids=rows, by=self.by)

    def restored(self):
        return restore(household=self.household, transaction_ids=[self.gone_id], by=self.by)

    def bulk(self):
        return bulk_edit(
            rows=Transaction.objects.all(),
            by=self.by,
            category=self.rent,
            payee=None,
            status=Status.PENDING,
            notes="b",
            remove_tags=[self.tag],
        )

    def merged_payees(self):
        into = PayeeFactory(household=self.household)
        return merge_payees(payees=[self.payee], into=into, by=self.by)

    def merged_categories(self):
        return merge_categories(categories=[self.food], into=self.rent, by=self.by)

    def merged_tags(self):
        into = TagFactory(household=self.household)
        return merge_tags(tags=[self.tag], into=into, by=self.by)

    def deleted_tag(self):
        return delete_tag(tag=self.tag, by=self.by)


@pytest.fixture
def acts(household, account, savings, food, rent, payee, tag, alice):
    return Acts(household, account, savings, food, rent, payee, tag, alice)


@pytest.mark.parametrize("act", [name for name in vars(Acts) if not name.startswith("_")])
def test_every_act_is_undone_redone_and_undone_once(acts, alice, act):
    before = state()
    change_set = getattr(acts, act)()
    after = state()
    assert after != before
    undone = undo(change_set=change_set, by=alice)
    assert (state(), undone.kept_ids) == (before, ())
    redone = undo(change_set=undone.change_set, by=alice)
    assert (state(), redone.kept_ids) == (after, ())
    for twice in (change_set, undone.change_set):
        with pytest.raises(NothingToUndoError):
            undo(change_set=twice, by=alice)
    assert undo(change_set=redone.change_set, by=alice).kept_ids == ()
    assert state() == before


def test_what_somebody_changed_since_is_kept_and_named(acts, bob, alice):
    rows = Transaction.objects.filter(pk__in=[acts.row.pk, acts.other.pk])
    change_set = bulk_edit(rows=rows, by=alice, category=acts.rent)
    edit_transaction(transaction=acts.row, by=bob, category=None)
    undone = undo(change_set=change_set, by=alice)
    assert undone.kept_ids == (acts.row.pk,)
    acts.row.refresh_from_db()
    acts.other.refresh_from_db()
    assert acts.row.category is acts.other.category is None


def test_another_fact_changed_since_does_not_hinder(acts, bob, alice):
    change_set = edit_transaction(transaction=acts.row, by=alice, category=acts.rent)
    edit_transaction(transaction=acts.row, by=bob, notes="bob")
    assert undo(change_set=change_set, by=alice).kept_ids == ()
    acts.row.refresh_from_db()
    assert (acts.row.category, acts.row.notes) == (acts.food, "bob")


def test_when_all_is_kept_nothing_was_undone(acts, bob, alice):
    change_set = edit_transaction(transaction=acts.row, by=alice, notes="alice")
    edit_transaction(transaction=acts.row, by=bob, notes="bob")
    for _ in range(2):
        with pytest.raises(NothingToUndoError):
            undo(change_set=change_set, by=alice)
    assert not ChangeSet.objects.filter(kind=ChangeSet.Kind.UNDO).exists()


def kept(change_set, by):
    """The ids that undo keeps, also when it keeps all."""
    try:
        return undo(change_set=change_set, by=by).kept_ids
    except NothingToUndoError:
        return "all"


def test_an_amount_under_a_later_split_is_kept(acts, alice):
    change_set = edit_transaction(transaction=acts.row, by=alice, amount=-90)
    split_transaction(transaction=acts.row, parts=[Part(-50), Part(-40)], by=alice)
    assert kept(change_set, alice) == "all"


def test_an_amount_under_a_later_transfer_is_kept(acts, alice):
    change_set = edit_transaction(transaction=acts.other, by=alice, amount=90)
    edit_transaction(transaction=acts.row, by=alice, amount=-90)
    link_transfer(first=acts.row, second=acts.other, by=alice)
    assert kept(change_set, alice) == "all"


def test_a_category_under_a_later_transfer_is_kept(acts, alice):
    change_set = edit_transaction(transaction=acts.row, by=alice, category=None)
    link_transfer(first=acts.row, second=acts.other, by=alice)
    assert kept(change_set, alice) == "all"


def test_a_category_under_a_later_split_is_kept(acts, alice):
    change_set = edit_transaction(transaction=acts.row, by=alice, category=None)
    split_transaction(transaction=acts.row, parts=[Part(-50), Part(-50)], by=alice)
    assert kept(change_set, alice) == "all"


def test_parts_under_a_later_transfer_are_kept(acts, alice):
    change_set = acts.join()
    link = make_transaction(acts.savings, amount=60, by=alice)
    link_transfer(first=acts.whole, second=link, by=alice)
    assert kept(change_set, alice) == "all"


def test_a_sign_under_a_later_refund_is_kept(acts, alice):
    change_set = edit_transaction(transaction=acts.refund, by=alice, notes="x")
    assert kept(change_set, alice) == ()
    unlink_refund(refund=acts.refund, by=alice)
    edit_transaction(transaction=acts.refund, by=alice, amount=-5)
    turned = edit_transaction(transaction=acts.refund, by=alice, amount=5)
    link_refund(refund=acts.refund, expense=acts.row, by=alice)
    assert kept(turned, alice) == "all"


def test_an_account_under_a_later_transfer_is_kept(acts, alice):
    change_set = edit_transaction(transaction=acts.other, by=alice, account=acts.account)
    edit_transaction(transaction=acts.row, by=alice, account=acts.savings)
    link_transfer(first=acts.row, second=acts.other, by=alice)
    assert kept(change_set, alice) == "all"


def test_a_transfer_stays_whole_when_one_side_cannot_go(acts, alice):
    transfer = record_transfer(
        source=acts.account, target=acts.savings, amount=3, date=DAY, by=alice
    )
    edit_transaction(transaction=transfer.legs.first(), by=alice, notes="ours")
    assert kept(transfer.change_set, alice) == "all"
    assert transfer.legs.count() == 2


def test_an_amount_whose_other_side_was_reconciled_is_kept(acts, alice):
    change_set = acts.edit_leg()
    other = acts.transfer.legs.get(account=acts.savings)
    statement = start_reconciliation(
        account=acts.savings, statement_on=DAY, statement_balance=8, by=alice
    )
    tick(reconciliation=statement, ids=[other.pk], is_ticked=True, by=alice)
    finish_reconciliation(reconciliation=statement, by=alice)
    assert kept(change_set, alice) == "all"


def test_a_reconciled_row_is_kept(acts, alice):
    added = make_transaction(acts.account, amount=-5, by=alice)
    edited = edit_transaction(transaction=added, by=alice, amount=-6)
    noted = edit_transaction(transaction=added, by=alice, notes="n")
    statement = start_reconciliation(
        account=acts.account, statement_on=DAY, statement_balance=-6, by=alice
    )
    tick(reconciliation=statement, ids=[added.pk], is_ticked=True, by=alice)
    finish_reconciliation(reconciliation=statement, by=alice)
    assert kept(added.change_set, alice) == kept(edited, alice) == "all"
    assert kept(noted, alice) == ()


def test_a_reconciliation_is_reopened_not_undone(acts, alice):
    statement = start_reconciliation(
        account=acts.account, statement_on=DAY, statement_balance=-100, by=alice
    )
    tick(reconciliation=statement, ids=[acts.row.pk], is_ticked=True, by=alice)
    finish_reconciliation(reconciliation=statement, by=alice)
    with pytest.raises(NothingToUndoError, match="Reopen"):
        undo(change_set=ChangeSet.objects.get(kind=ChangeSet.Kind.RECONCILE), by=alice)


def test_a_deleted_row_that_came_in_again_is_kept_away(account, alice):
    facts = {
        "account": account,
        "lines": [StatementLine(1, DAY, -100, "SHOP")],
        "source": "csv",
        "by": alice,
    }
    post_lines(**facts)
    ids = list(Transaction.objects.values_list("pk", flat=True))
    deletion = delete_transactions(household=account.household, ids=ids, by=alice)
    post_lines(**facts, decide=lambda match: True)
    assert kept(deletion, alice) == "all"
    assert Transaction.objects.count() == 1


def test_undoing_an_addition_leaves_it_in_the_trash(acts, alice):
    row = make_transaction(acts.account, by=alice)
    undo(change_set=row.change_set, by=alice)
    assert Tombstone.objects.filter(transaction_id=row.pk, snapshot__isnull=False).exists()


def test_a_merged_payee_comes_back_with_its_name_and_aliases(acts, household, alice):
    rename_payee(payee=acts.payee, name="Shop", by=alice)
    change_set = acts.merged_payees()
    assert not Payee.objects.filter(name="Shop").exists()
    undo(change_set=change_set, by=alice)
    payee = Payee.objects.get(name="Shop")
    assert payee.pk == acts.payee.pk
    assert find_or_make_payee(household=household, name="corner shop") == payee
    assert not PayeeAlias.objects.exclude(payee=payee).exists()


def test_a_merge_is_not_undone_into_a_name_that_is_taken(acts, household, alice):
    change_set = acts.deleted_tag()
    Tag.objects.create(household=household, name=acts.tag.name)
    before = state()
    with pytest.raises(LedgerError, match=acts.tag.name):
        undo(change_set=change_set, by=alice)
    assert state() == before


def test_undo_writes_by_the_chunk(account, food, alice, connection_counter):
    lines = [StatementLine(n, DAY, -n, f"SHOP {n}") for n in range(1, 1001)]
    post_lines(account=account, lines=lines, source="csv", by=alice)
    rows = Transaction.objects.all()
    small = bulk_edit(rows=rows.filter(amount__gt=-11), by=alice, category=food)
    large = bulk_edit(rows=rows.filter(amount__lt=-10), by=alice, category=food)
    few = connection_counter(lambda: undo(change_set=small, by=alice))
    many = connection_counter(lambda: undo(change_set=large, by=alice))
    assert many < few + 20
