"""Typing transactions: add, edit, split, transfer, bulk."""

import uuid
from collections.abc import Collection

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.forms import bare_helper
from accounts.models import Household
from core.forms import DayField, MoneyField, clean_text
from core.numbers import row_id
from ledger.models import Account, Category, Status, Tag
from ledger.services.naming import find_or_make_payee, find_or_make_tags
from ledger.services.transactions import KEEP, Part


def category_choices(household: Household, *, empty: str, keep: Collection[int] = ()) -> list:
    """Active categories by group, as the options of a select; of the archived ones those in `keep`."""
    groups: dict[str, list] = {}
    for category in Category.objects.for_household(household):
        if category.is_archived and category.pk not in keep:
            continue
        groups.setdefault(category.group.name, []).append((category.pk, category.name))
    return [("", empty), *groups.items()]


class TextField(forms.CharField):
    """Free text that any database stores."""

    def clean(self, value):
        return clean_text(super().clean(value) or "").strip()


class OfHousehold:
    """Turns the ids that forms carry into the household's own rows."""

    def own(self, model, pk):
        """The household's row of this number, or None for none; other people's are an error."""
        if not pk:
            return None
        found = model.objects.filter(household=self.household, pk=pk).first()
        if found is None:
            raise forms.ValidationError(_("Choose one from the list."))
        return found

    def clean_category(self):
        return self.own(Category, self.cleaned_data.get("category"))

    def clean_account(self):
        return self.own(Account, self.cleaned_data.get("account"))


