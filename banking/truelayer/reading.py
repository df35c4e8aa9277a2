"""From the Data API's objects to the ledger's words. Pure.

Sources of the rules: TrueLayer's Data API v1 (docs.truelayer.com) and what its users found: ids that
change between requests, cards whose purchases are positive, days in the bank's own zone.
"""

import datetime as dt
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from core.money import MAX_MINOR, exponent
from ledger.statement_line import StatementLine

logger = logging.getLogger(__name__)

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}")
_MAX_TEXT = 1000


@dataclass(frozen=True, slots=True)
class BankRows:
    """The rows of one answer that could be read, and how many could not."""

    lines: list[StatementLine]
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class BankBalance:
    """What the bank says is there, in minor units, debts negative. None: it does not say."""

    booked: int
    available: int | None = None
    limit: int | None = None
    statement: int | None = None
    statement_on: dt.date | None = None
    payment_due: int | None = None
    payment_due_on: dt.date | None = None


def read_rows(rows: Iterable[dict], currency: str, *, pending: bool = False) -> BankRows:
    """Transactions of an account or card in `currency`.

    The direction is `transaction_type`'s and the amount's size its absolute value, because cards
    have the sign of accounts turned round, and some banks turn it again. A row that was sent twice
    is read once: the same id and the same everything.
    """
    lines: list[StatementLine] = []
    seen: set[tuple] = set()
    unreadable = 0
    for number, row in enumerate(rows, 1):
        try:
            line = _line(number, row, currency, pending)
        except (KeyError, TypeError, ValueError, InvalidOperation):
            unreadable += 1
            continue
        if line is None:
            continue
        identity = _identity(row, line)
        if identity is not None:
            if identity in seen:
                continue
            seen.add(identity)
        lines.append(line)
    return BankRows(lines, unreadable)


def _identity(row: dict, line: StatementLine) -> tuple | None:
    """What makes a repeated row the same one; None when two equal rows may be two purchases."""
    if line.external_id:
        return (line.external_id,)
    if line.pending and row.get("transaction_id"):
        return (row["transaction_id"],)
    proof = row.get("provider_transaction_id")
    balance = row.get("running_balance")
    if not proof and isinstance(balance, dict) and balance.get("amount") is not None:
        proof = str(balance["amount"])
    if not proof:
        return None
    return (proof, line.date, line.amount, line.description)


def _line(number: int, row: dict, currency: str, pending: bool) -> StatementLine | None:
    size = abs(_decimal(row["amount"]))
    is_in = str(row.get("transaction_type") or "").upper() == "CREDIT"
    if not row.get("transaction_type"):
        is_in = _decimal(row["amount"]) > 0
    if str(row.get("currency") or currency) != currency:
        raise ValueError("another currency")
    minor = _minor(size, currency)
    if minor == 0:
        return None  # moves nothing; banks send card checks of 0.00
    stable = row.get("normalised_provider_transaction_id")
    merchant = row.get("merchant_name")
    return StatementLine(
        line=number,
        date=day_of(row["timestamp"]),
        amount=minor if is_in else -minor,
        description=_text(row.get("description")),
        payee=_text(merchant)[:120] if isinstance(merchant, str) else "",
        external_id="" if pending or not stable else str(stable)[:255],
        currency=currency,
        pending=pending,
        category=label_of(row),
    )


def label_of(row: dict) -> str:
    """The bank's name for what it was for, finest first; "" when it has none."""
    classes = row.get("transaction_classification")
    named = [str(one) for one in classes if one] if isinstance(classes, list) else []
    if named:
        return named[-1][:80]
    return {
        "INTEREST": "Interest",
        "FEE_CHARGE": "Fees & Charges",
        "ATM": "Cash & ATM",
        "CASH": "Cash & ATM",
        "DIVIDEND": "Dividend",
    }.get(str(row.get("transaction_category") or ""), "")


def is_transfer(row: dict) -> bool:
    """Whether the bank calls the row a movement between accounts."""
    return str(row.get("transaction_category") or "") in ("TRANSFER", "STANDING_ORDER")


