"""The watched folder of a server: files that are put there come in by themselves.

`IMPORT_FOLDER/<household code>/<account>/statement.csv` goes into that account and then to `done/`
or `failed/` beside it, with a text that says what came of it. Nothing is written down in between:
a file that a crash left behind comes in again, and what is known adds nothing. Links are never
followed, on no level: whoever may write there could point them anywhere.
"""

import fcntl
import logging
import os
import stat
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import DatabaseError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Household, Role
from imports.errors import ImportRefusedError, NeedsAnswerError
from imports.kinds import FOLDER_FAILED
from imports.models import ImportJob
from imports.parsers.base import MAX_BYTES, Statement, UnreadableFile
from imports.parsers.csv_mapping import MappingError
from imports.reading import account_of, find_account, inspect, read
from imports.services.files import Summary, import_file
from imports.services.staging import groups_of
from ledger.errors import LedgerError
from ledger.models import Account
from notifications.services.notify import notify

logger = logging.getLogger(__name__)

QUIET = 10
"""Seconds without a change, after which a file is taken to be whole."""
UNFINISHED = (".part", ".partial", ".crdownload", ".tmp", ".download", "~")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_REFUSALS = (UnreadableFile, MappingError, ImportRefusedError, LedgerError)


@dataclass(frozen=True)
class Taken:
    """What came of one file."""

    path: str
    """Below the folder: household, account, file."""
    is_done: bool
    text: str


def import_folder(folder: Path, *, now: float | None = None) -> Iterator[Taken]:
    """Import what lies in the folder, household by household, and say what came of each file.

    A household that another worker is busy with is left to it. `now` is a Unix time.
    """
    now = time.time() if now is None else now
    with _opened(str(folder)) as root:
        for code in _names(root, stat.S_ISDIR):
            household = _household(code)
            if household is None:
                continue
            with _opened(code, root) as place, _locked(place) as is_ours:
                if is_ours:
                    for name in _names(place, stat.S_ISDIR):
                        with _opened(name, place) as within:
                            yield from _account_folder(household, name, within, now)


def make_folders(folder: Path, household: Household) -> list[Path]:
    """Make a folder for every open account, by its name or else its number."""
    made = []
    for account in Account.objects.for_household(household).open():
        for name in (account.name, account.number):
            if name and "/" not in name and not name.startswith("."):
                path = folder / str(household.code) / name
                path.mkdir(mode=0o750, parents=True, exist_ok=True)
                made.append(path)
                break
    return made


@contextmanager
def _opened(name: str, within: int | None = None) -> Iterator[int]:
    flags = os.O_RDONLY | os.O_DIRECTORY if within is None else _DIRECTORY
    directory = os.open(name, flags, dir_fd=within)
    try:
        yield directory
    finally:
        os.close(directory)


@contextmanager
def _locked(directory: int) -> Iterator[bool]:
    """Is nobody else at work here? The lock goes with the process, so a crash leaves none."""
    try:
        fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
        return
    yield True


def _names(directory: int, kind) -> list[str]:
    """What of one kind is in a directory, in the order of names; hidden and unfinished apart."""
    found = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED):
                continue
            if kind(entry.stat(follow_symlinks=False).st_mode):
                found.append(entry.name)
    return sorted(found)


def _household(code: str) -> Household | None:
    try:
        return Household.objects.filter(code=uuid.UUID(code)).first()
    except ValueError:
        return None


def _account_folder(household, name: str, within: int, now: float) -> Iterator[Taken]:
    ripe = [
        file_name
        for file_name in _names(within, stat.S_ISREG)
        # The time of the last change of any kind: copying keeps the time of the last writing.
        if now - os.stat(file_name, dir_fd=within, follow_symlinks=False).st_ctime >= QUIET
    ]
    if not ripe:
        return
    try:
        # Before anything comes in: what cannot be put away would come again every minute.
        with _made("done", within) as done, _made("failed", within) as failed:
            for file_name in ripe:
                if taken := _one_file(household, name, file_name, within, done, failed):
                    yield taken
    except OSError as error:
        logger.warning("import folder: %s waits (%s)", household.code, type(error).__name__)


@contextmanager
def _made(name: str, within: int) -> Iterator[int]:
    with suppress(FileExistsError):
        os.mkdir(name, 0o750, dir_fd=within)
    with _opened(name, within) as directory:
        yield directory


