"""The filter of the transaction list: read from a query string, the same for page, totals, export."""

import datetime as dt

from django import forms
from django.db.models import Q, QuerySet, Value
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Household
from core.formatting import format_day, format_month
from core.forms import DayField, MoneyField, clean_text
from core.months import Month
from core.numbers import row_id
from ledger.models import Account, Category, Payee, Status, Tag, Transaction
from ledger.search_query import matching

NONE = "none"


class ChosenField(forms.TypedMultipleChoiceField):
    """Some of the choices; the empty value that a select sends for "any" is none of them."""

    def to_python(self, value):
        return [item for item in super().to_python(value) if item]


class IdsField(forms.Field):
    """Numbers of rows. Their household is not looked at here: the filter only ever narrows."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value):
        ids = [row_id(item) for item in value or () if item]
        if 0 in ids:
            raise forms.ValidationError(_("Choose one from the list."))
        return ids


class TransactionFilter(forms.Form):
    """Bad values are errors by their field and leave the list unfiltered by them."""

    q = forms.CharField(label=_("Text"), required=False, max_length=100)
    month = forms.CharField(
        label=_("Month"), required=False, max_length=7, widget=forms.HiddenInput
    )
    account = ChosenField(label=_("Account"), required=False, coerce=int)
    category = ChosenField(label=_("Category"), required=False, coerce=str)
    group = IdsField(label=_("Group"), required=False)
    payee = IdsField(label=_("Payee"), required=False)
    tag = ChosenField(label=_("Tag"), required=False, coerce=int)
    min = MoneyField(label=_("Amount from"), required=False)
    max = MoneyField(label=_("Amount to"), required=False)
    direction = forms.ChoiceField(
        label=_("Direction"),
        required=False,
        choices=[("", _("In and out")), ("in", _("Money in")), ("out", _("Money out"))],
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Any state")),
            ("pending", _("Pending")),
            ("booked", _("Booked")),
            ("reconciled", _("Reconciled")),
        ],
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[
            ("", _("Any kind")),
            ("transfer", _("Transfers")),
            ("ordinary", _("No transfers")),
            ("split", _("Split")),
            ("refund", _("Refunds")),
        ],
    )
    scope = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        choices=[("", ""), ("budget", ""), ("on_budget", "")],
    )
    batch = IdsField(label=_("Import"), required=False)

    def __init__(self, data, *, household: Household, accounts: list[Account] | None = None):
        super().__init__(data)
        self.household = household
        self.fields["from"] = DayField(label=_("From"), required=False)
        self.fields["to"] = DayField(label=_("To"), required=False)
        if accounts is None:
            accounts = list(Account.objects.for_household(household))
        self.accounts = accounts
        self.categories = list(Category.objects.for_household(household))
        self.fields["account"].choices = [(a.pk, a.name) for a in self.accounts]
        self.fields["category"].choices = [
            (NONE, _("Uncategorised")),
            *((str(c.pk), f"{c.group.name}: {c.name}") for c in self.categories),
        ]
        for name in ("min", "max"):
            self.fields[name].currency = household.base_currency
        self.groups = {c.group_id: c.group.name for c in self.categories}
        self.tags, self.payees = self._tags_and_payees()
        self.fields["tag"].choices = list(self.tags.items())

    def _tags_and_payees(self) -> tuple[dict[int, str], dict[int, str]]:
        """Names of all tags, and of the payees that the query string names. One query."""
        chosen = [row_id(text) for text in self.data.getlist("payee")]
        names = Tag.objects.filter(household=self.household).order_by()
        names = names.values_list(Value("tag"), "pk", "name")
        if chosen:
            payees = Payee.objects.filter(household=self.household, pk__in=chosen).order_by()
            names = names.union(payees.values_list(Value("payee"), "pk", "name"))
        found: dict[str, dict[int, str]] = {"tag": {}, "payee": {}}
        for what, pk, name in sorted(names, key=lambda row: row[2].casefold()):
            found[what][pk] = name
        return found["tag"], found["payee"]

    def clean_month(self):
        """The text, when it is a month whose days a calendar has."""
        text = self.cleaned_data["month"]
        if text:
            try:
                Month.parse(text).last(self.household.first_month_day)
            except ValueError as error:
                raise forms.ValidationError(_("A month is written like 2026-11.")) from error
        return text

    @property
    def facts(self) -> dict:
        """What is asked for, of the fields that are valid."""
        self.is_valid()  # fills cleaned_data
        return {
            name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])
        }

    @property
    def is_active(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.facts)

    @property
    def dates(self) -> tuple:
        """(first day, last day) asked for, each or None."""
        facts = self.facts
        first, last = facts.get("from"), facts.get("to")
        if "month" not in facts:
            return first, last
        month = Month.parse(facts["month"])
        day = self.household.first_month_day
        return first or month.start(day), last or month.last(day)

    def rows(self) -> QuerySet:
        """The whole transactions that match; a split matches by its parts' categories too."""
        facts = self.facts
        rows = Transaction.objects.for_household(self.household).movements()
        first, last = self.dates
        if first:
            rows = rows.filter(date__gte=first)
        if last:
            rows = rows.filter(date__lte=last)
        if "account" in facts:
            rows = rows.filter(account__in=facts["account"])
        if scope := facts.get("scope"):
            base = self.household.base_currency
            rows = rows.filter(
                account__in=[
                    a.pk
                    for a in self.accounts
                    if not a.is_off_budget and (scope == "on_budget" or a.currency == base)
                ]
            )
        for name in ("payee", "batch"):
            if name in facts:
                rows = rows.filter(**{f"{name}__in": facts[name]})
        if "tag" in facts:
            tagged = Transaction.objects.filter(tags__in=facts["tag"])
            rows = rows.filter(
                Q(pk__in=tagged.values("pk"))
                | Q(pk__in=tagged.exclude(parent=None).values("parent"))
            )
        rows = self._by_category(rows, facts)
        rows = self._by_nature(rows, facts)
        if "q" in facts:
            rows = matching(rows, clean_text(facts["q"]))
        return rows

    def _category_ids(self, facts: dict) -> tuple[set[int], bool] | None:
        if "category" not in facts and "group" not in facts:
            return None
        chosen = set(facts.get("category", ()))
        ids = {int(value) for value in chosen - {NONE}}
        ids |= {c.pk for c in self.categories if c.group_id in facts.get("group", ())}
        return ids, NONE in chosen

    def _by_category(self, rows: QuerySet, facts: dict) -> QuerySet:
        wanted = self._category_ids(facts)
        if wanted is None:
            return rows
        ids, with_none = wanted
        parts = Transaction.objects.for_household(self.household).exclude(parent=None)
        by = Q(category__in=ids) | Q(
            is_split=True, pk__in=parts.filter(category__in=ids).values("parent")
        )
        if with_none:
            by |= Q(category=None, is_split=False, transfer=None) | Q(
                is_split=True, pk__in=parts.filter(category=None).values("parent")
            )
        return rows.filter(by)

    def _by_nature(self, rows: QuerySet, facts: dict) -> QuerySet:
        if direction := facts.get("direction"):
            rows = rows.filter(amount__gt=0) if direction == "in" else rows.filter(amount__lt=0)
        if state := facts.get("state"):
            rows = rows.filter(status=Status[state.upper()])
        kind = facts.get("kind")
        if kind == "transfer":
            rows = rows.filter(transfer__isnull=False)
        elif kind == "ordinary":
            rows = rows.filter(transfer=None)
        elif kind == "split":
            rows = rows.filter(is_split=True)
        elif kind == "refund":
            rows = rows.filter(refund_of__isnull=False)
        if "min" in facts:
            least = abs(facts["min"])
            rows = rows.filter(Q(amount__gte=least) | Q(amount__lte=-least))
        if "max" in facts:
            rows = rows.filter(amount__range=(-abs(facts["max"]), abs(facts["max"])))
        return rows

    def chips(self) -> list[tuple[str, str]]:
        """(what is filtered in words, the query string without it) for each active field."""
        found = []
        for name, value in self.facts.items():
            values = value if isinstance(value, list) else [value]
            if name == "scope":
                continue
            text = ", ".join(self._in_words(name, item) for item in values)
            rest = QueryDict(self.data.urlencode(), mutable=True)
            rest.pop(name, None)
            for cursor in ("after", "before", "end"):
                rest.pop(cursor, None)
            found.append((f"{self.fields[name].label}: {text}", rest.urlencode()))
        return found

    def quick_ranges(self) -> list[tuple[str, str, bool]]:
        """(name, query string, whether it is the one shown) of the usual ranges of days.

        Months are the household's, which may begin on another day than the first.
        """
        today, month = self.household.today(), self.household.current_month()
        ranges = [
            (_("This month"), {"month": str(month)}),
            (_("Last month"), {"month": str(month - 1)}),
            (_("Last 90 days"), {"from": str(today - dt.timedelta(days=89)), "to": str(today)}),
            (_("This year"), {"from": f"{today.year}-01-01", "to": f"{today.year}-12-31"}),
            (_("All"), {}),
        ]
        days = ("month", "from", "to")
        asked = {name: self.data[name] for name in days if self.data.get(name)}
        rest = QueryDict(self.data.urlencode(), mutable=True)
        for name in (*days, "after", "before", "end"):
            rest.pop(name, None)
        found = []
        for label, facts in ranges:
            query = rest.copy()
            query.update(facts)
            found.append((label, query.urlencode(), facts == asked))
        return found

    def _in_words(self, name: str, item) -> str:
        if name in ("min", "max"):
            return str(self.data.get(name))
        if isinstance(item, dt.date):
            return format_day(item)
        if name == "month":
            return format_month(Month.parse(item))
        if name in ("group", "payee"):
            return (self.groups if name == "group" else self.payees).get(item, "–")
        choices = {str(key): text for key, text in getattr(self.fields[name], "choices", ())}
        return str(choices.get(str(item), item))
