"""`manage.py import_statement FILE… --household H [--account A]`: statements by command."""

import datetime as dt
import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.lookup import household_argument
from core.money import to_decimal
from imports.errors import ImportRefusedError, NeedsAnswerError
from imports.models import ImportProfile
from imports.parsers import registry
from imports.parsers.base import UnreadableFile
from imports.parsers.csv_mapping import CsvMapping, MappingError
from imports.reading import account_of, find_account, inspect, read
from imports.services.files import Choices, Summary, import_file
from ledger.errors import LedgerError
from ledger.models import Account

OK, ROWS_IN_ERROR, UNREADABLE, NEEDS_ANSWER = 0, 1, 2, 3
_ROLES = "date amount debit credit flag payee payer notes id balance currency category state fee"


class Command(BaseCommand):
    """Exit codes: 0 all fine, 1 some rows could not be read, 2 a file could not be read, 3 an answer
    is missing (no account, an undecidable date order). Never asks: it may run without a terminal."""

    help = "Import CSV, Excel, OFX, QFX or CAMT statements into an account."

    def add_arguments(self, parser):
        add = parser.add_argument
        add("files", nargs="+", metavar="FILE", help="Files, or - for standard input.")
        add("--household", required=True, help="Number, code or name.")
        add("--account", help="Name, number (IBAN) or id; default: the one the file names.")
        add("--format", choices=["auto", *registry.names()], default="auto")
        add("--profile", help="A remembered mapping's name, or a JSON file with a mapping.")
        add("--encoding", default="")
        add("--delimiter", default="", help="One character, or “tab”.")
        add("--skip", type=int, help="Lines before the header.")
        order = parser.add_mutually_exclusive_group()
        order.add_argument("--date-format", help="A strptime pattern, such as %%d/%%m/%%Y.")
        order.add_argument("--day-first", action="store_true")
        order.add_argument("--month-first", action="store_true")
        add("--decimal", choices=[".", ","])
        add("--map", default="", help="ROLE=COLUMN,… by header or number from 1. Roles: " + _ROLES)
        add("--flip-sign", action="store_true", default=None, help="Positive is money out.")
        add("--since", type=dt.date.fromisoformat, help="First day wanted (YYYY-MM-DD).")
        add("--until", type=dt.date.fromisoformat, help="Last day wanted.")
        add("--pending", choices=["skip", "import"], default="import")
        add("--duplicates", choices=["skip", "import"], default="skip", help="The probable ones.")
        add("--fuzzy-days", type=int, default=5)
        add("--on-error", choices=["stop", "skip"], default="skip")
        add("--dry-run", action="store_true", help="Say what would happen, change nothing.")
        add("--json", action="store_true", help="One JSON object a file.")

    def handle(self, *args, files, **options):
        self.options = options
        self.household = household_argument(options["household"])
        self.account = self._account(options["account"]) if options["account"] else None
        worst = OK
        for name in files:
            worst = max(worst, self._file(name))
        if worst:
            sys.exit(worst)

    def _account(self, text: str) -> Account:
        if account := find_account(self.household, text, by_id=True):
            return account
        raise CommandError(f"“{text}” is no account of this household.", returncode=NEEDS_ANSWER)

    def _file(self, name: str) -> int:
        try:
            summary = self._import(name)
        except NeedsAnswerError as error:
            return self._fail(name, error, NEEDS_ANSWER)
        except (UnreadableFile, OSError) as error:
            return self._fail(name, error, UNREADABLE)
        except MappingError as error:
            return self._fail(name, error, NEEDS_ANSWER)
        except (ImportRefusedError, LedgerError) as error:
            return self._fail(name, error, ROWS_IN_ERROR)
        self._report(name, summary)
        return ROWS_IN_ERROR if summary.rejected else OK

    def _fail(self, name: str, error: Exception, code: int) -> int:
        if self.options["json"]:
            self.stdout.write(json.dumps({"file": name, "error": str(error)}))
        self.stderr.write(f"{name}: {error}")
        return code

    def _import(self, name: str) -> Summary:
        options = self.options
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        found = inspect(
            data,
            name,
            household=self.household,
            format="" if options["format"] == "auto" else options["format"],
            currency=self.account.currency if self.account else "",
        )
        mapping = self._mapping(found) if found.guess else None
        currency = self.account.currency if self.account else self.household.base_currency
        return import_file(
            data=data,
            name=Path(name).name,
            parsed=read(data, found.format, mapping, currency),
            account_for=self._target(found),
            by=None,
            choices=Choices(
                since=options["since"],
                until=options["until"],
                with_pending=options["pending"] == "import",
                with_probable=options["duplicates"] == "import",
                stop_on_problem=options["on_error"] == "stop",
                fuzzy_days=options["fuzzy_days"],
            ),
            dry_run=options["dry_run"],
            progress=self._progress if sys.stderr.isatty() else None,
        )

    def _target(self, found):
        def account_for(statement):
            account = self.account or account_of(statement, self.household)
            account = account or (found.profile.account if found.profile else None)
            if account is None:
                raise NeedsAnswerError("Which account is this? Say --account.")
            return account

        return account_for

    def _mapping(self, found) -> CsvMapping:
        options, mapping = self.options, found.mapping
        if options["profile"]:
            mapping = self._profile(options["profile"])
        changes = self._columns(options["map"], found.guess.headers)
        if options["skip"] is not None:
            changes["skip"] = options["skip"]
        if options["encoding"]:
            changes["encoding"] = options["encoding"]
        if options["delimiter"]:
            changes["delimiter"] = {"tab": "\t"}.get(options["delimiter"], options["delimiter"])
        if options["day_first"] or options["month_first"]:
            changes["date_format"] = "%d/%m/%Y" if options["day_first"] else "%m/%d/%Y"
        if options["date_format"]:
            changes["date_format"] = options["date_format"]
        if options["decimal"]:
            changes["decimal_mark"] = options["decimal"]
        if options["flip_sign"]:
            changes["flip_sign"] = True
        answered = {*changes, "flip_sign"}
        for question in found.questions if not options["profile"] else ():
            if question.field not in answered:
                raise NeedsAnswerError(f"{question.text} Say --day-first or --month-first.")
        return mapping.with_changes(**changes)

    def _profile(self, text: str) -> CsvMapping:
        if text.endswith(".json"):
            return CsvMapping.from_json(json.loads(Path(text).read_text()))
        profile = ImportProfile.objects.filter(household=self.household, name=text).first()
        if profile is None:
            raise NeedsAnswerError(f"There is no mapping named “{text}”.")
        return CsvMapping.from_json(profile.mapping)

    def _columns(self, text: str, headers: list[str]) -> dict:
        changes = {}
        names = {header.casefold(): number for number, header in enumerate(headers)}
        for pair in filter(None, text.split(",")):
            role, _, column = pair.partition("=")
            role = {"memo": "notes", "external_id": "id"}.get(role, role)
            if role not in _ROLES.split() and role != "description":
                raise CommandError(f"“{role}” is not a role.")
            number = int(column) - 1 if column.isdigit() else names.get(column.casefold())
            if number is None:
                raise CommandError(f"The file has no column “{column}”.")
            changes[role] = (number,) if role == "description" else number
        if "amount" in changes:
            changes = {"debit": None, "credit": None, "flag": None, **changes}
        elif {"debit", "credit"} & changes.keys():
            changes = {"amount": None, "flag": None, **changes}
        return changes

    def _progress(self, done: int) -> None:
        self.stderr.write(f"\r{done:>9,} lines", ending="")

    def _report(self, name: str, summary: Summary) -> None:
        for problem in summary.problems:
            self.stderr.write(f"{name}:{problem.line}: {problem.reason}: {problem.raw}")
        facts = {
            "file": name,
            "new": summary.added,
            "duplicate": summary.duplicates,
            "probable": summary.counts["probable"],
            "settled": summary.counts["settles"],
            "left_out": summary.left_out,
            "error": summary.rejected,
            "first": str(summary.first or ""),
            "last": str(summary.last or ""),
            "in": str(to_decimal(summary.money_in, summary.currency)),
            "out": str(to_decimal(summary.money_out, summary.currency)),
            "total": str(to_decimal(summary.money_in + summary.money_out, summary.currency)),
            "currency": summary.currency,
            "batch": summary.batch.pk if summary.batch and not self.options["dry_run"] else None,
        }
        if self.options["json"]:
            self.stdout.write(json.dumps(facts))
            return
        self.stdout.write(
            f"{name}: new {summary.added}, duplicate {summary.duplicates}, "
            f"probable {facts['probable']}, settled {facts['settled']}, error {summary.rejected}; "
            f"{facts['first']}..{facts['last']}; in {facts['in']}, out {facts['out']}, "
            f"total {facts['total']} {summary.currency}"
            + (" (dry run)" if self.options["dry_run"] else "")
        )