def _one_file(household, name, file_name, within, done, failed) -> Taken | None:
    try:
        is_done, text = _take(household, name, file_name, within)
        if not is_done:
            _tell(household, file_name, within, text)
    except DatabaseError as error:
        # Not the file's fault: it stays where it is for the next round.
        logger.warning("import folder: %s waits (%s)", household.code, type(error).__name__)
        return None
    _put_away(file_name, within, done if is_done else failed, text)
    state = "done" if is_done else "failed"
    logger.info("import folder: %s, one file %s", household.code, state)
    return Taken(f"{household.code}/{name}/{file_name}", is_done, text)


def _tell(household: Household, file_name: str, within: int, text: str) -> None:
    """Tell those who may write that a file did not come in; once, should it come up again after a
    crash: until it is put away it is the same file with the same last change."""
    found = os.stat(file_name, dir_fd=within, follow_symlinks=False)
    notify(
        household=household,
        kind=FOLDER_FAILED.code,
        key=f"{FOLDER_FAILED.code}:{found.st_dev}:{found.st_ino}:{found.st_ctime_ns}",
        params={"file": file_name[:200], "error": text[:500]},
        url=reverse("imports:job_list"),
        roles=[Role.OWNER, Role.EDITOR],
    )


def _take(household: Household, name: str, file_name: str, within: int) -> tuple[bool, str]:
    """Import one file. Returns whether it came in, and what to say."""
    try:
        account = find_account(household, name)
        if account is None:
            raise NeedsAnswerError(
                _("“%(name)s” is no account of this household.") % {"name": name}
            )
        return True, _words(_import(household, account, file_name, _content(within, file_name)))
    except _REFUSALS as error:
        return False, str(error) or _("This file cannot be imported.")
    except (DatabaseError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 one file must not stop all others
        logger.error("import folder: %s breaks (%s)", household.code, type(error).__name__)  # noqa: TRY400 the traceback holds contents
        return False, _("This file cannot be imported: an error of Housebook's.")


def _content(within: int, file_name: str) -> bytes:
    handle = os.open(file_name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=within)
    with os.fdopen(handle, "rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise UnreadableFile(_("This file is too large."))
    return data


def _import(household: Household, account: Account, file_name: str, data: bytes) -> Summary:
    found = inspect(data, file_name, household=household, currency=account.currency)
    if found.questions:
        raise NeedsAnswerError(
            f"{found.questions[0].text} "
            + _("Import one such file in the browser: its answers are remembered.")
        )
    parsed = read(data, found.format, found.mapping, account.currency)
    is_one = len(set(groups_of(parsed.statements))) < 2

    def account_for(statement: Statement) -> Account:
        known = account_of(statement, household)
        if known is None and not is_one:
            raise NeedsAnswerError(
                _("This file has several accounts: give each its number in Housebook first.")
            )
        return known or account

    with atomic():
        summary = import_file(
            data=data, name=file_name, parsed=parsed, account_for=account_for, by=None
        )
        _list(household, file_name, data, found.format, summary)
    return summary


def _list(household: Household, file_name: str, data: bytes, format: str, summary: Summary) -> None:
    """Show it among the imports, where people can look at it and undo it."""
    if summary.batch is None:
        return
    ImportJob.objects.create(
        household=household,
        file_name=file_name[:200],
        sha256=summary.batch.sha256,
        size=len(data),
        format=format,
        state=ImportJob.State.DONE,
        counts={str(key): count for key, count in summary.counts.items()},
        batch=summary.batch,
    )


def _words(summary: Summary) -> str:
    counts = _(
        "%(new)s new, %(known)s here already, %(probable)s probably, %(wrong)s could not be read."
    ) % {
        "new": summary.added,
        "known": summary.duplicates,
        "probable": summary.counts["probable"],
        "wrong": summary.rejected,
    }
    lines = [f"{problem.line}: {problem.reason}" for problem in summary.problems]
    return "\n".join([counts, *lines])


def _put_away(file_name: str, within: int, target: int, text: str) -> None:
    """Move a file out of the way, under a name that is free, and write down what came of it."""
    with os.scandir(target) as entries:
        taken = {entry.name for entry in entries}
    stem, dot, ending = file_name.rpartition(".")
    free, count = file_name, 1
    while {free, f"{free}.txt"} & taken:
        count += 1
        free = f"{stem}-{count}{dot}{ending}" if stem else f"{file_name}-{count}"
    os.rename(file_name, free, src_dir_fd=within, dst_dir_fd=target)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    note = os.open(f"{free}.txt", flags, 0o640, dir_fd=target)
    with os.fdopen(note, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
