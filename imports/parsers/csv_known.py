"""The mapping of a file that a known bank wrote: its profile's columns, the file's own proofs."""

from dataclasses import replace

from imports.parsers.bank_profiles import BankProfile, columns_of, names_of, recognise
from imports.parsers.csv_mapping import CsvMapping
from imports.parsers.csv_profile import Column, Table, decided_mark, named_currency
from imports.parsers.csv_states import kinds_of_states, values_of
from imports.parsers.dates import order_of, vote

_MONEY = ("amount", "debit", "credit")
_PLAIN = ("flag", "payee", "payer", "notes", "balance", "currency", "category", "state", "fee")


def known_mapping(
    table: Table, mapping: CsvMapping, currency: str
) -> tuple[str, CsvMapping | None]:
    """The bank's name and the mapping of its file; "" and None when nobody knows the file.

    `mapping` has the layout. `currency` is the account's.
    """
    profile = recognise(table.layout.header)
    if profile is None or len(table.columns) > 500:
        return "", None
    found = _Columns(table, profile)
    if not found.hold:
        return "", None
    return profile.name, _overlaid(found, mapping, currency)


class _Columns:
    """A profile's columns in one file."""

    def __init__(self, table: Table, profile: BankProfile) -> None:
        self.table, self.profile = table, profile
        self.places = columns_of(table.layout.header)
        self.date = self.one("date")
        self.money = [column for role in _MONEY if (column := self.one(role))]

    def several(self, role: str) -> list[Column]:
        """The columns of a role that the file has, in the order of the profile."""
        texts = names_of(getattr(self.profile, role))
        places = [
            next((self.places[name] for name in names if name in self.places), None)
            for names in texts
        ]
        return [self.table.columns[place] for place in places if place is not None]

    def one(self, role: str) -> Column | None:
        """The column of a role, None when the file has none."""
        return next(iter(self.several(role)), None)

    @property
    def hold(self) -> bool:
        """Do the cells agree with the names: dates below the date, numbers below the amount?"""
        if self.date is None or not self.money:
            return False
        if not self.table.rows:
            return True
        return self.date.is_date and any(
            column.is_number or not column.filled for column in self.money
        )


def _overlaid(found: _Columns, mapping: CsvMapping, currency: str) -> CsvMapping:
    profile, table = found.profile, found.table
    columns = {role: found.one(role) for role in (*_MONEY, *_PLAIN)}
    balance, fixed = columns["balance"], named_currency([*found.money, columns["balance"]])
    mark = decided_mark(found.money, balance, currency or fixed) or profile.mark
    known = replace(
        mapping,
        date=found.date.index,
        date_format=_date_format(found),
        decimal_mark=mark,
        description=tuple(sorted({column.index for column in found.several("description")})),
        fixed_currency=fixed,
        out_flags=profile.out_flags,
        flip_sign=profile.spend_positive,
        debit_is_signed=_is_signed(columns["debit"]),
        credit_is_negated=_is_signed(columns["credit"]),
        id=_unique(found.one("id"), table),
        account=_constant(found.one("account")),
        **{role: column.index for role, column in columns.items() if column},
    )
    pending, ignored = kinds_of_states(values_of(table, known.state))
    if known.state is None:
        return known
    return replace(
        known,
        pending_states=tuple(sorted({*pending, *profile.pending} - {*profile.ignored})),
        ignored_states=tuple(sorted({*ignored, *profile.ignored} - {*profile.pending})),
    )


def _date_format(found: _Columns) -> str:
    """The order that the dates prove, else the bank's."""
    voted = vote(found.date.date_cells)
    if not voted.form:
        return found.profile.order
    if voted.other and order_of(voted.other) == order_of(found.profile.order):
        return voted.other
    return voted.form


def _is_signed(column: Column | None) -> bool:
    return column is not None and column.negatives * 2 > column.amounts > 0


def _unique(column: Column | None, table: Table) -> int | None:
    """A number that the rows share says nothing of one row."""
    if column is None or column.different < min(len(table.sample), column.filled):
        return None
    return column.index


def _constant(column: Column | None) -> int | None:
    return column.index if column is not None and column.different == 1 else None