class TransactionForm(OfHousehold, forms.Form):
    """One line: amount, payee, category, account, date. A sign overrules the direction."""

    amount = MoneyField(label=_("Amount"), allow_zero=False)
    direction = forms.ChoiceField(
        label=_("Direction"),
        required=False,
        choices=[("out", _("Money out")), ("in", _("Money in"))],
    )
    payee = TextField(label=_("Payee"), required=False, max_length=120)
    category = forms.TypedChoiceField(label=_("Category"), required=False, coerce=int)
    account = forms.TypedChoiceField(label=_("Account"), coerce=int)
    date = DayField(label=_("Date"))
    notes = TextField(
        label=_("Notes"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    tags = TextField(
        label=_("Tags"), required=False, max_length=300, help_text=_("Separated by commas.")
    )
    status = forms.TypedChoiceField(
        label=_("State"),
        required=False,
        coerce=int,
        choices=[(Status.BOOKED.value, _("Booked")), (Status.PENDING.value, _("Pending"))],
    )
    submission = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, household: Household, accounts: list[Account], inline=None, **kwargs):
        """`inline` is the transaction that is edited in its row of a list."""
        if inline is not None:  # several rows can be open at once
            kwargs["auto_id"] = f"id_{inline.pk}_%s"
        super().__init__(*args, **kwargs)
        self.accounts = accounts
        self.household = household
        self.helper = bare_helper()
        if inline is not None:
            self.fields["notes"].widget.attrs["rows"] = 1
            self.fields["tags"].help_text = ""
        self.fields["payee"].widget.attrs.update(
            {
                "data-combo": reverse("ledger:payee_suggest"),
                "role": "combobox",
                "aria-expanded": "false",
                "aria-autocomplete": "list",
                "autocomplete": "off",
            }
        )
        # An archived category stays on the rows that have it: the select must be able to say so.
        keep = {self.initial.get("category")}
        self.fields["category"].choices = category_choices(
            household, empty=str(_("No category")), keep=keep
        )
        self.fields["account"].choices = [(a.pk, a.name) for a in accounts]
        chosen = self.data.get(self.add_prefix("account")) if self.is_bound else None
        by_id = {str(account.pk): account for account in accounts}
        account = by_id.get(str(chosen)) or (accounts[0] if accounts else None)
        if account is not None:
            self.fields["amount"].currency = account.currency
        self.fields["submission"].initial = uuid.uuid4()

    def clean(self):
        data = super().clean()
        amount = data.get("amount")
        typed = str(self.data.get("amount", "")).strip()
        if amount and not typed.startswith(("+", "-", "\u2212", "(")):
            data["amount"] = abs(amount) * (1 if data.get("direction") == "in" else -1)
        return data

    def facts(self) -> dict:
        """What the services take; payees and tags that are new are made."""
        data = self.cleaned_data
        return {
            "account": data["account"],
            "date": data["date"],
            "amount": data["amount"],
            "payee": find_or_make_payee(household=self.household, name=data["payee"]),
            "category": data["category"],
            "notes": data["notes"],
            "tags": find_or_make_tags(household=self.household, names=data["tags"].split(",")),
            "status": Status.BOOKED if data.get("status", "") == "" else data["status"],
        }


def what_differs(saved: TransactionForm, typed: TransactionForm) -> list[tuple[str, str, str]]:
    """(field, what is saved, what was typed) where the two differ; `typed` is clean."""
    found = []
    for name, field in saved.fields.items():
        if name == "submission" or name not in typed.cleaned_data:
            continue
        choices = dict(flatten(getattr(field, "choices", ())))
        sides = []
        for value in (saved[name].value(), typed.cleaned_data[name]):
            value = abs(value) if name == "amount" and isinstance(value, int) else value
            if name == "direction" and not value:
                value = "in" if typed.cleaned_data["amount"] > 0 else "out"
            value = field.prepare_value(getattr(value, "pk", value))
            sides.append(str(choices.get(value, value or "–")))
        if sides[0] != sides[1]:
            found.append((str(field.label), *sides))
    return found


def flatten(choices) -> list[tuple]:
    """The options of a select without their groups."""
    found = []
    for key, value in choices:
        found += value if isinstance(value, list | tuple) else [(key, value)]
    return found


class TransferForm(OfHousehold, forms.Form):
    """Money from one account to another, with both amounts between currencies."""

    source = forms.TypedChoiceField(label=_("From"), coerce=int)
    target = forms.TypedChoiceField(label=_("To"), coerce=int)
    amount = MoneyField(label=_("Amount that leaves"), allow_zero=False)
    target_amount = MoneyField(
        label=_("Amount that arrives"),
        required=False,
        help_text=_("Only between currencies."),
    )
    date = DayField(label=_("Date"))
    notes = TextField(label=_("Notes"), required=False, max_length=2000)
    submission = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, household: Household, accounts: list[Account], **kwargs):
        super().__init__(*args, **kwargs)
        self.household = household
        self.helper = bare_helper()
        by_id = {str(account.pk): account for account in accounts}
        for name, amount in (("source", "amount"), ("target", "target_amount")):
            self.fields[name].choices = [(a.pk, f"{a.name} ({a.currency})") for a in accounts]
            chosen = by_id.get(str(self.data.get(name)))
            if chosen:
                self.fields[amount].currency = chosen.currency
        self.fields["submission"].initial = uuid.uuid4()

    def clean_source(self):
        return self.own(Account, self.cleaned_data.get("source"))

    def clean_target(self):
        return self.own(Account, self.cleaned_data.get("target"))


class OtherSideForm(OfHousehold, forms.Form):
    """On which account the other side of a transaction is."""

    account = forms.TypedChoiceField(label=_("Account"), coerce=int)
    amount = MoneyField(label=_("Amount there"), required=False, allow_zero=False)

    def __init__(self, data=None, *, row, accounts: list[Account]):
        super().__init__(data, auto_id="other_%s")  # stands beside the row's own form
        self.household = row.household
        others = [a for a in accounts if a.pk != row.account_id]
        self.fields["account"].choices = [(a.pk, f"{a.name} ({a.currency})") for a in others]
        foreign = [a for a in others if a.currency != row.account.currency]
        chosen = next((a for a in others if str(a.pk) == self.data.get("account")), None)
        if foreign:
            self.fields["amount"].currency = (chosen or foreign[0]).currency
            self.fields["amount"].help_text = _("Only between currencies.")
        else:
            del self.fields["amount"]
        self.helper = bare_helper()

    def clean_account(self):
        return self.own(Account, self.cleaned_data.get("account"))


