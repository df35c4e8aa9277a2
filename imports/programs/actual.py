"""Actual: the zip of "Export data", or the CSV of one or all accounts.

Format: the zip has db.sqlite and metadata.json. As in packages/loot-core of actualbudget/actual:
amounts are integers in hundredths, dates integers 20260115, a removed row has tombstone = 1; a split
is a row with isParent = 1 and rows with isChild = 1 whose parent_id names it; `description` is the
payee; payees and categories that were merged are found through payee_mapping and category_mapping;
a payee with transfer_acct is a transfer, and transferred_id the other leg.
"""

import datetime as dt
from collections import defaultdict

from core.money import exponent
from imports.parsers import archive
from imports.parsers.base import UnreadableFile, check_size
from imports.programs import actual_csv
from imports.programs.book import (
    CODES,
    PENDING,
    Book,
    BookPart,
    BookTransaction,
    Builder,
    clean,
)

name = "actual"
label = "Actual"

_KINDS = {
    "checking": "current", "savings": "savings", "credit": "credit_card", "mortgage": "loan",
    "debt": "loan", "investment": "investment",
}  # fmt: skip


def score(head: bytes, filename: str) -> int | None:
    """A zip with db.sqlite, a database with its tables, or its CSV."""
    if head.startswith(archive.ZIP):
        return 90 if b"db.sqlite" in head or b"metadata.json" in head else None
    if head.startswith(archive.SQLITE):
        return 60 if b"zero_budgets" in head or b"messages_crdt" in head else None
    return actual_csv.score(head)


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """The whole budget. Raises UnreadableFile."""
    check_size(data)
    build = Builder(name, currency, date_order)
    if data.startswith(archive.ZIP):
        whole = archive.Archive(data)
        found = [path for path in whole.names if path.rsplit("/", 1)[-1] == "db.sqlite"]
        if not found:
            raise UnreadableFile("This archive has no db.sqlite, so it is no export of Actual.")
        data = whole.read(found[0])
    if data.startswith(archive.SQLITE):
        with archive.database(data) as connection:
            if not {"accounts", "transactions", "payees"} <= archive.tables(connection):
                raise UnreadableFile("This database is not Actual's.")
            _Database(build, connection).read()
    else:
        actual_csv.read_into(build, data)
    return build.finish()


