"""Amounts, days and months in templates. The only place where minor units become text."""

import datetime as dt

from django import template
from django.utils import timezone

from core import formatting
from core.money import exponent

register = template.Library()


@register.filter
def money(minor, currency):
    """{{ 123450|money:"EUR" }} is €1,234.50."""
    return "" if minor is None else formatting.format_money(minor, currency)


@register.filter
def signed_money(minor, currency):
    """As `money`, with "+" before money in."""
    return "" if minor is None else formatting.format_money(minor, currency, sign=True)


@register.filter
def plain_money(minor, currency):
    """As `money`, without the currency: for columns that name it once."""
    return "" if minor is None else formatting.format_money(minor, currency, symbol=False)


@register.filter
def signed_plain_money(minor, currency):
    """As `plain_money`, with "+" before money in."""
    if minor is None:
        return ""
    return formatting.format_money(minor, currency, symbol=False, sign=True)


@register.filter
def day(value, style="medium"):
    """A date in the reader's locale; style is Babel's short, medium, long, full or a pattern."""
    if isinstance(value, dt.datetime):
        value = timezone.localtime(value).date()
    return "" if value is None else formatting.format_day(value, style)


@register.filter
def moment(value):
    """A timestamp in the reader's locale and time zone."""
    return "" if value is None else formatting.format_moment(value)


@register.filter
def month_name(value, style="LLLL y"):
    """ "November 2026" for a core.months.Month."""
    return "" if value is None else formatting.format_month(value, style)


@register.filter
def abs_minor(minor):
    """Without its sign, still in minor units."""
    return abs(minor)


@register.filter
def decimals(currency):
    """How many decimals the currency has."""
    return exponent(currency)
