"""Short ways to try the CSV reader in a test: text in, rows out."""

from imports.parsers import csv_file
from ledger.statement_line import Problem, StatementLine


def read(text: str | bytes, *, currency: str = "EUR", **answers):
    """Guess and parse. `answers` are changes to the guessed mapping."""
    data = text.encode() if isinstance(text, str) else text
    mapping = csv_file.guess(data, currency=currency).mapping.with_changes(**answers)
    parsed = csv_file.parse(data, mapping, currency=currency)
    return list(parsed.statements[0].entries)


def amounts(text: str | bytes, **options) -> list[int]:
    return [entry.amount for entry in read(text, **options) if isinstance(entry, StatementLine)]


def problems(text: str | bytes, **options) -> list[tuple[int, str]]:
    return [(e.line, e.reason) for e in read(text, **options) if isinstance(e, Problem)]


def questions(text: str, **options) -> dict[str, str]:
    """Field and default of everything that the guess asks."""
    return {q.field: q.default for q in csv_file.guess(text.encode(), **options).questions}
