"""Asks a household's rules of a row, in their order. Pure.

A later rule never overwrites what an earlier one set. Texts are folded once a row; a rule with a text,
a payee or an account that every match needs is asked only where that is found, so that the time
hardly grows with the number of rules.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR
from time import perf_counter
from typing import NamedTuple

from ledger.rules.language import (
    Action,
    Condition,
    Group,
    RuleError,
    read_actions,
    read_conditions,
)
from ledger.rules.parts import divide
from ledger.rules.patterns import Search
from ledger.text import fold

PATTERN_SECONDS = 20.0
"""What all patterns of one engine may take together."""


class RowFacts(NamedTuple):
    """What rules are asked of: `amount` in minor units of the account's currency, money in positive."""

    description: str
    payee_id: int | None
    payee_name: str
    amount: int
    account_id: int
    date: dt.date
    tags: frozenset[int] = frozenset()


class RuleText(NamedTuple):
    """A rule as it is stored."""

    id: int
    conditions: dict
    actions: list
    name: str = ""


@dataclass(frozen=True, slots=True)
class DecidedPart:
    """A part of a split in minor units."""

    amount: int
    category_id: int | None
    notes: str = ""


@dataclass(slots=True)
class Decision:
    """What rules say of a row; None and empty where they say nothing. Falsy when they say nothing at all."""

    payee_id: int | None = None
    payee_name: str = ""
    category_id: int | None = None
    tag_ids: tuple[int, ...] = ()
    tag_names: tuple[str, ...] = ()
    notes: str = ""
    parts: tuple[DecidedPart, ...] = ()
    transfer_to: int | None = None
    skip_review: bool = False
    rule_ids: tuple[int, ...] = ()
    """Of the rules that set something."""
    set_by: dict[str, int] = field(default_factory=dict)
    """What was set ("category" stands for split and transfer too), and by which rule."""

    def __bool__(self) -> bool:
        return bool(self.rule_ids)


class _Row:
    """A row with its texts folded."""

    __slots__ = ("facts", "payee", "text")

    def __init__(self, facts: RowFacts):
        self.facts = facts
        self.text = fold(facts.description)
        self.payee = fold(facts.payee_name) if facts.payee_name else ""


class _Watch:
    """Counts the time that patterns take."""

    __slots__ = ("began", "left")

    def __init__(self, seconds: float):
        self.left = seconds
        self.began = 0.0

    @property
    def is_over(self) -> bool:
        return self.left <= 0

    def __enter__(self):
        self.began = perf_counter()

    def __exit__(self, *_error):
        self.left -= perf_counter() - self.began


Test = Callable[[_Row], bool]
Key = tuple[str, object]


@dataclass(frozen=True, slots=True)
class _Compiled:
    id: int
    place: int
    test: Test
    actions: tuple[Action, ...]
    searches: tuple[Search, ...]
    keys: frozenset[Key] | None
    """The rule can match only a row that has one of these; None: any row."""


class _Compiler:
    def __init__(self, exponents: Mapping[int, int], watch: _Watch):
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

        def test(row: _Row) -> bool:
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


def _keys(item: Condition | Group) -> frozenset[Key] | None:
    """What of a row must be found for `item` to hold: one of these. None when that cannot be said."""
    if isinstance(item, Group):
        inner = [_keys(child) for child in item.of]
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


class _Needles:
    """Which of many texts are contained in one: by three letters of each that are looked up at once."""

    def __init__(self, places: dict[str, list[int]]):
        self.short = [(needle, found) for needle, found in places.items() if len(needle) < 3]
        uses: dict[str, int] = defaultdict(int)
        for needle in places:
            for gram in _grams(needle):
                uses[gram] += 1
        self.by_gram: dict[str, list[tuple[str, list[int]]]] = defaultdict(list)
        for needle, found in places.items():
            if len(needle) >= 3:
                rarest = min(_grams(needle), key=lambda gram: (uses[gram], gram))
                self.by_gram[rarest].append((needle, found))
        self.grams = self.by_gram.keys()

    def find(self, text: str, into: set[int]) -> None:
        for needle, places in self.short:
            if needle in text:
                into.update(places)
        for gram in self.grams & _grams(text):
            for needle, places in self.by_gram[gram]:
                if needle in text:
                    into.update(places)


def _grams(text: str) -> set[str]:
    return {a + b + c for a, b, c in zip(text, text[1:], text[2:], strict=False)}


