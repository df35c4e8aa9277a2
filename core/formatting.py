"""Amounts and dates as people read them, in the locale that is active: Babel, at the edge only."""

import datetime as dt
from contextvars import ContextVar
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import NumberPattern, get_currency_symbol, parse_pattern
from django.utils import timezone, translation

from core.money import exponent, to_decimal
from core.months import Month

MINUS = "\u2212"

locale_tag: ContextVar[str] = ContextVar("locale_tag", default="")
"""The locale of the running request or task ("en-GB"); "" follows the language."""


@lru_cache(maxsize=64)
def _babel_locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag, sep="-" if "-" in tag else "_")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


def active_locale() -> Locale:
    """The locale of this request, as the preferences middleware set it."""
    return _babel_locale(locale_tag.get() or translation.get_language() or "en-GB")


def format_money(minor: int, currency: str, *, symbol: bool = True, sign: bool = False) -> str:
    """ "€1,234.50" for 123450, "EUR"; with the true minus sign, and "+" for money in if `sign`."""
    locale = active_locale()
    pattern = _pattern(str(locale), currency, symbol)
    text = pattern.apply(
        to_decimal(abs(minor), currency),
        locale,
        currency=currency if symbol else None,
        currency_digits=False,  # the pattern has ISO 4217's, not CLDR's
    )
    if minor < 0:
        return MINUS + text
    return "+" + text if sign and minor > 0 else text


@lru_cache(maxsize=256)
def _pattern(tag: str, currency: str, symbol: bool) -> NumberPattern:
    """The locale's own pattern with ISO 4217's decimals, where CLDR's differ (IQD, for one)."""
    locale = Locale.parse(tag)
    formats = locale.currency_formats["standard"] if symbol else locale.decimal_formats[None]
    pattern = parse_pattern(formats.pattern)
    pattern.frac_prec = (exponent(currency), exponent(currency))
    return pattern


def currency_symbol(currency: str) -> str:
    """ "€" for EUR, the code where the locale has no sign of its own."""
    return get_currency_symbol(currency, locale=active_locale())


def format_day(day: dt.date, style: str = "medium") -> str:
    """A date in the active locale; style is Babel's short, medium, long, full or a pattern."""
    return format_date(day, format=style, locale=active_locale())


def format_moment(moment: dt.datetime) -> str:
    """ "21 Nov 2026, 09:22" in the active locale and time zone."""
    local = timezone.localtime(moment)
    return (
        f"{format_day(local.date())}, {format_time(local.time(), 'short', locale=active_locale())}"
    )


def format_month(month: Month, style: str = "LLLL y") -> str:
    """ "November 2026"; style is a Babel pattern ("LLL" for "Nov")."""
    return format_date(dt.date(month.year, month.number, 1), format=style, locale=active_locale())


def drawn(minor: int, currency: str) -> str:
    """A number that a chart can place on its axis; what people read is formatted apart."""
    return str(to_decimal(minor, currency))
