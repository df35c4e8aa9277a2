"""YNAB as JSON: the `.yfull` file of YNAB 4, and a budget as the API of today's YNAB gives it.

YNAB 4 writes amounts as decimal numbers and marks removed things with isTombstone; the API
(api.ynab.com, "budgets/{id}") counts in thousandths and says `deleted`. Neither is documented
beyond that; both are read as Actual's importers read them.
"""

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

from core.money import MoneyError, from_decimal
from imports.parsers.base import UnreadableFile
from imports.parsers.text import storable
from imports.programs.book import CODES, BookPart, BookTransaction, Builder, clean

_ODD = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_INCOME = {
    "Category/__ImmediateIncome__": "Available this month",
    "Category/__DeferredIncome__": "Available next month",
}
_KINDS = {
    "checking": "current", "savings": "savings", "cash": "cash", "creditcard": "credit_card",
    "lineofcredit": "loan", "mortgage": "loan", "merchantaccount": "current", "paypal": "current",
    "investmentaccount": "investment", "otherliability": "loan", "autoloan": "loan",
    "studentloan": "loan", "personalloan": "loan", "medicaldebt": "loan", "otherdebt": "loan",
    "otherasset": "property",
}  # fmt: skip


def is_ours(head: bytes) -> bool:
    """Does this JSON begin like a budget of YNAB's?"""
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    words = (b'"masterCategories"', b'"entityType"', b'"monthlyBudgets"')
    if any(word in head for word in words):
        return True
    return b'"budget"' in head[:300] and (b'"last_modified_on"' in head or b'"accounts"' in head)


def read_into(build: Builder, data: bytes) -> None:
    """Fill `build` from either JSON. Raises UnreadableFile."""
    whole = load_json(data)
    if isinstance(whole, dict) and isinstance(whole.get("data"), dict):
        whole = whole["data"]
    if isinstance(whole, dict) and isinstance(whole.get("budget"), dict):
        _Api(build, whole["budget"]).read()
    elif isinstance(whole, dict) and isinstance(whole.get("transactions"), list):
        _Full(build, whole).read()
    else:
        raise UnreadableFile("This JSON file is not a budget of YNAB.")


def load_json(data: bytes) -> Any:
    """What a JSON file says, fractions as decimals. Raises UnreadableFile with the place."""
    try:
        text = data.decode("utf-8-sig")
        # Few texts have what no database stores, and looking at every object takes time.
        hook = _storable if _ODD.search(text) else None
        return json.loads(text, parse_float=Decimal, object_pairs_hook=hook)
    except json.JSONDecodeError as error:
        where = f"Line {error.lineno}, column {error.colno}"
        raise UnreadableFile(f"{where}: this JSON file is damaged. Is it cut off?") from error
    except RecursionError as error:
        raise UnreadableFile("This JSON file is nested too deeply.") from error
    except (ValueError, ArithmeticError) as error:
        raise UnreadableFile("This JSON file is damaged.") from error


def _storable(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: storable(value) if isinstance(value, str) else value for key, value in pairs}


