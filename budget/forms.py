"""What people type about their budget."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import bare_helper
from accounts.models import Household
from budget.models import BudgetPlan, CategoryPlan
from core.forms import DayField, MoneyField
from core.money import MAX_MINOR
from core.months import Month
from core.numbers import row_id
from ledger.forms.transactions import TextField
from ledger.models import Category, CategoryKind, Payee, Transaction


class BudgetMoneyField(MoneyField):
    """An amount of zero or more, in the ledger's range."""

    def clean(self, value):
        minor = super().clean(value)
        if minor is not None and not 0 <= minor <= MAX_MINOR:
            raise forms.ValidationError(_("Enter an amount of zero or more."))
        return minor


class AmountForm(forms.Form):
    """The amount of one category in one month; empty takes it back."""

    amount = BudgetMoneyField(required=False)

    def __init__(self, data, *, currency: str):
        super().__init__(data)
        self.fields["amount"].currency = currency


class MoveForm(forms.Form):
    """Money from one envelope to another; empty is what is to be assigned."""

    amount = BudgetMoneyField(label=_("Amount"))
    source = forms.CharField(label=_("From"), required=False)
    target = forms.CharField(label=_("To"), required=False)

    def __init__(self, data=None, *, household: Household):
        super().__init__(data)
        self.household = household
        self.fields["amount"].currency = household.base_currency

    def _envelope(self, name: str) -> Category | None:
        text = self.cleaned_data.get(name)
        if not text:
            return None
        rows = Category.objects.filter(household=self.household, group__kind=CategoryKind.EXPENSE)
        found = rows.filter(pk=row_id(text)).first()
        if found is None:
            raise forms.ValidationError(_("Choose one from the list."))
        return found

    def clean_source(self):
        return self._envelope("source")

    def clean_target(self):
        return self._envelope("target")


class MonthField(forms.CharField):
    """A month, as the browser's own picker sends it; cleans to a core.months.Month."""

    widget = forms.TextInput(attrs={"type": "month"})

    def clean(self, value):
        try:
            month = Month.parse(super().clean(value) or "")
        except ValueError as error:
            if not value and not self.required:
                return None
            raise forms.ValidationError(_("A month is written like 2026-11.")) from error
        if not 1971 <= month.year <= 2199:
            raise forms.ValidationError(_("Enter a month between 1971 and 2199."))
        return month


class PlanForm(forms.Form):
    """How the household budgets."""

    method = forms.ChoiceField(
        label=_("How you work"), choices=BudgetPlan.Method.choices, widget=forms.RadioSelect
    )
    first_month = MonthField(
        label=_("Begin with"),
        help_text=_("What is carried over, and envelopes, begin with this month."),
    )
    near_percent = forms.IntegerField(
        label=_("Warn from"),
        min_value=1,
        max_value=100,
        help_text=_("Per cent of a limit that are spent."),
    )
    period = forms.ChoiceField(
        label=_("Periods"), choices=BudgetPlan.Period.choices, widget=forms.RadioSelect
    )
    pay_day_payee = forms.ChoiceField(label=_("Who pays your salary"), required=False)
    pay_day_least = BudgetMoneyField(
        label=_("A salary is at least"),
        required=False,
        help_text=_("So that an expense that is paid back begins no period."),
    )
    large_amount = BudgetMoneyField(
        label=_("Tell me of transactions from"), required=False, help_text=_("Empty: of none.")
    )

    def __init__(self, data=None, *, household: Household, plan: BudgetPlan):
        initial = {
            "method": plan.method,
            "first_month": str(Month(plan.first_month)),
            "near_percent": plan.near_percent,
            "period": plan.period,
            "pay_day_payee": plan.pay_day_payee_id,
            "pay_day_least": plan.pay_day_least or None,
            "large_amount": plan.large_amount,
        }
        super().__init__(data, initial=initial)
        self.helper = bare_helper()
        self.household = household
        for name in ("pay_day_least", "large_amount"):
            self.fields[name].currency = household.base_currency
        self.fields["pay_day_payee"].choices = self._payees(plan)

    def _payees(self, plan: BudgetPlan) -> list:
        """Those whose money came into an income category, by name."""
        paid = Transaction.objects.for_household(self.household).filter(
            category__group__kind=CategoryKind.INCOME, payee__isnull=False, amount__gt=0
        )
        ids = {*paid.order_by().values_list("payee", flat=True).distinct()[:100]}
        ids |= {plan.pay_day_payee_id} - {None}
        rows = Payee.objects.filter(household=self.household, pk__in=ids).order_by("name")
        return [("", _("Nobody")), *((str(row.pk), row.name) for row in rows)]

    def clean(self):
        data = super().clean()
        chosen = data.get("pay_day_payee")
        if data.get("period") == BudgetPlan.Period.PAY_DAY and not chosen:
            self.add_error("pay_day_payee", _("Say who pays your salary: periods follow it."))
        rows = Payee.objects.filter(household=self.household)
        data["pay_day_payee"] = rows.filter(pk=row_id(chosen)).first() if chosen else None
        return data

    def facts(self) -> dict:
        """What the service takes."""
        data = dict(self.cleaned_data)
        data["first_month"] = data["first_month"].index
        data["pay_day_least"] = data["pay_day_least"] or 0
        data["large_amount"] = data["large_amount"] or None
        return data


