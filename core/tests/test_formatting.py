import datetime as dt
import re

import pytest
from django.utils import translation

from core.formatting import (
    currency_symbol,
    drawn,
    format_day,
    format_money,
    format_month,
    locale_tag,
)
from core.money import CURRENCIES, MAX_MINOR
from core.months import Month


@pytest.fixture
def locale():
    """Sets the locale of the request for the rest of the test."""
    tokens = []
    yield lambda tag: tokens.append(locale_tag.set(tag))
    for token in reversed(tokens):
        locale_tag.reset(token)


@pytest.mark.parametrize(
    ("tag", "minor", "currency", "text"),
    [
        ("en-GB", 123450, "EUR", "€1,234.50"),
        ("en-GB", -5, "EUR", "−€0.05"),
        ("de-DE", 123450, "EUR", "1.234,50\u00a0€"),
        ("fr-FR", 123450, "EUR", "1\u202f234,50\u00a0€"),
        ("de-CH", 123450, "CHF", "CHF\u00a01’234.50"),
        ("en-IN", 12345678900, "INR", "₹12,34,56,789.00"),
        ("en-GB", 1234, "JPY", "JP¥1,234"),
        ("ja-JP", 1234, "JPY", "￥1,234"),
        ("en-GB", 1234, "KWD", "KWD1.234"),
        ("en-GB", 1234, "IQD", "IQD1.234"),
        ("en-GB", 0, "EUR", "€0.00"),
    ],
)
def test_amounts_in_the_locale_of_the_reader(locale, tag, minor, currency, text):
    locale(tag)
    assert format_money(minor, currency) == text


@pytest.mark.parametrize("tag", ["en-GB", "de-DE", "ja-JP"])
def test_no_currency_loses_a_digit(locale, tag):
    locale(tag)
    for currency in CURRENCIES:
        for has_symbol in (True, False):
            text = format_money(1234567, currency, symbol=has_symbol)
            assert re.sub(r"\D", "", text) == "1234567", currency


def test_the_largest_amount_has_all_its_digits(locale):
    locale("en-GB")
    assert format_money(MAX_MINOR - 1, "EUR") == "€9,999,999,999,999.99"


def test_signs(locale):
    locale("en-GB")
    assert format_money(5, "EUR", sign=True) == "+€0.05"
    assert format_money(-5, "EUR", sign=True) == "−€0.05"
    assert format_money(0, "EUR", sign=True) == "€0.00"
    assert format_money(-123456, "EUR", symbol=False) == "−1,234.56"


@pytest.mark.parametrize("tag", ["xx-YY", "not a locale", "en-", "../etc"])
def test_a_locale_that_is_none_falls_back(locale, tag):
    locale(tag)
    assert format_money(100, "EUR") == "€1.00"


def test_without_a_locale_the_language_decides():
    with translation.override("de"):
        assert format_money(100, "EUR") == "1,00\u00a0€"


def test_symbols(locale):
    locale("en-GB")
    assert (currency_symbol("EUR"), currency_symbol("KWD")) == ("€", "KWD")


def test_days_and_months(locale):
    locale("de-DE")
    assert format_day(dt.date(2026, 11, 3)) == "03.11.2026"
    assert format_month(Month.of(2026, 3)) == "März 2026"


def test_numbers_for_charts_are_exact():
    assert [drawn(-5, "EUR"), drawn(MAX_MINOR, "JPY"), drawn(1, "KWD")] == [
        "-0.05",
        "1000000000000000",
        "0.001",
    ]
