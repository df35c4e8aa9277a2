"""Money: integers of a currency's minor unit, never a float.

The exponent (how many decimals a currency has) is ISO 4217's. Everything here is pure Python;
formatting for people happens at the edge, in `core.formatting`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

MAX_MINOR = 10**15
"""The largest absolute amount that the ledger takes, in minor units."""

# ISO 4217 list one: the currencies whose minor unit is not 1/100 (as published 2024-06-25).
_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}

CURRENCIES = tuple(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP
    GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
    KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD
    TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
    """.split()
)


class MoneyError(ValueError):
    """An amount could not be read, or two currencies would have been mixed."""


class CurrencyMismatchError(MoneyError):
    """Amounts of different currencies are never added or compared."""


def exponent(currency: str) -> int:
    """How many decimals `currency` (ISO 4217 code) has: JPY 0, EUR 2, KWD 3."""
    return _EXPONENTS.get(currency, 2)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, in its minor unit. Money in is positive."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError(f"Money takes whole minor units, not {type(self.minor).__name__}.")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} do not add up.")
        return other.minor

    def as_decimal(self) -> Decimal:
        """The amount in whole units, exact: Money(1234, "EUR") is Decimal("12.34")."""
        return to_decimal(self.minor, self.currency)


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as an exact Decimal of whole units of `currency`."""
    return Decimal(minor).scaleb(-exponent(currency))


def from_decimal(value: Decimal, currency: str, *, rounding: bool = False) -> int:
    """Whole units as minor units of `currency`.

    Raises MoneyError for NaN, infinities, amounts beyond MAX_MINOR and, unless `rounding` asks
    for half-even rounding, for more decimals than the currency has.
    """
    if not value.is_finite():
        raise MoneyError("This is not an amount.")
    if value.adjusted() > 18:  # scaleb and comparison of 1e400 would be costly
        raise MoneyError("This amount is too large.")
    scaled = value.scaleb(exponent(currency))
    minor = int(scaled.to_integral_value(rounding=ROUND_HALF_EVEN))
    if not rounding and minor != scaled:
        raise MoneyError(f"{currency} has {exponent(currency)} decimals, this amount has more.")
    if abs(minor) > MAX_MINOR:
        raise MoneyError("This amount is too large.")
    return minor


# Signs, spaces and marks that people and banks put around digits: NBSP, narrow NBSP, thin space,
# figure space, bidi marks.
_BLANKS = dict.fromkeys(map(ord, " \t\u00a0\u202f\u2009\u2007\u200e\u200f\u202a\u202c\u061c"))

# Groups of three, or of two before the last three (lakh and crore).
_GROUPED = {mark: re.compile(rf"\d{{1,3}}(?:\{mark}\d{{2,3}})*\{mark}\d{{3}}") for mark in ".,"}


def parse_minor(text: str, currency: str, *, decimal_mark: str) -> int:
    """Read "-1.234,56", "(5.00)", "1'234.50", "5-" as minor units of `currency`.

    `decimal_mark` is "." or ","; the other one, spaces and apostrophes group digits. A currency
    sign or code before or after is not accepted here: who reads files strips it first.
    Raises MoneyError with a text fit for people.
    """
    raw = text.translate(_BLANKS).replace("\u2212", "-").replace("\u2013", "-")
    negative = False
    if raw.startswith("(") and raw.endswith(")"):
        negative, raw = True, raw[1:-1]
    if raw.endswith(("-", "+")):
        negative, raw = negative != raw.endswith("-"), raw[:-1]
    if raw.startswith(("-", "+")):
        negative, raw = negative != raw.startswith("-"), raw[1:]
    grouping = "," if decimal_mark == "." else "."
    whole, mark, fraction = raw.partition(decimal_mark)
    whole = whole.replace("'", grouping).replace("\u2019", grouping)
    if grouping in whole and not _GROUPED[grouping].fullmatch(whole):
        raise MoneyError(f"“{text.strip()[:40]}” is not an amount.")
    whole = whole.replace(grouping, "")
    digits = whole + fraction
    if not digits.isascii() or not digits.isdigit() or len(digits) > 25:
        raise MoneyError(f"“{text.strip()[:40]}” is not an amount.")
    try:
        value = Decimal(f"{whole or '0'}.{fraction or '0'}")
    except InvalidOperation as error:
        raise MoneyError(f"“{text.strip()[:40]}” is not an amount.") from error
    return from_decimal(-value if negative else value, currency)


def share(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` minor units by `weights` (>= 0, not all 0) so that the shares sum to it.

    Largest remainder (Hamilton's method); ties go to the earlier share.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise MoneyError("Shares need weights that are not negative and not all zero.")
    sign = -1 if total < 0 else 1
    shares, remainders = [], []
    for index, weight in enumerate(weights):
        quotient, remainder = divmod(abs(total) * weight, whole)
        shares.append(quotient)
        remainders.append((-remainder, index))
    for _, index in sorted(remainders)[: abs(total) - sum(shares)]:
        shares[index] += 1
    return [sign * part for part in shares]
