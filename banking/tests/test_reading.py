"""From TrueLayer's objects to lines: signs, days, sizes, repeats; and any JSON whatever."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banking.truelayer.reading import (
    day_of,
    identity_of,
    number_of,
    optional_moment,
    read_balance,
    read_rows,
)

ROW = {
    "timestamp": "2026-11-03T23:30:00+05:30",
    "description": "TESCO  STORES\t6234",
    "transaction_type": "DEBIT",
    "transaction_category": "PURCHASE",
    "transaction_classification": ["Shopping", "Groceries"],
    "amount": Decimal("-12.50"),
    "currency": "GBP",
    "transaction_id": "t1",
    "normalised_provider_transaction_id": "txn-1",
    "merchant_name": "Tesco",
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=8,
)


def line(money="GBP", **changes):
    (found,) = read_rows([ROW | {"currency": money} | changes], money).lines
    return found


def test_a_row_is_read_as_the_bank_prints_it():
    found = line()
    assert (found.date, found.amount) == (dt.date(2026, 11, 3), -1250)
    assert (found.description, found.payee) == ("TESCO STORES 6234", "Tesco")
    assert (found.external_id, found.category) == ("txn-1", "Groceries")


@pytest.mark.parametrize(
    ("kind", "amount", "minor"),
    [
        ("DEBIT", "-12.50", -1250),
        ("DEBIT", "12.50", -1250),  # a card: spending is positive there
        ("CREDIT", "12.50", 1250),
        ("CREDIT", "-12.50", 1250),
        ("debit", "12.50", -1250),
        ("", "-3", -300),
        (None, "3", 300),
    ],
)
def test_the_type_is_the_direction_and_the_amount_only_its_size(kind, amount, minor):
    assert line(transaction_type=kind, amount=Decimal(amount)).amount == minor


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [("JPY", "1250", 1250), ("KWD", "1.234", 1234), ("EUR", "0.1", 10), ("GBP", "1e3", 100_000)],
)
def test_minor_units_follow_the_currency(currency, amount, minor):
    found = line(currency, transaction_type="CREDIT", amount=Decimal(amount))
    assert found.amount == minor


@pytest.mark.parametrize(
    "change",
    [
        {"amount": None}, {"amount": "twelve"}, {"amount": Decimal("NaN")}, {"amount": True},
        {"amount": Decimal("1e30")}, {"timestamp": None}, {"timestamp": "yesterday"},
        {"timestamp": "0001-01-01T00:00:00Z"}, {"currency": "USD"},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_counted_not_guessed(change):
    found = read_rows([ROW | change, ROW], "GBP")
    assert (len(found.lines), found.unreadable) == (1, 1)


def test_repeats_are_read_once_and_equal_purchases_twice():
    assert len(read_rows([ROW, ROW], "GBP").lines) == 1
    nameless = {k: v for k, v in ROW.items() if k != "normalised_provider_transaction_id"}
    assert len(read_rows([nameless, nameless | {"transaction_id": "t2"}], "GBP").lines) == 2
    with_balance = nameless | {"running_balance": {"amount": Decimal("10.00")}}
    assert len(read_rows([with_balance, with_balance], "GBP").lines) == 1
    other = nameless | {"running_balance": {"amount": Decimal("-2.50")}}
    assert len(read_rows([with_balance, other], "GBP").lines) == 2


def test_nothing_moves_with_nothing():
    assert read_rows([ROW | {"amount": Decimal("0.00")}], "GBP").lines == []


def test_pending_rows_have_no_lasting_id():
    (found,) = read_rows([ROW], "GBP", pending=True).lines
    assert (found.pending, found.external_id) == (True, "")


@pytest.mark.parametrize("name", ["cafe\x00\x1b[31m", "a\nb", "‮evil"])
def test_control_characters_go(name):
    assert line(description=name).description.isprintable()


def test_a_cards_balance_is_what_is_owed():
    body = {
        "current": Decimal("123.45"),
        "available": Decimal("876.55"),
        "credit_limit": Decimal("1000.00"),
        "last_statement_balance": Decimal("100.00"),
        "last_statement_date": "2026-11-02",
        "payment_due": Decimal("5.00"),
        "payment_due_date": "2026-11-26",
    }
    card = read_balance(body, "GBP", is_card=True)
    assert (card.booked, card.available, card.limit, card.statement) == (
        -12345, 87655, 100_000, -10_000,
    )  # fmt: skip
    assert (card.payment_due, card.payment_due_on) == (500, dt.date(2026, 11, 26))
    account = read_balance(
        {"current": Decimal("-5.10"), "overdraft": Decimal("500")}, "GBP", is_card=False
    )
    assert (account.booked, account.limit, account.available) == (-510, 50_000, None)
    with pytest.raises(ValueError, match="no balance"):
        read_balance({}, "GBP", is_card=False)


def test_what_stays_after_a_renewal():
    account = {"account_number": {"iban": "GB00 LARC 1234", "number": "123", "sort_code": "1-2"}}
    assert identity_of(account, is_card=False) == "GB00LARC1234"
    account["account_number"]["iban"] = "NOT_SUPPORTED"
    assert identity_of(account, is_card=False) == "12123"
    card = {"partial_card_number": "1234", "card_network": "VISA", "display_name": "Gold"}
    assert identity_of(card, is_card=True) == "visa|1234|gold"
    assert number_of(card, is_card=True) == "•••• 1234"
    assert identity_of({}, is_card=False) == identity_of({}, is_card=True) == ""


def test_moments_have_a_zone():
    assert optional_moment("2026-11-03T10:00:00.1234567Z").microsecond == 123456
    assert optional_moment("2026-11-03T10:00:00").tzinfo is dt.UTC
    assert optional_moment("soon") is optional_moment(None) is None


@given(st.lists(JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(ROW, JSON)), max_size=5))
def test_any_json_is_read_or_counted(rows):
    dicts = [row for row in rows if isinstance(row, dict)]
    found = read_rows(dicts, "EUR")
    assert len(found.lines) + found.unreadable <= len(dicts)
    for one in found.lines:
        assert one.amount != 0
        assert one.description.isprintable()


@given(st.dictionaries(st.sampled_from([*ROW, "current", "available", "account_number"]), JSON))
def test_any_account_and_balance_is_read_or_refused(body):
    for is_card in (False, True):
        identity_of(body, is_card=is_card)
        number_of(body, is_card=is_card)
        with suppress(ValueError):
            read_balance(body, "EUR", is_card=is_card)


@given(st.integers(-(10**14), 10**14).filter(bool), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_amounts_survive_to_the_last_digit(minor, currency):
    places = {"EUR": 2, "JPY": 0, "KWD": 3}[currency]
    units = Decimal(minor).scaleb(-places)
    found = line(currency, amount=units, transaction_type="")
    assert found.amount == minor


@given(st.text(max_size=30))
def test_days_are_days_or_refused(text):
    with suppress(ValueError):
        assert 1970 <= day_of(text).year <= 2100