class CategoryPlanForm(forms.Form):
    """How one category is budgeted."""

    period = forms.ChoiceField(
        label=_("The amount is for"), choices=CategoryPlan.Period.choices, widget=forms.RadioSelect
    )
    carry = forms.ChoiceField(label=_("At the end"), required=False)
    template = forms.ChoiceField(
        label=_("Fill by itself"), required=False, choices=CategoryPlan.Template.choices
    )
    template_amount = BudgetMoneyField(label=_("Amount"), required=False)
    template_number = forms.IntegerField(
        label=_("Number"),
        required=False,
        min_value=1,
        max_value=120,
        help_text=_("Months of the average, per cent of income, or the weight of the rest."),
    )
    target_on = DayField(label=_("Saved up by"), required=False)
    near_percent = forms.IntegerField(
        label=_("Warn from"),
        required=False,
        min_value=1,
        max_value=100,
        help_text=_("Per cent; empty: as for all."),
    )
    is_hidden = forms.BooleanField(label=_("Leave it out of the budget"), required=False)
    note = TextField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, data=None, *, household: Household, plan: CategoryPlan):
        initial = {name: getattr(plan, name) for name in self.base_fields}
        initial["template_amount"] = plan.template_amount or None
        super().__init__(data, initial=initial)
        self.helper = bare_helper()
        self.fields["template_amount"].currency = household.base_currency
        self.fields["carry"].choices = [("", _("As usual")), *CategoryPlan.Carry.choices]

    def clean(self):
        data = super().clean()
        template = data.get("template")
        needs = {"monthly", "weekly", "up_to", "yearly", "by_date"}
        if template in needs and not data.get("template_amount"):
            self.add_error("template_amount", _("This needs an amount."))
        if template == "by_date" and not data.get("target_on"):
            self.add_error("target_on", _("Say by when."))
        if template == "income" and (data.get("template_number") or 0) > 100:
            self.add_error("template_number", _("At most 100 per cent."))
        return data

    def facts(self) -> dict:
        """What the service takes."""
        data = dict(self.cleaned_data)
        data["template_amount"] = data["template_amount"] or 0
        data["template_number"] = data["template_number"] or 1
        return data


class ShareForm(forms.Form):
    """Which part of a transaction is the household's own."""

    own = forms.IntegerField(label=_("Your shares"), min_value=0, max_value=1000, required=False)
    whole = forms.IntegerField(label=_("of"), min_value=1, max_value=1000, required=False)
    own_amount = BudgetMoneyField(
        label=_("Or exactly"), required=False, help_text=_("Your part, without a sign.")
    )
    with_whom = TextField(label=_("Shared with"), required=False, max_length=120)

    def __init__(self, data=None, *, currency: str, initial: dict):
        super().__init__(data, initial=initial)
        self.helper = bare_helper()
        self.fields["own_amount"].currency = currency

    def clean(self):
        data = super().clean()
        if data.get("own_amount") is None and (data.get("own") is None or not data.get("whole")):
            raise forms.ValidationError(_("Say how many of how many shares are yours."))
        data["own"] = 1 if data.get("own") is None else data["own"]
        data["whole"] = data.get("whole") or max(1, data["own"])
        return data


class ExpectForm(forms.Form):
    """What should come back for an expense."""

    amount = BudgetMoneyField(label=_("How much should come back"), allow_zero=False)
    expected_on = DayField(label=_("By"), required=False)
    note = TextField(label=_("Note"), required=False, max_length=200)

    def __init__(self, data=None, *, currency: str, initial: dict):
        super().__init__(data, initial=initial)
        self.helper = bare_helper()
        self.fields["amount"].currency = currency


class CameForm(forms.Form):
    """What came back, and where it counts."""

    refund = forms.CharField(required=False)
    month = MonthField(required=False)
    category = forms.CharField(required=False)

    def __init__(self, data, *, household: Household):
        super().__init__(data)
        self.household = household

    def clean(self):
        data = super().clean()
        rows = Transaction.objects.for_household(self.household).movements()
        data["refund"] = rows.filter(pk=row_id(data.get("refund") or "")).first()
        if data["refund"] is None:
            self.add_error("refund", _("Choose the transaction that paid it back."))
        chosen, data["category"] = data.get("category"), None
        if chosen:
            categories = Category.objects.filter(household=self.household)
            data["category"] = categories.filter(pk=row_id(chosen)).first()
            if data["category"] is None:
                self.add_error("category", _("Choose one from the list."))
        return data
