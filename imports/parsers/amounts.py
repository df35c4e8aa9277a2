"""Reading an amount the way banks print it, and finding out which mark parts the decimals.

`1.234` and `1,234` say nothing alone: the decimal mark is decided over a whole column, by the
shapes of its cells (every digit written as 0), never cell by cell.
"""

import re
from collections.abc import Mapping

from core.money import CURRENCIES, MAX_MINOR, exponent

# Spaces, no-break and narrow spaces, quotation marks and bidi marks vanish; minus signs become one.
CLEAN = {
    **dict.fromkeys(
        map(ord, " \t\r\n\u00a0\u202f\u2009\u2007\u2002\u2003\u200b\u200e\u200f\u2066\u2069"), None
    ),
    **dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u061c\ufeff'\u2019\u02bc`\u00b4"), None),
    **dict.fromkeys(map(ord, "\u2212\u2013\u2014\ufe63\uff0d"), "-"),
}
NOTHING = frozenset(["", "-", "--", "---", "n/a", "na", "null", "none", "nan"])
"""What unused amount cells say, after cleaning and lower-casing."""

SYMBOLS = {
    "€": "EUR", "£": "GBP", "zł": "PLN", "zl": "PLN", "kč": "CZK", "kc": "CZK", "ft": "HUF",
    "₽": "RUB", "руб": "RUB", "р": "RUB", "rur": "RUB", "₴": "UAH", "грн": "UAH", "₪": "ILS",
    "nis": "ILS", "₺": "TRY", "tl": "TRY", "₹": "INR", "rs": "INR", "₩": "KRW", "₫": "VND",
    "r$": "BRL", "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD",
    "nz$": "NZD", "hk$": "HKD", "s$": "SGD", "sfr": "CHF", "fr": "CHF", "lei": "RON",
    "лв": "BGN", "฿": "THB", "₱": "PHP", "円": "JPY", "元": "CNY", "원": "KRW",
}  # fmt: skip
"""Signs and words that name one currency. "$", "kr" and "¥" name several, so they are not here."""
_MARKS = frozenset(
    [*SYMBOLS, *(code.lower() for code in CURRENCIES), "$", "kr", "¥", "mx$", "euro"]
)

_AMOUNT = re.compile(
    r"(?P<open>\()?(?P<s1>[+-])?(?P<c1>(?:[^\W\d_]{1,4}\.?)?[^\w\s.,()+-]?)(?P<s2>[+-])?(?P<open2>\()?"
    r"(?P<number>\d[\d.,]*|[.,]\d+)"
    r"(?P<close2>\))?(?P<s3>[+-])?(?P<c2>[^\w\s.,()+-]?(?:[^\W\d_]{1,4}\.?)?)(?P<close>\))?(?P<s4>[+-])?"
)
_SIDES = {"cr": 1, "dr": -1, "db": -1, "c": 1, "d": -1}


def split_amount(text: str) -> tuple[str, bool, int, str] | None:
    """Digits with their marks, whether negative, side (CR 1, DR -1, else 0) and currency word.

    None when this is not an amount: `12..34`, `INV-1`, `A12`.
    """
    cell = text.translate(CLEAN)
    match = _AMOUNT.fullmatch(cell) if len(cell) <= 60 else None
    if match is None:
        return None
    before, after, side = match["c1"].lower().rstrip("."), match["c2"].lower().rstrip("."), 0
    if after not in _MARKS:
        for suffix in ("cr", "dr", "db", "c", "d"):
            if after.endswith(suffix) and after[: -len(suffix)] in ("", *_MARKS):
                side, after = _SIDES[suffix], after[: -len(suffix)]
                break
    if (before and before not in _MARKS) or (after and after not in _MARKS):
        return None
    brackets = (
        [match["open"], match["open2"]].count("("),
        [match["close"], match["close2"]].count(")"),
    )
    if brackets not in ((0, 0), (1, 1)):
        return None
    signs = [sign for sign in (match["s1"], match["s2"], match["s3"], match["s4"]) if sign]
    if len(signs) > 1:
        return None
    negative = (signs == ["-"]) or (brackets == (1, 1) and signs != ["+"])
    return match["number"], negative, side, before or after


