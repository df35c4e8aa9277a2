"""Rules follow what they name into what it was merged with."""

from collections.abc import Iterable

from accounts.models import Household
from ledger.models import Rule
from ledger.rules.references import translate_actions, translate_conditions


def follow_merge(household: Household, kind: str, gone: Iterable[int], into: int) -> int:
    """Let rules that name one of `gone` ("payee", "category" or "tag") name `into`; how many do now.

    Undoing the merge leaves them there: they still mean what they say.
    """
    gone = set(gone)

    def translate(found: str, value):
        return into if found == kind and value in gone else value

    changed = []
    for rule in Rule.objects.for_household(household):
        conditions = translate_conditions(rule.conditions, translate)
        actions = translate_actions(rule.actions, translate)
        if (conditions, actions) != (rule.conditions, rule.actions):
            rule.conditions, rule.actions = conditions, [_without_doubles(a) for a in actions]
            changed.append(rule)
    Rule.objects.bulk_update(changed, ["conditions", "actions"], batch_size=200)
    return len(changed)


def _without_doubles(action: dict) -> dict:
    if action.get("do") != "tags":
        return action
    return {**action, "value": list(dict.fromkeys(action["value"]))}
