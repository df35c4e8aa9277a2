"""An hledger journal that `hledger check --strict` takes.

Source: the hledger manual, “hledger journal format”. Accounts and commodities are declared; an
account ends at two spaces, a description at a semicolon, and comments may hold tags (`word:`) and
dates in brackets, so texts of people lose what would be read as these.
"""

from collections.abc import Iterator

from core.money import exponent
from ledger.exports.journal import IN_TRANSIT, OPENING, Entry, Journal, Key, Posting, money
from ledger.exports.rows import Book
from ledger.exports.texts import joined, one_line, unique_names
from ledger.models import CategoryKind

_NAME = str.maketrans({":": "-", ";": ","})
_TEXT = str.maketrans({";": ",", "|": "/"})
_COMMENT = str.maketrans({";": ".", ",": ".", ":": "\u2236", "[": "(", "]": ")"})
_ROOTS = {CategoryKind.INCOME.value: "income", CategoryKind.EXPENSE.value: "expenses"}
_TYPES = {"assets": "A", "liabilities": "L", "income": "R", "expenses": "X", "equity": "E"}
_OTHERS: dict[Key, str] = {
    ("equity", OPENING): "equity:opening/closing balances",
    ("equity", IN_TRANSIT): "equity:transfers",
    ("income", ""): "income:uncategorised",
    ("expense", ""): "expenses:uncategorised",
}


def component(text: str) -> str:
    """One piece of an account's name."""
    return one_line(text).translate(_NAME).strip()


def comment(text: str) -> str:
    """Text behind a semicolon, in which hledger finds neither tags nor dates."""
    return one_line(text).translate(_COMMENT)


def account_names(journal: Journal) -> dict[Key, str]:
    """The full name of everything that postings lead to, no two alike."""
    book = journal.book
    names = dict(_OTHERS)
    accounts = unique_names(
        ((a.pk, a.name) for a in book.all_accounts.values()), clean=component, otherwise="account"
    )
    for pk, name in accounts.items():
        root = "liabilities" if book.all_accounts[pk].is_debt else "assets"
        names["account", pk] = f"{root}:{name}"
    paths = unique_names(
        ((pk, ":".join(_path(book, pk))) for pk in book.categories),
        clean=str,
        otherwise="category",
        taken=["uncategorised"],
    )
    for pk, path in paths.items():
        names["category", pk] = f"{_ROOTS[book.categories[pk].group.kind]}:{path}"
    return names


def _path(book: Book, category_id: int) -> list[str]:
    group, category = book.category_path(category_id)
    return [component(group) or "group", component(category) or "category"]


def write(book: Book) -> Iterator[str]:
    """The book as one journal: declarations, opening balances, entries by day, assertions."""
    journal = Journal(book)
    names = account_names(journal)
    tags = {tag.pk: comment(tag.name).replace(" ", "-") for tag in book.tags.values()}
    yield f"; {comment(book.household.name)}\ndecimal-mark .\n\n"
    for currency in journal.currencies:
        yield f"commodity 1000.{'0' * exponent(currency)} {currency}\n"
    yield "\n"
    for name in names.values():
        yield f"account {name}  ; type: {_TYPES[name.partition(':')[0]]}\n"
    yield "\n"
    for entry in journal.openings():
        yield _entry(entry, names, tags)
    for entry in journal.entries():
        yield _entry(entry, names, tags)
    for account, amount in journal.closings():
        name = names["account", account.pk]
        yield f"{journal.end} * balance\n"
        yield f"    {name}  {money(0, account.currency)} = {money(amount, account.currency)}\n\n"


def _entry(entry: Entry, names: dict[Key, str], tags: dict[int, str]) -> str:
    flag = "!" if entry.is_pending else "*"
    text = joined([one_line(t).translate(_TEXT) for t in (entry.payee, entry.text)], " | ")
    code = f" ({entry.own_id})" if entry.own_id else ""
    lines = [f"{entry.date} {flag}{code} {text}".rstrip()]
    if entry.other_id:
        lines.append(f"    ; other-id: {entry.other_id}")
    if entry.state:
        lines.append(f"    ; state: {entry.state}")
    marks = [tags[pk] for pk in entry.tag_ids if tags.get(pk)]
    if marks:
        lines.append(f"    ; tags: {' '.join(marks)}")
    if entry.notes:
        lines.append(f"    ; notes: {comment(entry.notes)}")
    lines += [_posting(posting, names) for posting in entry.postings]
    return "\n".join(lines) + "\n\n"


def _posting(posting: Posting, names: dict[Key, str]) -> str:
    price = f" @@ {money(*posting.cost)}" if posting.cost else ""
    notes = [f"date: {posting.date}"] if posting.date else []
    if posting.note:
        notes.append(f"notes: {comment(posting.note)}")
    behind = f"  ; {', '.join(notes)}" if notes else ""
    return f"    {names[posting.key]}  {posting.money}{price}{behind}"
