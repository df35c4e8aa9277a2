"""Debts, and what is paid beside the least payments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import bare_helper
from accounts.models import Household
from budget.models import Debt
from core.forms import MoneyField
from core.money import CURRENCIES
from core.numbers import row_id
from ledger.forms.transactions import TextField
from ledger.models import Account


class PercentField(forms.DecimalField):
    """Per cent as people type them: "3,85", "19.9 %"."""

    def __init__(self, **kwargs):
        super().__init__(min_value=0, widget=forms.TextInput(), **kwargs)
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value):
        if isinstance(value, str):
            value = value.replace("%", "").replace(",", ".").strip()
        return super().to_python(value)

    def prepare_value(self, value):
        return f"{value.normalize():f}" if hasattr(value, "normalize") else value


class DebtForm(forms.Form):
    """A debt: with an account its balance is read from it, else it is typed."""

    name = TextField(label=_("Name"), max_length=80)
    account = forms.ChoiceField(
        label=_("Account"),
        required=False,
        help_text=_("What you owe is read from it every day."),
    )
    balance = MoneyField(
        label=_("You owe"), required=False, help_text=_("Only without an account.")
    )
    currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[(code, code) for code in CURRENCIES],
        required=False,
        help_text=_("Only without an account."),
    )
    rate = PercentField(
        label=_("Interest, per cent a year"), max_value=999, max_digits=7, decimal_places=4
    )
    minimum = MoneyField(label=_("You pay each month at least"), required=False)
    minimum_percent = PercentField(
        label=_("Or per cent of what you owe"),
        required=False,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text=_("As credit cards ask for it; the amount beside it is then the least of it."),
    )
    payment_day = forms.IntegerField(
        label=_("Paid on day"), min_value=1, max_value=31, initial=1, help_text=_("Of the month.")
    )

    def __init__(self, *args, household: Household, debt: Debt | None = None, **kwargs):
        initial = {"currency": household.base_currency, **kwargs.pop("initial", {})}
        if debt is not None:
            initial |= {name: getattr(debt, name) for name in self.base_fields if name != "account"}
            initial["account"] = debt.account_id or ""
        super().__init__(*args, initial=initial, **kwargs)
        self.helper = bare_helper()
        taken = Debt.objects.for_household(household).exclude(account=None)
        if debt is not None:
            taken = taken.exclude(pk=debt.pk)
        taken = set(taken.values_list("account_id", flat=True))
        self.accounts = {
            one.pk: one
            for one in Account.objects.for_household(household)
            if one.is_debt and one.pk not in taken and not one.is_closed
        }
        choices = [(pk, one.name) for pk, one in self.accounts.items()]
        self.fields["account"].choices = [("", _("None: I type what I owe")), *choices]
        data = self.data if self.is_bound else initial
        account = self.accounts.get(row_id(data.get("account") or ""))
        currency = account.currency if account else data.get("currency")
        if currency in CURRENCIES:
            for name in ("balance", "minimum"):
                self.fields[name].currency = currency

    def clean(self):
        data = super().clean()
        for name in ("balance", "minimum"):
            if (data.get(name) or 0) < 0:
                self.add_error(name, _("Enter an amount that is not below zero."))
        if not data.get("account") and data.get("balance") is None and "balance" not in self.errors:
            self.add_error("balance", _("Type what you owe, or choose an account."))
        if not (data.get("minimum") or data.get("minimum_percent")) and not (
            {"minimum", "minimum_percent"} & self.errors.keys()
        ):
            self.add_error("minimum", _("Say what you pay each month at least."))
        return data

    def facts(self) -> dict:
        """What `save_debt` takes."""
        data = dict(self.cleaned_data)
        data["account"] = self.accounts.get(row_id(data["account"]))
        data["balance"], data["minimum"] = data["balance"] or 0, data["minimum"] or 0
        return data


class PlanForm(forms.Form):
    """What is paid beside the least payments, and what "one more payment" is."""

    extra = MoneyField(label=_("More each month"), required=False)
    more = MoneyField(label=_("One more payment"), required=False)

    def __init__(self, *args, currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()
        for field in self.fields.values():
            field.currency = currency

    def _not_below_zero(self, name: str):
        amount = self.cleaned_data.get(name)
        if amount is not None and amount < 0:
            raise forms.ValidationError(_("Enter an amount that is not below zero."))
        return amount

    def clean_extra(self):
        return self._not_below_zero("extra")

    def clean_more(self):
        return self._not_below_zero("more")
