"""Money between two accounts of the household."""

import datetime as dt

import pytest
from django.urls import reverse

from ledger.errors import ClosedAccountError, LedgerError, TransferError
from ledger.models import CategoryMonth, Flow, Transfer
from ledger.services.accounts import close_account
from ledger.services.refunds import link_refund
from ledger.services.transactions import Part, split_transaction
from ledger.services.transfers import (
    link_transfer,
    make_transfer,
    record_transfer,
    transfer_candidates,
    unlink_transfer,
)
from ledger.services.undo import undo
from ledger.tests.factories import AccountFactory, make_transaction

pytestmark = pytest.mark.usefixtures("sound")
DAY = dt.date(2026, 11, 3)


def record(source, target, by, amount=500, **facts):
    return record_transfer(source=source, target=target, amount=amount, date=DAY, by=by, **facts)


def test_a_transfer_has_two_legs_that_cancel(account, savings, alice):
    transfer = record(account, savings, alice, notes="For later")
    assert dict(transfer.legs.values_list("account", "amount")) == {
        account.pk: -500,
        savings.pk: 500,
    }
    assert {leg.search_text for leg in transfer.legs.all()} == {"for later"}
    assert set(CategoryMonth.objects.values_list("flow", flat=True)) == {Flow.TRANSFER}


def test_between_currencies_each_leg_has_its_own_amount(account, yen, alice):
    transfer = record(account, yen, alice, target_amount=81_000)
    assert transfer.legs.get(account=yen).amount == 81_000
    with pytest.raises(TransferError, match="how much arrives"):
        record(account, yen, alice)


def test_in_one_currency_both_legs_have_one_amount(account, savings, alice):
    with pytest.raises(TransferError):
        record(account, savings, alice, target_amount=499)


@pytest.mark.parametrize("amount", [0, -1])
def test_the_amount_is_above_zero(account, savings, alice, amount):
    with pytest.raises(LedgerError):
        record(account, savings, alice, amount=amount)


def test_a_transfer_needs_two_open_accounts_of_the_household(account, savings, foreign, alice):
    with pytest.raises(TransferError):
        record(account, account, alice)
    with pytest.raises(TransferError):
        record(account, foreign["account"], alice)
    close_account(account=savings, on=DAY)
    with pytest.raises(ClosedAccountError):
        record(account, savings, alice)
    assert not Transfer.objects.exists()


@pytest.fixture
def pair(account, savings, food, alice):
    return (
        make_transaction(account, amount=-500, by=alice, category=food),
        make_transaction(savings, amount=500, by=alice),
    )


def test_linking_clears_the_categories_and_undo_brings_them_back(pair, food, alice):
    transfer = link_transfer(first=pair[0], second=pair[1], by=alice)
    pair[0].refresh_from_db()
    assert (pair[0].category, pair[0].transfer) == (None, transfer)
    undo(change_set=transfer.change_set, by=alice)
    pair[0].refresh_from_db()
    assert (pair[0].category, pair[0].transfer) == (food, None)
    assert not Transfer.objects.exists()


def test_unlinking_leaves_two_ordinary_transactions(pair, alice):
    transfer = link_transfer(first=pair[0], second=pair[1], by=alice)
    change_set = unlink_transfer(transfer=transfer, by=alice)
    assert not Transfer.objects.exists()
    undo(change_set=change_set, by=alice)
    assert Transfer.objects.get().legs.count() == 2


def test_what_is_linked_is_not_linked_again(pair, savings, alice):
    link_transfer(first=pair[0], second=pair[1], by=alice)
    third = make_transaction(savings, amount=500, by=alice)
    with pytest.raises(TransferError, match="already"):
        link_transfer(first=pair[0], second=third, by=alice)


def test_what_is_no_transfer_is_not_linked(pair, account, savings, yen, foreign, alice):
    for other in (
        make_transaction(account, amount=500, by=alice),  # the same account
        make_transaction(savings, amount=-500, by=alice),  # the same sign
        make_transaction(savings, amount=501, by=alice),  # another amount
        make_transaction(foreign["account"], amount=500),  # another household
    ):
        with pytest.raises(TransferError):
            link_transfer(first=pair[0], second=other, by=alice)
    link_transfer(first=pair[0], second=make_transaction(yen, amount=7, by=alice), by=alice)


def test_a_split_is_not_linked(pair, food, rent, alice):
    split_transaction(transaction=pair[0], parts=[Part(-300, food), Part(-200, rent)], by=alice)
    with pytest.raises(TransferError, match="split"):
        link_transfer(first=pair[0], second=pair[1], by=alice)


def test_linking_a_paid_back_expense_forgets_its_refund(pair, account, alice):
    refund = make_transaction(account, amount=100, by=alice)
    link_refund(refund=refund, expense=pair[0], by=alice)
    transfer = link_transfer(first=pair[0], second=pair[1], by=alice)
    refund.refresh_from_db()
    assert refund.refund_of is None
    undo(change_set=transfer.change_set, by=alice)
    refund.refresh_from_db()
    assert refund.refund_of == pair[0]


def test_candidates_are_the_opposite_amount_on_other_accounts_nearby(pair, account, alice):
    household = account.household
    near = make_transaction(AccountFactory(household=household), amount=500, by=alice,
                            date=dt.date(2026, 11, 8))  # fmt: skip
    make_transaction(AccountFactory(household=household), amount=500, date=dt.date(2026, 11, 11))
    make_transaction(AccountFactory(household=household, currency="JPY"), amount=500)
    make_transaction(account, amount=500)
    assert transfer_candidates(pair[0]) == [pair[1], near]


def test_the_other_side_can_be_added_to_a_row(account, savings, food, alice):
    row = make_transaction(account, amount=-5000, by=alice, category=food)
    transfer = make_transfer(row=row, account=savings, by=alice)
    assert {leg.account_id: leg.amount for leg in transfer.legs.all()} == {
        account.pk: -5000,
        savings.pk: 5000,
    }
    row.refresh_from_db()
    assert row.category is None
    undo(change_set=transfer.change_set, by=alice)
    row.refresh_from_db()
    assert (row.category, row.transfer) == (food, None)
    assert not savings.transactions.exists()


def test_the_other_side_in_another_currency_needs_its_amount(account, yen, alice):
    row = make_transaction(account, amount=5000, by=alice)
    with pytest.raises(TransferError):
        make_transfer(row=row, account=yen, by=alice)
    transfer = make_transfer(row=row, account=yen, other_amount=8000, by=alice)
    assert transfer.legs.get(account=yen).amount == -8000


def test_no_second_side_is_added(pair, savings, alice):
    link_transfer(first=pair[0], second=pair[1], by=alice)
    pair[0].refresh_from_db()
    with pytest.raises(TransferError):
        make_transfer(row=pair[0], account=savings, by=alice)


def test_a_person_adds_the_other_side_on_the_page(client, account, savings, alice):
    client.force_login(alice)
    row = make_transaction(account, amount=-5000, by=alice)
    page = client.get(reverse("ledger:transaction_edit", args=[row.pk]))
    assert savings.name in page.content.decode()
    client.post(reverse("ledger:transfer_make", args=[row.pk]), {"account": savings.pk})
    row.refresh_from_db()
    assert row.transfer.legs.get(account=savings).amount == 5000
