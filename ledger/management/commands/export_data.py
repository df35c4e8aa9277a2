"""`manage.py export_data --household H --format F`: transactions as a file for another program."""

import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict

from accounts.lookup import household_argument
from ledger.exports import registry
from ledger.exports.selection import book_of
from ledger.filters import TransactionFilter
from ledger.lookup import account_argument


class Command(BaseCommand):
    """Writes beside the target and renames, so that a broken export leaves no half file."""

    help = "Export transactions as CSV, XLSX, OFX, QIF, JSON, Beancount or hledger."

    def add_arguments(self, parser):
        add = parser.add_argument
        add("--household", required=True, help="Number, code or name.")
        add("--format", choices=registry.names(), default=registry.DEFAULT)
        add("--account", action="append", default=[], help="Name, number (IBAN) or id; repeatable.")
        add("--from", dest="first", type=dt.date.fromisoformat, help="First day (YYYY-MM-DD).")
        add("--to", dest="last", type=dt.date.fromisoformat, help="Last day.")
        add("-o", "--output", default="-", help="A file, or - for standard output.")

    def handle(self, *args, household, format, account, first, last, output, **options):
        found = household_argument(household)
        query = QueryDict(mutable=True)
        query.setlist("account", [str(account_argument(found, name).pk) for name in account])
        query.update({name: str(day) for name, day in (("from", first), ("to", last)) if day})
        pieces = registry.named(format).pieces(book_of(TransactionFilter(query, household=found)))
        if output == "-":
            for piece in pieces:
                self.stdout._out.buffer.write(piece)
            return
        target = Path(output)
        partial = target.with_name(f"{target.name}.part")
        try:
            with partial.open("wb") as file:
                file.writelines(pieces)
            partial.rename(target)
        except OSError as error:
            raise CommandError(str(error)) from error
        finally:
            partial.unlink(missing_ok=True)
