"""Asks a household's rules of a row, in their order. Pure.

A later rule never overwrites what an earlier one set. Texts are folded once a row; a rule with a text,
a payee or an account that every match needs is asked only where that is found, so that the time
hardly grows with the number of rules.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ledger.rules.language import Action, RuleError, read_actions, read_conditions
from ledger.rules.parts import divide
from ledger.rules.patterns import Search
from ledger.rules.questions import Compiler, Key, Row, RowFacts, Test, Watch, keys_of

PATTERN_SECONDS = 20
"""What all patterns of one engine may take together."""


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


@dataclass(frozen=True, slots=True)
class _Compiled:
    id: int
    place: int
    test: Test
    actions: tuple[Action, ...]
    searches: tuple[Search, ...]
    keys: frozenset[Key] | None
    """The rule can match only a row that has one of these; None: any row."""


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
        return [rule.id for rule in self._matching(Row(facts))]

    def _matching(self, row: Row) -> list[_Compiled]:
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
        for rule in self._matching(Row(facts)):
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
    watch = Watch(pattern_seconds)
    compiled: list[_Compiled] = []
    broken: dict[int, str] = {}
    for rule in rules:
        compiler = Compiler(exponents, watch)
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
            _Compiled(rule.id, place, test, actions, tuple(compiler.searches), keys_of(group))
        )
    return Engine(compiled, exponents, payee_names or {}, broken)
