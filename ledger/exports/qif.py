"""QIF, Quicken's interchange format: for programs of the desktop that know no other.

Source: Intuit's “QIF file format” of 1998, as GnuCash and Quicken read it. One `!Account` section
for each account, dates as year-month-day, which no reader can turn round, parts as S, E and $,
transfers as `L[Account]` on both sides. Texts are UTF-8. The format has no identifiers; ours stands
as a line of the address (A), which programs pass over, not as the number of a cheque (N).

Left out, because the format has no place for them: currencies, tags, pending rows (a reader would
take them for settled). Opening balances are left out too: as rows they would be imported as money.
"""

from collections.abc import Iterator

from core.money import exponent, to_decimal
from ledger.exports.rows import Book, Piece, Row
from ledger.exports.texts import joined, one_line, unique_names
from ledger.models import Account, CategoryKind

_TYPES = {
    Account.Kind.CASH: "Cash",
    Account.Kind.CREDIT_CARD: "CCard",
    Account.Kind.LOAN: "Oth L",
    Account.Kind.INVESTMENT: "Oth A",  # Quicken's Invst wants securities, our rows are money
    Account.Kind.PROPERTY: "Oth A",
}
# What ends a record, and what L reads as sub-category, class and account.
_TEXT = str.maketrans({"^": "\u02c6"})
_NAME = str.maketrans({"^": "\u02c6", ":": "-", "/": "-", "[": "(", "]": ")", "|": "-"})


def _text(text: str) -> str:
    return one_line(text).translate(_TEXT)


def _name(text: str) -> str:
    return one_line(text).translate(_NAME)


def _amount(minor: int, currency: str) -> str:
    """With a full stop. Three decimals get four digits before it: nobody groups 0001.250."""
    digits = 8 if exponent(currency) == 3 else 1
    return f"{'-' if minor < 0 else ''}{abs(to_decimal(minor, currency)):0{digits}f}"


def write(book: Book) -> Iterator[str]:
    """The book as one QIF file: the categories, then account by account, oldest row first."""
    names = unique_names(
        ((a.pk, a.name) for a in book.all_accounts.values()), clean=_name, otherwise="Account"
    )
    yield from _categories(book)
    end = book.last or book.household.today()
    balances = book.booked_balances(end)
    for account in book.accounts:
        kind = _TYPES.get(account.kind, "Bank")
        balance = _amount(balances[account.pk], account.currency)
        yield f"!Account\nN{names[account.pk]}\nT{kind}\nD{account.currency}\n"
        yield f"/{end.isoformat()}\n${balance}\n^\n!Type:{kind}\n"
        for row in book.rows(account):
            if not row.is_pending:
                yield _entry(row, book, account, names)


def _categories(book: Book) -> Iterator[str]:
    if not book.categories:
        return
    yield "!Type:Cat\n"
    for pk, category in book.categories.items():
        kind = "I" if category.group.kind == CategoryKind.INCOME else "E"
        yield f"N{_path(book, pk)}\n{kind}\n^\n"


def _path(book: Book, category_id: int | None) -> str:
    return joined([_name(text) for text in book.category_path(category_id)], ":")


def _entry(row: Row, book: Book, account: Account, names: dict[int, str]) -> str:
    amount = _amount(row.amount, account.currency)
    lines = [f"D{row.date.isoformat()}", f"T{amount}", "CX" if row.is_reconciled else "C*"]
    text, payee = _text(row.description), _text(row.payee)
    lines.append(f"A{row.own_id}")
    if payee or text:
        lines.append(f"P{payee or text}")
    if payee and text and text != payee:
        lines.append(f"M{text}")
    if row.other:
        lines.append(f"L[{names[row.other.account_id]}]")
    elif row.is_split:
        for piece in row.parts:
            lines += _part(piece, book, account)
    elif path := _path(book, row.category_id):
        lines.append(f"L{path}")
    return "\n".join(lines) + "\n^\n"


def _part(piece: Piece, book: Book, account: Account) -> list[str]:
    memo = joined([_text(piece.payee), _text(piece.notes)], ": ")
    lines = [f"S{_path(book, piece.category_id)}"]
    if memo:
        lines.append(f"E{memo}")
    lines.append(f"${_amount(piece.amount, account.currency)}")
    return lines
