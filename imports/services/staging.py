"""Lines between the file and the ledger: staged when a job is read, restored when it is posted."""

from collections import Counter
from collections.abc import Callable, Iterator

from imports.models import ImportJob, StagedLine
from imports.parsers.base import Statement
from imports.parsers.csv_mapping import CsvMapping
from imports.reading import checked, read
from ledger.models import Account
from ledger.services.statements import Matcher
from ledger.statement_line import LinePart, Problem, StatementLine

PROBLEM = "problem"
CHUNK = 5000


def groups_of(statements: list[Statement]) -> list[int]:
    """The number of the account that each statement belongs to, from 0.

    Statements with the same key and currency are of one account (a zip of daily CAMT files); one
    without a key stands alone.
    """
    known: dict[tuple[str, str], int] = {}
    groups: list[int] = []
    count = 0
    for statement in statements:
        name = (statement.key, statement.currency)
        group = known.get(name) if statement.key else None
        if group is None:
            group, count = count, count + 1
            known[name] = group
        groups.append(group)
    return groups


def stage(job: ImportJob, progress: Callable[[int], None]) -> tuple[dict, int]:
    """Read the job's file and keep every line with its outcome, in place of what was kept before.

    Returns how many lines have which outcome, and how many there are. Raises UnreadableFile,
    MappingError, ImportRefusedError and LedgerError.
    """
    mapping, chosen = job.options.get("mapping"), job.options["accounts"]
    accounts = Account.objects.in_bulk(chosen)
    with job.file.open("rb") as file:
        parsed = read(
            file.read(),
            job.format,
            CsvMapping.from_json(mapping) if mapping else None,
            accounts[chosen[0]].currency,
        )
    StagedLine.objects.filter(job=job)._raw_delete("default")
    # What the person was shown; a job from before there were groups has none.
    groups = job.options.get("groups") or range(len(parsed.statements))
    matchers: dict[int, Matcher] = {}
    stager = _Stager(job, progress)
    for number, statement in enumerate(parsed.statements):
        part = min(groups[number], len(chosen) - 1)
        account = accounts[chosen[part]]
        matcher = matchers.setdefault(part, Matcher(account, job.format))
        chunk: list = []
        for entry in checked(statement, account):
            chunk.append(entry)
            if len(chunk) == CHUNK:
                stager.keep(part, matcher, chunk)
                chunk = []
        stager.keep(part, matcher, chunk)
    return dict(stager.counts), stager.done


class _Stager:
    """Writes chunks of entries and counts them."""

    def __init__(self, job: ImportJob, progress: Callable[[int], None]) -> None:
        self.job, self.progress = job, progress
        self.counts: Counter[str] = Counter()
        self.done = 0

    def keep(self, part: int, matcher: Matcher, chunk: list) -> None:
        lines = [entry for entry in chunk if isinstance(entry, StatementLine)]
        rows = [self._row(part, match) for match in matcher.match(lines)]
        rows += [
            StagedLine(
                job=self.job,
                part=part,
                line=entry.line,
                outcome=PROBLEM,
                description=entry.raw,
                reason=entry.reason[:300],
            )
            for entry in chunk
            if isinstance(entry, Problem)
        ]
        StagedLine.objects.bulk_create(rows, batch_size=1000)
        self.counts.update(str(row.outcome) for row in rows)
        self.done += len(chunk)
        self.progress(self.done)

    def _row(self, part: int, match) -> StagedLine:
        line = match.line
        return StagedLine(
            job=self.job,
            part=part,
            line=line.line,
            date=line.date,
            amount=line.amount,
            description=line.description,
            payee=line.payee,
            external_id=line.external_id,
            pending=line.pending,
            notes=line.notes,
            category=line.category,
            extra=_extra(line),
            outcome=match.outcome,
            transaction_id=match.transaction_id or None,
        )


def _extra(line: StatementLine) -> dict | None:
    """What few lines have: how the source splits them, and where a transfer goes."""
    extra = {}
    if line.parts:
        extra["parts"] = [list(part) for part in line.parts]
    if line.transfer_to:
        extra["transfer_to"] = line.transfer_to
    return extra or None


def choices_of(job: ImportJob, part: int) -> dict[int, bool]:
    """What a person decided, by the number that `lines_of` gives a line."""
    staged = StagedLine.objects.filter(job=job, part=part).exclude(outcome=PROBLEM)
    return dict(staged.exclude(is_wanted=None).values_list("pk", "is_wanted"))


def lines_of(job: ImportJob, part: int) -> Iterator[StatementLine]:
    """The staged lines as they were read, in the order of the file, without those unticked.

    Their `line` is the number of the staged row: files of one archive count their lines alike.
    """
    staged = StagedLine.objects.filter(job=job, part=part).exclude(outcome=PROBLEM)
    rows = staged.exclude(is_wanted=False).order_by("pk")
    names = "pk date amount description payee external_id pending notes category extra".split()
    for row in rows.values_list(*names).iterator(chunk_size=CHUNK):
        number, date, amount, text, payee, external_id, pending, notes, category, extra = row
        extra = extra or {}
        yield StatementLine(
            number,
            date,
            amount,
            text,
            payee,
            external_id,
            pending=pending,
            notes=notes,
            category=category,
            parts=tuple(LinePart(*part) for part in extra.get("parts", ())),
            transfer_to=extra.get("transfer_to", ""),
        )
