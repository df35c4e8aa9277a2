"""The wizard's jobs: a file from upload to undo. The job's row is the only record of the work."""

import contextlib
import datetime as dt
import hashlib
import logging
from collections import Counter

from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Household, User
from core.queue import enqueue
from imports.errors import ImportRefusedError
from imports.kinds import FAILED
from imports.models import ImportJob, ImportProfile, StagedLine
from imports.parsers.base import UnreadableFile
from imports.parsers.csv_mapping import CsvMapping, MappingError
from imports.reading import Inspection, account_of, inspect, is_table, program_of, read
from imports.services import program_jobs
from imports.services.staging import PROBLEM, choices_of, groups_of, lines_of, stage
from ledger.errors import LedgerError
from ledger.models import Account, ImportBatch
from ledger.services.batches import BatchUndone, undo_batch
from ledger.services.statements import Outcome, post_lines
from ledger.statement_line import Problem
from notifications.services.notify import notify

logger = logging.getLogger(__name__)
State = ImportJob.State
MAX_ATTEMPTS = 3
STALE = dt.timedelta(minutes=2)


def start_job(*, household: Household, by: User, upload: UploadedFile, account=None) -> ImportJob:
    """Keep an uploaded file and look what it is.

    Raises UnreadableFile, and keeps nothing, for a file that no reader takes.
    """
    data = upload.read()
    program = program_of(data, upload.name)
    if program and not _is_known_table(data, upload.name, household):
        return program_jobs.start(
            household=household, by=by, upload=upload, data=data, program=program, account=account
        )
    found = inspect(
        data, upload.name, household=household, currency=account.currency if account else ""
    )
    upload.seek(0)
    options = {"account": account.pk if account else None}
    if found.guess:
        options["mapping"] = found.mapping.to_json()
        options["fingerprint"] = found.guess.fingerprint
        if account is None and found.profile and found.profile.account_id:
            options["account"] = found.profile.account_id
    with atomic():
        job = ImportJob.objects.create(
            household=household,
            made_by=by,
            file=upload,
            file_name=upload.name[:200],
            sha256=hashlib.sha256(data).hexdigest(),
            size=len(data),
            format=found.format,
            state=State.MAPPING,
            options=options,
        )
        if found.guess is None:
            _choose_accounts(job, read(data, found.format, None, household.base_currency))
    return job


def _is_known_table(data: bytes, name: str, household: Household) -> bool:
    """Did somebody say of a file of this shape that it is a table and no program's export?"""
    with contextlib.suppress(UnreadableFile):
        return is_table(data, name) and bool(
            inspect(data, name, household=household, format="csv").profile
        )
    return False


def _choose_accounts(job: ImportJob, parsed) -> None:
    """Propose an account for each account of a file that names them."""
    groups, parts = groups_of(parsed.statements), []
    for number, statement in enumerate(parsed.statements):
        if groups[number] < len(parts):
            parts[groups[number]]["statements"] += 1
            continue
        known = account_of(statement, job.household)
        chosen = known.pk if known else job.options["account"]
        parts.append(
            {
                "number": statement.account_number[-8:],
                "currency": statement.currency,
                "kind": statement.kind_hint,
                "institution": statement.institution,
                "account": chosen,
                "statements": 1,
            }
        )
    job.options["parts"], job.options["groups"] = parts, groups
    job.save(update_fields=["options"])


def inspection(job: ImportJob) -> Inspection:
    """What the job's file is, looked at again."""
    return _inspection(job, job.options.get("reading"))


def _inspection(job: ImportJob, reading: dict | None) -> Inspection:
    with job.file.open("rb") as file:
        data = file.read()
    return inspect(data, job.file_name, household=job.household, format=job.format, reading=reading)


def read_anew(*, job: ImportJob, encoding: str, delimiter: str) -> bool:
    """Read the file's bytes as a person says, and guess columns and mapping from that.

    Returns whether they are others than before: then what was answered about the former ones is
    void. Keeps the fingerprint of the file as it is recognised without help, so that the next one
    of its kind is read as this. Raises UnreadableFile and changes nothing.
    """
    reading = {"encoding": encoding, "delimiter": delimiter}
    before, found = inspection(job).guess, _inspection(job, reading).guess
    is_other = before.headers != found.headers or before.mapping.delimiter != delimiter
    job.options["reading"] = reading
    if is_other:
        job.options["mapping"] = found.mapping.to_json()
    ImportJob.objects.filter(pk=job.pk, state=State.MAPPING).update(options=job.options)
    return is_other


