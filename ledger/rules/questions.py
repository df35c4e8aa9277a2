"""Makes questions of conditions: a function for each, and what a row must have for it to be asked. Pure."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR
from time import perf_counter
from typing import NamedTuple

from ledger.rules.language import Condition, Group
from ledger.rules.patterns import Search
from ledger.text import fold


class RowFacts(NamedTuple):
    """What rules are asked of: `amount` in minor units of the account's currency, money in positive."""

    description: str
    payee_id: int | None
    payee_name: str
    amount: int
    account_id: int
    date: dt.date
    tags: frozenset[int] = frozenset()


class Row:
    """A row with its texts folded."""

    __slots__ = ("facts", "payee", "text")

    def __init__(self, facts: RowFacts):
        self.facts = facts
        self.text = fold(facts.description)
        self.payee = fold(facts.payee_name) if facts.payee_name else ""


class Watch:
    """Counts the time that patterns take."""

    __slots__ = ("began", "left")

    def __init__(self, seconds: float):
        self.left = seconds
        self.began = 0

    @property
    def is_over(self) -> bool:
        return self.left <= 0

    def __enter__(self):
        self.began = perf_counter()

    def __exit__(self, *_error):
        self.left -= perf_counter() - self.began


Test = Callable[[Row], bool]
Key = tuple[str, object]


class Compiler:
    def __init__(self, exponents: Mapping[int, int], watch: Watch):
        self.exponents = exponents
        self.watch = watch
        self.searches: list[Search] = []

    def group(self, group: Group) -> Test:
        tests = tuple(
            self.group(item) if isinstance(item, Group) else self.condition(item)
            for item in sorted(group.of, key=_price)
        )
        if len(tests) == 1:
            return tests[0]
        if group.match == "all":
            return lambda row: all(test(row) for test in tests)
        return lambda row: any(test(row) for test in tests)

    def condition(self, asked: Condition) -> Test:
        return getattr(self, f"_{asked.field}")(asked.op, asked.value)

    def _description(self, op, value) -> Test:
        if op == "matches":
            search = self._search(value)
            return lambda row: search(row.facts.description)
        wanted = fold(value)
        if op == "equals":
            return lambda row: row.text == wanted
        return lambda row: wanted in row.text

    def _payee(self, op, value) -> Test:
        if op == "is":
            return lambda row: row.facts.payee_id == value
        if op == "matches":
            search = self._search(value)
            return lambda row: search(row.facts.payee_name)
        wanted = fold(value)
        if op == "equals":
            return lambda row: row.payee == wanted
        return lambda row: wanted in row.payee

    def _search(self, pattern: str) -> Search:
        search = Search(pattern, self.watch)
        self.searches.append(search)
        return search

    def _amount(self, op, value) -> Test:
        low, high = value
        exponents = self.exponents
        bounds: dict[int, tuple[int, int | None]] = {}
        for exponent in {2, *exponents.values()}:
            scale = 10**exponent
            bounds[exponent] = (
                0 if low is None else int((low * scale).to_integral_value(ROUND_CEILING)),
                None if high is None else int((high * scale).to_integral_value(ROUND_FLOOR)),
            )

        def test(row: Row) -> bool:
            least, most = bounds[exponents.get(row.facts.account_id, 2)]
            amount = abs(row.facts.amount)
            return least <= amount and (most is None or amount <= most)

        return test

    def _account(self, op, value) -> Test:
        return lambda row: row.facts.account_id == value

    def _direction(self, op, value) -> Test:
        if value == "in":
            return lambda row: row.facts.amount > 0
        return lambda row: row.facts.amount < 0

    def _day(self, op, value) -> Test:
        low, high = value[0] or 1, value[1] or 31
        return lambda row: low <= row.facts.date.day <= high

    def _weekday(self, op, value) -> Test:
        return lambda row: row.facts.date.weekday() == value

    def _tag(self, op, value) -> Test:
        return lambda row: value in row.facts.tags


def _price(item: Condition | Group) -> int:
    """Cheap questions first, patterns last."""
    if isinstance(item, Group):
        return max(map(_price, item.of), default=0)
    return {"matches": 2, "contains": 1}.get(item.op, 0)


def keys_of(item: Condition | Group) -> frozenset[Key] | None:
    """What of a row must be found for `item` to hold: one of these. None when that cannot be said."""
    if isinstance(item, Group):
        inner = [keys_of(child) for child in item.of]
        if item.match == "any":
            return None if None in inner else frozenset().union(*inner)
        known = [keys for keys in inner if keys is not None]
        return min(known, key=_breadth) if known else None
    field_, op, value = item.field, item.op, item.value
    if field_ in ("description", "payee") and op in ("contains", "equals"):
        wanted = fold(value)
        return frozenset({(f"{field_} {op}", wanted)}) if wanted else None
    if field_ in ("payee", "account") and op == "is":
        return frozenset({(field_, value)})
    return None


def _breadth(keys: frozenset[Key]) -> tuple[int, int]:
    """How much a set of keys lets through, roughly: accounts most, long texts least."""
    worst = max(
        3 if kind == "account" else 0 if kind == "payee" or "equals" in kind else 1
        for kind, _ in keys
    )
    return worst, -min(len(value) if isinstance(value, str) else 9 for _kind, value in keys)
