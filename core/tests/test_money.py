import ast
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.formatting import format_money, locale_tag
from core.money import (
    MAX_MINOR,
    CurrencyMismatchError,
    Money,
    MoneyError,
    exponent,
    from_decimal,
    parse_minor,
    share,
    to_decimal,
)

CURRENCY = st.sampled_from(["JPY", "EUR", "KWD"])
MINOR = st.integers(-MAX_MINOR, MAX_MINOR)


@given(MINOR, CURRENCY)
def test_decimal_and_back(minor, currency):
    assert from_decimal(to_decimal(minor, currency), currency) == minor


@given(MINOR, CURRENCY, st.sampled_from(["en-GB", "de-DE", "fr-FR", "de-CH", "sv-SE"]))
def test_what_is_formatted_is_read_back(minor, currency, tag):
    token = locale_tag.set(tag)
    try:
        text = format_money(minor, currency, symbol=False)
    finally:
        locale_tag.reset(token)
    mark = "," if tag in ("de-DE", "fr-FR", "sv-SE") else "."
    assert parse_minor(text, currency, decimal_mark=mark) == minor


@given(MINOR, st.lists(st.integers(0, 1000), min_size=1, max_size=9).filter(any))
def test_shares_sum_to_the_whole_and_are_fair(total, weights):
    shares = share(total, weights)
    assert sum(shares) == total
    for part, weight in zip(shares, weights, strict=True):
        assert abs(part - Decimal(total) * weight / sum(weights)) < 1


@pytest.mark.parametrize(
    ("text", "mark", "minor"),
    [
        ("1.234,56", ",", 123456),
        ("1,234.56", ".", 123456),
        ("(5.00)", ".", -500),
        ("5-", ".", -500),
        ("-0", ".", 0),
        ("11'373.94", ".", 1137394),
        ("1 234,5", ",", 123450),
        ("−3", ".", -300),
        (".5", ".", 50),
    ],
)
def test_amounts_as_banks_print_them(text, mark, minor):
    assert parse_minor(text, "EUR", decimal_mark=mark) == minor


@pytest.mark.parametrize(
    "text", ["", "NaN", "1e5", "Infinity", "1.2.3", "12..34", "abc", "1.234", "9" * 20, "--5", "१२"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(MoneyError):
        parse_minor(text, "EUR", decimal_mark=".")


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "1e16", "0.001"])
def test_what_no_currency_holds_is_refused(value):
    with pytest.raises(MoneyError):
        from_decimal(Decimal(value), "EUR")


def test_currencies_are_not_mixed():
    with pytest.raises(CurrencyMismatchError):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(MoneyError):
        Money(1.5, "EUR")


def test_exponents_are_iso_4217s():
    assert [exponent(code) for code in ("JPY", "EUR", "KWD", "IQD", "HUF")] == [0, 2, 3, 3, 2]


def test_no_float_is_near_money():
    root = Path(__file__).resolve().parents[2]
    files = [
        root / "core/money.py",
        *(root / "ledger").rglob("*.py"),
        *(root / "imports/parsers").rglob("*.py"),
    ]
    found = []
    for path in files:
        if {"tests", "demo", "categoriser"} & set(path.parts):  # the last knows odds, not money
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            is_call = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "float"
            if is_call or (isinstance(node, ast.Name) and node.id == "FloatField"):
                found.append(f"{path.name}:{node.lineno}")
    assert found == []


# Where a number is a score or a vote, not money: modules and functions.
GUESSES = ("guess", "csv_headers", "csv_table", "text", "registry", "csv_profile")
VOTES = {"mark_votes", "similarity"}
ODDS = {"categoriser", "patterns"}
"""Where odds are calculated and seconds are counted."""


def test_no_float_is_written_or_divided_into_money():
    root = Path(__file__).resolve().parents[2]
    files = [
        *root.glob("core/mon*.py"),
        *(
            path
            for path in (root / "ledger").rglob("*.py")
            if not {"demo", *ODDS} & {path.stem, *path.parts}
        ),
        *(
            path
            for path in (root / "imports/parsers").glob("*.py")
            if not any(word in path.stem for word in GUESSES)
        ),
    ]
    found = [
        f"{path.relative_to(root)}:{node.lineno}"
        for path in files
        if "tests" not in path.parts
        for statement in ast.parse(path.read_text()).body
        if getattr(statement, "name", "") not in VOTES
        for node in ast.walk(statement)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float))
        or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div))
    ]
    assert found == []
