"""`manage.py import_app PROGRAM FILE --household H`: move house from another program by command."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand

from accounts.lookup import household_argument
from imports.errors import ImportRefusedError, NeedsAnswerError
from imports.parsers.base import UnreadableFile
from imports.programs import registry
from imports.services.moving import Moved, move_in
from ledger.errors import LedgerError
from ledger.services.matching import Outcome

OK, ROWS_IN_ERROR, UNREADABLE, NEEDS_ANSWER = 0, 1, 2, 3


class Command(BaseCommand):
    """Exit codes: 0 all fine, 1 some rows could not be read or the book does not fit, 2 the file
    could not be read, 3 an answer is missing. Never asks: it may run without a terminal."""

    help = "Import the export of another program of personal finance: its whole book."

    def add_arguments(self, parser):
        add = parser.add_argument
        add("program", choices=["auto", *registry.names()], metavar="PROGRAM")
        add("file", metavar="FILE", help="A file, or - for standard input.")
        add("--household", required=True, help="Number, code or name.")
        add(
            "--account-map",
            help="JSON file: their account's name to ours, or false to leave it out.",
        )
        add("--currency", default="", help="Where the file does not say; default: the household's.")
        order = parser.add_mutually_exclusive_group()
        order.add_argument("--day-first", action="store_true")
        order.add_argument("--month-first", action="store_true")
        add("--dry-run", action="store_true", help="Say what would happen, change nothing.")
        add("--json", action="store_true", help="One JSON object.")

    def handle(self, *args, program, file, **options):
        self.options = options
        household = household_argument(options["household"])
        try:
            data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
            if program == "auto":
                program = registry.detect(data, file)
            currency = options["currency"].upper() or household.base_currency
            order = "dmy" if options["day_first"] else "mdy" if options["month_first"] else ""
            book = registry.read(program, data, currency=currency, date_order=order)
            if book.questions:
                raise NeedsAnswerError(f"{book.questions[0]} Say --day-first or --month-first.")
            moved = move_in(
                household=household,
                book=book,
                by=None,
                account_map=self._map(options["account_map"]),
                dry_run=options["dry_run"],
                name=Path(file).name,
                data=data,
                progress=self._progress if sys.stderr.isatty() else None,
            )
        except NeedsAnswerError as error:
            self._fail(file, error, NEEDS_ANSWER)
        except (UnreadableFile, OSError) as error:
            self._fail(file, error, UNREADABLE)
        except (ImportRefusedError, LedgerError) as error:
            self._fail(file, error, ROWS_IN_ERROR)
        else:
            self._report(file, moved)
            if moved.problems:
                sys.exit(ROWS_IN_ERROR)

    def _map(self, path: str | None) -> dict | None:
        if not path:
            return None
        try:
            found = json.loads(Path(path).read_text())
        except ValueError as error:
            raise NeedsAnswerError(f"{path} is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise NeedsAnswerError(f"{path} is no JSON object of names.")
        return found

    def _fail(self, name: str, error: Exception, code: int) -> None:
        if self.options["json"]:
            self.stdout.write(json.dumps({"file": name, "error": str(error)}))
        self.stderr.write(f"{name}: {error}")
        sys.exit(code)

    def _progress(self, done: int) -> None:
        self.stderr.write(f"\r{done:>9,} rows", ending="")

    def _report(self, name: str, moved: Moved) -> None:
        for problem in moved.problems:
            self.stderr.write(f"{name}:{problem.line}: {problem.reason}: {problem.raw}")
        for warning in moved.warnings:
            self.stderr.write(f"{name}: {warning}")
        facts = {
            "file": name,
            "program": moved.program,
            "new": moved.added,
            "duplicate": moved.duplicates,
            "probable": moved.counts[Outcome.PROBABLE],
            "left_out": moved.left_out,
            "error": len(moved.problems),
            "accounts_made": moved.accounts_made,
            "accounts_matched": moved.accounts_matched,
            "categories": moved.categories,
            "payees": moved.payees,
            "tags": moved.tags,
            "transfers": moved.transfers,
            "splits": moved.splits,
            "budgets": moved.budgets,
            "first": str(moved.first or ""),
            "last": str(moved.last or ""),
            "warnings": moved.warnings,
            "batch": moved.batch.pk if moved.batch and not self.options["dry_run"] else None,
        }
        if self.options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{name}: {moved.program}: new {moved.added}, duplicate {moved.duplicates}, "
            f"probable {facts['probable']}, left out {moved.left_out}, error {facts['error']}; "
            f"accounts {moved.accounts_made} made, {moved.accounts_matched} matched; "
            f"categories {moved.categories}, payees {moved.payees}, transfers {moved.transfers}, "
            f"splits {moved.splits}; {facts['first']}..{facts['last']}"
            + (" (dry run)" if self.options["dry_run"] else "")
        )
