"""A rule as people write it: rows of conditions in groups, rows of actions.

The form works without JavaScript: each row has one kind for life, and buttons add and drop rows.
"""

import re
from decimal import Decimal, InvalidOperation

from django import forms
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import Household
from core.forms import MoneyField
from core.money import exponent, from_decimal, to_decimal
from core.numbers import row_id
from ledger.forms.transactions import TextField, category_choices
from ledger.models import Account, Payee, Tag

ASKS = {
    "description-contains": _("Description contains"),
    "description-equals": _("Description is"),
    "description-matches": _("Description matches a pattern"),
    "payee-is": _("Payee is"),
    "payee-contains": _("Payee contains"),
    "payee-equals": _("Payee is written"),
    "payee-matches": _("Payee matches a pattern"),
    "amount-between": _("Amount is between"),
    "account-is": _("Account is"),
    "direction-is": _("Direction is"),
    "day-between": _("Day of the month is between"),
    "weekday-is": _("Weekday is"),
    "tag-is": _("Tag is"),
}
DOES = {
    "category": _("Give the category"),
    "payee": _("Give the payee"),
    "tags": _("Add tags"),
    "notes": _("Write the note"),
    "split": _("Split"),
    "transfer": _("Make it a transfer with"),
    "skip_review": _("Keep it out of the inbox"),
}
WEEKDAYS = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
DIRECTIONS = {"out": _("Money out"), "in": _("Money in")}
SPLITS = {"percent": _("by per cent"), "amount": _("by amounts")}
SHARES = 6


class Lists:
    """What a household's rules can name; each list is read once."""

    def __init__(self, household: Household):
        self.household = household
        self.currency = household.base_currency

    @cached_property
    def accounts(self) -> list:
        rows = Account.objects.for_household(self.household)
        return [("", "–"), *((account.pk, account.name) for account in rows)]

    @cached_property
    def tags(self) -> dict[int, str]:
        return dict(Tag.objects.filter(household=self.household).values_list("pk", "name"))

    @cached_property
    def tag_choices(self) -> list:
        return [("", "–"), *self.tags.items()]

    @cached_property
    def _categories(self) -> dict[frozenset, list]:
        return {}

    def categories(self, keep) -> list:
        key = frozenset(keep)
        if key not in self._categories:
            self._categories[key] = category_choices(
                self.household, empty=str(_("No category")), keep=key
            )
        return self._categories[key]

    def payee_name(self, pk: int) -> str:
        found = Payee.objects.filter(household=self.household, pk=pk).first()
        return found.name if found else ""


def _payee_attrs() -> dict:
    return {
        "data-combo": reverse("ledger:payee_suggest"),
        "role": "combobox",
        "aria-expanded": "false",
        "aria-autocomplete": "list",
        "autocomplete": "off",
    }


class RowForm(forms.Form):
    """One condition or action of the kind `what`."""

    kinds: dict = {}

    def __init__(self, data=None, *, lists: Lists, what: str, group: int = 0, **kwargs):
        super().__init__(data, **kwargs)
        self.lists, self.what, self.group = lists, what, group
        self.build(*what.split("-"))
        for field in self.fields.values():
            base = "form-select" if isinstance(field.widget, forms.Select) else "form-control"
            wide = " w-auto" if base == "form-select" else ""
            field.widget.attrs["class"] = f"{base}{wide}"

    @property
    def title(self):
        """What the row asks or does, in words."""
        return self.kinds[self.what]

    def rows(self):
        """Bound fields, for the template."""
        return list(self)

    def say(self, message) -> None:
        """Put an error beside the row's first field."""
        names = list(self.fields)
        if names:
            self.add_error(names[0], message)

    def _text(self, label, *, limit: int = 500, **attrs) -> TextField:
        return TextField(label=label, max_length=limit, widget=forms.TextInput(attrs=attrs))

    def _choice(self, label, choices, *, required: bool = True) -> forms.ChoiceField:
        return forms.ChoiceField(label=label, choices=choices, required=required)