class Engine:
    """Rules, ready to be asked. Not for use by two threads at once."""

    def __init__(
        self,
        rules: list[_Compiled],
        exponents: Mapping[int, int],
        payee_names: Mapping[int, str],
        broken: Mapping[int, str],
    ):
        self._rules = rules
        self._exponents = exponents
        self._payee_names = payee_names
        self.broken = dict(broken)
        """Rules that cannot be read, and why: they are not asked."""
        self._always = tuple(rule.place for rule in rules if rule.keys is None)
        exact: dict[str, dict[object, list[int]]] = defaultdict(lambda: defaultdict(list))
        for rule in rules:
            for kind, value in rule.keys or ():
                exact[kind][value].append(rule.place)
        self._by_payee = dict(exact["payee"])
        self._by_account = dict(exact["account"])
        self._by_text = dict(exact["description equals"])
        self._by_name = dict(exact["payee equals"])
        self._in_text = _Needles(exact["description contains"])
        self._in_name = _Needles(exact["payee contains"])
        self._names: dict[str, frozenset[int]] = {}

    def __len__(self) -> int:
        return len(self._rules)

    @property
    def slow(self) -> dict[int, str]:
        """Rules with a pattern that was stopped in this run, and why ("slow", "budget", "pattern")."""
        return {
            rule.id: search.stopped
            for rule in self._rules
            for search in rule.searches
            if search.stopped
        }

    def matching(self, facts: RowFacts) -> list[int]:
        """The ids of all rules that hold for the row, in their order."""
        return [rule.id for rule in self._matching(_Row(facts))]

    def _matching(self, row: _Row) -> list[_Compiled]:
        places = set(self._always)
        facts = row.facts
        if found := self._by_payee.get(facts.payee_id):
            places.update(found)
        if found := self._by_account.get(facts.account_id):
            places.update(found)
        if found := self._by_text.get(row.text):
            places.update(found)
        self._in_text.find(row.text, places)
        if row.payee:
            places |= self._name_places(row.payee)
        rules = self._rules
        return [rules[place] for place in sorted(places) if rules[place].test(row)]

    def _name_places(self, name: str) -> frozenset[int]:
        """The same few payees come again and again."""
        known = self._names.get(name)
        if known is None:
            found = set(self._by_name.get(name, ()))
            self._in_name.find(name, found)
            if len(self._names) > 20_000:
                self._names.clear()
            known = self._names[name] = frozenset(found)
        return known

    def decide(self, facts: RowFacts) -> Decision:
        """What the rules say of the row."""
        decision = Decision()
        for rule in self._matching(_Row(facts)):
            before = len(decision.set_by)
            for action in rule.actions:
                self._do(action, rule.id, decision, facts)
            if len(decision.set_by) > before:
                decision.rule_ids += (rule.id,)
        return decision

    def _do(self, action: Action, rule_id: int, decision: Decision, facts: RowFacts) -> None:
        do, value = action.do, action.value
        if do == "tags":
            for tag in value:
                if f"tag {tag}" not in decision.set_by:
                    decision.set_by[f"tag {tag}"] = rule_id
                    if isinstance(tag, str):
                        decision.tag_names += (tag,)
                    else:
                        decision.tag_ids += (tag,)
            return
        slot = "category" if do in ("split", "transfer") else do
        if slot in decision.set_by:
            return
        if do == "payee":
            if isinstance(value, str):
                decision.payee_name = value
            else:
                decision.payee_id = value
                decision.payee_name = self._payee_names.get(value, "")
        elif do == "category":
            decision.category_id = value
        elif do == "notes":
            decision.notes = value
        elif do == "transfer":
            if value == facts.account_id:
                return
            decision.transfer_to = value
        elif do == "split":
            sizes = divide(value, facts.amount, self._exponents.get(facts.account_id, 2))
            if sizes is None:
                return
            decision.parts = tuple(
                DecidedPart(size, part.category, part.notes)
                for size, part in zip(sizes, value.parts, strict=True)
                if size
            )
        else:
            decision.skip_review = True
        decision.set_by[slot] = rule_id


def compile_rules(
    rules: Iterable[RuleText],
    *,
    exponents: Mapping[int, int] | None = None,
    payee_names: Mapping[int, str] | None = None,
    pattern_seconds: float = PATTERN_SECONDS,
) -> Engine:
    """Rules in the order in which they are asked, as an engine.

    `exponents` are the decimals of accounts' currencies where they are not two. A rule that cannot be
    read is left out and named in `Engine.broken`.
    """
    exponents = dict(exponents or {})
    watch = _Watch(pattern_seconds)
    compiled: list[_Compiled] = []
    broken: dict[int, str] = {}
    for rule in rules:
        compiler = _Compiler(exponents, watch)
        try:
            group, actions = (
                read_conditions(rule.conditions, trusted=True),
                read_actions(rule.actions),
            )
        except RuleError as error:
            broken[rule.id] = str(error)
            continue
        test = compiler.group(group)
        place = len(compiled)
        compiled.append(
            _Compiled(rule.id, place, test, actions, tuple(compiler.searches), _keys(group))
        )
    return Engine(compiled, exponents, payee_names or {}, broken)
