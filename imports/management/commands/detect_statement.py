"""`manage.py detect_statement FILE…`: what a file is, whose, of when. Changes nothing."""

import json
import sys
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand

from core.money import to_decimal
from imports.parsers import registry as statements
from imports.parsers.base import Statement, UnreadableFile
from imports.programs import registry as programs
from imports.programs.book import Book
from imports.reading import program_of
from ledger.statement_line import StatementLine

OK, UNREADABLE = 0, 2


class Command(BaseCommand):
    """Exit codes: 0 every file is known, 2 one could not be read."""

    help = "Say what files are: format or program, accounts, days, balances."

    def add_arguments(self, parser):
        parser.add_argument(
            "files", nargs="+", metavar="FILE", help="Files, or - for standard input."
        )
        parser.add_argument("--currency", default="", help="Where a file does not say.")
        parser.add_argument("--json", action="store_true", help="One JSON object a file.")

    def handle(self, *args, files, **options):
        worst = OK
        for name in files:
            try:
                data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
                facts = {"file": name, **_facts(data, name, options["currency"].upper())}
            except (UnreadableFile, OSError) as error:
                self.stderr.write(f"{name}: {error}")
                facts, worst = {"file": name, "error": str(error)}, UNREADABLE
            if options["json"]:
                self.stdout.write(json.dumps(facts))
            elif "error" not in facts:
                self._write(facts)
        if worst:
            sys.exit(worst)

    def _write(self, facts: dict) -> None:
        self.stdout.write(f"{facts['file']}: {facts['label']}")
        for account in facts["accounts"]:
            said = [
                f"{account['rows']} rows",
                f"{account['first']}..{account['last']}" if account["first"] else "",
                f"balance {account['balance']}" if account["balance"] else "",
            ]
            line = f"  {account['name']} {account['currency']}: {', '.join(filter(None, said))}"
            self.stdout.write(line)
        for warning in facts["warnings"]:
            self.stdout.write(f"  {warning}")
        if facts["problems"]:
            self.stdout.write(f"  {facts['problems']} rows cannot be read")


def _facts(data: bytes, name: str, currency: str) -> dict:
    program = program_of(data, name)
    if not program:
        return _statements(data, name, currency)
    return _program(programs.read(program, data, currency=currency))


def _program(book: Book) -> dict:
    rows: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    days: dict[str, list] = {}
    for row in book.transactions:
        rows[row.account] += 1
        sums[row.account] += row.amount
        days.setdefault(row.account, []).append(row.date)
    return {
        "format": book.program,
        "label": programs.module(book.program).label,
        "accounts": [
            {
                "name": one.name,
                "currency": one.currency,
                "rows": rows[one.name],
                "first": str(min(days.get(one.name, [""]))),
                "last": str(max(days.get(one.name, [""]))),
                "balance": "",
            }
            for one in book.accounts
        ],
        "warnings": book.warnings,
        "problems": len(book.problems),
    }


def _statements(data: bytes, name: str, currency: str) -> dict:
    kind = statements.detect(data, name)
    module = statements.module(kind)
    parsed = module.parse(data, currency=currency)
    accounts, problems = [], 0
    for statement in parsed.statements:
        facts, bad = _statement(statement)
        accounts.append(facts)
        problems += bad
    return {
        "format": kind,
        "label": module.label,
        "accounts": accounts,
        "warnings": parsed.warnings,
        "problems": problems,
    }


def _statement(statement: Statement) -> tuple[dict, int]:
    rows, problems, days = 0, 0, []
    for entry in statement.entries:
        if isinstance(entry, StatementLine):
            rows += 1
            days.append(entry.date)
        else:
            problems += 1
    balance = statement.closing_balance
    facts = {
        "name": statement.account_number or statement.owner or "account",
        "currency": statement.currency,
        "rows": rows,
        "first": str(min(days, default="")),
        "last": str(max(days, default="")),
        "balance": "" if balance is None else str(to_decimal(balance, statement.currency)),
    }
    return facts, problems