class ConditionForm(RowForm):
    """What is asked of a row."""

    kinds = ASKS

    def build(self, field: str, op: str) -> None:
        add = self.fields.__setitem__
        if self.what == "payee-is":
            add(
                "value",
                TextField(
                    label=_("Payee"), max_length=120, widget=forms.TextInput(attrs=_payee_attrs())
                ),
            )
        elif op == "matches":
            add(
                "value",
                self._text(_("Pattern"), limit=300, spellcheck="false", autocapitalize="none"),
            )
        elif op in ("contains", "equals"):
            add("value", self._text(_("Text")))
        elif field == "amount":
            for name, label in (("least", _("From")), ("most", _("To"))):
                add(name, MoneyField(label=label, required=False, currency=self.lists.currency))
        elif field == "day":
            for name, label in (("least", _("From day")), ("most", _("To day"))):
                add(
                    name, forms.IntegerField(label=label, required=False, min_value=1, max_value=31)
                )
        elif field == "account":
            add("value", self._choice(_("Account"), self.lists.accounts))
        elif field == "tag":
            add("value", self._choice(_("Tag"), self.lists.tag_choices))
        elif field == "direction":
            add("value", self._choice(_("Direction"), list(DIRECTIONS.items())))
        elif field == "weekday":
            add("value", self._choice(_("Weekday"), list(enumerate(WEEKDAYS))))

    def clean(self):
        data = super().clean()
        if self.what == "payee-is" and data.get("value"):
            payee = Payee.objects.filter(
                household=self.lists.household, name__iexact=data["value"]
            ).first()
            if payee is None:
                self.add_error("value", _("There is no payee of this name."))
            data["payee"] = payee
        if {"least", "most"} <= data.keys():
            least, most = data["least"], data["most"]
            if least is None and most is None:
                self.add_error("least", _("Enter one of the two."))
            elif None not in (least, most) and abs(least) > abs(most):
                self.add_error("least", _("This is more than the other."))
        return data

    def item(self) -> dict:
        """The condition as a rule stores it; the form is clean."""
        field, _dash, op = self.what.partition("-")
        data = self.cleaned_data
        if self.what == "payee-is":
            value = data["payee"].pk
        elif field == "amount":
            value = {"min": self._units(data["least"]), "max": self._units(data["most"])}
        elif field == "day":
            value = {"min": data["least"], "max": data["most"]}
        elif field in ("account", "tag", "weekday"):
            value = int(data["value"])
        else:
            value = data["value"]
        return {"field": field, "op": op, "value": value}

    def _units(self, minor: int | None) -> str | None:
        return None if minor is None else str(to_decimal(abs(minor), self.lists.currency))


def condition_initial(item: dict, lists: Lists) -> dict:
    """What a ConditionForm shows of a stored condition."""
    field, value = item["field"], item.get("value")
    if field == "payee" and item["op"] == "is":
        return {"value": lists.payee_name(value)}
    if field == "amount":
        ends = {"least": value.get("min"), "most": value.get("max")}
        return {name: _shown(text, lists.currency) for name, text in ends.items()}
    if field == "day":
        return {"least": value.get("min"), "most": value.get("max")}
    return {"value": value}


def _shown(text: str | None, currency: str):
    """An amount for a MoneyField; as it is written where the currency has not these decimals."""
    if text is None:
        return None
    number = Decimal(text)
    rounded = round(number, exponent(currency))
    return from_decimal(number, currency) if rounded == number else text