def currency_of(text: str) -> str:
    """ISO code that a cell names alone ("EUR", "zł", "€"), else ""."""
    word = text.strip().strip(".")
    upper = word.upper()
    return upper if upper in _CODES else SYMBOLS.get(word.lower(), "")


_CODES = frozenset(CURRENCIES)


def digits_of(number: str, mark: str) -> tuple[str, str] | None:
    """Whole and fraction digits of `number` with decimal `mark`; None when the groups are odd."""
    grouping = "," if mark == "." else "."
    whole, _, fraction = number.partition(mark)
    if grouping in whole:
        groups = whole.split(grouping)
        # Groups of three; India writes 12,34,567.
        if (
            not 1 <= len(groups[0]) <= 3
            or len(groups[-1]) != 3
            or {*map(len, groups[1:-1])} - {2, 3}
        ):
            return None
        whole = "".join(groups)
    digits = whole + fraction
    if not digits.isascii() or not digits.isdigit() or len(digits) > 30:
        return None
    return whole, fraction


class AmountReader(dict):
    """Cell text -> minor units, None for a cell without an amount, or GARBLED.

    A dict, so that a cell seen before costs one look-up. `flip` is for exports that print spending
    as positive; CR and DR after the digits overrule it, they say the side in words.
    """

    GARBLED = object()
    LARGEST = 200_000

    def __init__(self, mark: str, currency: str, *, flip: bool = False) -> None:
        super().__init__()
        self.mark, self.places, self.flip = mark, exponent(currency), flip
        self.rounded = 0
        """How many different cells had more decimals than the currency."""

    def __missing__(self, cell: str) -> object:
        if len(self) > self.LARGEST:
            self.clear()
        self[cell] = value = self.read(cell)
        return value

    def read(self, cell: str) -> object:
        """The same as looking up, without remembering."""
        whole, _, fraction = cell.partition(self.mark)
        if len(fraction) == self.places == 2 and len(cell) < 16:
            digits = whole + fraction
            if digits.isascii() and digits.lstrip("-").isdigit() and digits.count("-") < 2:
                return -int(digits) if self.flip else int(digits)
        if cell.translate(CLEAN).lower() in NOTHING:
            return None
        return self._read_slowly(cell)

    def _read_slowly(self, cell: str) -> object:
        parts = split_amount(cell)
        digits = digits_of(parts[0], self.mark) if parts else None
        if parts is None or digits is None:
            return self.GARBLED
        minor = self._scale(*digits)
        if minor > MAX_MINOR:
            return self.GARBLED
        _, negative, side, _ = parts
        if side:
            return minor * side * (-1 if negative else 1)
        return -minor if negative != self.flip else minor

    def _scale(self, whole: str, fraction: str) -> int:
        """Minor units; digits beyond the currency's are rounded half to even and counted."""
        kept, rest = fraction[: self.places].ljust(self.places, "0"), fraction[self.places :]
        minor = int((whole or "0") + kept) if whole or kept else 0
        if rest.strip("0"):
            self.rounded += 1
            half = "5" + "0" * (len(rest) - 1)
            minor += rest > half or (rest == half and minor % 2 == 1)
        return minor


def is_amount_shape(shape: str) -> bool:
    """Does a cell of this shape read as an amount, with either decimal mark?"""
    parts = split_amount(shape)
    return bool(parts) and any(digits_of(parts[0], mark) for mark in ".,")


def mark_votes(shapes: Mapping[str, int], *, places: int = 2) -> dict[str, float]:
    """Votes for "." and "," as the decimal mark, from shapes and how often they occur.

    One mark before exactly three digits could be either: it counts next to nothing, for grouping
    where the currency has two decimals, for decimals where it has three.
    """
    votes = {".": 0.0, ",": 0.0}
    for shape, count in shapes.items():
        parts = split_amount(shape)
        if not parts:
            continue
        number = parts[0]
        last = max(number.rfind("."), number.rfind(","))
        if last < 0:
            continue
        mark, other = (".", ",") if number[last] == "." else (",", ".")
        tail, head = len(number) - last - 1, number[:last]
        if other in head:
            votes[mark] += count
        elif mark in head:
            votes[other] += count
        elif tail != 3 or len(head) > 3 or not head:
            votes[mark] += count
        else:
            votes[mark if places == 3 else other] += count * 1e-6
    return votes
