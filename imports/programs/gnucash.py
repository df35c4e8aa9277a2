"""GnuCash: its book as XML (plain or gzip, the default) or as SQLite.

Format: gnucash.org's libgnucash/doc/xml/gnucash-v2.rnc and wiki.gnucash.org/wiki/SQL. A transaction
has splits; `value` counts in its currency, `quantity` in the account's commodity, both as numerator
and denominator. Scheduled transactions keep templates that are no transactions: left out.
"""

import datetime as dt
import io
from dataclasses import dataclass
from fractions import Fraction

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from imports.parsers import archive
from imports.parsers.base import UnreadableFile, check_size
from imports.programs.book import CODES, Book, BookTransaction, Builder, clean
from imports.programs.double_entry import CATEGORY, EQUITY, MONEY, OPENING, Entry, Ledger, Posting

name = "gnucash"
label = "GnuCash"

_KINDS = {
    "ASSET": "", "BANK": "", "CASH": "cash", "CREDIT": "credit_card", "LIABILITY": "loan",
    "STOCK": "investment", "MUTUAL": "investment", "RECEIVABLE": "", "PAYABLE": "loan",
    "CURRENCY": "", "CHECKING": "", "SAVINGS": "savings", "MONEYMRKT": "savings",
    "CREDITLINE": "loan",
}  # fmt: skip
OPENING_WORDS = (
    "opening", "starting", "anfangs", "eröffnung", "ouverture", "apertura", "begin", "abertura",
)  # fmt: skip
MAX_DEPTH = 100


def score(head: bytes, filename: str) -> int | None:
    """XML with its namespaces, SQLite with its tables; gzip by name or by what is inside."""
    if head.startswith(archive.GZIP):
        head = archive.first_gunzipped(head)
        if not head:
            return 50 if filename.lower().endswith(".gnucash") else None
    if head.startswith(archive.SQLITE):
        return 60 if b"gnucash" in head.lower() or filename.lower().endswith(".gnucash") else None
    start = head[:4096]
    known = b"<gnc-v2" in start or b"www.gnucash.org" in start or b"<ledger-data>" in start
    return 95 if known else None


@dataclass(slots=True)
class _Account:
    id: str
    title: str = ""
    kind: str = ""
    space: str = ""
    commodity: str = ""
    parent: str = ""
    is_closed: bool = False
    number: str = ""
    is_opening: bool = False
    path: str = ""


@dataclass(slots=True)
class _Split:
    account: str
    value: Fraction
    quantity: Fraction
    memo: str = ""
    state: str = ""


def read(data: bytes, *, currency: str = "", date_order: str = "") -> Book:
    """The whole book. Raises UnreadableFile."""
    check_size(data)
    build = Builder(name, currency)
    reader = _Reader(build)
    if data.startswith(archive.GZIP):
        data = archive.gunzip(data)
    if data.startswith(archive.SQLITE):
        with archive.database(data) as connection:
            if not {"accounts", "transactions", "splits", "commodities"} <= archive.tables(
                connection
            ):
                raise UnreadableFile("This database is not GnuCash's.")
            _read_sql(reader, connection)
    else:
        _read_xml(reader, data)
    reader.ledger.finish()
    return build.finish()


class _Reader:
    """Accounts first, then transactions, from either form."""

    def __init__(self, build: Builder) -> None:
        self.build = build
        self.ledger = Ledger(build)
        self.accounts: dict[str, _Account] = {}
        self.count = 0

    def finish_accounts(self) -> None:
        for account in self.accounts.values():
            names, above, depth = [], account, 0
            while above and above.kind != "ROOT" and depth < MAX_DEPTH:
                names.append(above.title.replace(":", "-") or "?")
                above, depth = self.accounts.get(above.parent), depth + 1
            account.path = ":".join(reversed(names))
            if account.kind in _KINDS:
                self.ledger.facts[account.path] = {
                    "kind_hint": _KINDS[account.kind],
                    "is_closed": account.is_closed,
                    "number": account.number,
                }

    def transaction(self, facts: BookTransaction, code: str, splits: list[_Split]) -> None:
        """Add one; what it cannot be is a problem."""
        self.count += 1
        self.ledger.count(len(splits))
        self.build.book.tally["positive"] += sum(
            max(0, round(split.value * 100)) for split in splits
        )
        if code not in CODES:
            self.build.problem(self.count, f"the currency {code[:20]} is not known", facts.payee)
            return
        made = [self._posting(split, code) for split in splits]
        # Accounts of kind TRADING only balance currencies.
        self.ledger.add(Entry(facts, code, [posting for posting in made if posting]))

    def _posting(self, split: _Split, code: str) -> Posting | None:
        account = self.accounts.get(split.account)
        if account is None:
            self.build.problem(self.count, "a split has no account", split.memo)
            return Posting(EQUITY, "Equity", split.value, code, split.value)
        common = {"path": account.path, "weight": split.value, "notes": split.memo}
        if account.kind in _KINDS:
            if account.space in ("CURRENCY", "ISO4217") and account.commodity in CODES:
                return Posting(MONEY, units=split.quantity, currency=account.commodity, **common)
            # Shares are kept at what was paid for them.
            return Posting(MONEY, units=split.value, currency=code, **common)
        if account.kind in ("INCOME", "EXPENSE"):
            is_income = account.kind == "INCOME"
            return Posting(
                CATEGORY, units=split.value, currency=code, is_income=is_income, **common
            )
        if account.kind == "TRADING":
            return None
        opening = account.is_opening or any(
            word in account.title.casefold() for word in OPENING_WORDS
        )
        return Posting(OPENING if opening else EQUITY, units=split.value, currency=code, **common)


