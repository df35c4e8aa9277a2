"""Our own JSON export, back in: docs/reference/export-json.md has the schema.

The book is exact: rows come as they are, with their states, refunds and the ids by which banks and
files know them. Every row is identified by its household's code and its number there, so that the
export adds nothing where it came from.
"""

import datetime as dt
import re
import uuid
from collections import Counter
from typing import Any

from core.money import MAX_MINOR
from imports.parsers.base import MAX_ROWS, UnreadableFile, check_size
from imports.parsers.text import storable
from imports.programs.book import (
    CODES,
    PENDING,
    RECONCILED,
    Book,
    BookPart,
    BookTransaction,
    Builder,
)
from imports.programs.ynab_json import load_json
from ledger.own_id import own_id

name = "housebook"
label = "Housebook"

FORMAT, VERSION = "housebook-export", 1
MAX_TEXT = 100_000
MAX_ID = 255
_MARK = re.compile(rb'"format"\s*:\s*"housebook-export"')
_KINDS = frozenset("current savings credit_card cash loan investment property".split())
_STATES = {"pending": PENDING, "booked": "", "reconciled": RECONCILED}


def score(head: bytes, filename: str) -> int | None:
    """By what it says of itself."""
    is_object = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return 99 if is_object and _MARK.search(head) else None


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """The whole export. Raises UnreadableFile."""
    check_size(data)
    whole = load_json(data)
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise UnreadableFile("This JSON file is no export of Housebook.")
    version = whole.get("version")
    if version != VERSION:
        raise UnreadableFile(
            f"Only version {VERSION} of this export can be read. A newer Housebook wrote this file?"
        )
    build = Builder(name, currency)
    build.book.is_exact = True
    _Reader(build, whole).read()
    return build.finish()


class _Wrong(ValueError):
    """What cannot be read; the text says what."""


class _Reader:
    """Fills a Builder. A list with damage in it refuses the file, a transaction becomes a problem."""

    def __init__(self, build: Builder, whole: dict) -> None:
        self.build, self.whole = build, whole
        self.accounts: dict[int, str] = {}
        self.categories: dict[int, tuple[str, str]] = {}
        self.payees: dict[int, str] = {}
        self.tags: dict[int, str] = {}
        self.seen: set[int] = set()
        self.left_out: set[int] = set()

    def read(self) -> None:
        """Read everything. Raises UnreadableFile."""
        household = self.whole.get("household")
        try:
            self.code = uuid.UUID(household["code"])
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise UnreadableFile("household: the code cannot be read.") from error
        self.build.book.home = self.code.hex
        groups = {pk: (_name(one), _kind(one)) for pk, one in self._named("groups")}
        for pk, one in self._named("categories"):
            group = groups.get(one["group"]) if _is_id(one.get("group")) else None
            if group is None:
                raise UnreadableFile(f"categories, id {pk}: its group is not in the file.")
            self.categories[pk] = self.build.category(
                _name(one),
                group[0],
                is_income=group[1] == "income",
                is_archived=one.get("is_archived") is True,
            )
        self.tags = {pk: _name(one) for pk, one in self._named("tags")}
        self.build.book.tags = list(self.tags.values())
        self.payees = {pk: _name(one) for pk, one in self._named("payees")}
        self._read_accounts()
        rows = self._list("transactions")
        if len(rows) > MAX_ROWS:
            raise UnreadableFile(f"This file has more than {MAX_ROWS:,} transactions.")
        for number, one in enumerate(rows, 1):
            try:
                self.build.add(self._row(one, number))
            except _Wrong as error:
                self.build.problem(number, str(error), _quoted(one))

    def _list(self, key: str) -> list:
        found = self.whole.get(key)
        if not isinstance(found, list):
            raise UnreadableFile(f"{key}: this list is missing.")
        return found

    def _named(self, key: str) -> list[tuple[int, dict]]:
        """Id and object of a list whose things all have an id and a name."""
        found: dict[int, dict] = {}
        for number, one in enumerate(self._list(key), 1):
            pk = one.get("id") if isinstance(one, dict) else None
            if not _is_id(pk) or pk in found:
                raise UnreadableFile(f"{key}, number {number}: the id is missing or stands twice.")
            if not isinstance(one.get("name"), str):
                raise UnreadableFile(f"{key}, number {number}: the name is missing.")
            found[pk] = one
        return list(found.items())

    def _read_accounts(self) -> None:
        self._warn_of_gaps()
        equal: Counter[str] = Counter()
        for pk, one in self._named("accounts"):
            title = _name(one)
            equal[title] += 1
            currency, opening = one.get("currency"), one.get("opening_balance", 0)
            if not isinstance(currency, str) or currency not in CODES:
                raise UnreadableFile(f"accounts, id {pk}: the currency is not known.")
            if not _is_amount(opening):
                raise UnreadableFile(f"accounts, id {pk}: the opening balance cannot be read.")
            try:
                opened, closed = _day_or_none(one, "opened_on"), _day_or_none(one, "closed_on")
            except _Wrong as error:
                raise UnreadableFile(f"accounts, id {pk}: {error}.") from error
            # Two accounts may have one name.
            self.accounts[pk] = free = title if equal[title] == 1 else f"{title} ({pk})"
            if one.get("is_selected") is False:
                self.left_out.add(pk)
                continue
            kind = one.get("kind")
            self.build.account(
                free,
                currency,
                kind_hint=kind if isinstance(kind, str) and kind in _KINDS else "current",
                opening_balance=opening,
                opened_on=opened,
                is_closed=closed is not None,
                closed_on=closed,
                is_off_budget=one.get("is_off_budget") is True,
                number=_text(one, "number")[:64],
                institution=_text(one, "institution")[:80],
                title=title,
                home_id=pk,
            )

    def _warn_of_gaps(self) -> None:
        selection = self.whole.get("selection")
        facts = selection if isinstance(selection, dict) else {}
        if facts.get("is_complete") is not True or facts.get("from") is not None:
            self.build.warn(
                "This export is a part of a household: balances are those of its rows alone."
            )

    def _row(self, one: Any, number: int) -> BookTransaction:
        """One transaction. Raises _Wrong."""
        if not isinstance(one, dict):
            raise _Wrong("this is no transaction")
        pk = one.get("id")
        if not _is_id(pk) or pk in self.seen:
            raise _Wrong("the id is missing or stands twice")
        self.seen.add(pk)
        account = _found(self.accounts, one.get("account"), "account")
        if account is None or one.get("account") in self.left_out:
            raise _Wrong("the account is missing")
        parts = one.get("parts") or ()
        if not isinstance(parts, list | tuple):
            raise _Wrong("the parts cannot be read")
        status = one.get("status")
        if not isinstance(status, str) or status not in _STATES:
            raise _Wrong("the status is not known")
        row = BookTransaction(
            account=account,
            date=_day_or_none(one, "date") or _missing("date"),
            description=_text(one, "description"),
            parts=tuple(BookPart(**self._facts(part)) for part in parts),
            status=_STATES[status],
            external_id=own_id(self.code, pk),
            refund_of=self._own(one.get("refund_of"), "refund_of"),
            known_as=_keys(one),
            line=number,
            **self._transfer(one.get("transfer")),
            **self._facts(one),
        )
        if parts and sum(part.amount for part in row.parts) != row.amount:
            raise _Wrong("the parts do not add up to it")
        return row

    def _facts(self, one: Any) -> dict[str, Any]:
        """What a transaction and a part of one have in common. Raises _Wrong."""
        if not isinstance(one, dict) or not _is_amount(one.get("amount")):
            raise _Wrong("the amount cannot be read")
        tags = one.get("tags") or []
        if not isinstance(tags, list):
            raise _Wrong("the tags cannot be read")
        category, group = _found(self.categories, one.get("category"), "category") or ("", "")
        return {
            "amount": one["amount"],
            "payee": _found(self.payees, one.get("payee"), "payee") or "",
            "category": category,
            "group": group,
            "notes": _text(one, "notes"),
            "tags": tuple(filter(None, (_found(self.tags, tag, "tag") for tag in tags))),
        }

    def _transfer(self, one: Any) -> dict[str, str]:
        if one is None:
            return {}
        if not isinstance(one, dict) or not _is_id(one.get("id")):
            raise _Wrong("the transfer cannot be read")
        other = _found(self.accounts, one.get("account"), "account of the transfer")
        return {"transfer_id": f"{one['id']}", "transfer_account": other or ""}

    def _own(self, pk: Any, what: str) -> str:
        if pk is None:
            return ""
        if not _is_id(pk):
            raise _Wrong(f"{what} cannot be read")
        return own_id(self.code, pk)


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 < value < 10**18


