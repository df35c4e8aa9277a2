"""Which account a bank's account fills, how far back, and what happens on leaving."""

import datetime as dt
from collections.abc import Sequence

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from banking.models import BankAccount, BankCategory, Connection
from banking.services.choosing import Choice, likely_account
from ledger.models import Account, Category

SKIP, NEW = "skip", "new"


class ChooseAccountsForm(forms.Form):
    """A choice for each account and card that a bank shares."""

    history = forms.ChoiceField(
        label=_("How far back"),
        choices=[
            ("all", _("As far as the bank goes")),
            ("24", _("Two years")),
            ("12", _("One year")),
            ("3", _("Three months")),
        ],
        help_text=_("Many banks give more than 90 days only in the first five minutes."),
    )

    def __init__(self, *args, connection: Connection, accounts: Sequence[Account], **kwargs):
        super().__init__(*args, **kwargs)
        self.connection = connection
        self.rows = list(connection.bank_accounts.filter(is_gone=False).order_by("kind", "pk"))
        self.accounts = {account.pk: account for account in accounts}
        self.helper = FormHelper()
        self.helper.form_tag = False
        for row in self.rows:
            self._add(row, accounts)

    def _add(self, row: BankAccount, accounts: Sequence[Account]) -> None:
        fitting = [account for account in accounts if account.currency == row.currency]
        likely = likely_account(row, fitting) if row.account_id is None else row.account
        if likely:
            initial = str(likely.pk)
        elif self.connection.state == Connection.State.CHOOSING:
            initial = NEW
        else:
            initial = SKIP
        choices = [(NEW, _("A new account")), (SKIP, _("Do not bring it in"))]
        if fitting:
            own = [(str(account.pk), account.name) for account in fitting]
            choices.insert(1, (_("An account that you have"), own))
        self.fields[f"target_{row.pk}"] = forms.ChoiceField(
            label=_("Goes to"), choices=choices, initial=initial
        )
        self.fields[f"name_{row.pk}"] = forms.CharField(
            label=_("Name"), max_length=80, required=False, initial=row.name[:80]
        )

    def pairs(self):
        """Each account of the bank with its two bound fields."""
        return [(row, self[f"target_{row.pk}"], self[f"name_{row.pk}"]) for row in self.rows]

    def clean(self):
        cleaned = super().clean()
        for row in self.rows:
            if cleaned.get(f"target_{row.pk}") == NEW and not cleaned.get(f"name_{row.pk}"):
                self.add_error(f"name_{row.pk}", _("Give the new account a name."))
        return cleaned

    def choices_made(self) -> list[Choice]:
        """After validation: what becomes of each."""
        made = []
        for row in self.rows:
            target = self.cleaned_data[f"target_{row.pk}"]
            if target == NEW:
                made.append(Choice(row, name=self.cleaned_data[f"name_{row.pk}"]))
            else:
                made.append(Choice(row, account=self.accounts.get(int(target))
                                   if target != SKIP else None))  # fmt: skip
        return made

    def history_from(self, today: dt.date) -> dt.date | None:
        """After validation: the first day wanted, None for all there is."""
        months = self.cleaned_data["history"]
        return None if months == "all" else today - dt.timedelta(days=int(months) * 365 // 12)


class DisconnectForm(forms.Form):
    """Keep or delete what a connection brought in."""

    rows = forms.ChoiceField(
        label=_("Its transactions"),
        choices=[
            ("keep", _("Keep them: the accounts stay as they are and are no longer filled")),
            ("delete", _("Delete them: what the bank brought in goes to the trash")),
        ],
        initial="keep",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False


class LabelForm(forms.ModelForm):
    """The household's category for a bank's word."""

    class Meta:
        model = BankCategory
        fields = ["category"]

    def __init__(self, *args, household, **kwargs):
        super().__init__(*args, **kwargs)
        own = Category.objects.filter(household=household, archived_at=None)
        self.fields["category"].queryset = own.select_related("group").order_by("group", "position")
        self.fields["category"].empty_label = _("No category")
        self.fields["category"].label = self.instance.label
        self.fields["category"].widget.attrs["class"] = "form-select form-select-sm"
