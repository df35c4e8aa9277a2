"""The wizard's jobs for what other programs export: what was found, where it goes, what would come.

Such a job has the program in its options; the states, the queue and the undo are those of
`imports.services.jobs`.
"""

import datetime as dt
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from accounts.models import Household, User
from imports.errors import ImportRefusedError
from imports.models import ImportJob
from imports.parsers.base import UnreadableFile
from imports.programs import registry
from imports.programs.book import Book
from imports.reading import inspect, is_table
from imports.services.moved import Moved
from imports.services.moving import move_in
from imports.services.moving_legs import Leg, legs_of
from imports.services.moving_targets import LEAVE_OUT, OPEN_NEW, Accounts
from ledger.models import Account, ImportBatch
from ledger.services.matching import Outcome
from ledger.statement_line import Problem

NEW, OUT = "new", "out"
"""Answers to where an account goes, beside the number of one that is here."""
MAX_ACCOUNTS = 300
PROBLEMS_KEPT = 200


def start(
    *, household: Household, by: User, upload: UploadedFile, data: bytes, program: str, account=None
) -> ImportJob:
    """Keep the export of `program` and take stock of it. `account` is where a person wants it.

    Raises UnreadableFile and keeps nothing.
    """
    options = {
        "program": program,
        "currency": account.currency if account else _usual_currency(household),
        "date_order": "",
        "is_table": is_table(data, upload.name),
    }
    book = _book(data, options)
    options |= _stock(household, book, account)
    upload.seek(0)
    return ImportJob.objects.create(
        household=household,
        made_by=by,
        file=upload,
        file_name=upload.name[:200],
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        format=program,
        state=ImportJob.State.MAPPING,
        options=options,
        total=options["found"]["rows"],
    )


def _usual_currency(household: Household) -> str:
    """The household's own, unless its accounts all have another."""
    used = list(Account.objects.for_household(household).values_list("currency", flat=True))
    return used[0] if used and household.base_currency not in used else household.base_currency


def read_anew(*, job: ImportJob, currency: str, date_order: str) -> None:
    """Take stock again, with other answers to what the file leaves open. Raises UnreadableFile."""
    options = {**job.options, "currency": currency, "date_order": date_order}
    options.pop("outcome", None)
    options |= _stock(job.household, _book(_content(job), options), None)
    # The question is asked as long as the job lives: an answer can be taken back.
    options["found"]["asks_order"] |= bool(date_order)
    _change(job, state=ImportJob.State.MAPPING, options=options, total=options["found"]["rows"])


def read_as_table(*, job: ImportJob) -> None:
    """The file is no export of the program: go on as with any table. Raises UnreadableFile and
    ImportRefusedError."""
    if not job.options.get("is_table"):
        raise ImportRefusedError(_("This file is no table."))
    found = inspect(_content(job), job.file_name, household=job.household, format="csv")
    options = {
        "account": found.profile.account_id if found.profile else None,
        "mapping": found.mapping.to_json(),
        "fingerprint": found.guess.fingerprint,
    }
    _change(job, state=ImportJob.State.MAPPING, format="csv", options=options, total=0)


def _change(job: ImportJob, **facts) -> None:
    waiting = [ImportJob.State.MAPPING, ImportJob.State.READY]
    changed = ImportJob.objects.filter(pk=job.pk, state__in=waiting)
    if not changed.update(counts={}, error="", **facts):
        raise ImportRefusedError(_("This import is past that step."))
    job.refresh_from_db()


def page_facts(job: ImportJob) -> dict:
    """What the job's pages show beside its options: the program's name, days as days, problems."""
    found = job.options["found"]
    days = [dt.date.fromisoformat(found[key]) for key in ("first", "last") if found[key]]
    outcome = job.options.get("outcome") or {}
    return {
        "program": registry.module(job.options["program"]).label,
        "found": found,
        "span": days,
        "outcome": outcome,
        "warnings": outcome.get("warnings", found["warnings"]),
        "problems": [Problem(*one) for one in found["first_problems"]],
        "known": sum(
            job.counts.get(name, 0)
            for name in (Outcome.DUPLICATE, Outcome.DELETED, Outcome.SETTLES)
        ),
        "probable": job.counts.get(Outcome.PROBABLE, 0),
    }


