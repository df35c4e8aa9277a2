"""Debts: all of them with their plans, and one of them with its payments."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from budget.debt_forms import DebtForm, PlanForm
from budget.debts import (
    MINIMUM,
    answer_words,
    balances_chart,
    debt_note,
    due_words,
    household_debts,
    years_of,
)
from budget.errors import BudgetError
from budget.house import plan_of
from budget.models import Debt
from budget.services import debts as services
from core.numbers import row_id

ONE_MORE = 5000
"""What "one more payment" is until another amount is typed: 50 of a currency with two decimals."""


def _own(request, pk: int) -> Debt:
    """The household's debt of this number, or 404."""
    rows = Debt.objects.for_household(request.household).select_related("account")
    return get_object_or_404(rows, pk=pk)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the query string asks to be worked out, and what the household keeps."""

    form: PlanForm
    currency: str
    kept: int
    extra: int
    more: int


def _asked(request, currency: str) -> _Asked:
    """Amounts are read in `currency`; the kept one is the household's currency's alone."""
    is_base = currency == request.household.base_currency
    kept = plan_of(request.household).debt_extra if is_base else 0
    typed = request.GET if {"extra", "more"} & request.GET.keys() else None
    form = PlanForm(typed, currency=currency, initial={"extra": kept, "more": ONE_MORE})
    extra, more = kept, ONE_MORE
    if form.is_bound and form.is_valid():
        extra = form.cleaned_data["extra"] or 0
        more = form.cleaned_data["more"] or 0
    return _Asked(form, currency, kept, extra, more)


def _currency(request) -> str:
    """The currency whose debts are shown: the one asked for, the household's, or the first."""
    found = set(Debt.objects.for_household(request.household).values_list("currency", flat=True))
    asked = request.GET.get("currency", "")
    if asked in found:
        return asked
    base = request.household.base_currency
    return base if base in found or not found else min(found)


@require_GET
@reader
def debt_list(request):
    asked = _asked(request, _currency(request))
    found = household_debts(
        request.household, extra=asked.extra, more=asked.more, currency=asked.currency
    )
    context = {
        "debts": found,
        "lines": [(line, debt_note(line)) for line in found.lines],
        "answer": answer_words(found),
        "chart": balances_chart(found),
        "form": asked.form,
        "can_keep": asked.extra != asked.kept and asked.currency == request.household.base_currency,
    }
    status = 422 if asked.form.errors else 200
    return render(request, "budget/debt_list.html", context, status=status)


@require_POST
@editor
def debt_extra(request):
    """Keep what is paid beside the least payments."""
    form = PlanForm(request.POST, currency=request.household.base_currency)
    if form.is_valid():
        services.set_debt_extra(household=request.household, amount=form.cleaned_data["extra"] or 0)
        messages.success(request, _("Saved."))
    else:
        messages.error(request, " ".join(form.errors.get("extra", [])))
    return redirect("budget:debt_list")


@editor
def debt_add(request):
    form = DebtForm(request.POST or None, household=request.household, initial=_begin(request))
    if request.method == "POST" and form.is_valid():
        try:
            services.save_debt(household=request.household, **form.facts())
        except BudgetError as error:
            form.add_error("account", str(error))
        else:
            messages.success(request, _("Debt added."))
            return redirect("budget:debt_list")
    return _form(request, form)


def _begin(request) -> dict:
    """A new debt begins with the account that the link named."""
    pk = row_id(request.GET.get("account", ""))
    account = request.household.accounts.filter(pk=pk).first()
    return {"account": account.pk, "name": account.name} if account else {}


@editor
def debt_edit(request, pk):
    debt = _own(request, pk)
    form = DebtForm(request.POST or None, household=request.household, debt=debt)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_debt(household=request.household, debt=debt, **form.facts())
        except BudgetError as error:
            form.add_error("account", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("budget:debt_detail", pk=pk)
    return _form(request, form, debt)


def _form(request, form: DebtForm, debt: Debt | None = None):
    status = 422 if form.errors else 200
    return render(request, "budget/debt_form.html", {"form": form, "debt": debt}, status=status)


@require_GET
@reader
def debt_detail(request, pk):
    """The payments of one debt, by year, in the way that `way` names."""
    debt = _own(request, pk)
    asked = _asked(request, debt.currency)
    found = household_debts(request.household, extra=asked.extra, more=0, currency=debt.currency)
    line = next(one for one in found.lines if one.debt.pk == pk)
    way = _chosen(found.ways, request.GET.get("way", ""))
    context = {
        "debt": debt,
        "line": line,
        "note": debt_note(line),
        "due": due_words(debt, found.today),
        "ways": found.ways,
        "way": way,
        "ends": way.ends.get(pk),
        "years": years_of(way.plan.rows.get(pk, ()), debt, found.today),
        "open_year": row_id(request.GET.get("year", "")),
    }
    return render(request, "budget/debt_detail.html", context)


def _chosen(ways: Sequence, key: str):
    return next((way for way in ways if way.key == key), ways[0] if key == MINIMUM else ways[-1])


@require_POST
@editor
def debt_delete(request, pk):
    services.delete_debt(debt=_own(request, pk))
    messages.success(request, _("Debt deleted."))
    return redirect("budget:debt_list")
