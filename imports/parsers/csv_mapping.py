"""How a table of cells is read: which column is what. What a person confirms and we remember."""

from dataclasses import asdict, dataclass, fields

from imports.parsers.values import ORDERS

OUT_FLAGS = frozenset(
    "d dr debit dbit db af o out w withdrawal s soll lastschrift belastung debet débit debito débito "
    "ausgabe uitgave sortie uscita salida payment debits расход - charge expense money_out".split()
)
IN_FLAGS = frozenset(
    "c cr credit crdt bij i in deposit h haben gutschrift crédit credito crédito avere eingang einnahme "
    "ontvangst entrée entrata entrada credits приход + income money_in".split()
)
PENDING_STATES = frozenset(
    "pending authorised authorized vorgemerkt in_progress processing offen ausstehend "
    "en_attente pendiente reserved hold".split()
)
DEAD_STATES = frozenset(
    "reverted failed declined cancelled canceled rejected refused expired abgelehnt storniert "
    "deleted void error".split()
)


class MappingError(ValueError):
    """A stored or posted mapping makes no sense."""


@dataclass(frozen=True)
class CsvMapping:
    """Columns by number from 0; None where the file has none of the kind.

    `date_order` is "dmy", "mdy", "ymd" or a strptime pattern. With `flip_sign` a positive amount
    is money out. `flag` names the column that says in words which way the money went.
    """

    date: int | None = None
    amount: int | None = None
    debit: int | None = None
    credit: int | None = None
    flag: int | None = None
    description: tuple[int, ...] = ()
    payee: int | None = None
    notes: int | None = None
    external_id: int | None = None
    balance: int | None = None
    currency: int | None = None
    category: int | None = None
    state: int | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    skip: int = 0
    has_header: bool = True
    date_order: str = "dmy"
    decimal_mark: str = "."
    flip_sign: bool = False

    def to_json(self) -> dict:
        """A JSON object that `from_json` reads back."""
        return {**asdict(self), "description": list(self.description)}

    @classmethod
    def from_json(cls, data: dict) -> "CsvMapping":
        """Read what `to_json` wrote, or a person's file. Raises MappingError."""
        known = {field.name for field in fields(cls)}
        if not isinstance(data, dict) or not data.keys() <= known:
            raise MappingError("A mapping has other fields than these.")
        mapping = cls(**{**data, "description": tuple(data.get("description", ()))})
        mapping.ensure_valid()
        return mapping

    def ensure_valid(self) -> None:
        """Raise MappingError unless rows can be read with this."""
        for name in (
            "date",
            "amount",
            "debit",
            "credit",
            "flag",
            "payee",
            "notes",
            "external_id",
            "balance",
            "currency",
            "category",
            "state",
        ):
            column = getattr(self, name)
            if column is not None and (type(column) is not int or not 0 <= column < 500):
                raise MappingError(f"The column of {name} is not a column number.")
        if not all(type(column) is int and 0 <= column < 500 for column in self.description):
            raise MappingError("The columns of the description are not column numbers.")
        if self.delimiter not in (",", ";", "\t", "|"):
            raise MappingError("The delimiter is a comma, semicolon, tab or bar.")
        if self.decimal_mark not in (".", ","):
            raise MappingError("The decimal mark is a point or a comma.")
        if self.date_order not in (*ORDERS, "dmy8") and "%" not in self.date_order:
            raise MappingError("The order of the date is dmy, mdy or ymd.")
        if type(self.skip) is not int or not 0 <= self.skip <= 1000:
            raise MappingError("The number of lines to skip is too large.")

    @property
    def is_complete(self) -> bool:
        """Whether rows can be read: there is a date and an amount."""
        return self.date is not None and (
            self.amount is not None or self.debit is not None or self.credit is not None
        )