class ActionForm(RowForm):
    """What is done to a row."""

    kinds = DOES

    def build(self, do: str) -> None:
        add = self.fields.__setitem__
        lists = self.lists
        if do == "payee":
            add(
                "value",
                TextField(
                    label=_("Payee"), max_length=120, widget=forms.TextInput(attrs=_payee_attrs())
                ),
            )
        elif do == "category":
            add(
                "value",
                self._choice(
                    _("Category"), lists.categories({row_id(self.initial.get("value") or "")})
                ),
            )
        elif do == "tags":
            add("value", self._text(_("Tags"), limit=300))
            self.fields["value"].help_text = _("Separated by commas.")
        elif do == "notes":
            add("value", self._text(_("Note")))
        elif do == "transfer":
            add("value", self._choice(_("Account"), lists.accounts))
        elif do == "split":
            add("by", self._choice(_("Divide"), list(SPLITS.items())))
            keep = {row_id(self.initial.get(f"category_{n}") or "") for n in range(20)}
            for n in range(self._lines()):
                add(f"share_{n}", TextField(label=_("Share"), max_length=30, required=False))
                add(
                    f"category_{n}",
                    self._choice(_("Category"), lists.categories(keep), required=False),
                )

    def _lines(self) -> int:
        """How many lines a split shows: six, or two more than are filled."""

        def is_filled(n: int) -> bool:
            names = (f"share_{n}", f"category_{n}")
            return any(self.initial.get(k) or self.data.get(self.add_prefix(k)) for k in names)

        return min(20, max([SHARES, *(n + 2 for n in range(20) if is_filled(n))]))

    @property
    def by(self):
        return self["by"]

    def shares(self):
        """The lines of a split, for the template."""
        return [(self[f"share_{n}"], self[f"category_{n}"]) for n in range(self._lines())]

    def clean(self):
        data = super().clean()
        if self.what == "split":
            data["parts"] = []
            for n in range(self._lines()):
                share, category = data.get(f"share_{n}", ""), data.get(f"category_{n}", "")
                if not share and not category:
                    continue
                try:
                    number = self._share(share, data.get("by")) if share else None
                except (forms.ValidationError, InvalidOperation):
                    self.add_error(f"share_{n}", _("Enter a number, such as 12.50."))
                    continue
                data["parts"].append({"share": number, "category": row_id(category) or None})
        return data

    def _share(self, text: str, by: str) -> str:
        if by == "amount":
            field = MoneyField(currency=self.lists.currency)
            return str(to_decimal(abs(field.clean(text)), self.lists.currency))
        return str(Decimal(text.rstrip("% ").replace(",", ".")))

    def item(self) -> dict:
        """The action as a rule stores it, with the names of payees and tags; the form is clean."""
        data, do = self.cleaned_data, self.what
        if do == "skip_review":
            return {"do": do}
        if do == "split":
            return {"do": do, "value": {"by": data["by"], "parts": data["parts"]}}
        if do in ("category", "transfer"):
            return {"do": do, "value": int(data["value"])}
        if do == "tags":
            return {"do": do, "value": [name for name in data["value"].split(",") if name.strip()]}
        return {"do": do, "value": data["value"]}


def action_initial(item: dict, lists: Lists) -> dict:
    """What an ActionForm shows of a stored action."""
    do, value = item["do"], item.get("value")
    if do == "payee":
        return {"value": lists.payee_name(value) if isinstance(value, int) else value}
    if do == "tags":
        return {
            "value": ", ".join(
                filter(
                    None,
                    (tag if isinstance(tag, str) else lists.tags.get(tag, "") for tag in value),
                )
            )
        }
    if do == "split":
        shown: dict = {"by": value["by"]}
        for n, part in enumerate(value["parts"]):
            shown[f"share_{n}"] = part.get("share") or ""
            shown[f"category_{n}"] = part.get("category") or ""
        return shown
    return {"value": value}


_ROW = re.compile(r"(c|a)-(\d{1,4})-what")


def posted_rows(data, kind: str) -> list[int]:
    """The numbers of the rows of this kind ("c" or "a") that a form carries, in order; at most 60."""
    found = {int(match[2]) for name in data if (match := _ROW.fullmatch(name)) and match[1] == kind}
    return sorted(found)[:60]
