"""Form fields of the house."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from core.formatting import active_locale, format_money
from core.money import MoneyError, exponent, parse_minor


class MoneyField(forms.CharField):
    """An amount as people type it; cleans to minor units of `currency` (or None when empty).

    The decimal mark is the reader's locale's; the other mark is taken where only one reading
    makes sense ("12.50" in a comma locale).
    """

    default_error_messages = {"invalid": _("Enter an amount, such as 12.50.")}

    def __init__(self, *, currency: str = "EUR", allow_zero: bool = True, **kwargs):
        self.currency = currency
        self.allow_zero = allow_zero
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def prepare_value(self, value):
        if isinstance(value, int):
            text = format_money(value, self.currency, symbol=False)
            return text.replace("\u2212", "-")
        return value

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        mark = decimal_mark_of(text, self.currency)
        try:
            minor = parse_minor(text, self.currency, decimal_mark=mark)
        except MoneyError as error:
            raise forms.ValidationError(str(error), code="invalid") from error
        if minor == 0 and not self.allow_zero:
            raise forms.ValidationError(_("An amount of zero moves no money."), code="zero")
        return minor


def decimal_mark_of(text: str, currency: str) -> str:
    """Which of "." and "," is the decimal mark in what a person typed.

    With both, the last one. With one that stands once and has at most as many digits behind it as
    the currency has decimals, that one. Else the locale's.
    """
    dot, comma = text.rfind("."), text.rfind(",")
    if dot >= 0 and comma >= 0:
        return "." if dot > comma else ","
    mark = "." if dot >= 0 else ","
    behind = len(text.rstrip(" )-+")) - max(dot, comma) - 1
    if max(dot, comma) >= 0 and text.count(mark) == 1 and behind <= exponent(currency):
        return mark
    return active_locale().number_symbols["latn"]["decimal"]


class DayField(forms.DateField):
    """A calendar day, typed as ISO (what the browser's own picker sends)."""

    def __init__(self, **kwargs):
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def clean(self, value):
        day = super().clean(value)
        if day is not None and not dt.date(1970, 1, 1) <= day <= dt.date(2200, 1, 1):
            raise forms.ValidationError(_("Enter a day between 1970 and 2200."), code="range")
        return day


_BIDI_CONTROLS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0])


def clean_text(value: str) -> str:
    """Text that both databases store and no line of a page turns round: without NUL, lone
    surrogates and bidi overrides."""
    return value.encode("utf-8", "ignore").decode("utf-8").translate(_BIDI_CONTROLS)
