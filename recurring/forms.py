"""Typing bills: plain choices of how often, and a rule for whoever knows better."""

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.forms import bare_helper
from accounts.models import Household
from core.forms import DayField, MoneyField
from ledger.forms.transactions import OfHousehold, TextField, category_choices
from ledger.models import Account, Transaction
from ledger.services.naming import find_or_make_payee
from recurring import schedule as when
from recurring.models import CardCycle, Series
from recurring.schedule import Schedule, ScheduleError

REPEATS = [
    ("weeks", _("weeks, on its weekday")),
    ("months", _("months, on its day")),
    ("last_day", _("months, on the last day")),
    ("last_working_day", _("months, on the last working day")),
    ("weekday", _("months, on its weekday (such as the second Friday)")),
    ("twice", _("month, twice")),
    ("years", _("years, on its day")),
    ("rule", _("by the rule below")),
]


def schedule_from(data: dict) -> Schedule:
    """What a filled form means. Raises ScheduleError."""
    on, every, weekend = data["starts_on"], data.get("every") or 1, data.get("weekend") or ""
    repeats = data["repeats"]
    if repeats == "weeks":
        return when.weekly(every, on, weekend)
    if repeats == "months":
        return when.monthly(on.day, every, starts_on=on, weekend=weekend)
    if repeats == "last_day":
        return when.monthly(31, every, starts_on=on, weekend=weekend)
    if repeats == "last_working_day":
        return when.last_working_day(every, starts_on=on)
    if repeats == "weekday":
        nth = (on.day - 1) // 7 + 1
        return when.nth_weekday(-1 if nth == 5 else nth, on.weekday(), every, starts_on=on)
    if repeats == "twice":
        if not data.get("second_day"):
            raise ScheduleError(_now("Say the second day of the month."))
        return when.twice_a_month(on.day, data["second_day"], starts_on=on, weekend=weekend)
    if repeats == "years":
        return when.yearly(on, every, weekend)
    if not data.get("rule"):
        raise ScheduleError(_now("Write the rule, such as FREQ=MONTHLY;BYMONTHDAY=1."))
    return Schedule(when.validate_rule(data["rule"]), on, weekend)


def choices_of(schedule: Schedule) -> dict:
    """The form's choices that mean `schedule`: the plain one that builds the same rule, else its rule."""
    every = when.describe(schedule).interval
    common = {"starts_on": schedule.starts_on, "weekend": schedule.weekend, "every": every}
    days = [int(n) for n in _part(schedule.rule, "BYMONTHDAY").split(",") if n]
    for repeats, _label in REPEATS[:-1]:
        for extra in ({}, *({"second_day": day} for day in days if repeats == "twice")):
            data = {**common, **extra, "repeats": repeats}
            try:
                if schedule_from(data).rule == when.validate_rule(schedule.rule):
                    return data
            except ScheduleError:
                continue
    return {**common, "repeats": "rule", "rule": schedule.rule}


def _part(rule: str, name: str) -> str:
    return next((p[len(name) + 1 :] for p in rule.split(";") if p.startswith(f"{name}=")), "")


