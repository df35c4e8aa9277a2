"""A rule while somebody writes it: read from what is stored or posted, checked, given back as data."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from accounts.models import Household
from core.forms import clean_text
from core.numbers import row_id
from ledger.forms.rules import (
    ASKS,
    DOES,
    ActionForm,
    ConditionForm,
    Lists,
    action_initial,
    condition_initial,
    posted_rows,
)
from ledger.rules.language import RuleError, read_actions, read_conditions

MATCHES = {"all": _("all of these"), "any": _("any of these")}
MAX_GROUPS = 10

_SAY = {
    "none": _("A rule needs a condition."),
    "no_action": _("A rule needs something to do."),
    "many": _("A rule has 50 conditions at most."),
    "many_actions": _("A rule has 20 actions at most."),
    "pattern": _("This is not a pattern that can be read."),
    "slow": _("This pattern may take too long. Avoid repeats within repeats."),
    "empty": _("Fill this in."),
    "long": _("This text is too long."),
    "signs": _("This text has signs that cannot be stored."),
    "gone": _("This is not in your household."),
    "twice": _("Another action does this already."),
    "shape": _("Only one of category, split and transfer is possible."),
    "parts": _("A split needs two parts at least."),
    "rest": _("Only one part can be the rest (without a share)."),
    "zero": _("A part of nothing is none."),
    "percent": _("The parts do not add up to 100 per cent. Leave one share empty for the rest."),
    "amount": _("Enter an amount, such as 12.50."),
    "range": _("The first is more than the second."),
}


@dataclass(slots=True)
class DraftGroup:
    """Conditions of which all or any must hold; number 0 is the rule's own."""

    number: int
    match: str = "all"
    rows: list[ConditionForm] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """Everything that the page of a rule shows."""

    lists: Lists
    name: str = ""
    is_active: bool = True
    groups: list[DraftGroup] = field(default_factory=list)
    actions: list[ActionForm] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    conditions_data: dict = field(default_factory=dict)
    actions_data: list = field(default_factory=list)

    asks = ASKS
    does = DOES

    # --- Made from

    @classmethod
    def of_data(cls, household: Household, conditions: dict, actions: list, **facts) -> "Draft":
        """From a rule as it is stored."""
        draft = cls(Lists(household), **facts)
        top = DraftGroup(0, conditions.get("match", "all"))
        draft.groups.append(top)
        number = 0
        for item in conditions.get("of", ()):
            group, inner = top, [item]
            if "of" in item:
                group, inner = DraftGroup(len(draft.groups), item["match"]), item["of"]
                draft.groups.append(group)
            for condition in inner:
                draft._add_condition(
                    group,
                    f"{condition['field']}-{condition['op']}",
                    number,
                    initial=condition_initial(condition, draft.lists),
                )
                number += 1
        for place, action in enumerate(actions):
            draft._add_action(action["do"], place, initial=action_initial(action, draft.lists))
        return draft

    @classmethod
    def of_post(cls, household: Household, data, *, bound: bool) -> "Draft":
        """From a posted form; checked only if `bound`, else what was typed is shown as it is."""
        draft = cls(Lists(household))
        draft.name = clean_text(data.get("name", "")).strip()[:120]
        draft.is_active = "is_active" in data
        count = min(row_id(data.get("groups", "")) or 1, MAX_GROUPS)
        for number in range(count):
            match = data.get(f"match-{number}")
            draft.groups.append(DraftGroup(number, match if match in MATCHES else "all"))
        for number in posted_rows(data, "c"):
            what = data.get(f"c-{number}-what")
            place = row_id(data.get(f"c-{number}-group", ""))
            if what in ASKS and place < count:
                draft._add_condition(
                    draft.groups[place], what, number, **_source(data, f"c-{number}", bound)
                )
        for number in posted_rows(data, "a"):
            what = data.get(f"a-{number}-what")
            if what in DOES:
                draft._add_action(what, number, **_source(data, f"a-{number}", bound))
        return draft

    def _add_condition(self, group: DraftGroup, what: str, number: int, **source) -> ConditionForm:
        form = ConditionForm(
            lists=self.lists, what=what, group=group.number, prefix=f"c-{number}", **source
        )
        group.rows.append(form)
        return form

    def _add_action(self, what: str, number: int, **source) -> ActionForm:
        form = ActionForm(lists=self.lists, what=what, prefix=f"a-{number}", **source)
        self.actions.append(form)
        return form

    # --- Changed by its buttons

    def change(self, do: str, data) -> None:
        """Add or drop a row: "add:<group>", "add-action", "group", "drop:c-3"; else nothing."""
        verb, _colon, what = do.partition(":")
        form = None
        if verb == "add" and what.isascii() and what.isdigit() and int(what[:4]) < len(self.groups):
            kind = data.get(f"new-{int(what[:4])}")
            if kind in ASKS and len(self.rows()) < 50:
                form = self._add_condition(
                    self.groups[int(what[:4])], kind, self._next(self.rows())
                )
        elif verb == "add-action":
            kind = data.get("new-action")
            if kind in DOES and len(self.actions) < 20:
                form = self._add_action(kind, self._next(self.actions))
        elif verb == "group" and len(self.groups) < MAX_GROUPS:
            other = "any" if self.groups[0].match == "all" else "all"
            group = DraftGroup(len(self.groups), other)
            self.groups.append(group)
            form = self._add_condition(group, "description-contains", self._next(self.rows()))
        elif verb == "drop":
            for group in self.groups:
                group.rows = [row for row in group.rows if row.prefix != what]
            self.actions = [row for row in self.actions if row.prefix != what]
            self._close_ranks()
        if form is not None and form.fields:
            next(iter(form.fields.values())).widget.attrs["autofocus"] = True

    @staticmethod
    def _next(rows) -> int:
        return 1 + max((int(row.prefix[2:]) for row in rows), default=-1)

    def _close_ranks(self) -> None:
        """Groups without conditions go; the others are counted anew."""
        self.groups = [group for group in self.groups if group.number == 0 or group.rows]
        for number, group in enumerate(self.groups):
            group.number = number
            for row in group.rows:
                row.group = number

    # --- Read

    def rows(self) -> list[ConditionForm]:
        """All conditions, in the order in which the language counts them."""
        return [row for group in self.groups for row in group.rows]

    def is_valid(self) -> bool:
        """Check everything; errors stand beside their rows. Fills `conditions_data`, `actions_data`."""
        rows = [*self.rows(), *self.actions]
        if not all([row.is_valid() for row in rows]):  # noqa: C419 every row shows its errors
            return False
        top, *others = self.groups
        items: list[dict] = [row.item() for row in top.rows]
        items += [
            {"match": group.match, "of": [row.item() for row in group.rows]} for group in others
        ]
        self.conditions_data = {"match": top.match, "of": items}
        self.actions_data = [row.item() for row in self.actions]
        try:
            read_conditions(self.conditions_data)
            read_actions(self.actions_data)
        except RuleError as error:
            self.say(error)
            return False
        return True

    def say(self, error: RuleError) -> None:
        """Put an error of the language beside the row that it names."""
        text = _SAY.get(error.reason, _("This cannot be read."))
        kind, _space, number = error.at.partition(" ")
        rows = {"condition": self.rows(), "action": self.actions}.get(kind, [])
        if number.isdigit() and 0 < int(number) <= len(rows) and rows[int(number) - 1].fields:
            rows[int(number) - 1].say(text)
        else:
            self.errors.append(str(text))


def _source(data, prefix: str, bound: bool) -> dict:
    if bound:
        return {"data": data}
    begin = f"{prefix}-"
    return {"initial": {k[len(begin) :]: data[k] for k in data if k.startswith(begin)}}
