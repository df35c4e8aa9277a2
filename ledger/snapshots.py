"""Transactions as plain data: what history keeps, what the trash holds, what undo brings back.

A snapshot is a JSON object of a whole transaction: every fact of FIELDS by column name (dates as
ISO text), "tags" (sorted ids) and "parts" (a list of {"id", "amount", "category_id", "payee_id",
"notes", "tags"}). Amounts are minor units of the account's currency. A snapshot in the trash also
has "partner_id", the other leg of its transfer, and "refund_ids", the refunds that paid it back.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ledger.models import Transaction, TransactionTag

FIELDS = (
    "account_id",
    "date",
    "amount",
    "status",
    "description",
    "payee_id",
    "category_id",
    "notes",
    "is_split",
    "transfer_id",
    "refund_of_id",
    "reconciliation_id",
    "source",
    "batch_id",
    "external_id",
    "content_key",
    "occurrence",
    "sorted_by",
    "certainty",
    "needs_review",
)
YOUNGER = {"sorted_by": 0, "certainty": None, "needs_review": False}
"""Fields that older snapshots do not have, and what they mean there."""
PART_FIELDS = ("id", "amount", "category_id", "payee_id", "notes")

CHUNK = 2000
"""How many ids go into one query."""


def take(ids: Iterable[int]) -> dict[int, dict]:
    """Snapshots of the whole transactions (no parts) among `ids`; three queries a CHUNK."""
    wanted = list(ids)
    taken: dict[int, dict] = {}
    for start in range(0, len(wanted), CHUNK):
        taken.update(_take_chunk(wanted[start : start + CHUNK]))
    return taken


def _take_chunk(ids: list[int]) -> dict[int, dict]:
    rows = {
        row["id"]: row
        for row in Transaction.objects.filter(pk__in=ids, parent=None).values("id", *FIELDS)
    }
    parts = defaultdict(list)
    split_ids = [pk for pk, row in rows.items() if row["is_split"]]
    if split_ids:
        for part in (
            Transaction.objects.filter(parent__in=split_ids)
            .order_by("pk")
            .values("parent_id", *PART_FIELDS)
        ):
            parts[part.pop("parent_id")].append(part)
    part_ids = [part["id"] for group in parts.values() for part in group]
    tags = defaultdict(list)
    for transaction_id, tag_id in (
        TransactionTag.objects.filter(transaction__in=[*rows, *part_ids])
        .order_by("tag_id")
        .values_list("transaction_id", "tag_id")
    ):
        tags[transaction_id].append(tag_id)
    for pk, row in rows.items():
        del row["id"]
        row["date"] = row["date"].isoformat()
        row["tags"] = tags[pk]
        row["parts"] = [{**part, "tags": tags[part["id"]]} for part in parts[pk]]
    return rows


def chunks(pairs: Iterable[tuple[int, int | None]]) -> Iterator[list[int]]:
    """Ids in lists of about CHUNK, from (id, transfer id) in the order of the transfers.

    Both legs of a transfer come in one list, so that no chunk sees half of it.
    """
    chunk: list[int] = []
    last = None
    for pk, transfer_id in pairs:
        if len(chunk) >= CHUNK and (transfer_id is None or transfer_id != last):
            yield chunk
            chunk = []
        chunk.append(pk)
        last = transfer_id
    if chunk:
        yield chunk


def difference(before: dict | None, after: dict | None) -> tuple[dict | None, dict | None]:
    """The two reduced to the facts that differ; a side that is None stays None."""
    if before is None or after is None:
        return before, after
    changed = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in changed}, {key: after[key] for key in changed}


def account_month_of(snapshot: dict, month_of) -> tuple[int, int]:
    """The (account id, month index) that a snapshot counts in."""
    return snapshot["account_id"], month_of(dt.date.fromisoformat(snapshot["date"])).index