class SeriesForm(OfHousehold, forms.Form):
    """A bill, a subscription, an income or a transfer."""

    name = TextField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Series.Kind.choices)
    amount = MoneyField(label=_("Amount"), allow_zero=False)
    is_fixed = forms.BooleanField(
        label=_("Always the same amount"),
        required=False,
        help_text=_("Off for what is metered: then the usual amount is what you expect."),
    )
    account = forms.TypedChoiceField(label=_("Account"), required=False, coerce=int)
    other_account = forms.TypedChoiceField(
        label=_("To account"), required=False, coerce=int, help_text=_("Of a transfer.")
    )
    starts_on = DayField(
        label=_("First due on"), help_text=_("Its day and weekday are those of the schedule.")
    )
    every = forms.IntegerField(
        label=_("Every"), required=False, min_value=1, max_value=400, initial=1
    )
    repeats = forms.ChoiceField(label=_("Repeats"), choices=REPEATS, initial="months")
    second_day = forms.IntegerField(
        label=_("Second day of the month"), required=False, min_value=1, max_value=31
    )
    weekend = forms.ChoiceField(
        label=_("On a weekend"), required=False, choices=Series.Weekend.choices
    )
    rule = TextField(
        label=_("Rule"),
        required=False,
        max_length=200,
        help_text=_("RFC 5545, such as FREQ=MONTHLY;BYDAY=2FR."),
    )
    ends_on = DayField(label=_("Last on"), required=False)
    payee = TextField(label=_("Payee"), required=False, max_length=120)
    category = forms.TypedChoiceField(label=_("Category"), required=False, coerce=int)
    words = TextField(
        label=_("Its description holds"),
        required=False,
        max_length=200,
        help_text=_("Words by which the bank's text is told from others."),
    )
    amount_low = MoneyField(label=_("At least"), required=False)
    amount_high = MoneyField(label=_("At most"), required=False)
    early_days = forms.IntegerField(
        label=_("Days early"), required=False, min_value=0, max_value=45
    )
    late_days = forms.IntegerField(
        label=_("Days late"),
        required=False,
        min_value=0,
        max_value=45,
        help_text=_("After so many days it is reported as not seen."),
    )
    remind_days = forms.IntegerField(
        label=_("Remind days ahead"), required=False, min_value=0, max_value=60
    )
    posts_itself = forms.BooleanField(
        label=_("Enter it by itself on the day"),
        required=False,
        help_text=_("For accounts that no bank fills."),
    )
    trial_until = DayField(label=_("Free until"), required=False)
    renews_on = DayField(label=_("Renews on"), required=False)
    notice_days = forms.IntegerField(
        label=_("Notice period in days"),
        required=False,
        min_value=0,
        max_value=400,
        help_text=_("You are reminded before the last day to cancel."),
    )
    note = TextField(
        label=_("Note"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args, household: Household, series: Series | None = None, **kwargs):
        initial = {**(_initial(series) if series else _blank(household)), **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **kwargs)
        self.household, self.series = household, series
        self.helper = bare_helper()
        accounts = [a for a in Account.objects.for_household(household) if _usable(a, series)]
        self.accounts = {account.pk: account for account in accounts}
        choices = [(account.pk, account.name) for account in accounts]
        self.fields["account"].choices = [("", _("Any account")), *choices]
        self.fields["other_account"].choices = [("", "–"), *choices]
        self.fields["category"].choices = category_choices(
            household, empty=str(_("No category")), keep={initial.get("category")}
        )
        self.fields["payee"].widget.attrs.update(
            {
                "data-combo": reverse("ledger:payee_suggest"),
                "role": "combobox",
                "aria-expanded": "false",
                "aria-autocomplete": "list",
                "autocomplete": "off",
            }
        )
        for name in ("amount", "amount_low", "amount_high"):
            self.fields[name].currency = self.currency

    @property
    def currency(self) -> str:
        """That of the chosen account, else the series', else the household's."""
        chosen = self.data.get("account") if self.is_bound else self.initial.get("account")
        account = self.accounts.get(int(chosen)) if str(chosen or "").isdecimal() else None
        if account is not None:
            return account.currency
        return self.series.currency if self.series else self.household.base_currency

    def section(self, *names: str) -> list:
        """The bound fields of these names, for the template."""
        return [self[name] for name in names]

    @property
    def is_more_open(self) -> bool:
        """Whether what is seldom needed is filled or wrong."""
        seldom = ("words", "amount_low", "amount_high", "rule", "second_day", "trial_until")
        return any(name in self.errors for name in self.fields) or any(
            self.initial.get(name) for name in seldom
        )

    def clean_other_account(self):
        return self.own(Account, self.cleaned_data.get("other_account"))

    def clean(self):
        data = super().clean()
        if not {"starts_on", "repeats"} <= data.keys():
            return data
        try:
            data["schedule"] = schedule_from(data)
        except ScheduleError as error:
            field = {"rule": "rule", "twice": "second_day"}.get(data["repeats"], "repeats")
            self.add_error(field, str(error))
        return data

    def facts(self) -> dict:
        """What `save_series` takes; a new payee is made."""
        data = self.cleaned_data
        schedule = data["schedule"]
        plain = (
            "name kind is_fixed account other_account category words ends_on amount_low amount_high "
            "remind_days posts_itself trial_until renews_on notice_days note early_days late_days"
        ).split()
        facts = {name: data[name] for name in plain}
        for name in ("early_days", "late_days"):  # left empty: as they were, or as the rule suggests
            if facts[name] is None:
                facts.pop(name)
        for name in ("amount_low", "amount_high"):
            facts[name] = None if facts[name] is None else abs(facts[name])
        size = abs(data["amount"])
        return {
            **facts,
            "amount": size if data["kind"] == Series.Kind.INCOME else -size,
            "currency": self.currency,
            "payee": find_or_make_payee(household=self.household, name=data["payee"]),
            "rule": schedule.rule,
            "starts_on": schedule.starts_on,
            "weekend": schedule.weekend,
        }


def _usable(account: Account, series: Series | None) -> bool:
    kept = (series.account_id, series.other_account_id) if series else ()
    return not account.is_closed or account.pk in kept


def _blank(household: Household) -> dict:
    return {"kind": Series.Kind.BILL, "is_fixed": True, "starts_on": household.today()}


def _initial(series: Series) -> dict:
    names = [
        *("name", "kind", "is_fixed", "words", "ends_on", "amount_low", "amount_high", "early_days"),
        *("late_days", "remind_days", "posts_itself", "trial_until", "renews_on", "notice_days"),
        "note",
    ]
    return {
        **{name: getattr(series, name) for name in names},
        **choices_of(series.schedule),
        "amount": abs(series.amount),
        "account": series.account_id,
        "other_account": series.other_account_id,
        "category": series.category_id,
        "payee": series.payee.name if series.payee else "",
    }


def initial_from(transaction: Transaction) -> dict:
    """A form filled from one transaction: the next ones like it, monthly."""
    payee = transaction.payee.name if transaction.payee else ""
    words = "" if payee else transaction.description
    return {
        "name": (payee or transaction.description)[:120],
        "kind": Series.Kind.INCOME if transaction.amount > 0 else Series.Kind.BILL,
        "amount": abs(transaction.amount),
        "account": transaction.account_id,
        "payee": payee,
        "words": words[:200],
        "category": transaction.category_id,
        "starts_on": transaction.date,
    }


class CardCycleForm(OfHousehold, forms.Form):
    """When a card's statement is drawn up and paid."""

    statement_day = forms.IntegerField(
        label=_("Statement on day"),
        min_value=1,
        max_value=31,
        help_text=_("Of the month; 31 is its last day."),
    )
    due_days = forms.IntegerField(
        label=_("Due days after"), min_value=0, max_value=60, initial=25
    )
    weekend = forms.ChoiceField(
        label=_("If that is on a weekend"), required=False, choices=Series.Weekend.choices
    )
    pays = forms.ChoiceField(label=_("You pay"), choices=CardCycle.Pays.choices)
    amount = MoneyField(
        label=_("Amount"),
        required=False,
        help_text=_("Of the fixed payment, or the least of the minimum payment."),
    )
    minimum_percent = forms.DecimalField(
        label=_("Minimum in per cent"),
        required=False,
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
    )
    paid_from = forms.TypedChoiceField(label=_("Paid from"), required=False, coerce=int)

    def __init__(self, *args, account: Account, cycle: CardCycle | None = None, **kwargs):
        initial = {}
        if cycle is not None:
            names = "statement_day due_days weekend pays amount minimum_percent".split()
            initial = {name: getattr(cycle, name) for name in names}
            initial["paid_from"] = cycle.paid_from_id
            initial["amount"] = cycle.amount or None
            initial["minimum_percent"] = cycle.minimum_percent or None
        super().__init__(*args, initial=initial, **kwargs)
        self.household = account.household
        self.helper = bare_helper()
        self.fields["amount"].currency = account.currency
        others = Account.objects.for_household(account.household).open().exclude(pk=account.pk)
        self.fields["paid_from"].choices = [
            ("", _("Any account")),
            *((other.pk, other.name) for other in others),
        ]

    def clean_paid_from(self):
        return self.own(Account, self.cleaned_data.get("paid_from"))

    def facts(self) -> dict:
        """What `save_cycle` takes."""
        data = dict(self.cleaned_data)
        data["amount"] = abs(data["amount"] or 0)
        data["minimum_percent"] = data["minimum_percent"] or 0
        return data


class FeedForm(forms.Form):
    """What the calendar may show."""

    shows_amounts = forms.BooleanField(label=_("With amounts"), required=False, initial=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = bare_helper()