def _fraction(text: str) -> Fraction:
    number, _, denominator = text.partition("/")
    if max(len(number), len(denominator)) > 40:
        raise ValueError("too many digits")
    return Fraction(int(number), int(denominator or 1))


def _state(states: set[str]) -> str:
    return "reconciled" if states == {"y"} else "cleared" if "c" in states or "y" in states else ""


_SPACES = {
    "http://www.gnucash.org/XML/gnc": "gnc", "http://www.gnucash.org/XML/act": "act",
    "http://www.gnucash.org/XML/trn": "trn", "http://www.gnucash.org/XML/split": "split",
    "http://www.gnucash.org/XML/cmdty": "cmdty", "http://www.gnucash.org/XML/ts": "ts",
    "http://www.gnucash.org/XML/slot": "slot",
}  # fmt: skip


def _tag(element) -> str:
    space, _, local = element.tag.rpartition("}")
    prefix = _SPACES.get(space.lstrip("{"), "")
    return f"{prefix}:{local}" if prefix else local


def _texts(element) -> dict[str, str]:
    return {_tag(child): (child.text or "").strip() for child in element}


def _child(element, tag: str):
    return next((child for child in element if _tag(child) == tag), None)


def _slot(element, tag: str, key: str) -> str:
    slots = _child(element, tag)
    for slot in slots if slots is not None else ():
        found = _texts(slot)
        if found.get("slot:key") == key:
            return found.get("slot:value", "")
    return ""


_OLD_PREFIXES = (
    "gnc act book cd cmdty price slot split sx trn ts fs bgt recurrence lot addr owner taxtable tte "
    "invoice entry employee vendor cust job billterm bt-days bt-prox order gnc-act sched schedxaction"
).split()


def _with_namespaces(data: bytes) -> bytes:
    """Before 2.0 it wrote prefixes without declaring them."""
    if b"<gnc-v2>" not in data[:2000]:
        return data
    said = "".join(f' xmlns:{one}="http://www.gnucash.org/XML/{one}"' for one in _OLD_PREFIXES)
    return data.replace(b"<gnc-v2>", f"<gnc-v2{said}>".encode(), 1)


def _read_xml(reader: _Reader, data: bytes) -> None:
    data = _with_namespaces(data)
    transactions = []
    depth, in_templates, seen = 0, 0, False
    try:
        for event, element in iterparse(io.BytesIO(data), events=("start", "end"), forbid_dtd=True):
            tag = _tag(element)
            if event == "start":
                depth += 1
                if depth > MAX_DEPTH:
                    raise UnreadableFile("This XML file is nested too deeply.")
                seen = seen or tag in ("gnc-v2", "gnc:book", "ledger-data")
                if tag == "transaction":
                    raise UnreadableFile(
                        "This book is older than GnuCash 1.8. Save it with a newer one."
                    )
                in_templates += tag == "gnc:template-transactions"
                continue
            depth -= 1
            if tag == "gnc:template-transactions":
                in_templates -= 1
                element.clear()
            elif tag == "gnc:account":
                if not in_templates:
                    _xml_account(reader, element)
                element.clear()
            elif tag == "gnc:transaction":
                if not in_templates:
                    transactions.append(_xml_transaction(element))
                element.clear()
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        if isinstance(error, UnreadableFile):
            raise
        raise UnreadableFile(f"This XML file is damaged: {error}") from error
    if not seen:
        raise UnreadableFile("This XML file is not a book of GnuCash.")
    reader.finish_accounts()
    for number, (facts, raw_splits) in enumerate(transactions, 1):
        _add(reader, number, facts, raw_splits)


def _xml_account(reader: _Reader, element) -> None:
    texts = _texts(element)
    commodity = _child(element, "act:commodity")
    money = _texts(commodity) if commodity is not None else {}
    account = _Account(
        id=texts.get("act:id", ""),
        title=clean(texts.get("act:name")),
        kind=texts.get("act:type", "").upper(),
        space=money.get("cmdty:space", "").upper(),
        commodity=money.get("cmdty:id", ""),
        parent=texts.get("act:parent", ""),
        is_closed=_slot(element, "act:slots", "hidden") == "true",
        number=clean(_slot(element, "act:slots", "account_number")),
        is_opening=_slot(element, "act:slots", "equity-type") == "opening-balance",
    )
    reader.accounts[account.id] = account