def sample(job: ImportJob, mapping: CsvMapping, currency: str, rows: int = 20):
    """The first entries of the file as `mapping` reads them, and a summary of all of them.

    Raises UnreadableFile and MappingError.
    """
    with job.file.open("rb") as file:
        parsed = read(file.read(), job.format, mapping, currency)
    first, summary = [], Counter()
    span: list[dt.date] = []
    for entry in parsed.statements[0].entries:
        if len(first) < rows:
            first.append(entry)
        if isinstance(entry, Problem):
            summary["problems"] += 1
            continue
        summary["count"] += 1
        summary["in" if entry.amount > 0 else "out"] += entry.amount
        span = [min(span[0], entry.date), max(span[1], entry.date)] if span else [entry.date] * 2
    return first, summary, span


def begin_reading(*, job: ImportJob, accounts: list[int], mapping: CsvMapping | None) -> ImportJob:
    """Queue the reading of the file into `accounts` (one id for each statement).

    Raises ImportRefusedError for a job that is past it or an account of another household.
    """
    known = set(
        Account.objects.filter(household=job.household, closed_on=None).values_list("pk", flat=True)
    )
    if not accounts or not set(accounts) <= known:
        raise ImportRefusedError(_("Choose an account."))
    options = {**job.options, "accounts": accounts}
    if mapping is not None:
        options["mapping"] = mapping.to_json()
    _queue_reading(job, options)
    if mapping is not None:
        _remember(job, mapping, accounts[0])
    job.refresh_from_db()
    return job


def begin_comparing(*, job: ImportJob, targets: list[str]) -> ImportJob:
    """Queue the comparison of a program's book, its accounts going to `targets`.

    Raises ImportRefusedError as `program_jobs.checked_targets`, and for a job that is past it.
    """
    _queue_reading(
        job, {**job.options, "targets": program_jobs.checked_targets(job, targets), "outcome": None}
    )
    job.refresh_from_db()
    return job


def _queue_reading(job: ImportJob, options: dict) -> None:
    now = timezone.now()
    with atomic():
        claimed = ImportJob.objects.filter(
            pk=job.pk, state__in=[State.MAPPING, State.READY]
        ).update(state=State.READING, options=options, heartbeat_at=now, attempts=0, error="")
        if not claimed:
            raise ImportRefusedError(_("This import is past that step."))
        cache.delete(f"import:{job.pk}")
        enqueue("imports.read", job.pk)


def _remember(job: ImportJob, mapping: CsvMapping, account_id: int) -> None:
    ImportProfile.objects.update_or_create(
        household=job.household,
        fingerprint=job.options["fingerprint"],
        defaults={
            "name": job.file_name[:80],
            "mapping": mapping.to_json(),
            "account_id": account_id,
        },
    )


def _claim(pk: int, state: str) -> ImportJob | None:
    """The job, if it still waits for this work and has tries left."""
    now = timezone.now()
    job = (
        ImportJob.objects.select_related("household", "made_by").filter(pk=pk, state=state).first()
    )
    if job is None:
        return None
    if job.attempts >= MAX_ATTEMPTS:
        _fail(job, _("It was tried three times and never ended. Try a smaller file."))
        return None
    ImportJob.objects.filter(pk=pk).update(attempts=job.attempts + 1, heartbeat_at=now)
    return job


def _fail(job: ImportJob, text: str) -> None:
    """Give up, say why on the job's page, and tell whoever uploaded the file."""
    with atomic():
        ImportJob.objects.filter(pk=job.pk).update(state=State.FAILED, error=text[:500])
        if job.made_by is not None:
            notify(
                household=job.household,
                kind=FAILED.code,
                key=f"{FAILED.code}:{job.pk}",
                params={"file": job.file_name, "error": text[:500]},
                url=reverse("imports:job_detail", args=[job.pk]),
                users=[job.made_by],
            )


def is_program(job: ImportJob) -> bool:
    """Is its file the export of another program, not a statement?"""
    return "program" in job.options


def beat(job: ImportJob, done: int) -> None:
    """Say that the work goes on. In the cache: a long transaction hides what it writes."""
    cache.set(f"import:{job.pk}", {"done": done, "at": timezone.now().timestamp()}, timeout=3600)


def progress_of(job: ImportJob) -> int:
    """How many lines are done."""
    live = cache.get(f"import:{job.pk}")
    return live["done"] if live else job.progress


def read_job(pk: int) -> None:
    """Read the file and stage every line with its outcome. Safe to run again: it begins anew."""
    job = _claim(pk, State.READING)
    if job is None:
        return
    look = program_jobs.compare if is_program(job) else stage
    try:
        counts, total = look(job, lambda done: beat(job, done))
    except (UnreadableFile, MappingError, ImportRefusedError, LedgerError) as error:
        if is_program(job) and not isinstance(error, UnreadableFile):
            # Other answers may do.
            ImportJob.objects.filter(pk=pk, state=State.READING).update(
                state=State.MAPPING, error=str(error)[:500]
            )
        else:
            _fail(job, str(error))
        return
    ImportJob.objects.filter(pk=pk, state=State.READING).update(
        state=State.READY, counts=counts, total=total, progress=total
    )


