"""A household's rules: save, order, ask, count, apply to the past."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Case, F, Max, Sum, Value, When
from django.db.transaction import atomic
from django.utils import timezone

from accounts.models import Household, User
from core.money import exponent
from ledger.errors import LedgerError
from ledger.models import Account, AccountMonth, Category, ChangeSet, Payee, Rule, Tag
from ledger.rule_rows import past_rows
from ledger.rules.engine import PATTERN_SECONDS, Engine, RuleText, compile_rules
from ledger.rules.language import (
    Action,
    RuleError,
    Split,
    actions_data,
    conditions_data,
    read_actions,
    read_conditions,
)
from ledger.services.acts import act
from ledger.services.naming import find_or_make_payee, find_or_make_tags
from ledger.services.rule_effects import effect_of, plan_transfers, write_effects
from ledger.snapshots import CHUNK

MAX_RULES = 1000
LONG_WORK = 20_000
"""Transactions; over a thousand a second are read, and some two thousand changed."""
_ROOMS = {"payee": Payee, "category": Category, "account": Account, "tag": Tag}


class TooManyRulesError(LedgerError):
    """A household has a thousand rules at most."""


@atomic
def save_rule(
    *,
    household: Household,
    by: User | None,
    name: str,
    conditions: dict,
    actions: list,
    is_active: bool = True,
    rule: Rule | None = None,
) -> Rule:
    """Write a rule anew, or a new one at the end of the order. Payees and tags by name are made.

    Raises RuleError that names the condition or action that is wrong or not this household's.
    """
    group, doing = read_conditions(conditions), read_actions(actions)
    _ensure_own(household, group, doing)
    if rule is None:
        if Rule.objects.filter(household=household).count() >= MAX_RULES:
            raise TooManyRulesError
        last = Rule.objects.filter(household=household).aggregate(last=Max("position"))["last"]
        rule = Rule(household=household, made_by=by, position=0 if last is None else last + 1)
    rule.name = " ".join(name.split())[:120]
    rule.conditions = conditions_data(group)
    rule.actions = _with_rows(household, actions_data(doing))
    rule.is_active = is_active
    rule.save()
    return rule


def _ensure_own(household: Household, group, doing: Sequence[Action]) -> None:
    wanted: list[tuple[str, str, int]] = []  # where it is said, what it is, its number
    for number, asked in enumerate(group.conditions(), 1):
        if asked.field in _ROOMS and asked.op == "is":
            wanted.append((f"condition {number}", asked.field, asked.value))
    for number, action in enumerate(doing, 1):
        wanted += [(f"action {number}", kind, pk) for kind, pk in references(action)]
    for kind, model in _ROOMS.items():
        ids = {pk for _at, found, pk in wanted if found == kind}
        here = set(
            model.objects.filter(household=household, pk__in=ids).values_list("pk", flat=True)
        )
        for at, found, pk in wanted:
            if found == kind and pk not in here:
                raise RuleError(at, "gone", "This is not in your household.")


def references(action: Action) -> list[tuple[str, int]]:
    """What rows an action names: (kind, number)."""
    value = action.value
    if action.do in ("payee", "category") and isinstance(value, int):
        return [(action.do, value)]
    if action.do == "transfer":
        return [("account", value)]
    if action.do == "tags":
        return [("tag", tag) for tag in value if isinstance(tag, int)]
    if isinstance(value, Split):
        return [("category", part.category) for part in value.parts if part.category]
    return []


def _with_rows(household: Household, actions: list) -> list:
    """`actions` with numbers instead of the names of payees and tags."""
    made = []
    for number, action in enumerate(actions, 1):
        do, value = action["do"], action.get("value")
        if do == "payee" and isinstance(value, str):
            payee = find_or_make_payee(household=household, name=value)
            action = {"do": do, "value": payee.pk if payee else None}
        elif do == "tags":
            names = [tag for tag in value if isinstance(tag, str)]
            tags = [tag.pk for tag in find_or_make_tags(household=household, names=names)]
            known = [tag for tag in value if not isinstance(tag, str)]
            action = {"do": do, "value": list(dict.fromkeys(known + tags))}
        if do in ("payee", "tags") and not action["value"]:
            raise RuleError(f"action {number}", "empty", "This is no name.")
        made.append(action)
    return made


def delete_rule(*, rule: Rule) -> None:
    """Forget a rule; what it did stays."""
    rule.delete()


@atomic
def reorder_rules(*, household: Household, ids: Sequence[int]) -> None:
    """Ask rules in the order of `ids`; those that are not named come after, as they were."""
    rules = list(Rule.objects.for_household(household))
    wanted = {pk: place for place, pk in enumerate(ids)}
    rules.sort(key=lambda rule: wanted.get(rule.pk, len(wanted)))
    for place, rule in enumerate(rules):
        rule.position = place
    Rule.objects.bulk_update(rules, ["position"], batch_size=500)


def engine_for(household: Household) -> Engine | None:
    """The household's active rules, ready to be asked; None when it has none. Two queries."""
    rules = list(Rule.objects.for_household(household).filter(is_active=True))
    return engine_of(household, [text_of(rule) for rule in rules]) if rules else None


