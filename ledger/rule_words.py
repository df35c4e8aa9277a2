"""A rule in words, for lists and for people who may only read."""

from django.utils.translation import gettext as _

from accounts.models import Household
from ledger.forms.rules import ASKS, DIRECTIONS, DOES, WEEKDAYS
from ledger.models import Account, Category, Payee, Rule, Tag


class Words:
    """Says what rules ask and do; the household's names are read once, in four queries."""

    def __init__(self, household: Household):
        def names(model):
            return dict(model.objects.filter(household=household).values_list("pk", "name"))

        self.names = {
            "payee": names(Payee),
            "category": names(Category),
            "account": names(Account),
            "tag": names(Tag),
        }

    def _name(self, kind: str, pk) -> str:
        if isinstance(pk, str):
            return pk
        return self.names[kind].get(pk) or str(_("(gone)"))

    def conditions(self, rule: Rule) -> str:
        """ "Description contains “shop”, and amount is between 10 and 20"."""
        return self._group(rule.conditions)

    def _group(self, group: dict) -> str:
        joiner = _(" and ") if group.get("match") == "all" else _(" or ")
        texts = [
            f"({self._group(item)})" if "of" in item else self._condition(item)
            for item in group.get("of", ())
        ]
        return joiner.join(texts)

    def _condition(self, item: dict) -> str:
        field, op, value = item.get("field"), item.get("op"), item.get("value")
        label = str(ASKS.get(f"{field}-{op}", field))
        if op == "between":
            low, high = value.get("min"), value.get("max")
            if high is None:
                return _("%(what)s %(low)s or more") % {"what": _short(label), "low": low}
            if low is None:
                return _("%(what)s at most %(high)s") % {"what": _short(label), "high": high}
            return _("%(what)s %(low)s to %(high)s") % {
                "what": _short(label),
                "low": low,
                "high": high,
            }
        if field == "direction":
            return str(DIRECTIONS.get(value, value))
        if field == "weekday":
            return str(WEEKDAYS[value])
        if op == "is":
            return f"{label} {self._name(field, value)}"
        return f"{label} “{value}”"

    def actions(self, rule: Rule) -> str:
        """ "Give the category Food; Add tags holiday"."""
        return "; ".join(self._action(action) for action in rule.actions)

    def _action(self, action: dict) -> str:
        do, value = action.get("do"), action.get("value")
        label = str(DOES.get(do, do))
        if do in ("payee", "category"):
            return f"{label} {self._name(do, value)}"
        if do == "transfer":
            return f"{label} {self._name('account', value)}"
        if do == "tags":
            return f"{label} {', '.join(self._name('tag', tag) for tag in value)}"
        if do == "notes":
            return f"{label} “{value}”"
        if do == "split":
            sign = "%" if value["by"] == "percent" else ""
            parts = (
                " ".join(
                    filter(
                        None,
                        (
                            f"{part['share']}{sign}" if part.get("share") else _("the rest"),
                            self._name("category", part["category"])
                            if part.get("category")
                            else "",
                        ),
                    )
                )
                for part in value["parts"]
            )
            return f"{label}: {', '.join(parts)}"
        return label


def _short(label: str) -> str:
    """ "Amount" of "Amount is between"."""
    return label.removesuffix(str(_(" is between")))
