"""The mapping of a CSV file's columns: what a person confirms once and a profile remembers.

Columns are numbers from 0, because names repeat and are sometimes missing.
"""

import json
from codecs import lookup
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from imports.parsers.dates import order_of

ONE_COLUMN = (
    "date", "amount", "debit", "credit", "flag", "payee", "notes", "id", "balance", "currency",
    "category", "state", "account", "fee", "payer",
)  # fmt: skip
MAX_COLUMN = 500


class MappingError(ValueError):
    """A mapping that cannot be used. The message is for people."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the file does not say. `options` are (value, words) pairs."""

    field: str
    """The field of CsvMapping that the answer goes to."""
    text: str
    options: tuple[tuple[str, str], ...]
    default: str
    """The value that the guess has taken meanwhile."""


@dataclass(frozen=True, slots=True)
class CsvMapping:
    """How to read one kind of CSV file. Equal mappings read equal files equally."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    """The quotation mark, "" when quotation marks are text."""
    skip: int = 0
    """Lines before the header, or before the first row when there is no header."""
    has_header: bool = True
    width: int = 0
    """How many columns a whole row has; rows with more have a delimiter in their text."""
    date: int | None = None
    date_format: str = "%Y-%m-%d"
    """Only the order of %d, %m or %b, and %Y or %y counts. Times are passed over."""
    decimal_mark: str = "."
    amount: int | None = None
    """Signed, or unsigned with `flag`. Instead of it: `debit`, `credit` or both."""
    debit: int | None = None
    credit: int | None = None
    debit_is_signed: bool = False
    """The debit column prints its minus sign itself."""
    credit_is_negated: bool = False
    """The credit column prints money in as negative, as some cards do (Citi)."""
    flip_sign: bool = False
    """The file prints money out as positive, as many card statements do."""
    flag: int | None = None
    """Says the direction of `amount`, whose own sign then does not count."""
    out_flags: tuple[str, ...] = ()
    """Lower-case values of `flag` that mean money out; every other value means money in."""
    description: tuple[int, ...] = ()
    """Joined with a blank, repeated texts once."""
    payee: int | None = None
    notes: int | None = None
    id: int | None = None
    balance: int | None = None
    currency: int | None = None
    category: int | None = None
    state: int | None = None
    account: int | None = None
    payer: int | None = None
    """Names the other side of money in, where `payee` then is the holder of the account (DKB)."""
    fee: int | None = None
    """Charged on top of `amount`: the balance moves by the amount less the fee (Revolut)."""
    pending_states: tuple[str, ...] = ()
    """Lower-case values of `state`: the row is not settled yet."""
    ignored_states: tuple[str, ...] = ()
    """Lower-case values of `state`: the row moved no money and is left out."""
    fixed_currency: str = ""
    """ISO code that the header names, for rows without a currency of their own."""
    joins_rows: bool = False
    """Rows without date and amount carry on the text of the row above."""

    def __post_init__(self) -> None:
        self._check_reading()
        self._check_columns()

    def _check_reading(self) -> None:
        if len(self.delimiter) != 1 or self.delimiter in '\r\n"':
            raise MappingError("A delimiter is one character.")
        if self.quote not in ("", '"', "'") or self.quote == self.delimiter:
            raise MappingError("A quotation mark is \" or ' or none.")
        if self.decimal_mark not in (".", ","):
            raise MappingError("A decimal mark is a full stop or a comma.")
        if not 0 <= self.skip <= 10_000 or not 0 <= self.width <= MAX_COLUMN + 1:
            raise MappingError("A mapping skips 0 to 10,000 lines.")
        try:
            order_of(self.date_format)
            if not lookup(self.encoding)._is_text_encoding:
                raise LookupError
        except LookupError as error:
            raise MappingError(f"“{self.encoding[:40]}” is not an encoding.") from error
        except ValueError as error:
            raise MappingError(str(error)) from error

    def _check_columns(self) -> None:
        used = [getattr(self, role) for role in ONE_COLUMN] + list(self.description)
        for column in used:
            if column is not None and not 0 <= column <= MAX_COLUMN:
                raise MappingError(f"Columns are numbered from 0 to {MAX_COLUMN}.")
        if self.flag is not None and self.amount is None:
            raise MappingError("A column for the direction needs a column for the amount.")

    @property
    def is_complete(self) -> bool:
        """Has it what a transaction needs: a date and an amount?"""
        return self.date is not None and (self.amount, self.debit, self.credit) != (None,) * 3

    def with_changes(self, **changes: Any) -> "CsvMapping":
        """A copy with some answers changed. Raises MappingError."""
        return replace(self, **changes)

    def with_answer(self, name: str, value: str) -> "CsvMapping":
        """A copy with the answer to a `Question`. Raises MappingError."""
        if name in ONE_COLUMN:
            if not value.isascii() or not value.isdigit() or len(value) > 4:
                raise MappingError("Columns are numbered.")
            column = int(value)
            if name == "debit" and column == self.credit:
                return replace(self, debit=column, credit=self.debit)
            return replace(self, **{name: column})
        if name in _BOOLEANS:
            return replace(self, **{name: value == "true"})
        if name not in ("date_format", "decimal_mark", "encoding", "delimiter"):
            raise MappingError(f"“{name[:40]}” is no question.")
        return replace(self, **{name: value})

    def to_json(self) -> dict[str, Any]:
        """A dict of JSON types; what is at its default is left out."""
        default = CsvMapping()
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != getattr(default, name)
        }

    @classmethod
    def from_json(cls, data: str | dict[str, Any]) -> "CsvMapping":
        """The mapping of `to_json`, as a dict or its JSON text. Raises MappingError."""
        if isinstance(data, str):
            try:
                data = json.loads(data)
            except (ValueError, RecursionError) as error:
                raise MappingError("This is not JSON.") from error
        if not isinstance(data, dict):
            raise MappingError("A mapping is a JSON object.")
        known = {field.name: field for field in fields(cls)}
        unknown = sorted(map(str, data.keys() - known.keys()))
        if unknown:
            raise MappingError(f"A mapping has no “{unknown[0][:40]}”.")
        return cls(**{name: _checked(name, value) for name, value in data.items()})


_INTEGERS = frozenset([*ONE_COLUMN, "skip", "width"])
_BOOLEANS = frozenset(
    ["has_header", "debit_is_signed", "credit_is_negated", "flip_sign", "joins_rows"]
)
_TUPLES = {"description": int, "out_flags": str, "pending_states": str, "ignored_states": str}


def _checked(name: str, value: Any) -> Any:
    """`value` with the type that the field has; JSON lists become tuples."""
    if name in _TUPLES:
        if isinstance(value, (list, tuple)) and all(type(item) is _TUPLES[name] for item in value):
            return tuple(value)
    elif name in _BOOLEANS:
        if type(value) is bool:
            return value
    elif name in _INTEGERS:
        if type(value) is int or (value is None and name in ONE_COLUMN):
            return value
    elif type(value) is str:
        return value
    raise MappingError(f"“{name}” has a value of the wrong kind.")