def things(whole: Any, key: str) -> list[dict]:
    """The objects of a list, none when there is no such list."""
    found = whole.get(key) if isinstance(whole, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


class _Reader:
    """What both have in common."""

    def __init__(self, build: Builder, whole: dict) -> None:
        self.build, self.whole = build, whole
        self.accounts: dict[str, str] = {}
        self.categories: dict[str, tuple[str, str]] = {}
        self.payees: dict[str, str] = {}

    def minor(self, value: Any) -> int:
        """Raises MoneyError."""
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise MoneyError("This is not an amount.")
        try:
            return from_decimal(Decimal(value) * self.unit, self.build.currency, rounding=True)
        except ArithmeticError as error:
            raise MoneyError("This amount is too large.") from error

    unit = Decimal(1)

    def day(self, value: Any) -> dt.date:
        """Raises ValueError."""
        return dt.date.fromisoformat(str(value)[:10])

    def take(self, number: int, raw: dict, row) -> None:
        """Add what `row()` makes, or a problem."""
        try:
            made = row(raw)
        except (MoneyError, ValueError, TypeError, AttributeError, KeyError) as error:
            self.build.problem(number, "this transaction cannot be read", f"{error} {raw}")
            return
        if made.payee.casefold() == "starting balance" and made.amount and not made.parts:
            self.build.opening(made)
        else:
            self.build.add(made)


class _Full(_Reader):
    """YNAB 4."""

    def read(self) -> None:
        whole = self.whole
        meta = whole.get("budgetMetaData") or {}
        code = str(meta.get("currencyISOSymbol") or "") if isinstance(meta, dict) else ""
        if code in CODES:
            self.build.currency = code
        for one in things(whole, "accounts"):
            if not one.get("isTombstone"):
                made = self.build.account(
                    str(one.get("accountName", "")),
                    kind_hint=_KINDS.get(str(one.get("accountType", "")).lower(), ""),
                    is_closed=bool(one.get("hidden")),
                    is_off_budget=one.get("onBudget") is False,
                )
                self.accounts[str(one.get("entityId"))] = made.name
        for master in things(whole, "masterCategories"):
            is_income = str(master.get("type")) == "INFLOW"
            for one in things(master, "subCategories"):
                if not one.get("isTombstone"):
                    group = str(master.get("name", ""))
                    self.categories[str(one.get("entityId"))] = self.build.category(
                        str(one.get("name", "")), group, is_income=is_income
                    )
        for one in things(whole, "payees"):
            self.payees[str(one.get("entityId"))] = clean(one.get("name"))
        for number, raw in enumerate(things(whole, "transactions"), 1):
            if not raw.get("isTombstone"):
                self.take(number, raw, self._row)
        self._budgets()

    def _category(self, raw: dict) -> dict[str, str]:
        key = str(raw.get("categoryId"))
        if key in _INCOME:
            found = self.build.category(_INCOME[key], "Income", is_income=True)
        else:
            found = self.categories.get(key, ("", ""))
        return {"category": found[0], "group": found[1]}

    def _row(self, raw: dict) -> BookTransaction:
        own = str(raw["entityId"])
        parts = [part for part in things(raw, "subTransactions") if not part.get("isTombstone")]
        return BookTransaction(
            account=self.accounts[str(raw["accountId"])],
            date=self.day(raw["date"]),
            amount=self.minor(raw["amount"]),
            payee=self.payees.get(str(raw.get("payeeId")), ""),
            notes=str(raw.get("memo") or "").strip(),
            description=str(raw.get("importedPayee") or "").strip(),
            tags=(str(raw["flag"]),) if raw.get("flag") else (),
            parts=tuple(
                BookPart(
                    amount=self.minor(part["amount"]),
                    notes=str(part.get("memo") or "").strip(),
                    **self._transfer(part, str(part.get("entityId"))),
                    **self._category(part),
                )
                for part in parts
            ),
            status=str(raw.get("cleared") or "").casefold(),
            external_id=own,
            **({} if parts else self._transfer(raw, own)),
            **({} if parts else self._category(raw)),
        )

    def _transfer(self, raw: dict, own: str) -> dict[str, str]:
        target, twin = raw.get("targetAccountId"), raw.get("transferTransactionId")
        if not target or str(target) not in self.accounts:
            return {}
        ids = "+".join(sorted((own, str(twin)))) if twin else ""
        return {"transfer_account": self.accounts[str(target)], "transfer_id": ids}

    def _budgets(self) -> None:
        for month in things(self.whole, "monthlyBudgets"):
            for one in things(month, "monthlySubCategoryBudgets"):
                name, group = self.categories.get(str(one.get("categoryId")), ("", ""))
                try:
                    amount = self.minor(one.get("budgeted") or 0)
                    self.build.budget(self.day(month.get("month")), name, group, amount)
                except ValueError:
                    self.build.problem(0, "a budgeted amount cannot be read", one)


class _Api(_Reader):
    """YNAB of today."""

    unit = Decimal("0.001")

    def read(self) -> None:
        whole = self.whole
        money = whole.get("currency_format")
        code = str(money.get("iso_code") or "") if isinstance(money, dict) else ""
        if code in CODES:
            self.build.currency = code
        for one in things(whole, "accounts"):
            made = self.build.account(
                str(one.get("name", "")),
                kind_hint=_KINDS.get(str(one.get("type", "")).lower(), ""),
                is_closed=bool(one.get("closed") or one.get("deleted")),
                is_off_budget=one.get("on_budget") is False,
            )
            self.accounts[str(one.get("id"))] = made.name
        groups = {
            str(one.get("id")): clean(one.get("name")) for one in things(whole, "category_groups")
        }
        for one in things(whole, "categories"):
            group, label = groups.get(str(one.get("category_group_id")), ""), clean(one.get("name"))
            is_income = label.startswith("Inflow:") or group.casefold() in ("income", "inflow")
            hide = one.get("deleted") or label in ("Uncategorized", "Deferred Income SubCategory")
            pair = (
                (label, group) if hide else self.build.category(label, group, is_income=is_income)
            )
            self.categories[str(one.get("id"))] = pair if label != "Uncategorized" else ("", "")
        for one in things(whole, "payees"):
            self.payees[str(one.get("id"))] = clean(one.get("name"))
        self.subs: dict[str, list[dict]] = {}
        for one in things(whole, "subtransactions"):
            if not one.get("deleted"):
                self.subs.setdefault(str(one.get("transaction_id")), []).append(one)
        self.legs = self._legs()
        for number, raw in enumerate(things(whole, "transactions"), 1):
            if not raw.get("deleted"):
                self.take(number, raw, self._row)
        for month in things(whole, "months"):
            for one in things(month, "categories"):
                name, group = self.categories.get(str(one.get("id")), ("", ""))
                try:
                    amount = self.minor(one.get("budgeted") or 0)
                    self.build.budget(self.day(month.get("month")), name, group, amount)
                except ValueError:
                    self.build.problem(0, "a budgeted amount cannot be read", one)

    def _legs(self) -> dict[str, str]:
        """The transfer that each row or part is a leg of; a part's other leg may not name it."""
        rows = [raw for raw in things(self.whole, "transactions") if not raw.get("deleted")]
        legs: dict[str, str] = {}
        open_legs: dict[tuple, list[str]] = {}
        for raw in rows:
            twin = raw.get("transfer_transaction_id")
            if twin:
                ids = sorted((str(raw.get("id")), str(twin)))
                legs.update(dict.fromkeys(ids, "+".join(ids)))
        for raw in rows:
            if raw.get("transfer_account_id") and str(raw.get("id")) not in legs:
                key = (str(raw.get("account_id")), str(raw.get("date")), str(raw.get("amount")))
                open_legs.setdefault(key, []).append(str(raw.get("id")))
        for raw in rows:
            for part in self.subs.get(str(raw.get("id")), ()):
                amount = part.get("amount")
                if not part.get("transfer_account_id") or not isinstance(amount, int):
                    continue
                key = (str(part["transfer_account_id"]), str(raw.get("date")), str(-amount))
                if str(part.get("id")) not in legs and open_legs.get(key):
                    other = open_legs[key].pop()
                    legs[other] = legs[str(part.get("id"))] = f"{part.get('id')}+{other}"
        return legs

    def _facts(self, raw: dict, is_whole: bool = False) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "amount": self.minor(raw["amount"]),
            "notes": str(raw.get("memo") or "").strip(),
            "payee": self.payees.get(str(raw.get("payee_id")), ""),
        }
        if not is_whole:
            name, group = self.categories.get(str(raw.get("category_id")), ("", ""))
            target = str(raw.get("transfer_account_id") or "")
            facts |= {"category": name, "group": group}
            if target in self.accounts:
                facts["transfer_account"] = self.accounts[target]
                facts["transfer_id"] = self.legs.get(str(raw.get("id")), "")
        return facts

    def _row(self, raw: dict) -> BookTransaction:
        parts = tuple(BookPart(**self._facts(part)) for part in self.subs.get(str(raw["id"]), ()))
        return BookTransaction(
            account=self.accounts[str(raw["account_id"])],
            date=self.day(raw["date"]),
            description=str(raw.get("import_payee_name_original") or "").strip(),
            tags=(str(raw["flag_color"]),) if raw.get("flag_color") else (),
            parts=parts,
            status=str(raw.get("cleared") or "").casefold(),
            external_id=str(raw["id"]),
            **self._facts(raw, is_whole=bool(parts)),
        )