def _xml_transaction(element) -> tuple[dict, list[dict]]:
    texts = _texts(element)
    money = _child(element, "trn:currency")
    date = _child(element, "trn:date-posted")
    facts = {
        "id": texts.get("trn:id", ""),
        "currency": _texts(money).get("cmdty:id", "") if money is not None else "",
        "date": _texts(date).get("ts:date", "")[:10] if date is not None else "",
        "description": texts.get("trn:description", ""),
        "notes": _slot(element, "trn:slots", "notes"),
    }
    splits = _child(element, "trn:splits")
    return facts, [_texts(split) for split in splits] if splits is not None else []


def _add(reader: _Reader, number: int, facts: dict, raw_splits: list[dict]) -> None:
    try:
        splits = [
            _Split(
                raw["split:account"],
                _fraction(raw["split:value"]),
                _fraction(raw.get("split:quantity") or raw["split:value"]),
                raw.get("split:memo", ""),
                raw.get("split:reconciled-state", ""),
            )
            for raw in raw_splits
        ]
        row = BookTransaction(
            account="",
            date=dt.date.fromisoformat(facts["date"]),
            amount=0,
            payee=clean(facts["description"]),
            notes=facts["notes"],
            status=_state({split.state for split in splits}),
            external_id=facts["id"],
            line=number,
        )
    except (ValueError, KeyError, ZeroDivisionError) as error:
        reader.build.problem(number, "this transaction cannot be read", f"{error} {facts}")
        return
    reader.transaction(row, facts["currency"], splits)


def _read_sql(reader: _Reader, connection) -> None:
    monies = {row["guid"]: row for row in archive.rows(connection, "commodities")}
    notes, opening, numbers = {}, set(), {}
    for row in archive.rows(connection, "slots"):
        if row.get("name") == "notes":
            notes[row.get("obj_guid")] = str(row.get("string_val") or "")
        elif row.get("name") == "equity-type" and row.get("string_val") == "opening-balance":
            opening.add(row.get("obj_guid"))
        elif row.get("name") == "account_number":
            numbers[row.get("obj_guid")] = str(row.get("string_val") or "")
    for row in archive.rows(connection, "accounts"):
        money = monies.get(row.get("commodity_guid"), {})
        guid = row["guid"]
        reader.accounts[guid] = _Account(
            id=guid,
            title=clean(row.get("name")),
            kind=str(row.get("account_type") or "").upper(),
            space=str(money.get("namespace") or "").upper(),
            commodity=str(money.get("mnemonic") or ""),
            parent=str(row.get("parent_guid") or ""),
            is_closed=bool(row.get("hidden")),
            number=clean(numbers.get(guid)),
            is_opening=guid in opening,
        )
    templates = _templates(reader, connection)
    reader.finish_accounts()
    splits: dict[str, list[dict]] = {}
    for row in archive.rows(connection, "splits"):
        splits.setdefault(row.get("tx_guid"), []).append(
            {
                "split:account": row.get("account_guid"),
                "split:value": f"{row.get('value_num')}/{row.get('value_denom')}",
                "split:quantity": f"{row.get('quantity_num')}/{row.get('quantity_denom')}",
                "split:memo": str(row.get("memo") or ""),
                "split:reconciled-state": str(row.get("reconcile_state") or ""),
            }
        )
    for number, row in enumerate(archive.rows(connection, "transactions"), 1):
        own = splits.get(row["guid"], [])
        if any(split["split:account"] in templates for split in own):
            continue
        facts = {
            "id": str(row["guid"]),
            "currency": str(monies.get(row.get("currency_guid"), {}).get("mnemonic") or ""),
            "date": _sql_day(str(row.get("post_date") or "")),
            "description": str(row.get("description") or ""),
            "notes": notes.get(row["guid"], ""),
        }
        _add(reader, number, facts, own)


def _templates(reader: _Reader, connection) -> set[str]:
    """Accounts below the root of templates."""
    roots = {str(row.get("root_template_guid")) for row in archive.rows(connection, "books")}
    found = set()
    for account in reader.accounts.values():
        above, depth = account, 0
        while above and above.id not in roots and depth < MAX_DEPTH:
            above, depth = reader.accounts.get(above.parent), depth + 1
        if above and above.id in roots:
            found.add(account.id)
    return found


def _sql_day(text: str) -> str:
    """The day of a time in UTC that was midnight, or 10:59 since GnuCash 2.6.14, where it was typed."""
    digits = "".join(char for char in text if char.isdigit())
    if len(digits) < 8:
        return ""
    day = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
    if len(digits) >= 12 and digits[8:10] >= "12":
        return str(dt.date.fromisoformat(day) + dt.timedelta(days=1))
    return day
