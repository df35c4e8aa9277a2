"""From bytes to statement lines: the one path of the wizard and of the commands."""

from collections.abc import Iterator
from dataclasses import dataclass

from accounts.models import Household
from imports.errors import NeedsAnswerError
from imports.models import ImportProfile
from imports.parsers import csv_file, registry, xlsx_file
from imports.parsers.base import Parsed, Statement, UnreadableFile, check_size
from imports.parsers.csv_guess import Guess
from imports.parsers.csv_mapping import CsvMapping
from imports.programs import registry as programs
from ledger.models import Account
from ledger.statement_line import Problem, StatementLine

_TABLES = {module.name: module for module in (csv_file, xlsx_file)}
"""Formats that are tables of columns: a mapping says what they mean."""


@dataclass(frozen=True)
class Inspection:
    """What a file is, and for a table how it would be read."""

    format: str
    guess: Guess | None = None
    mapping: CsvMapping | None = None
    profile: ImportProfile | None = None

    @property
    def questions(self):
        """What a person has to answer before the file can be read."""
        return [] if self.guess is None or self.profile else self.guess.questions


def program_of(data: bytes, filename: str) -> str:
    """The program whose export a file is rather than a statement, "" for none.

    Both kinds of readers say how sure they are on one scale; where they are equally sure, it is a
    statement. Raises UnreadableFile for a file that is empty or too large.
    """
    check_size(data)
    try:
        program = programs.best(data, filename)
    except UnreadableFile:  # a broken archive: the readers of statements have better advice
        return ""
    if program is None:
        return ""
    statement = registry.best(data, filename)
    return "" if statement and statement[0] >= program[0] else program[1]


def is_table(data: bytes, filename: str) -> bool:
    """Can a file be read as a table of text?"""
    statement = registry.best(data, filename)
    return statement is not None and statement[1] == csv_file.name


def inspect(
    data: bytes,
    filename: str,
    *,
    household: Household,
    format: str = "",
    currency: str = "",
    reading: dict | None = None,
) -> Inspection:
    """Find the format; for a table also the mapping, remembered for this shape or guessed.

    `reading` has the encoding and the delimiter that a person chose for a text: then everything
    is guessed from what these make of it.
    Raises imports.parsers.base.UnreadableFile.
    """
    kind = format or registry.detect(data, filename)
    table = _TABLES.get(kind)
    if table is None:
        return Inspection(kind)
    if reading and table is csv_file:
        guess = table.guess(
            data,
            currency=currency,
            delimiters=reading["delimiter"],
            encoding=reading["encoding"],
        )
        return Inspection(kind, guess, guess.mapping)
    guess = table.guess(data, currency=currency)
    profile = ImportProfile.objects.filter(
        household=household, fingerprint=guess.fingerprint
    ).first()
    if profile:
        hint = CsvMapping.from_json(profile.mapping)
        guess = table.guess(data, currency=currency, mapping_hint=hint)
    return Inspection(kind, guess, guess.mapping, profile)


def read(data: bytes, format: str, mapping: CsvMapping | None, currency: str) -> Parsed:
    """The statements of a file. Amounts are minor units of `currency` unless the file says.

    Raises UnreadableFile and MappingError.
    """
    if format in _TABLES:
        return _TABLES[format].parse(data, mapping, currency=currency)
    return registry.module(format).parse(data, currency=currency)


def normal_number(text: str) -> str:
    """An account number or IBAN as it is compared: letters and digits only."""
    return "".join(char for char in text.upper() if char.isalnum())


def account_of(statement: Statement, household: Household) -> Account | None:
    """The household's account whose number the statement states."""
    number = normal_number(statement.account_number)
    if not number:
        return None
    for account in Account.objects.for_household(household).exclude(number=""):
        known = normal_number(account.number)
        # Banks print the IBAN in one file and the number inside it in another.
        if known == number or (
            min(len(known), len(number)) >= 8 and (known.endswith(number) or number.endswith(known))
        ):
            return account
    return None


def find_account(household: Household, text: str, *, by_id: bool = False) -> Account | None:
    """The one account that is called `text` or has this number; with `by_id`, first by its id."""
    accounts = list(Account.objects.for_household(household))
    number = normal_number(text)
    for matches in (
        [a for a in accounts if by_id and text.isdigit() and a.pk == int(text)],
        [a for a in accounts if a.name.casefold() == text.casefold()],
        [a for a in accounts if a.number and normal_number(a.number) == number],
    ):
        if len(matches) == 1:
            return matches[0]
    return None


def checked(statement: Statement, account: Account) -> Iterator[StatementLine | Problem]:
    """The statement's entries for `account`; rows in another currency become problems."""
    if statement.currency and statement.currency != account.currency:
        raise NeedsAnswerError(
            f"The file is in {statement.currency}, the account “{account.name}” in {account.currency}."
        )
    for entry in statement.entries:
        if isinstance(entry, StatementLine) and entry.currency not in ("", account.currency):
            yield Problem(
                entry.line,
                f"the row is in {entry.currency}, the account in {account.currency}",
                f"{entry.date} {entry.description}"[:200],
            )
        else:
            yield entry
