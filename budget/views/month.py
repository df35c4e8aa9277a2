from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from budget.errors import AmountConflictError, BudgetError
from budget.figures import BudgetMonthAnswer
from budget.forms import AmountForm, MoveForm
from budget.models import BudgetAmount
from budget.month import budget_month, current_month
from budget.services import amounts, filling, plans
from core.formatting import format_money
from core.htmx import wants_fragment
from core.months import Month
from core.numbers import row_id
from ledger.balances import account_balances
from ledger.models import Category


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an amount was not taken: what was typed stays in its field."""

    key: int
    typed: str
    text: str
    version: int | None = None


@require_GET
@reader
def now(request):
    return redirect("budget:month", month=current_month(request.household))


@require_GET
@reader
def month_page(request, month):
    return _page(request, month)


def _answer(request, month: Month) -> BudgetMonthAnswer:
    balances = account_balances(request.household, request.household.today())
    request.account_balances = balances
    return budget_month(request.household, month, accounts=[item.account for item in balances])


def _context(request, answer: BudgetMonthAnswer, problem: Problem | None = None) -> dict:
    asked = request.POST if request.method == "POST" else request.GET
    return {
        "budget": answer,
        "currency": answer.currency,
        "month": answer.month,
        "month_url": reverse("budget:month", args=[answer.month]),
        "amount_url": reverse("budget:amount_set", args=[answer.month]),
        "compare": bool(asked.get("compare")),
        "problem": problem,
    }


def _page(request, month: Month, problem: Problem | None = None, form=None, status: int = 200):
    answer = _answer(request, month)
    context = _context(request, answer, problem)
    context["move_form"] = form
    context["is_now"] = answer.is_current
    return render(request, "budget/month.html", context, status=status)


@require_GET
@reader
def explain(request, month, figure):
    answer = _answer(request, month)
    if (found := answer.figure(figure)) is None:
        raise Http404
    context = {"explanation": found.explanation, "month": month}
    fragment = wants_fragment(request)
    template = "components/explanation.html" if fragment else "budget/explain.html"
    return render(request, template, context)


@require_POST
@editor
def amount_set(request, month):
    """An amount typed in place."""
    rows = Category.objects.for_household(request.household)
    category = get_object_or_404(rows, pk=row_id(request.POST.get("category", "")))
    form = AmountForm(request.POST, currency=request.household.base_currency)
    version = request.POST.get("version", "")
    problem, status = None, 200
    try:
        if form.is_valid():
            amounts.set_amount(
                household=request.household,
                category=category,
                month=month,
                amount=form.cleaned_data["amount"],
                version=row_id(version) if version.isdecimal() else None,
                by=request.user,
            )
        else:
            problem, status = _refused(request, category, form.errors["amount"][0]), 422
    except AmountConflictError as error:
        problem, status = _conflict(request, category, error), 409
    except BudgetError as error:
        problem, status = _refused(request, category, str(error)), 422
    if wants_fragment(request):
        answer = _answer(request, month)
        context = _context(request, answer, problem)
        context |= {"line": answer.lines.get(category.pk), "group": answer.group_of(category.pk)}
        return render(request, "budget/_saved.html", context, status=status)
    if problem:
        return _page(request, month, problem, status=status)
    return redirect(reverse("budget:month", args=[month]) + f"#line-{category.pk}")


def _refused(request, category: Category, text: str) -> Problem:
    return Problem(category.pk, request.POST.get("amount", "")[:40], text)


def _conflict(request, category: Category, error: AmountConflictError) -> Problem:
    """Both amounts: theirs in words, one's own still in the field, to be sent again."""
    theirs: BudgetAmount | None = error.theirs
    if theirs is None:
        text = _("Somebody took this amount back meanwhile. Send yours again to set it.")
    else:
        who = theirs.edited_by.get_short_name() if theirs.edited_by else _("Somebody")
        amount = format_money(theirs.amount, request.household.base_currency)
        text = _("%(who)s set %(amount)s meanwhile. Send yours again to replace it.") % {
            "who": who,
            "amount": amount,
        }
    version = theirs.version if theirs else 0
    return Problem(category.pk, request.POST.get("amount", "")[:40], text, version)


@require_POST
@editor
def month_fill(request, month):
    """Fill a month by itself."""
    how = request.POST.get("how", "")
    facts = {
        "household": request.household,
        "by": request.user,
        "overwrite": bool(request.POST.get("overwrite")),
    }
    try:
        if how == "copy":
            count = amounts.copy_month(source=month - 1, target=month, **facts)
        elif how in ("average-3", "average-6", "average-12"):
            months = int(how.partition("-")[2])
            count = filling.set_to_average(month=month, months=months, **facts)
        elif how == "templates":
            count = filling.apply_templates(month=month, **facts)
        else:
            raise Http404
    except BudgetError as error:
        messages.error(request, str(error))
    else:
        text = ngettext("%(count)d amount was set.", "%(count)d amounts were set.", count)
        messages.success(request, text % {"count": count})
    return redirect("budget:month", month=month)


@require_POST
@editor
def money_move(request, month):
    """From one envelope to another."""
    form = MoveForm(request.POST, household=request.household)
    if form.is_valid():
        try:
            amounts.move_money(
                household=request.household, month=month, by=request.user, **form.cleaned_data
            )
        except BudgetError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Moved."))
            return redirect("budget:month", month=month)
    return _page(request, month, form=form, status=422)


@require_POST
@editor
def money_hold(request, month):
    """Keep some of what is to be assigned for next month."""
    form = AmountForm(request.POST, currency=request.household.base_currency)
    if form.is_valid():
        try:
            amount = form.cleaned_data["amount"] or 0
            amounts.hold(household=request.household, month=month, amount=amount)
        except BudgetError as error:
            messages.error(request, str(error))
        return redirect("budget:month", month=month)
    messages.error(request, form.errors["amount"][0])
    return _page(request, month, status=422)


@require_POST
@editor
def month_note(request, month):
    note = request.POST.get("note", "").replace("\x00", "").strip()[:2000]
    plans.set_month_note(household=request.household, month=month.index, note=note)
    messages.success(request, _("Saved."))
    return redirect("budget:month", month=month)