class _Database:
    def __init__(self, build: Builder, connection) -> None:
        self.build, self.connection = build, connection
        self.accounts: dict[str, str] = {}
        self.categories: dict[str, tuple[str, str]] = {}
        self.payees: dict[str, tuple[str, str]] = {}

    def alive(self, table: str) -> list[dict]:
        return [row for row in archive.rows(self.connection, table) if not row.get("tombstone")]

    def minor(self, amount: object) -> int:
        """Hundredths as minor units; they are hundredths for yen as well. Raises ValueError."""
        if not isinstance(amount, int):
            raise ValueError("not an amount")  # noqa: TRY004 one error for all that is unreadable
        places = exponent(self.build.currency)
        return amount * 10 ** (places - 2) if places >= 2 else round(amount / 10 ** (2 - places))

    def read(self) -> None:
        for row in archive.rows(self.connection, "preferences"):
            if row.get("id") == "defaultCurrencyCode" and row.get("value") in CODES:
                self.build.currency = row["value"]
        for row in archive.rows(self.connection, "accounts"):
            kind = _KINDS.get(str(row.get("type") or "").lower(), "")
            label = clean(row.get("name")) or "Account"
            if row.get("tombstone"):
                continue
            made = self.build.account(
                self._free(label),
                kind_hint=kind,
                is_closed=bool(row.get("closed")),
                is_off_budget=bool(row.get("offbudget")),
            )
            self.accounts[row["id"]] = made.name
        self._names()
        self._transactions()
        self._budgets()

    def _free(self, label: str) -> str:
        """Two accounts may have one name there."""
        number, free = 1, label
        while free in self.accounts.values():
            number += 1
            free = f"{label} ({number})"
        return free

    def _names(self) -> None:
        groups = {row["id"]: row for row in self.alive("category_groups")}
        merged = {
            row["id"]: row.get("transferId")
            for row in archive.rows(self.connection, "category_mapping")
        }
        found = {}
        for row in self.alive("categories"):
            group = groups.get(row.get("cat_group"), {})
            found[row["id"]] = self.build.category(
                str(row.get("name") or ""),
                str(group.get("name") or ""),
                is_income=bool(row.get("is_income")),
            )
        self.categories = {one: found[to] for one, to in merged.items() if to in found} | found
        notes = {row["id"]: row for row in archive.rows(self.connection, "payees")}
        named = {
            one: (clean(row.get("name")), self.accounts.get(row.get("transfer_acct"), ""))
            for one, row in notes.items()
        }
        merged = {
            row["id"]: row.get("targetId") for row in archive.rows(self.connection, "payee_mapping")
        }
        self.payees = named | {one: named[to] for one, to in merged.items() if to in named}

    def _transactions(self) -> None:
        wholes, parts = [], defaultdict(list)
        for number, row in enumerate(archive.rows(self.connection, "transactions"), 1):
            if row.get("tombstone"):
                continue
            if row.get("isChild"):
                parent = row.get("parent_id") or str(row.get("id")).split("/")[0]
                parts[parent].append(row)
                self.build.book.tally["parts"] += 1
            else:
                wholes.append((number, row))
        for group in parts.values():
            group.sort(key=lambda row: -(row.get("sort_order") or 0))
        self.legs = self._pair([row for _, row in wholes], parts)
        for number, row in wholes:
            try:
                made = self._row(number, row, parts.get(row["id"], []))
            except (ValueError, TypeError, KeyError) as error:
                self.build.problem(number, "this transaction cannot be read", f"{error} {row}")
                continue
            if row.get("starting_balance_flag") and made.amount and not made.transfer_account:
                self.build.opening(made)
            else:
                self.build.add(made)

    def _pair(self, wholes: list[dict], parts: dict[str, list[dict]]) -> dict[str, str]:
        rows = {
            row["id"]: row for row in [*wholes, *(one for some in parts.values() for one in some)]
        }
        return {
            one: "+".join(sorted((one, row["transferred_id"])))
            for one, row in rows.items()
            if row.get("transferred_id") in rows
        }

    def _facts(self, row: dict) -> dict:
        amount = self.minor(row.get("amount") or 0)
        payee, target = self.payees.get(row.get("description"), ("", ""))
        category, group = self.categories.get(row.get("category"), ("", ""))
        facts = {"amount": amount, "notes": str(row.get("notes") or "").strip()}
        if target:
            leg = self.legs.get(row["id"], "")
            return facts | {
                "transfer_account": target, "transfer_id": leg, "category": category, "group": group
            }  # fmt: skip
        return facts | {"payee": payee, "category": category, "group": group}

    def _row(self, number: int, row: dict, parts: list[dict]) -> BookTransaction:
        digits = f"{int(row['date']):08d}"
        facts = self._facts(row)
        if parts:
            for gone in ("category", "group", "transfer_account", "transfer_id"):
                facts.pop(gone, None)
        state = "reconciled" if row.get("reconciled") else "cleared" if row.get("cleared") else ""
        return BookTransaction(
            account=self.accounts[row["acct"]],
            date=dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:])),
            description=str(row.get("imported_description") or "").strip(),
            status=PENDING if row.get("pending") else state,
            parts=tuple(BookPart(**self._facts(part)) for part in parts),
            external_id=str(row["id"]),
            line=number,
            **facts,
        )

    def _budgets(self) -> None:
        for table in ("zero_budgets", "reflect_budgets"):
            for row in archive.rows(self.connection, table):
                month, amount = row.get("month"), row.get("amount") or 0
                category, group = self.categories.get(row.get("category"), ("", ""))
                if isinstance(month, int) and isinstance(amount, int) and 1 <= month % 100 <= 12:
                    year = month // 100
                    if 1900 <= year < 2200:
                        day = dt.date(year, month % 100, 1)
                        self.build.budget(day, category, group, self.minor(amount))
