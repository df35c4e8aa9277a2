"""The filter of the transaction list: read from a query string, the same for page, totals, export."""

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Household
from core.forms import DayField, MoneyField, clean_text
from core.months import Month
from ledger.models import Account, Category, CategoryGroup, Payee, Status, Tag, Transaction
from ledger.search_query import matching

NONE = "none"


class TransactionFilter(forms.Form):
    """Bad values are errors by their field and leave the list unfiltered by them."""

    q = forms.CharField(label=_("Text"), required=False, max_length=100)
    month = forms.CharField(required=False, max_length=7, widget=forms.HiddenInput)
    account = forms.TypedMultipleChoiceField(label=_("Account"), required=False, coerce=int)
    category = forms.MultipleChoiceField(label=_("Category"), required=False)
    group = forms.TypedMultipleChoiceField(required=False, coerce=int, widget=forms.HiddenInput)
    payee = forms.TypedMultipleChoiceField(required=False, coerce=int, widget=forms.HiddenInput)
    tag = forms.TypedMultipleChoiceField(label=_("Tag"), required=False, coerce=int)
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
        choices=[("", ""), ("budget", "")],
    )
    batch = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data, *, household: Household, accounts: list[Account] | None = None):
        super().__init__(data)
        self.household = household
        self.fields["from"] = DayField(label=_("From"), required=False)
        self.fields["to"] = DayField(label=_("To"), required=False)
        self.accounts = accounts or list(Account.objects.for_household(household))
        self.categories = list(Category.objects.for_household(household))
        self.fields["account"].choices = [(a.pk, a.name) for a in self.accounts]
        self.fields["category"].choices = [
            (NONE, _("Uncategorised")),
            *((str(c.pk), f"{c.group.name}: {c.name}") for c in self.categories),
        ]
        for name in ("min", "max"):
            self.fields[name].currency = household.base_currency
        self._load_rare_choices()

    def _load_rare_choices(self) -> None:
        """Choices that are only looked up when the query string names them."""
        for name, model in (("group", CategoryGroup), ("payee", Payee), ("tag", Tag)):
            if name == "tag" or self.data.getlist(name):
                rows = model.objects.filter(household=self.household).values_list("pk", "name")
                self.fields[name].choices = list(rows)

    @property
    def facts(self) -> dict:
        """What is asked for, of the fields that are valid."""
        self.is_valid()
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
        try:
            month = Month.parse(facts.get("month", ""))
        except ValueError:
            return first, last
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
        if facts.get("scope") == "budget":
            rows = rows.filter(
                account__in=[
                    a.pk
                    for a in self.accounts
                    if not a.is_off_budget and a.currency == self.household.base_currency
                ]
            )
        for name in ("payee", "batch"):
            if name in facts:
                value = facts[name]
                rows = rows.filter(**{f"{name}__in": value if isinstance(value, list) else [value]})
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
            choices = {str(k): v for k, v in getattr(self.fields[name], "choices", ())}
            text = ", ".join(str(choices.get(str(item), item)) for item in values)
            if name in ("min", "max"):
                text = str(self.data.get(name))
            if name == "scope":
                continue
            rest = QueryDict(self.data.urlencode(), mutable=True)
            rest.pop(name, None)
            for cursor in ("after", "before", "end"):
                rest.pop(cursor, None)
            label = self.fields[name].label or {
                "month": _("Month"),
                "payee": _("Payee"),
                "group": _("Group"),
                "batch": _("Import"),
            }.get(name, name)
            found.append((f"{label}: {text}", rest.urlencode()))
        return found
