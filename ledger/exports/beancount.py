"""A Beancount ledger (version 2 and 3), which `bean-check` takes without a word.

Source: the Beancount language syntax and its grammar (`beancount/parser/lexer.l`,
`beancount/core/account.py`). Account names allow letters, digits and hyphens only; what people
called an account or category stands as `name` at its `open` directive.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import partial

from ledger.exports.journal import IN_TRANSIT, OPENING, Entry, Journal, Key, Posting, money
from ledger.exports.rows import Book
from ledger.exports.texts import one_line, unique_names
from ledger.models import CategoryKind

_NOT_IN_TAG = re.compile(r"[^A-Za-z0-9/_.-]+")
_ROOTS = {CategoryKind.INCOME.value: "Income", CategoryKind.EXPENSE.value: "Expenses"}
_OTHERS: dict[Key, str] = {
    ("equity", OPENING): "Equity:Opening-Balances",
    ("equity", IN_TRANSIT): "Equity:Transfers",
    ("income", ""): "Income:Uncategorised",
    ("expense", ""): "Expenses:Uncategorised",
}


def component(text: str) -> str:
    """One piece of an account's name: begins with a capital or a digit, "" when nothing is left."""
    composed = unicodedata.normalize("NFKC", one_line(text))
    kept = "".join(char if _is_in_name(char) else "-" for char in composed)
    kept = re.sub("-+", "-", kept).strip("-")
    if not kept:
        return ""
    first = kept[0].upper()
    if len(first) == 1 and unicodedata.category(first) in ("Lu", "Nd"):
        return first + kept[1:]
    return f"X-{kept}"


def _is_in_name(char: str) -> bool:
    return unicodedata.category(char) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd")


def quoted(text: str) -> str:
    """A string on one line, between quotation marks."""
    return '"' + one_line(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def account_names(journal: Journal) -> dict[Key, str]:
    """The full name of everything that postings lead to, no two alike."""
    book = journal.book
    unique = partial(unique_names, clean=component, join="-")
    names = dict(_OTHERS)
    accounts = unique(((a.pk, a.name) for a in book.all_accounts.values()), otherwise="Account")
    for pk, name in accounts.items():
        root = "Liabilities" if book.all_accounts[pk].is_debt else "Assets"
        names["account", pk] = f"{root}:{name}"
    groups = unique(
        {c.group_id: c.group.name for c in book.categories.values()}.items(), otherwise="Group"
    )
    for group, group_name in groups.items():
        mine = [c for c in book.categories.values() if c.group_id == group]
        for pk, name in unique(((c.pk, c.name) for c in mine), otherwise="Category").items():
            root = _ROOTS[book.categories[pk].group.kind]
            names["category", pk] = f"{root}:{group_name}:{name}"
    return names


def write(book: Book) -> Iterator[str]:
    """The book as one ledger: accounts, opening balances, entries by day, balances at the end."""
    journal = Journal(book)
    names = account_names(journal)
    tags = unique_names(
        ((tag.pk, tag.name) for tag in book.tags.values()),
        clean=lambda text: _NOT_IN_TAG.sub("-", text).strip("-"),
        otherwise="tag",
        join="-",
    )
    yield ";; -*- mode: beancount; coding: utf-8 -*-\n"
    yield f'option "title" {quoted(book.household.name)}\n'
    yield f'option "operating_currency" "{book.household.base_currency}"\n'
    # Prices of whole transfers are divided and multiplied again: what is lost is far below this.
    yield 'option "inferred_tolerance_default" "*:0.00005"\n\n'
    yield from _opens(journal, names)
    for entry in journal.openings():
        yield _entry(entry, names, tags, book)
    for entry in journal.entries():
        yield _entry(entry, names, tags, book)
    for account, amount in journal.closings():
        name = names["account", account.pk]
        yield f"{journal.end} balance {name}  {money(amount, account.currency)}\n"


def _opens(journal: Journal, names: dict[Key, str]) -> Iterator[str]:
    book = journal.book
    for key, name in names.items():
        lines = [f"{journal.start} open {name}"]
        if key[0] == "account":
            account = book.all_accounts[key[1]]
            lines = [f"{lines[0]} {account.currency}", f"  name: {quoted(account.name)}"]
        elif key[0] == "category":
            category = book.categories[key[1]]
            lines.append(f"  name: {quoted(category.name)}")
            lines.append(f"  group: {quoted(category.group.name)}")
        yield "\n".join(lines) + "\n"
    yield "\n"


def _entry(entry: Entry, names: dict[Key, str], tags: dict[int, str], book: Book) -> str:
    marks = "".join(f" #{tags[pk]}" for pk in entry.tag_ids if pk in tags)
    payee = f"{quoted(entry.payee)} " if one_line(entry.payee) else ""
    flag = "!" if entry.is_pending else "*"
    lines = [f"{entry.date} {flag} {payee}{quoted(entry.text)}{marks}"]
    labels = book.tag_names(entry.tag_ids)
    if sorted(tags[pk] for pk in entry.tag_ids if pk in tags) == labels:
        labels = []
    for key, text in (
        ("id", entry.own_id),
        ("other-id", entry.other_id),
        ("state", entry.state),
        ("notes", entry.notes),
        ("labels", ", ".join(labels)),
    ):
        if text:
            lines.append(f"  {key}: {quoted(text)}")
    for posting in entry.postings:
        lines += _posting(posting, names)
    return "\n".join(lines) + "\n\n"


def _posting(posting: Posting, names: dict[Key, str]) -> Iterator[str]:
    price = f" @@ {money(*posting.cost)}" if posting.cost else ""
    yield f"  {names[posting.key]}  {posting.money}{price}"
    if posting.date:
        yield f"    date: {posting.date}"
    if posting.note:
        yield f"    notes: {quoted(posting.note)}"