class SplitForm(forms.Form):
    """The parts of a split, as many rows as are filled."""

    ROWS = 8

    def __init__(self, data=None, *, transaction, parts=()):
        self.transaction = transaction
        self.household = transaction.household
        super().__init__(data)
        currency = transaction.account.currency
        parts = list(parts)
        choices = category_choices(
            self.household,
            empty=str(_("No category")),
            keep={part.category_id for part in parts},
        )
        for number in range(max(self.ROWS, len(parts) + 2)):
            part = parts[number] if number < len(parts) else None
            self.fields[f"amount_{number}"] = MoneyField(
                label=_("Amount"),
                required=False,
                currency=currency,
                initial=part.amount if part else None,
                widget=forms.TextInput(
                    attrs={"data-split-amount": "", "class": "form-control amount"}
                ),
            )
            self.fields[f"category_{number}"] = forms.TypedChoiceField(
                label=_("Category"),
                required=False,
                coerce=int,
                choices=choices,
                initial=part.category_id if part else None,
                widget=forms.Select(attrs={"class": "form-select"}),
            )
            self.fields[f"notes_{number}"] = TextField(
                label=_("Notes"),
                required=False,
                max_length=500,
                initial=part.notes if part else "",
                widget=forms.TextInput(attrs={"class": "form-control"}),
            )

    def rows(self):
        """Bound fields in rows, for the template."""
        count = len(self.fields) // 3
        return [
            (self[f"amount_{n}"], self[f"category_{n}"], self[f"notes_{n}"]) for n in range(count)
        ]

    def parts(self) -> list[Part]:
        """The filled rows; a positive amount takes the sign of the transaction."""
        data, parts = self.cleaned_data, []
        own = {c.pk: c for c in Category.objects.filter(household=self.household)}
        sign = 1 if self.transaction.amount > 0 else -1
        for number in range(len(self.fields) // 3):
            amount = data.get(f"amount_{number}")
            if not amount:
                continue
            typed = str(self.data.get(f"amount_{number}", "")).strip()
            if not typed.startswith(("-", "+", "\u2212")):
                amount = sign * abs(amount)
            parts.append(
                Part(amount, own.get(data[f"category_{number}"]), None, data[f"notes_{number}"])
            )
        return parts


class BulkForm(OfHousehold, forms.Form):
    """What to change on a selection; empty fields stay as they are."""

    category = forms.CharField(required=False)
    payee = TextField(required=False, max_length=120)
    add_tags = TextField(required=False, max_length=300)
    remove_tag = forms.IntegerField(required=False)
    status = forms.TypedChoiceField(
        required=False, coerce=int, choices=[("", ""), (1, "booked"), (0, "pending")]
    )

    def __init__(self, *args, household: Household, **kwargs):
        super().__init__(*args, **kwargs)
        self.household = household

    def clean_category(self):
        value = self.cleaned_data["category"]
        if value == "":
            return KEEP
        if value == "none":
            return None
        return self.own(Category, row_id(value) or -1)

    def clean_remove_tag(self):
        return self.own(Tag, self.cleaned_data["remove_tag"])

    def facts(self) -> dict:
        """What `bulk_edit` takes."""
        data = self.cleaned_data
        facts = {"category": data["category"]}
        if data["payee"]:
            facts["payee"] = find_or_make_payee(household=self.household, name=data["payee"])
        if data["status"] != "":
            facts["status"] = data["status"]
        facts["add_tags"] = find_or_make_tags(
            household=self.household, names=data["add_tags"].split(",")
        )
        facts["remove_tags"] = [data["remove_tag"]] if data["remove_tag"] else []
        return facts
