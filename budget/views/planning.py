from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import editor, reader
from budget.errors import BudgetError
from budget.forms import CategoryPlanForm, PlanForm
from budget.house import plan_of
from budget.models import AccountAlert, CategoryPlan
from budget.month import current_month
from budget.periods import Calendar
from budget.services import plans
from budget.services.alerts import set_account_alerts
from budget.year import budget_year, category_history
from core.formatting import format_money
from core.forms import MoneyField
from core.months import Month
from ledger.models import Account, Category, CategoryKind


@require_http_methods(["GET", "POST"])
@editor
def plan_settings(request):
    household = request.household
    plan = plan_of(household)
    posted = request.POST if request.method == "POST" else None
    form = PlanForm(posted, household=household, plan=plan)
    if form.is_valid():
        try:
            plans.change_plan(household=household, **form.facts())
        except BudgetError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("budget:settings")
    return _settings(request, form, plan, status=422 if form.errors else 200)


def _settings(request, form, plan, typed: dict | None = None, status: int = 200):
    """The page of settings; `typed` holds what was typed for accounts, with what is wrong with it."""
    household = request.household
    context = {
        "form": form,
        "plan": plan,
        "periods": _next_periods(household, plan),
        "alerts": _alerts(household, typed or {}),
    }
    return render(request, "budget/settings.html", context, status=status)


def _alerts(household, typed: dict) -> list[tuple]:
    """(account, what is in its field, what is wrong with it)."""
    below = dict(AccountAlert.objects.filter(household=household).values_list("account", "below"))
    found = []
    for account in Account.objects.for_household(household).open():
        kept = below.get(account.pk)
        text = "" if kept is None else format_money(kept, account.currency, symbol=False)
        found.append((account, *typed.get(account.pk, (text, ""))))
    return found


@require_POST
@editor
def account_alerts(request):
    """Below which balance people are told of an account."""
    household = request.household
    accounts = list(Account.objects.for_household(household).open())
    below, typed, is_valid = {}, {}, True
    for account in accounts:
        text = request.POST.get(f"below-{account.pk}", "")[:40]
        try:
            below[account.pk] = MoneyField(currency=account.currency, required=False).clean(text)
            typed[account.pk] = (text, "")
        except ValidationError as error:
            typed[account.pk], is_valid = (text, error.messages[0]), False
    if not is_valid:
        plan = plan_of(household)
        return _settings(request, PlanForm(household=household, plan=plan), plan, typed, 422)
    set_account_alerts(household=household, accounts=accounts, below=below)
    messages.success(request, _("Saved."))
    return redirect("budget:settings")


def _next_periods(household, plan) -> list:
    """The running pay-day period and the two around it, to see what the settings mean."""
    today = household.today()
    now = household.month_of(today).index
    calendar = Calendar(household, plan, now - 1, now + 1, today)
    if not calendar.by_pay_day:
        return []
    return [calendar.span(calendar.current + step) for step in (-1, 0, 1)]


@require_http_methods(["GET", "POST"])
@reader
def category_plan(request, pk):
    rows = Category.objects.for_household(request.household).select_related("household")
    category = get_object_or_404(rows, pk=pk)
    plan = CategoryPlan.objects.filter(category=category).first() or CategoryPlan()
    posted = request.POST if request.method == "POST" else None
    if posted is not None and request.role == "viewer":
        raise PermissionDenied
    form = CategoryPlanForm(posted, household=request.household, plan=plan)
    if form.is_valid():
        plans.set_category_plan(category=category, **form.facts())
        messages.success(request, _("Saved."))
        return redirect("budget:category_plan", pk=pk)
    month = _month(request) or current_month(request.household)
    context = {
        "category": category,
        "plan": plan,
        "form": form,
        "month": month,
        "history": category_history(category, month),
        "is_income": category.group.kind == CategoryKind.INCOME,
    }
    status = 422 if form.errors else 200
    return render(request, "budget/category.html", context, status=status)


def _month(request) -> Month | None:
    try:
        month = Month.parse(request.GET.get("month", ""))
    except ValueError:
        return None
    return month if 1973 <= month.year <= 2199 else None


@require_GET
@reader
def year_page(request, year):
    found = budget_year(request.household, year)
    context = {"year": found, "currency": found.currency}
    return render(request, "budget/year.html", context)
