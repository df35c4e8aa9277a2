"""Forms of the welcome."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import bare_helper
from core.forms import MoneyField
from core.money import CURRENCIES
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
