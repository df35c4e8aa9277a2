"""What a rule may say: its conditions and its actions, as JSON, checked. Pure.

    conditions  {"match": "all" | "any", "of": [condition | group, ...]}, groups one level deep
    condition   {"field": "description", "op": "contains", "value": "shop"}
    actions     [{"do": "category", "value": 7}, ...]

Amounts are texts of whole units ("12.50"), so that they mean the same in every currency. A payee, a
category, an account, a tag is the number of its row; where an action sets a payee or tags, a name
does as well (of a draft, before it is saved).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from ledger.rules.patterns import PatternError, check_pattern
from ledger.text import fold

VERSION = 1
"""Of the exported form."""
MAX_CONDITIONS = 50
MAX_ACTIONS = 20
MAX_PARTS = 20
MAX_TEXT = 500

OPS = {
    "description": ("contains", "equals", "matches"),
    "payee": ("is", "contains", "equals", "matches"),
    "amount": ("between",),
    "account": ("is",),
    "direction": ("is",),
    "day": ("between",),
    "weekday": ("is",),
    "tag": ("is",),
}
ACTIONS = ("payee", "category", "tags", "notes", "split", "transfer", "skip_review")
_UNSTORED = re.compile("[\x00\ud800-\udfff]")
_SHAPES = frozenset({"category", "split", "transfer"})


class RuleError(ValueError):
    """A rule says what it cannot; `at` is "condition 2" or "action 1", `reason` a code, `what` its text."""

    def __init__(self, at: str, reason: str, what: str):
        self.at, self.reason, self.what = at, reason, what
        super().__init__(f"{at}: {what}" if at else what)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is asked of a row."""

    field: str
    op: str
    value: object


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all or any must hold."""

    match: str
    of: "tuple[Condition | Group, ...]"

    def conditions(self) -> Iterator[Condition]:
        """All of them, those of groups within too."""
        for item in self.of:
            if isinstance(item, Group):
                yield from item.conditions()
            else:
                yield item


@dataclass(frozen=True, slots=True)
class SplitPart:
    """A part of a split: its share (an amount or per cent; None for the rest) and what it is for."""

    share: Decimal | None
    category: int | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that is done; `value` is checked and typed."""

    do: str
    value: object = None


@dataclass(frozen=True, slots=True)
class Split:
    """How an amount is divided: `by` "amount" or "percent"."""

    by: str
    parts: tuple[SplitPart, ...]


def read_conditions(data, *, trusted: bool = False) -> Group:
    """The conditions of a rule. Raises RuleError that names the one that is wrong.

    Patterns are tried out, unless they are `trusted` because that was done when they were saved.
    """
    count = iter(range(1, 10_000))
    group = _group(data, count, trusted, depth=0)
    found = sum(1 for _ in group.conditions())
    if not found:
        raise RuleError("", "none", "A rule needs a condition.")
    if found > MAX_CONDITIONS:
        raise RuleError("", "many", f"A rule has {MAX_CONDITIONS} conditions at most.")
    return group


def _group(data, count, trusted: bool, depth: int) -> Group:
    if not isinstance(data, dict) or not isinstance(data.get("of"), list):
        raise RuleError("", "shape", "Conditions are a group: match and of.")
    if data.get("match") not in ("all", "any"):
        raise RuleError("", "match", "A group matches all or any.")
    if len(data["of"]) > MAX_CONDITIONS:
        raise RuleError("", "many", f"A rule has {MAX_CONDITIONS} conditions at most.")
    items: list[Condition | Group] = []
    for item in data["of"]:
        if isinstance(item, dict) and "of" in item:
            if depth:
                raise RuleError("", "deep", "A group in a group holds no further groups.")
            inner = _group(item, count, trusted, depth + 1)
            if inner.of:
                items.append(inner)
        else:
            items.append(_condition(item, f"condition {next(count)}", trusted))
    return Group(data["match"], tuple(items))


def _condition(data, at: str, trusted: bool) -> Condition:
    if not isinstance(data, dict) or data.get("field") not in OPS:
        raise RuleError(at, "field", "This field is not known.")
    field, op, value = data["field"], data.get("op"), data.get("value")
    if op not in OPS[field]:
        raise RuleError(at, "op", f"The field {field} is not asked this way.")
    if op == "matches":
        _text(value, at)
        try:
            if not trusted:
                check_pattern(value)
        except PatternError as error:
            raise RuleError(at, error.reason, str(error)) from error
        return Condition(field, op, value)
    if op in ("contains", "equals"):
        if not fold(_text(value, at)):
            raise RuleError(at, "empty", "A text is missing.")
        return Condition(field, op, value)
    if field == "direction":
        if value not in ("in", "out"):
            raise RuleError(at, "value", "A direction is in or out.")
        return Condition(field, op, value)
    if field == "weekday":
        if not _is_number(value) or not 0 <= value <= 6:
            raise RuleError(at, "value", "A weekday is a number from 0 (Monday) to 6.")
        return Condition(field, op, value)
    if op == "between":
        return Condition(field, op, _range(field, value, at))
    return Condition(field, op, _row(value, at))


