"""JSON with everything that a program may want to know: docs/reference/export-json.md has the schema.

VERSION grows when the meaning of something changes; new keys alone do not change it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator

from django.utils import timezone

from core.money import exponent
from ledger.exports.rows import Book, Piece, Row
from ledger.models import Status, Tombstone

FORMAT = "housebook-export"
VERSION = 1


def write(book: Book) -> Iterator[str]:
    """The book as one JSON object, its longest list last."""
    household = book.household
    head = {
        "format": FORMAT,
        "version": VERSION,
        "made_at": timezone.now().isoformat(),
        "household": {
            "code": str(household.code),
            "name": household.name,
            "base_currency": household.base_currency,
            "first_month_day": household.first_month_day,
        },
        "selection": {
            "from": _day(book.first),
            "to": _day(book.last),
            "is_complete": book.is_complete,
        },
        "accounts": _accounts(book),
        "groups": _groups(book),
        "categories": [
            {"id": c.pk, "group": c.group_id, "name": c.name, "is_archived": c.is_archived}
            for c in book.categories.values()
        ],
        "tags": [{"id": tag.pk, "name": tag.name} for tag in book.tags.values()],
    }
    text = json.dumps(head, ensure_ascii=False, indent=1)
    yield text.removesuffix("\n}") + ',\n "payees": ['
    yield from _items({"id": p.pk, "name": p.name} for p in book.payees.iterator())
    yield '],\n "transactions": ['
    keys = _other_keys(book)
    yield from _items(_entry(row, keys) for row in book.rows())
    yield "]\n}\n"


def _items(items: Iterable[dict]) -> Iterator[str]:
    mark = "\n  "
    for item in items:
        yield mark + json.dumps(item, ensure_ascii=False)
        mark = ",\n  "


def _day(day) -> str | None:
    return day.isoformat() if day else None


def _accounts(book: Book) -> list[dict]:
    chosen = {account.pk for account in book.accounts}
    return [
        {
            "id": a.pk,
            "name": a.name,
            "kind": a.kind,
            "currency": a.currency,
            "decimals": exponent(a.currency),
            "opening_balance": a.opening_balance,
            "opened_on": _day(a.opened_on),
            "closed_on": _day(a.closed_on),
            "institution": a.institution,
            "number": a.number,
            "is_off_budget": a.is_off_budget,
            "is_selected": a.pk in chosen,
        }
        for a in book.all_accounts.values()
    ]


def _groups(book: Book) -> list[dict]:
    groups = {c.group_id: c.group for c in book.categories.values()}
    return [{"id": g.pk, "name": g.name, "kind": g.kind} for g in groups.values()]


def _other_keys(book: Book) -> dict[int, list[dict]]:
    """What else files and banks know rows as: of duplicates that were merged, of rows that moved in."""
    graves = Tombstone.objects.filter(
        household=book.household,
        reason=Tombstone.Reason.MERGED,
        survivor_id__isnull=False,
    ).exclude(external_id="")
    found: dict[int, list[dict]] = defaultdict(list)
    for pk, source, key in graves.order_by("pk").values_list(
        "survivor_id", "source", "external_id"
    ):
        found[pk].append({"source": source, "external_id": key})
    return found


def _entry(row: Row, keys: dict[int, list[dict]]) -> dict:
    return {
        "id": row.pk,
        "own_id": row.own_id,
        "account": row.account_id,
        "date": row.date.isoformat(),
        "amount": row.amount,
        "status": Status(row.status).name.lower(),
        "description": row.description,
        "payee": row.payee_id,
        "category": row.category_id,
        "notes": row.notes,
        "tags": list(row.tag_ids),
        "parts": [_part(part) for part in row.parts],
        "transfer": _transfer(row),
        "refund_of": row.refund_of_id,
        "source": row.source,
        "external_id": row.external_id,
        "known_as": keys.get(row.pk, []),
    }


def _part(part: Piece) -> dict:
    return {
        "amount": part.amount,
        "category": part.category_id,
        "payee": part.payee_id,
        "notes": part.notes,
        "tags": list(part.tag_ids),
    }


def _transfer(row: Row) -> dict | None:
    if not row.other:
        return None
    return {
        "id": row.transfer_id,
        "account": row.other.account_id,
        "transaction": row.other.pk,
        "amount": row.other.amount,
        "date": row.other.date.isoformat(),
    }