def begin_posting(*, job: ImportJob) -> ImportJob:
    """Queue the import of what was staged. Raises ImportRefusedError for a job in another state."""
    with atomic():
        claimed = ImportJob.objects.filter(pk=job.pk, state=State.READY).update(
            state=State.IMPORTING, heartbeat_at=timezone.now(), attempts=0, progress=0
        )
        if not claimed:
            raise ImportRefusedError(_("This import is past that step."))
        cache.delete(f"import:{job.pk}")
        enqueue("imports.post", job.pk)
    job.refresh_from_db()
    return job


def post_job(pk: int) -> None:
    """Post the staged lines, in one transaction with the job's end: dying half-way leaves nothing,
    and a second run finds the job done."""
    job = _claim(pk, State.IMPORTING)
    if job is None:
        return
    try:
        with atomic():
            _post(job)
    except (UnreadableFile, ImportRefusedError, LedgerError) as error:
        _fail(job, str(error))


def _post(job: ImportJob) -> None:
    # A second worker that was handed the same job waits here, and then finds it done.
    if not list(ImportJob.objects.select_for_update().filter(pk=job.pk, state=State.IMPORTING)):
        return
    if is_program(job):
        job.batch, job.counts = program_jobs.bring_in(job, lambda done: beat(job, done))
    else:
        job.batch, job.counts = _post_lines(job)
    job.state, job.progress = State.DONE, job.total
    job.save(update_fields=["state", "batch", "progress", "counts", "options"])
    StagedLine.objects.filter(job=job)._raw_delete("default")


def _post_lines(job: ImportJob) -> tuple[ImportBatch, dict]:
    """Post what was staged; the batch and the lines by outcome."""
    accounts = Account.objects.select_related("household").in_bulk(job.options["accounts"])
    batch = ImportBatch.objects.create(
        household=job.household,
        source=job.format,
        name=job.file_name,
        sha256=job.sha256,
        made_by=job.made_by,
    )
    counts: Counter[str] = Counter()
    for part, account_id in enumerate(job.options["accounts"]):
        wanted = choices_of(job, part)
        posted = post_lines(
            account=accounts[account_id],
            lines=lines_of(job, part),
            source=job.format,
            by=job.made_by,
            batch=batch,
            decide=lambda match, chosen=wanted: chosen.get(match.line.line, False),
            progress=lambda done: beat(job, done),
        )
        counts.update({str(key): value for key, value in posted.counts.items()})
    rejected = StagedLine.objects.filter(job=job, outcome=PROBLEM).count()
    batch.rejected = rejected
    batch.save(update_fields=["rejected"])
    return batch, {**counts, PROBLEM: rejected}


def choose(*, job: ImportJob, line_ids: list[int], is_wanted: bool) -> int:
    """A person's choice for lines of the preview. Returns how many it was for."""
    return (
        StagedLine.objects.filter(job=job, pk__in=line_ids)
        .exclude(outcome=PROBLEM)
        .exclude(outcome=Outcome.DUPLICATE)
        .update(is_wanted=is_wanted)
    )


def cancel_job(*, job: ImportJob) -> None:
    """Give a job up, with its file and what was staged."""
    done = ImportJob.objects.filter(
        pk=job.pk, state__in=[State.UPLOADED, State.MAPPING, State.READY, State.FAILED]
    ).update(state=State.CANCELLED)
    if done:
        StagedLine.objects.filter(job=job)._raw_delete("default")
        job.file.delete(save=True)


def undo_job(*, job: ImportJob, by: User) -> BatchUndone:
    """Undo what a job imported. Raises NothingToUndoError."""
    undone = undo_batch(batch=job.batch, by=by)
    ImportJob.objects.filter(pk=job.pk).update(state=State.UNDONE)
    return undone


def sweep(now: dt.datetime) -> int:
    """Queue jobs again whose worker died. Returns how many."""
    queued = 0
    for job in ImportJob.objects.filter(
        state__in=[State.READING, State.IMPORTING], heartbeat_at__lt=now - STALE
    ):
        live = cache.get(f"import:{job.pk}")
        if live and now.timestamp() - live["at"] < STALE.total_seconds():
            continue
        name = "imports.read" if job.state == State.READING else "imports.post"
        with atomic():
            ImportJob.objects.filter(pk=job.pk).update(heartbeat_at=now)
            enqueue(name, job.pk)
        logger.warning("import job %s queued again", job.pk)
        queued += 1
    return queued
