"""Forms of the welcome, and of what one may rehearse."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import bare_helper
from core.formatting import format_day
from core.forms import DayField, MoneyField
from core.money import CURRENCIES
from core.numbers import row_id
from insights.forecast_inputs import Inputs
from insights.projection.changes import Change, Loan, Lose, Move, Purchase, Reprice
from ledger.forms.transactions import TextField
from ledger.models import Account


class StartForm(forms.Form):
    """What a new household starts with."""

    starter = forms.BooleanField(
        label=_("Add a set of categories that suits most households"), required=False, initial=True
    )
    account_name = TextField(label=_("Your first account"), required=False, max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=Account.Kind.choices, required=False)
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, code) for code in CURRENCIES], required=False
    )
    balance = MoneyField(label=_("Balance today"), required=False)

    def __init__(self, *args, currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()
        self.fields["currency"].initial = currency
        chosen = self.data.get("currency") if self.is_bound else currency
        if chosen in CURRENCIES:
            self.fields["balance"].currency = chosen


class _RehearseForm(forms.Form):
    """One change to what is known. `change()` is what it says once it is valid."""

    title = ""
    kind = ""
    icon = ""

    def __init__(self, data=None, *, inputs: Inputs, **kwargs):
        super().__init__(data, auto_id=f"id_{self.kind}_%s", **kwargs)
        self.inputs = inputs
        self.helper = bare_helper()
        tomorrow = inputs.today + dt.timedelta(days=1)
        bounds = {"min": tomorrow.isoformat(), "max": inputs.last.isoformat()}
        self.fields["day"].widget.attrs.update(bounds)
        self.fields["day"].initial = tomorrow
        if "account" in self.fields:
            accounts = inputs.accounts.values()
            self.fields["account"].choices = [(a.pk, a.name) for a in accounts if not a.is_debt]
        if "occurrence" in self.fields:
            self.fields["occurrence"].choices = self._occurrences()
        if "series" in self.fields:
            self.fields["series"].choices = self._series()
        if "amount" in self.fields:
            self.fields["amount"].currency = self._currency()

    def _occurrences(self) -> list:
        known = {f.occurrence: f for f in reversed(self.inputs.flows) if f.occurrence}
        flows = sorted(known.values(), key=lambda flow: (flow.day, flow.label))
        return [(f.occurrence, f"{format_day(f.day, 'd MMM')} · {f.label}") for f in flows]

    def _series(self) -> list:
        """Each once; income first."""
        known = {f.series: f for f in reversed(self.inputs.flows) if f.series}
        flows = sorted(known.values(), key=lambda flow: (not flow.is_income, flow.label))
        return [(flow.series, flow.label) for flow in flows]

    def _currency(self) -> str:
        """Of the account, or of the account of the series, that was chosen."""
        accounts, default = self.inputs.accounts, self.inputs.household.base_currency
        if "account" in self.fields:
            chosen = accounts.get(row_id(self.data.get("account", "")))
            return chosen.currency if chosen else default
        series = row_id(self.data.get("series", ""))
        flow = next((f for f in self.inputs.flows if series and f.series == series), None)
        return accounts[flow.account].currency if flow else default

    @property
    def is_possible(self) -> bool:
        """Whether there is anything to choose from."""
        return all(getattr(field, "choices", True) for field in self.fields.values())

    def clean_day(self):
        day = self.cleaned_data["day"]
        if not self.inputs.today < day <= self.inputs.last:
            last = format_day(self.inputs.last)
            raise forms.ValidationError(
                _("Choose a day after today, up to %(last)s.") % {"last": last}
            )
        return day

    def clean_amount(self):
        if self.cleaned_data["amount"] < 0:
            raise forms.ValidationError(_("Enter an amount without a sign."))
        return self.cleaned_data["amount"]


def _choice(label):
    return forms.TypedChoiceField(label=label, coerce=int)


class PurchaseForm(_RehearseForm):
    title, kind, icon = _("Buy something"), "buy", "shopping-cart"
    amount = MoneyField(label=_("Amount"), allow_zero=False)
    account = _choice(_("From account"))
    day = DayField(label=_("Day"))

    def change(self) -> Change:
        return Purchase(**self.cleaned_data)


class MoveForm(_RehearseForm):
    title, kind, icon = _("Move a bill"), "move", "calendar"
    occurrence = _choice(_("Which"))
    day = DayField(label=_("To day"))

    def change(self) -> Change:
        return Move(**self.cleaned_data)


class LoseForm(_RehearseForm):
    title, kind, icon = _("Lose an income, end a bill"), "lose", "x"
    series = _choice(_("Which"))
    day = DayField(label=_("From day"))

    def change(self) -> Change:
        return Lose(**self.cleaned_data)


class RepriceForm(_RehearseForm):
    title, kind, icon = _("Change an amount"), "price", "edit"
    series = _choice(_("Which"))
    amount = MoneyField(label=_("New amount"), allow_zero=False)
    day = DayField(label=_("From day"))

    def change(self) -> Change:
        return Reprice(**self.cleaned_data)


class LoanForm(_RehearseForm):
    title, kind, icon = _("Pay a loan"), "loan", "percentage"
    amount = MoneyField(label=_("Each month"), allow_zero=False)
    account = _choice(_("From account"))
    day = DayField(label=_("First on"))

    def change(self) -> Change:
        return Loan(**self.cleaned_data)


REHEARSALS = (PurchaseForm, MoveForm, LoseForm, RepriceForm, LoanForm)