def checked_targets(job: ImportJob, targets: list[str]) -> list[str]:
    """`targets` has for each account of the book NEW, OUT or the number of one of ours.

    Raises ImportRefusedError when one is no account of the household.
    """
    ours = {
        str(pk)
        for pk in Account.objects.filter(household=job.household).values_list("pk", flat=True)
    }
    if len(targets) != len(job.options["accounts_there"]) or not set(targets) <= {NEW, OUT, *ours}:
        raise ImportRefusedError(_("Choose an account."))
    return targets


def compare(job: ImportJob, progress: Callable[[int], None]) -> tuple[dict, int]:
    """What bringing the book in would do: rows by outcome, and how many there are. Keeps the rest
    in the job's options. Raises UnreadableFile, ImportRefusedError and LedgerError."""
    moved = _move(job, progress, dry_run=True)
    ImportJob.objects.filter(pk=job.pk).update(options={**job.options, "outcome": _outcome(moved)})
    return {str(key): value for key, value in moved.counts.items()}, sum(moved.counts.values())


def bring_in(job: ImportJob, progress: Callable[[int], None]) -> tuple[ImportBatch, dict]:
    """Move the book in; the batch and the rows by outcome. Raises as `compare` does."""
    moved = _move(job, progress, dry_run=False)
    job.options = {**job.options, "outcome": _outcome(moved)}
    return moved.batch, {str(key): value for key, value in moved.counts.items()}


def _move(job: ImportJob, progress: Callable[[int], None], *, dry_run: bool) -> Moved:
    data = _content(job)
    book = _book(data, job.options)
    words = {NEW: OPEN_NEW, OUT: LEAVE_OUT}
    names = [one["name"] for one in job.options["accounts_there"]]
    return move_in(
        household=job.household,
        book=book,
        by=job.made_by,
        account_map={
            name: words.get(target, target)
            for name, target in zip(names, job.options["targets"], strict=True)
        },
        dry_run=dry_run,
        name=job.file_name,
        data=data,
        progress=progress,
    )


def _content(job: ImportJob) -> bytes:
    with job.file.open("rb") as file:
        return file.read()


def _book(data: bytes, options: dict) -> Book:
    book = registry.read(
        options["program"], data, currency=options["currency"], date_order=options["date_order"]
    )
    if len(book.accounts) > MAX_ACCOUNTS:
        raise UnreadableFile(
            f"This book has more than {MAX_ACCOUNTS} accounts. The command import_app reads it."
        )
    return book


def _outcome(moved: Moved) -> dict:
    """What a job remembers of a move."""
    names = "added accounts_made accounts_matched categories payees tags transfers splits left_out"
    facts = {name: getattr(moved, name) for name in names.split()}
    return facts | {"warnings": moved.warnings}


def _stock(household: Household, book: Book, account: Account | None) -> dict:
    """What a job remembers of a book: `found`, `accounts_there` and where each would go."""
    legs = legs_of(book)
    by_account: dict[str, list[Leg]] = defaultdict(list)
    for leg in legs:
        by_account[leg.account].append(leg)
    ids = {name: [leg.external_id for leg in some] for name, some in by_account.items()}
    here = Accounts(household, book, None).propose(ids)
    if account and len(book.accounts) == 1 and book.accounts[0].currency == account.currency:
        here[book.accounts[0].name] = account
    days = [leg.date for leg in legs]
    there = [
        {
            "name": one.name,
            "title": one.title or one.name,
            "currency": one.currency or household.base_currency,
            "kind": one.kind_hint,
            "rows": len(by_account[one.name]),
            "balance": one.opening_balance + sum(leg.amount for leg in by_account[one.name]),
        }
        for one in book.accounts
    ]
    sides = Counter(leg.transfer for leg in legs if leg.transfer)
    found = {
        "rows": len(legs),
        "first": str(min(days)) if days else "",
        "last": str(max(days)) if days else "",
        "categories": len(book.categories),
        "transfers": sum(count == 2 for count in sides.values()),
        "splits": sum(bool(leg.parts) for leg in legs),
        "budgets": len(book.budgets),
        "asks_order": bool(book.questions),
        "asks_currency": book.program in registry.SILENT,
        "warnings": book.warnings,
        "problems": len(book.problems),
        "first_problems": [list(problem) for problem in book.problems[:PROBLEMS_KEPT]],
    }
    targets = [str(here[one.name].pk) if here[one.name] else NEW for one in book.accounts]
    return {"found": found, "accounts_there": there, "targets": targets}
