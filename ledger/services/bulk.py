"""Write many new transactions at the speed of the database: COPY, or executemany on SQLite."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection
from django.utils import timezone


class NewRow(NamedTuple):
    """The columns of a new whole transaction, in the order of the statements below."""

    household_id: int
    account_id: int
    date: dt.date
    month: int
    amount: int
    status: int
    description: str
    payee_id: int | None
    category_id: int | None
    notes: str
    source: str
    batch_id: int | None
    external_id: str
    content_key: int | None
    occurrence: int
    search_text: str
    source_digest: int | None = None
    sorted_by: int = 0
    certainty: int | None = None
    needs_review: bool = False


_TAIL = ("is_split", "version", "created_at")
_COLUMNS = ", ".join((*NewRow._fields, *_TAIL))


def insert_rows(rows: Sequence[NewRow]) -> None:
    """Insert `rows` inside the caller's transaction. Totals and history are the caller's.

    A sequence, because COPY keeps the connection to itself: nothing may query while it runs.

    Raises django.db's errors (IntegrityError when a row breaks a constraint), as all queries do.
    """
    now = timezone.now()
    if connection.vendor == "postgresql":
        tail = (False, 1, now)
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(f"COPY ledger_transaction ({_COLUMNS}) FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row + tail)
        return
    holes = ", ".join(["?"] * (len(NewRow._fields) + len(_TAIL)))
    stamp = now.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=" ")
    tail = (False, 1, stamp)
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.cursor.executemany(
            f"INSERT INTO ledger_transaction ({_COLUMNS}) VALUES ({holes})",  # noqa: S608 names of ours
            (row[:2] + (row.date.isoformat(),) + row[3:] + tail for row in rows),
        )


def join_legs(legs: Sequence[tuple[int, int]]) -> None:
    """Make transactions legs of transfers: (transfer id, transaction id). The rest is the caller's."""
    with connection.cursor() as cursor:
        cursor.executemany("UPDATE ledger_transaction SET transfer_id = %s WHERE id = %s", legs)


def refresh_statistics() -> None:
    """Tell SQLite's planner how the rows are spread, after many came in (20 ms at 300,000 rows).

    Without it a rare word is found in the search index and then looked for along the whole list.
    PostgreSQL does this by itself.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE ledger_transaction")