def _is_amount(value: Any) -> bool:
    return type(value) is int and abs(value) <= MAX_MINOR


def _name(one: dict) -> str:
    return " ".join(storable(one["name"]).split())[:120] or "?"


def _kind(one: dict) -> str:
    return "income" if one.get("kind") == "income" else "expense"


def _text(one: dict, key: str) -> str:
    """A text, "" for none. Raises _Wrong."""
    value = one.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise _Wrong(f"the {key} cannot be read")
    return storable(value)


def _day_or_none(one: dict, key: str) -> dt.date | None:
    """A day, None for none. Raises _Wrong."""
    value = one.get(key)
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _Wrong(f"the day {key} cannot be read") from error


def _missing(key: str) -> dt.date:
    raise _Wrong(f"the {key} is missing")


def _found(known: dict[int, Any], pk: Any, what: str) -> Any:
    """What the file says of an id; None for none. Raises _Wrong for an id that it does not have."""
    if pk is None:
        return None
    if not _is_id(pk) or pk not in known:
        raise _Wrong(f"the {what} is not in the file")
    return known[pk]


def _keys(one: dict) -> tuple[tuple[str, str], ...]:
    """Source and id by which files and banks know a row. Raises _Wrong."""
    others = one.get("known_as") or []
    if not isinstance(others, list):
        raise _Wrong("known_as cannot be read")
    keys = []
    for each in (one, *others):
        if not isinstance(each, dict):
            raise _Wrong("known_as cannot be read")
        source, key = _text(each, "source"), _text(each, "external_id")
        if key and len(key) <= MAX_ID:
            keys.append((source, key))
    return tuple(dict.fromkeys(keys))


def _quoted(one: Any) -> str:
    """Enough of a transaction to find it by."""
    if not isinstance(one, dict):
        return ""
    facts = (one.get(key) for key in ("id", "date", "amount", "description"))
    return " ".join(str(fact)[:100] for fact in facts if isinstance(fact, int | str))
