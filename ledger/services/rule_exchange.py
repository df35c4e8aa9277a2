"""Rules out and in as JSON, with names instead of numbers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger.errors import LedgerError
from ledger.models import Account, Category, Payee, Rule, Tag
from ledger.rules.language import VERSION, RuleError
from ledger.rules.references import Translate, translate_actions, translate_conditions
from ledger.services.rulebook import TooManyRulesError, save_rule

MAX_BYTES = 2_000_000
_KEY = "housebook_rules"


class NotRulesError(LedgerError):
    """The file is not an export of rules."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rules came in, and why others did not: (name of the rule, reason)."""

    added: int
    problems: tuple[tuple[str, str], ...]


class _Gone(ValueError):
    """A name that the household does not have, or that more than one row has."""


def export_rules(household: Household) -> str:
    """All rules in their order, as text."""
    names = _names(household)

    def name_of(kind: str, value):
        return names[kind].get(value) if isinstance(value, int) else value

    rules = [
        {
            "name": rule.name,
            "active": rule.is_active,
            "conditions": translate_conditions(rule.conditions, name_of),
            "actions": translate_actions(rule.actions, name_of),
        }
        for rule in Rule.objects.for_household(household)
    ]
    return json.dumps({_KEY: VERSION, "rules": rules}, ensure_ascii=False, indent=2)


def _names(household: Household) -> dict[str, dict[int, str]]:
    """Number -> name; a category with its group, because two groups may have one of a name."""
    mine = {"household": household}
    return {
        "payee": dict(Payee.objects.filter(**mine).values_list("pk", "name")),
        "tag": dict(Tag.objects.filter(**mine).values_list("pk", "name")),
        "account": dict(Account.objects.filter(**mine).values_list("pk", "name")),
        "category": {
            pk: f"{group}: {name}"
            for pk, group, name in Category.objects.filter(**mine).values_list(
                "pk", "group__name", "name"
            )
        },
    }


@atomic
def import_rules(*, household: Household, data: str | bytes, by: User | None) -> Imported:
    """Add the rules of an export after those that are here.

    Payees and tags that a rule gives are made; what else a rule names must be here, or the rule is
    left out and reported. Raises NotRulesError.
    """
    if len(data) > MAX_BYTES:
        raise NotRulesError(_("This file is too large for rules."))
    try:
        given = json.loads(data)
        rules = given["rules"] if given[_KEY] == VERSION else None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NotRulesError(_("This is not an export of rules.")) from error
    if not isinstance(rules, list):
        raise NotRulesError(_("This is not an export of rules, or of a newer version."))
    numbers = _numbers(household)
    added, problems = 0, []
    for number, rule in enumerate(rules, 1):
        rule = rule if isinstance(rule, dict) else {}
        name = str(rule.get("name") or _("Rule %(n)s") % {"n": number}).replace("\0", "")[:120]
        try:
            save_rule(
                household=household,
                by=by,
                name=name,
                conditions=translate_conditions(rule.get("conditions"), _asked(numbers)),
                actions=translate_actions(rule.get("actions"), _given(numbers)),
                is_active=rule.get("active") is not False,
            )
        except TooManyRulesError:
            problems.append((name, _("A household has a thousand rules at most.")))
            break
        except (RuleError, _Gone) as error:
            problems.append((name, str(error)))
        else:
            added += 1
    return Imported(added, tuple(problems))


def _numbers(household: Household) -> dict[str, dict[str, Sequence[int]]]:
    """Name, case aside -> the rows of this name. A category goes by its name alone, too."""
    found: dict[str, dict[str, list[int]]] = {}
    for kind, names in _names(household).items():
        here = found[kind] = {}
        for pk, name in names.items():
            here.setdefault(name.casefold(), []).append(pk)
            if kind == "category":
                here.setdefault(name.partition(": ")[2].casefold(), []).append(pk)
    return found


def _asked(numbers) -> Translate:
    def translate(kind: str, name) -> int:
        found = numbers[kind].get(name.casefold(), ()) if isinstance(name, str) else ()
        if len(found) != 1:
            text = (
                _("“%(name)s” is not here.") if not found else _("“%(name)s” is not unique here.")
            )
            raise _Gone(text % {"name": str(name)[:80]})
        return found[0]

    return translate


def _given(numbers) -> Translate:
    find = _asked(numbers)

    def translate(kind: str, name):
        if kind in ("payee", "tag") and isinstance(name, str):
            found = numbers[kind].get(name.casefold(), ())
            return found[0] if len(found) == 1 else name.replace("\0", "")
        return find(kind, name)

    return translate
