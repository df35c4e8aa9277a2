"""Goals, and money set aside for them."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import bare_helper
from accounts.models import Household
from budget.errors import PictureError
from budget.models import Goal
from budget.services.pictures import small_picture
from core.forms import DayField, MoneyField
from core.numbers import row_id
from ledger.forms.accounts import ICONS, PALETTE
from ledger.forms.transactions import TextField
from ledger.models import Account, Category, CategoryKind

GOAL_ICONS = [("target", "target"), *((name, text) for name, text in ICONS if name != "tag")]
LINK = Goal.Link


def source_of(goal: Goal) -> str:
    """The option of the select that stands for what a goal is linked to."""
    if goal.link == LINK.NET_WORTH:
        return LINK.NET_WORTH.value
    linked = goal.category_id if goal.link == LINK.ENVELOPE else goal.account_id
    return f"{goal.link}:{linked or ''}"


class GoalForm(forms.Form):
    """A goal. `source` says in one choice what it counts: "part:3" is a part of account 3."""

    name = TextField(label=_("What for"), max_length=80)
    source = forms.ChoiceField(
        label=_("Where the money is"),
        help_text=_("Several goals can share an account; each has a part of it."),
    )
    target = MoneyField(label=_("How much"))
    target_on = DayField(
        label=_("By when"), required=False, help_text=_("Empty: whenever it is there.")
    )
    icon = forms.ChoiceField(
        label=_("Icon"), choices=GOAL_ICONS, widget=forms.RadioSelect, initial="target"
    )
    colour = forms.ChoiceField(
        label=_("Colour"), choices=PALETTE, widget=forms.RadioSelect, initial="cat-1"
    )
    picture = forms.FileField(
        label=_("Picture"),
        required=False,
        help_text=_("PNG, JPEG or WebP. Made small; place and time in it are not kept."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )
    no_picture = forms.BooleanField(label=_("Remove the picture"), required=False)

    def __init__(self, *args, household: Household, goal: Goal | None = None, **kwargs):
        initial = dict(kwargs.pop("initial", {}))
        if goal is not None:
            names = ("name", "target", "target_on", "icon", "colour")
            initial |= {name: getattr(goal, name) for name in names}
            initial["source"] = source_of(goal)
        super().__init__(*args, initial=initial, **kwargs)
        self.household, self.goal = household, goal
        self.helper = bare_helper()
        self.accounts = {
            one.pk: one
            for one in Account.objects.for_household(household)
            if not one.is_debt
            and (not one.is_closed or (goal is not None and goal.account_id == one.pk))
        }
        self.categories = {
            one.pk: one
            for one in Category.objects.for_household(household)
            if one.group.kind == CategoryKind.EXPENSE
            and (not one.is_archived or (goal is not None and goal.category_id == one.pk))
        }
        self.fields["source"].choices = self._sources()
        if goal is None or not goal.picture:
            del self.fields["no_picture"]
        chosen = self.data.get("source", "") if self.is_bound else initial.get("source", "")
        self.fields["target"].currency = self._currency(chosen)

    def _sources(self) -> list:
        parts = [(f"{LINK.PART}:{pk}", one.name) for pk, one in self.accounts.items()]
        whole = [(f"{LINK.ACCOUNT}:{pk}", one.name) for pk, one in self.accounts.items()]
        groups: dict[str, list] = {}
        for pk, one in self.categories.items():
            label = _("An envelope: %(group)s") % {"group": one.group.name}
            groups.setdefault(label, []).append((f"{LINK.ENVELOPE}:{pk}", one.name))
        return [
            ("", _("Choose…")),
            (_("A part of an account"), parts),
            (_("A whole account"), whole),
            *groups.items(),
            (_("Everything"), [(LINK.NET_WORTH.value, _("Your net worth"))]),
        ]

    def _currency(self, source: str) -> str:
        link, _colon, number = source.partition(":")
        account = self.accounts.get(row_id(number)) if link in (LINK.PART, LINK.ACCOUNT) else None
        return account.currency if account else self.household.base_currency

    def clean(self):
        data = super().clean()
        target, source = data.get("target"), data.get("source", "")
        if target is not None and target <= 0 and source and source != LINK.NET_WORTH:
            self.add_error("target", _("Enter an amount above zero."))
        return data

    def clean_target_on(self):
        day = self.cleaned_data.get("target_on")
        is_kept = self.goal is not None and self.goal.target_on == day
        if day and day <= self.household.today() and not is_kept:
            raise forms.ValidationError(_("Choose a day to come."))
        return day

    def clean_picture(self):
        upload = self.cleaned_data.get("picture")
        if not upload:
            return None
        try:
            return small_picture(upload)
        except PictureError as error:
            raise forms.ValidationError(str(error)) from error

    def facts(self) -> dict:
        """What `save_goal` takes."""
        data = self.cleaned_data
        link, _colon, number = data["source"].partition(":")
        pk = row_id(number)
        return {
            "link": link,
            "account": self.accounts.get(pk) if link in (LINK.PART, LINK.ACCOUNT) else None,
            "category": self.categories.get(pk) if link == LINK.ENVELOPE else None,
            **{name: data[name] for name in ("name", "target", "target_on", "icon", "colour")},
        }


class EntryForm(forms.Form):
    """Money set aside or taken back."""

    amount = MoneyField(label=_("Amount"), allow_zero=False)
    on = DayField(label=_("Date"))
    note = TextField(label=_("Note"), required=False, max_length=200)

    def __init__(self, *args, goal: Goal, **kwargs):
        today = goal.household.today()
        super().__init__(*args, initial={"on": today}, **kwargs)
        self.today = today
        self.helper = bare_helper()
        self.fields["amount"].currency = goal.currency

    def clean_amount(self):
        """Without its sign: which button was pressed says in which direction."""
        return abs(self.cleaned_data["amount"])

    def clean_on(self):
        if self.cleaned_data["on"] > self.today:
            raise forms.ValidationError(_("Choose today or a day before."))
        return self.cleaned_data["on"]
