"""Forms of the import wizard."""

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import CURRENCIES
from imports.parsers.csv_mapping import CsvMapping, MappingError
from imports.parsers.dates import order_of
from ledger.models import Account

ROLES = [
    ("date", _("Date")),
    ("amount", _("Amount")),
    ("debit", _("Money out")),
    ("credit", _("Money in")),
    ("flag", _("In or out, in words")),
    ("description", _("Description")),
    ("payee", _("Payee")),
    ("payer", _("Payer, of money in")),
    ("notes", _("Notes")),
    ("id", _("The bank's own number")),
    ("currency", _("Currency")),
    ("category", _("Category")),
    ("state", _("State")),
    ("balance", _("Balance")),
    ("fee", _("Fee on top of the amount")),
]


# Only the order counts to the reader.
DATE_FORMATS = [
    ("%d/%m/%Y", _("Day, month, year")),
    ("%m/%d/%Y", _("Month, day, year")),
    ("%Y-%m-%d", _("Year, month, day")),
]
ENCODINGS = (
    "utf-8 cp1252 cp1250 cp1251 iso-8859-1 iso-8859-2 iso-8859-15 utf-16 shift_jis euc-kr gb18030"
).split()


class AccountChoice(forms.Form):
    """An account of the household, or a new one."""

    account = forms.ChoiceField(label=_("Into account"))
    new_name = forms.CharField(label=_("Name of the new account"), required=False, max_length=80)
    new_currency = forms.ChoiceField(
        label=_("Its currency"), choices=[(c, c) for c in CURRENCIES], required=False
    )

    def __init__(self, *args, accounts: list[Account], currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["account"].choices = [
            *((str(a.pk), f"{a.name} ({a.currency})") for a in accounts),
            ("new", _("A new account")),
        ]
        self.fields["new_currency"].initial = currency

    def clean(self):
        data = super().clean()
        if data.get("account") == "new" and not data.get("new_name"):
            self.add_error("new_name", _("Give the new account a name."))
        return data


class BookForm(forms.Form):
    """Where each account of another program's book goes, and what its file leaves open."""

    currency = forms.ChoiceField(label=_("Amounts are in"), choices=[(c, c) for c in CURRENCIES])
    date_order = forms.ChoiceField(
        label=_("Dates are written"),
        choices=[
            ("", _("Choose…")),
            ("dmy", _("Day first: 31/12/2026")),
            ("mdy", _("Month first: 12/31/2026")),
        ],
    )

    def __init__(self, *args, options: dict, accounts: list[Account], **kwargs):
        """`options` are the job's. Offered for an account of theirs are those of its currency."""
        facts = {"currency": options["currency"], "date_order": options["date_order"]}
        super().__init__(*args, initial=facts, **kwargs)
        self.options = options
        for name, is_asked in (("date_order", "asks_order"), ("currency", "asks_currency")):
            if not options["found"][is_asked]:
                del self.fields[name]
        for number, there in enumerate(options["accounts_there"]):
            ours = [
                (str(one.pk), f"{one.name} ({_('closed')})" if one.is_closed else one.name)
                for one in accounts
                if one.currency == there["currency"]
            ]
            self.fields[f"account_{number}"] = forms.ChoiceField(
                label=there["title"],
                choices=[("new", _("A new account")), *ours, ("out", _("Leave out"))],
                initial=options["targets"][number],
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )

    def targets(self):
        """Each account of theirs with its bound field."""
        for number, there in enumerate(self.options["accounts_there"]):
            yield there, self[f"account_{number}"]

    def questions(self):
        """The other bound fields."""
        return [self[name] for name in ("date_order", "currency") if name in self.fields]

    def other_reading(self) -> dict[str, str] | None:
        """Currency and order of dates as they were chosen, when one is not the job's."""
        if not self.is_bound:
            return None
        chosen = {name: self.options[name] for name in ("currency", "date_order")}
        for name in chosen.keys() & self.fields.keys():
            if (value := self[name].data) in dict(self.fields[name].choices):
                chosen[name] = value
        same = all(self.options[name] == value for name, value in chosen.items())
        return None if same else chosen

    def clean(self):
        data = super().clean()
        count = len(self.options["accounts_there"])
        data["targets"] = [data.get(f"account_{number}") for number in range(count)]
        if count and set(data["targets"]) == {"out"}:
            raise forms.ValidationError(_("Every account is left out: nothing would come in."))
        return data


class MappingForm(forms.Form):
    """How a CSV is read: a role for each column, and the file's ways of writing."""

    encoding = forms.ChoiceField(label=_("Text encoding"), choices=[(e, e) for e in ENCODINGS])
    delimiter = forms.ChoiceField(
        label=_("Between columns"),
        choices=[(",", _("Comma")), (";", _("Semicolon")), ("tab", _("Tab")), ("|", _("Bar"))],
    )
    skip = forms.IntegerField(label=_("Lines before the table"), min_value=0, max_value=1000)
    has_header = forms.BooleanField(label=_("The first line names the columns"), required=False)
    date_format = forms.ChoiceField(label=_("Dates are written"), choices=DATE_FORMATS)
    decimal_mark = forms.ChoiceField(
        label=_("Decimals after"), choices=[(".", _("Point: 12.50")), (",", _("Comma: 12,50"))]
    )
    flip_sign = forms.TypedChoiceField(
        label=_("A positive amount is"),
        coerce=lambda value: value == "True",
        choices=[("False", _("Money in")), ("True", _("Money out, as on a card statement"))],
    )

    def __init__(self, *args, mapping: CsvMapping, width: int, is_text: bool = True, **kwargs):
        initial = {name: getattr(mapping, name) for name in self.base_fields}
        initial["delimiter"] = "tab" if mapping.delimiter == "\t" else mapping.delimiter
        order = order_of(mapping.date_format)
        initial["date_format"] = next(f for f, _label in DATE_FORMATS if order_of(f) == order)
        super().__init__(*args, initial=initial, **kwargs)
        if mapping.encoding not in ENCODINGS:
            self.fields["encoding"].choices = [
                (mapping.encoding, mapping.encoding),
                *self.fields["encoding"].choices,
            ]
        self.mapping = mapping
        if not is_text:  # A workbook says itself where its cells end.
            del self.fields["encoding"], self.fields["delimiter"]
        for column in range(width):
            self.fields[f"column_{column}"] = forms.ChoiceField(
                required=False,
                choices=[("", _("Leave out")), *ROLES],
                initial=self._role(column),
                widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
            )

    def _role(self, column: int) -> str:
        for role, _label in ROLES:
            value = getattr(self.mapping, role)
            if column == value or (role == "description" and column in value):
                return role
        return ""

    def columns(self):
        """The bound role fields, in the order of the columns."""
        return [self[name] for name in self.fields if name.startswith("column_")]

    def settings(self):
        """The other bound fields."""
        return [self[name] for name in self.base_fields if name in self.fields]

    def other_reading(self) -> tuple[str, str] | None:
        """The encoding and the delimiter that were chosen, when one is not the mapping's."""
        if not self.is_bound or "encoding" not in self.fields:
            return None
        chosen = []
        for name in ("encoding", "delimiter"):
            value = self[name].data
            if value not in dict(self.fields[name].choices):
                return None
            chosen.append("\t" if value == "tab" else value)
        return tuple(chosen) if chosen != [self.mapping.encoding, self.mapping.delimiter] else None

    def clean(self):
        data = super().clean()
        roles: dict[str, list[int]] = {}
        for name, role in data.items():
            if name.startswith("column_") and role:
                roles.setdefault(role, []).append(int(name.removeprefix("column_")))
        twice = [
            role for role, columns in roles.items() if len(columns) > 1 and role != "description"
        ]
        if twice:
            raise forms.ValidationError(_("Only the description can have several columns."))
        facts = {role: roles.get(role, [None])[0] for role, _label in ROLES}
        facts["description"] = tuple(roles.get("description", ()))
        if facts["debit"] is not None or facts["credit"] is not None:
            facts["amount"] = None
        plain = {name: data[name] for name in self.base_fields if name in data}
        if plain.get("delimiter") == "tab":
            plain["delimiter"] = "\t"
        if facts["amount"] is None:
            facts["flag"] = None
        try:
            mapping = self.mapping.with_changes(**facts, **plain)
        except MappingError as error:
            raise forms.ValidationError(str(error)) from error
        if not mapping.is_complete:
            raise forms.ValidationError(_("Say which column is the date, and which the amount."))
        data["mapping"] = mapping
        return data
