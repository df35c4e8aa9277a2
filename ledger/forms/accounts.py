"""Forms about accounts, categories, payees, tags and reconciliation."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import bare_helper
from accounts.models import Household
from core.forms import DayField, MoneyField
from core.money import CURRENCIES
from ledger.forms.transactions import TextField
from ledger.models import Account, CategoryGroup, CategoryKind

PALETTE = [(f"cat-{n}", _("Colour %(n)s") % {"n": n}) for n in range(1, 17)]
ICONS = [
    (name, name.replace("-", " "))
    for name in (
        "tag home bolt droplet wifi flame basket tools-kitchen-2 coffee pizza car bus train plane "
        "school baby-carriage paw gift heartbeat stethoscope scissors ball-football device-tv music "
        "shirt device-mobile umbrella receipt building-bank cash coin briefcase percentage book "
        "wallet pig-money credit-card building-skyscraper phone dots"
    ).split()
]


class AccountForm(forms.Form):
    """An account of money."""

    name = TextField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=Account.Kind.choices)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    opening_balance = MoneyField(
        label=_("Opening balance"),
        required=False,
        help_text=_("Before the first transaction. What you owe is negative."),
    )
    opened_on = DayField(label=_("Balance as of"), required=False)
    institution = TextField(label=_("Bank"), required=False, max_length=80)
    number = TextField(
        label=_("Account number or IBAN"),
        required=False,
        max_length=64,
        help_text=_("Imports find the account by it."),
    )
    is_off_budget = forms.BooleanField(
        label=_("Off budget"),
        required=False,
        help_text=_("Counts in your net worth, not as income or spending."),
    )
    colour = forms.ChoiceField(
        label=_("Colour"), choices=PALETTE, widget=forms.RadioSelect, initial="cat-1"
    )

    def __init__(self, *args, household: Household, account: Account | None = None, **kwargs):
        initial = {"currency": household.base_currency, **kwargs.pop("initial", {})}
        if account is not None:
            initial |= {name: getattr(account, name) for name in self.base_fields}
        super().__init__(*args, initial=initial, **kwargs)
        self.helper = bare_helper()
        currency = self.data.get("currency") if self.is_bound else initial["currency"]
        if currency in CURRENCIES:
            self.fields["opening_balance"].currency = currency

    def facts(self) -> dict:
        """What the services take."""
        data = dict(self.cleaned_data)
        data["opening_balance"] = data["opening_balance"] or 0
        return data


class ReconcileForm(forms.Form):
    """What the statement says."""

    statement_on = DayField(label=_("Date of the statement"))
    statement_balance = MoneyField(label=_("Balance on the statement"))

    def __init__(self, *args, account: Account, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()
        self.fields["statement_balance"].currency = account.currency


class GroupForm(forms.Form):
    """A group of categories."""

    name = TextField(label=_("Name"), max_length=60)
    kind = forms.ChoiceField(label=_("Kind"), choices=CategoryKind.choices)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()


class CategoryForm(forms.Form):
    """A category."""

    name = TextField(label=_("Name"), max_length=60)
    group = forms.ModelChoiceField(label=_("Group"), queryset=CategoryGroup.objects.none())
    icon = forms.ChoiceField(
        label=_("Icon"), choices=ICONS, widget=forms.RadioSelect, initial="tag"
    )
    colour = forms.ChoiceField(
        label=_("Colour"), choices=PALETTE, widget=forms.RadioSelect, initial="cat-1"
    )

    def __init__(self, *args, household: Household, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()
        self.fields["group"].queryset = CategoryGroup.objects.filter(household=household)


class NameForm(forms.Form):
    """A new name for something."""

    name = TextField(label=_("Name"), max_length=120)


class MoneySettingsForm(forms.Form):
    """What the stored figures depend on."""

    base_currency = forms.ChoiceField(
        label=_("Currency"),
        choices=[(code, code) for code in CURRENCIES],
        help_text=_("Accounts in other currencies are shown beside the totals, not in them."),
    )
    first_month_day = forms.IntegerField(
        label=_("Your month begins on day"),
        min_value=1,
        max_value=28,
        help_text=_("1, or the day your salary comes. All months are counted anew."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()
