"""Dates and amounts as banks print them. Memoised: a file repeats its cells."""

import datetime as dt
import re
from functools import lru_cache

from core.money import MoneyError, exponent, parse_minor

_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    """jan january januar janvier janv enero ene gennaio gen januari janeiro stycznia leden янв января
    feb february februar février févr fév fevrier febrero febbraio februari fevereiro fev lutego únor фев февраля
    mar march märz mrz maerz mars marzo maart mrt março marca březen мар марта
    apr april avril avr abril abr aprile kwietnia duben апр апреля
    may mai mayo maggio mag mei maio maja květen мая май
    jun june juni juin junio giugno giu junho czerwca červen июн июня
    jul july juli juillet juil julio luglio lug julho lipca červenec июл июля
    aug august août aout agosto ago augustus sierpnia srpen авг августа
    sep sept september septembre septiembre settembre set setembro września září сен сентября
    oct october okt oktober octobre octubre ottobre ott outubro out października říjen окт октября
    nov november novembre noviembre novembro listopada listopad ноя ноября
    dec december dez dezember décembre déc decembre diciembre dic dicembre dezembro grudnia prosinec дек декабря
    """.strip().splitlines(),
    1,
):
    _MONTHS.update(dict.fromkeys(_names.split(), _number))

_YMD = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})\.?(?!\d)")
_XXY = re.compile(r"(\d{1,2})[-/. ]{1,2}(\d{1,2})[-/. ']{1,2}(\d{4}|\d{2})(?!\d)\.?")
_EIGHT = re.compile(r"(\d{4})(\d\d)(\d\d)(?!\d)")
_DAY_NAME = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-/. ]{0,2}([^\W\d_]{3,12})\.?[-/. ,']{0,2}(\d{4}|\d{2})(?!\d)"
)
_NAME_DAY = re.compile(r"([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)")
_AFTER = re.compile(
    r"\s*(?:$|[T ,;]\s*\d{1,2}[:.h]\d{2}|[T ]\d|\s+as of\b|[+-]\d{2}:?\d{2}$|Z$|,?\s*[^\W\d]{2,5}$)"
)

ORDERS = ("dmy", "mdy", "ymd")


@lru_cache(maxsize=50_000)
def read_date(text: str, order: str) -> dt.date | None:
    """The day that a cell names, or None. A time behind it is dropped, never converted.

    `order` ("dmy", "mdy", "ymd") decides what digits leave open; a strptime pattern (with "%")
    is taken as it is.
    """
    text = text.strip().strip("\u200e\u200f\"'")
    if "%" in order:
        try:
            return dt.datetime.strptime(text, order).date()  # noqa: DTZ007 a day, not a moment
        except ValueError:
            return None
    for read in (_read_ymd, _read_named, _read_numeric):
        found = read(text, order)
        if found is not None:
            end, year, month, day = found
            if not _AFTER.match(text[end:]):
                return None
            try:
                return dt.date(year, month, day)
            except ValueError:
                return None
    return None


def _read_ymd(text: str, order: str):
    if match := _YMD.match(text):
        return match.end(), *map(int, match.groups())
    if match := _EIGHT.match(text):
        year, month, day = map(int, match.groups())
        if not 1900 <= year <= 2199 or order == "dmy8":
            day, month, year = int(text[:2]), int(text[2:4]), int(text[4:8])
        return match.end(), year, month, day
    return None


def _read_named(text: str, order: str):
    if match := _DAY_NAME.match(text):
        day, name, year = match.groups()
    elif match := _NAME_DAY.match(text):
        name, day, year = match.groups()
    else:
        return None
    month = _MONTHS.get(name.lower())
    return (match.end(), _year(year), month, int(day)) if month else None


def _read_numeric(text: str, order: str):
    match = _XXY.match(text)
    if not match:
        return None
    first, second, third = match.groups()
    if order == "ymd":
        return match.end(), _year(first.zfill(2)), int(second), int(third)
    day, month = (second, first) if order == "mdy" else (first, second)
    return match.end(), _year(third), int(month), int(day)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)


# ISO codes and the signs and short names that stand for currencies around an amount.
_CURRENCY = re.compile(
    r"(?i)^[\s\u200e\u200f]*(?:[a-z]{3}|r\$|us\$|c\$|a\$|kr\.?|zł|kč|ft|lei|лв|руб\.?|р\.|rs\.?|fr\.?|[€$£¥₹₽₺₩₪₴₫฿¢])?[\s\u200e\u200f\u00a0]*"
    r"([-+−–(]?[\s\u00a0]*(?:r\$|us\$|[€$£¥₹₽₺₩₪₴₫฿])?[\s\u00a0]*[-+−–(]?[\d.,'’\s\u00a0\u202f\u2009]*\d[.,]?[\d]*\)?[-+−–]?|[-+]?[.,]\d+)"
    r"[\s\u00a0\u200e\u200f]*(?:[a-z]{3}|kr\.?|zł|kč|ft|lei|лв|руб\.?|р\.|fr\.?|[€$£¥₹₽₺₩₪₴₫฿¢])?[\s\u00a0\u200e\u200f]*(cr|dr|c|d|h|s)?[\s.]*$"
)
_SIGNS_INSIDE = re.compile(r"(?i)r\$|us\$|[€$£¥₹₽₺₩₪₴₫฿\s\u00a0\u202f\u2009]")


@lru_cache(maxsize=100_000)
def amount_text(cell: str) -> str | None:
    """The bare number of a cell ("- $220.00" is "-220.00", "44,91 PLN" is "44,91"), or None."""
    if len(cell) > 60:
        return None
    match = _CURRENCY.match(cell)
    if not match:
        return None
    number = _SIGNS_INSIDE.sub("", match.group(1))
    if ".." in number or ",," in number:
        return None
    if match.group(2) and match.group(2).lower() in ("dr", "d", "s") and number[:1] not in "-−(":
        number = "-" + number
    return number


def decimal_votes(number: str) -> dict[str, int]:
    """How strongly a bare number speaks for each decimal mark: {".": 2} for "1,234.50"."""
    dot, comma = number.rfind("."), number.rfind(",")
    if dot >= 0 and comma >= 0:
        return {"." if dot > comma else ",": 2}
    mark = "." if dot >= 0 else ","
    if max(dot, comma) < 0:
        return {}
    if number.count(mark) > 1:
        return {"," if mark == "." else ".": 2}
    whole, _, behind = number.rstrip(")-+").rpartition(mark)
    whole = whole.lstrip("(-+−")
    if len(behind) == 3 and 1 <= len(whole) <= 3 and whole != "0":
        return {}  # 1.234 alone: nobody can tell
    return {mark: 1}


def read_amount(cell: str, currency: str, decimal_mark: str) -> int | None:
    """Minor units of a cell; None when it is not an amount (or has more decimals than it may)."""
    # "-12.34", as most cells are, without the detours for the others.
    whole, mark, fraction = cell.removeprefix("-").partition(decimal_mark)
    if mark and cell.isascii() and whole.isdigit() and fraction.isdigit() and len(cell) < 16:
        if len(fraction) == exponent(currency):
            minor = int(whole + fraction)
            return -minor if cell[0] == "-" else minor
    return _read_any_amount(cell, currency, decimal_mark)


@lru_cache(maxsize=20_000)
def _read_any_amount(cell: str, currency: str, decimal_mark: str) -> int | None:
    number = amount_text(cell)
    if number is None:
        return None
    try:
        return parse_minor(number, currency, decimal_mark=decimal_mark)
    except MoneyError:
        return None