def _is_number(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value, at: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RuleError(at, "empty", "A text is missing.")
    if len(value) > MAX_TEXT:
        raise RuleError(at, "long", f"A text has {MAX_TEXT} characters at most.")
    if _UNSTORED.search(value):
        raise RuleError(at, "signs", "This text has signs that cannot be stored.")
    return value


def _row(value, at: str) -> int:
    if not _is_number(value) or not 0 < value < 2**63:
        raise RuleError(at, "value", "Nothing is chosen.")
    return value


def _share(value, at: str) -> Decimal:
    try:
        is_text = isinstance(value, str) and len(value) <= 30
        number = Decimal(value) if is_text else Decimal("NaN")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not 0 <= number <= Decimal(10) ** 15:
        raise RuleError(at, "amount", "This is not an amount, such as 12.50.")
    return number


def _range(field: str, value, at: str):
    if not isinstance(value, dict):
        raise RuleError(at, "value", "A range has a least and a most.")
    ends = [value.get("min"), value.get("max")]
    if field == "amount":
        ends = [None if end is None else _share(end, at) for end in ends]
    elif any(end is not None and (not _is_number(end) or not 1 <= end <= 31) for end in ends):
        raise RuleError(at, "value", "A day of the month is a number from 1 to 31.")
    low, high = ends
    if low is None and high is None:
        raise RuleError(at, "empty", "A range needs a least or a most.")
    if low is not None and high is not None and low > high:
        raise RuleError(at, "range", "The least is more than the most.")
    return low, high


def read_actions(data) -> tuple[Action, ...]:
    """The actions of a rule. Raises RuleError that names the one that is wrong."""
    if not isinstance(data, list) or not data:
        raise RuleError("", "no_action", "A rule needs something to do.")
    if len(data) > MAX_ACTIONS:
        raise RuleError("", "many_actions", f"A rule has {MAX_ACTIONS} actions at most.")
    actions = tuple(_action(item, f"action {number}") for number, item in enumerate(data, 1))
    kinds = [action.do for action in actions]
    for number, kind in enumerate(kinds, 1):
        if kind in kinds[: number - 1]:
            raise RuleError(f"action {number}", "twice", "This is done by another action already.")
        if kind in _SHAPES and _SHAPES.intersection(kinds[: number - 1]):
            raise RuleError(
                f"action {number}", "shape", "Only one of category, split and transfer is possible."
            )
    return actions


def _action(data, at: str) -> Action:
    if not isinstance(data, dict) or data.get("do") not in ACTIONS:
        raise RuleError(at, "do", "This action is not known.")
    do, value = data["do"], data.get("value")
    if do == "skip_review":
        return Action(do)
    if do == "notes":
        return Action(do, _text(value, at))
    if do == "payee":
        return Action(do, _text(value, at) if isinstance(value, str) else _row(value, at))
    if do == "tags":
        if not isinstance(value, list) or not 0 < len(value) <= 50:
            raise RuleError(at, "empty", "No tag is named.")
        tags = (_text(tag, at) if isinstance(tag, str) else _row(tag, at) for tag in value)
        return Action(do, tuple(tags))
    if do == "split":
        return Action(do, _split(value, at))
    return Action(do, _row(value, at))


def _split(data, at: str) -> Split:
    if not isinstance(data, dict) or data.get("by") not in ("amount", "percent"):
        raise RuleError(at, "by", "A split is by amount or by per cent.")
    given = data.get("parts")
    if not isinstance(given, list) or not 2 <= len(given) <= MAX_PARTS:
        raise RuleError(at, "parts", f"A split has two parts at least and {MAX_PARTS} at most.")
    parts = tuple(_part(part, at) for part in given)
    shares = [part.share for part in parts if part.share is not None]
    rests = len(parts) - len(shares)
    if rests > 1:
        raise RuleError(at, "rest", "Only one part can be the rest.")
    if any(share == 0 for share in shares):
        raise RuleError(at, "zero", "A part of nothing is none.")
    if data["by"] == "percent":
        total = sum(shares)
        if (not rests and total != 100) or (rests and total >= 100):
            raise RuleError(at, "percent", f"The parts are {total:f} per cent, not 100.")
    return Split(data["by"], parts)


def _part(data, at: str) -> SplitPart:
    if not isinstance(data, dict):
        raise RuleError(at, "part", "A part has a share and a category.")
    share, category, notes = data.get("share"), data.get("category"), data.get("notes", "")
    if notes != "":
        _text(notes, at)
    return SplitPart(
        None if share is None else _share(share, at),
        None if category is None else _row(category, at),
        notes,
    )


def conditions_data(group: Group) -> dict:
    """The conditions as they are stored: what was read, and nothing else that was given."""
    return {
        "match": group.match,
        "of": [
            conditions_data(item) if isinstance(item, Group) else _condition_data(item)
            for item in group.of
        ],
    }


def _condition_data(asked: Condition) -> dict:
    value = asked.value
    if asked.op == "between":
        low, high = (f"{end:f}" if isinstance(end, Decimal) else end for end in value)
        value = {"min": low, "max": high}
    return {"field": asked.field, "op": asked.op, "value": value}


def actions_data(actions: tuple[Action, ...]) -> list:
    """The actions as they are stored."""
    return [_action_data(action) for action in actions]


def _action_data(action: Action) -> dict:
    value = action.value
    if isinstance(value, Split):
        value = {"by": value.by, "parts": [_part_data(part) for part in value.parts]}
    elif isinstance(value, tuple):
        value = list(value)
    return {"do": action.do} if value is None else {"do": action.do, "value": value}


def _part_data(part: SplitPart) -> dict:
    data: dict = {"share": None if part.share is None else f"{part.share:f}"}
    if part.category is not None:
        data["category"] = part.category
    return data | ({"notes": part.notes} if part.notes else {})