def read_balance(body: dict, currency: str, *, is_card: bool) -> BankBalance:
    """`current` is what is booked; for a card what is owed, so it is turned. Raises ValueError."""
    sign = -1 if is_card else 1
    try:
        booked = sign * _minor(_decimal(body["current"]), currency)
    except (KeyError, TypeError, InvalidOperation) as error:
        raise ValueError("no balance") from error
    limit = _optional(body.get("credit_limit" if is_card else "overdraft"), currency)
    statement = _optional(body.get("last_statement_balance"), currency) if is_card else None
    return BankBalance(
        booked=booked,
        available=_optional(body.get("available"), currency),
        limit=limit,
        statement=None if statement is None else -statement,
        statement_on=optional_day(body.get("last_statement_date")),
        payment_due=_optional(body.get("payment_due"), currency),
        payment_due_on=optional_day(body.get("payment_due_date")),
    )


def minor_of(value, currency: str) -> int | None:
    """An amount that may be a number, a text or nothing, in minor units."""
    return _optional(value, currency)


def day_of(stamp) -> dt.date:
    """The day as the bank prints it, in its own zone: the first ten characters. Raises ValueError."""
    text = str(stamp)
    if not _DAY.match(text):
        raise ValueError("no date")
    day = dt.date.fromisoformat(text[:10])
    if not dt.date(1970, 1, 1) <= day <= dt.date(2100, 1, 1):
        raise ValueError("no believable date")
    return day


def optional_day(stamp) -> dt.date | None:
    """`day_of`, or None for what is absent, broken or "never" (9999-12-31)."""
    try:
        return day_of(stamp)
    except ValueError:
        return None


def optional_moment(stamp) -> dt.datetime | None:
    """An aware timestamp, or None. Fractions of more than six digits are cut."""
    text = re.sub(r"(\.\d{6})\d+", r"\1", str(stamp or ""))
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def identity_of(account: dict, *, is_card: bool) -> str:
    """What stays when a bank is connected anew: IBAN, else sort code and number; for a card its
    network, last digits and name. "" when there is nothing."""
    if is_card:
        digits = str(account.get("partial_card_number") or "")
        parts = (account.get("card_network"), digits, account.get("display_name"))
        return "|".join(str(part or "").casefold() for part in parts)[:120] if digits else ""
    number = account.get("account_number")
    if not isinstance(number, dict):
        return ""
    named = {
        name: "".join(char for char in str(number.get(name) or "") if char.isalnum())
        for name in ("iban", "sort_code", "number")
    }
    if named["iban"] and not named["iban"].startswith("NOTSUPPORTED"):
        return named["iban"].upper()[:120]
    return f"{named['sort_code']}{named['number']}"[:120] if named["number"] else ""


def number_of(account: dict, *, is_card: bool) -> str:
    """The number as people and statement files know it: IBAN, else number; a card's last digits."""
    if is_card:
        digits = str(account.get("partial_card_number") or "")
        return f"•••• {digits[-4:]}" if digits else ""
    number = account.get("account_number")
    number = number if isinstance(number, dict) else {}
    iban = str(number.get("iban") or "")
    if iban and not iban.startswith("NOT_SUPPORTED"):
        return iban[:64]
    return " ".join(str(number[key]) for key in ("sort_code", "number") if number.get(key))[:64]


def _decimal(value) -> Decimal:
    if isinstance(value, bool) or value is None:
        raise ValueError("no number")
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("no number")
    return number


def _minor(units: Decimal, currency: str) -> int:
    if abs(units) > MAX_MINOR:
        raise ValueError("too large")
    minor = int((units.scaleb(exponent(currency))).to_integral_value())
    if abs(minor) > MAX_MINOR:
        raise ValueError("too large")
    return minor


def _optional(value, currency: str) -> int | None:
    try:
        return _minor(_decimal(value), currency)
    except (ValueError, InvalidOperation):
        return None


def _text(value) -> str:
    """A bank's text: one line, no control characters, of bounded length."""
    cleaned = "".join(char if char.isprintable() else " " for char in str(value or ""))
    return " ".join(cleaned.split())[:_MAX_TEXT]