def text_of(rule: Rule) -> RuleText:
    """A rule as the engine takes it."""
    return RuleText(rule.pk, rule.conditions, rule.actions, rule.name)


def engine_of(
    household: Household, rules: Sequence[RuleText], *, pattern_seconds: float = PATTERN_SECONDS
) -> Engine:
    """These rules as an engine, without what names rows that are gone or archived. One query."""
    named: dict[str, set[int]] = {kind: set() for kind in _ROOMS}
    broken: dict[int, str] = {}
    doing: dict[int, tuple[Action, ...]] = {}
    for rule in rules:
        try:
            doing[rule.id] = read_actions(rule.actions)
        except RuleError as error:
            broken[rule.id] = str(error)
            continue
        for action in doing[rule.id]:
            for kind, pk in references(action):
                named[kind].add(pk)
    alive, exponents, names = _alive(household, named)
    usable = []
    for rule in rules:
        if rule.id in broken:
            continue
        kept = [
            raw
            for raw, action in zip(rule.actions, doing[rule.id], strict=True)
            if all(reference in alive for reference in references(action))
        ]
        if kept:
            usable.append(rule._replace(actions=kept))
        if len(kept) < len(rule.actions):
            broken[rule.id] = "gone"
    engine = compile_rules(
        usable, exponents=exponents, payee_names=names, pattern_seconds=pattern_seconds
    )
    engine.broken.update(broken)
    return engine


def _alive(household: Household, named: dict[str, set[int]]):
    """The named rows that are there; decimals of accounts' currencies; names of the payees."""

    def ask(kind: str, text, **only):
        rows = _ROOMS[kind].objects.filter(household=household, **only).order_by()
        return rows.values_list(Value(kind), "pk", text)

    found = ask("account", "currency").union(
        ask("category", "name", pk__in=named["category"], archived_at=None),
        ask("payee", "name", pk__in=named["payee"]),
        ask("tag", "name", pk__in=named["tag"]),
        all=True,
    )
    alive, exponents, names = set(), {}, {}
    for kind, pk, text in found:
        alive.add((kind, pk))
        if kind == "account" and exponent(text) != 2:
            exponents[pk] = exponent(text)
        elif kind == "payee":
            names[pk] = text
    return alive, exponents, names


def record_hits(household: Household, counter: Counter) -> None:
    """Count what rules did: rule number -> rows. One statement."""
    counts = {pk: count for pk, count in counter.items() if count > 0}
    if not counts:
        return
    whens = [When(pk=pk, then=Value(count)) for pk, count in counts.items()]
    Rule.objects.filter(household=household, pk__in=counts).update(
        hits=F("hits") + Case(*whens, default=Value(0)), last_hit_at=timezone.now()
    )


def apply_to_past(
    *,
    household: Household,
    rules: Iterable[Rule],
    by: User | None,
    since: dt.date | None = None,
    overwrite: bool = False,
) -> ChangeSet | None:
    """Let `rules` (in their order) say what they say of the transactions that are here, in one act.

    What a person sorted keeps its category, payee and notes, unless `overwrite`. Returns None when
    nothing changed; else what `undo` takes.
    """
    engine = engine_of(household, [text_of(rule) for rule in rules])
    if not len(engine):
        return None
    with act(household=household, by=by, kind=ChangeSet.Kind.EDIT) as running:
        effects = []
        for row in past_rows(household, since=since):
            decision = engine.decide(row.facts)
            if decision and (effect := effect_of(row, decision, overwrite=overwrite)):
                effects.append(effect)
        effects, pairs = plan_transfers(household, effects)
        for start in range(0, len(effects), CHUNK):
            write_effects(running, effects[start : start + CHUNK], pairs)
        hits = Counter(pk for effect in effects for pk in effect.decision.rule_ids)
        record_hits(household, hits)
    return running.change_set


def is_long_work(household: Household) -> bool:
    """Whether going through the past takes longer than a person should wait for a page."""
    months = AccountMonth.objects.filter(household=household)
    return months.aggregate(rows=Sum("count", default=0))["rows"] > LONG_WORK
