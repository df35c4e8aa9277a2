from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import person, reader
from accounts.forms import HouseholdForm
from accounts.models import Role
from accounts.services.households import create_household, finish_welcome
from banking.coverage import gaps_between
from banking.gateway import is_configured
from core.htmx import wants_fragment
from core.months import Month
from insights.attention import notices
from insights.forecast import DAYS, forecast_of
from insights.forecast_inputs import read_inputs
from insights.forecast_page import forecast_page
from insights.forms import REHEARSALS, StartForm
from insights.overview import overview as overview_of
from insights.plan import plan_of
from insights.rehearsal import MOST, encode, steps
from ledger.demo.household import make_demo_household
from ledger.listing import page_of
from ledger.models import Transaction
from ledger.services.accounts import open_account
from ledger.services.categories import add_starter_categories

_NEXT = {"import": "imports:upload", "bank": "banking:connect"}
_CURRENCY_OF = {
    "GB": "GBP",
    "US": "USD",
    "CH": "CHF",
    "PL": "PLN",
    "SE": "SEK",
    "NO": "NOK",
    "DK": "DKK",
    "CZ": "CZK",
    "HU": "HUF",
    "JP": "JPY",
    "CA": "CAD",
    "AU": "AUD",
    "IN": "INR",
}


def _month(request) -> Month | None:
    try:
        return Month.parse(request.GET.get("month", ""))
    except ValueError:
        return None


@require_GET
@reader
def overview(request):
    household = request.household
    today = household.today()
    found = overview_of(household, today, _month(request))
    request.account_balances = found.balances
    accounts = {item.account.pk: item.account for item in found.balances}
    if not accounts:
        return render(request, "insights/overview_empty.html")
    recent = Transaction.objects.for_household(household).movements()
    context = {
        "overview": found,
        "recent": page_of(recent, household, accounts, found.category_map, size=8).rows,
        "notices": notices(household, today),
        "is_current": found.month == household.month_of(today),
    }
    return render(request, "insights/overview.html", context)


@require_GET
@reader
def plan(request):
    """Safe to spend, budget, bills, goals: the overview loads it once it stands."""
    template = "insights/_plan.html" if wants_fragment(request) else "insights/plan.html"
    return render(request, template, {"plan": plan_of(request.household, request.user)})


@require_GET
@reader
def explain_safe(request):
    """Why so much is safe to spend."""
    explanation = plan_of(request.household, request.user).safe.explanation
    template = "insights/_explanation.html" if wants_fragment(request) else "insights/explain.html"
    context = {"explanation": explanation, "month": request.household.current_month()}
    return render(request, template, context)


@require_GET
@reader
def explain(request, figure):
    found = overview_of(request.household, request.household.today(), _month(request))
    explanation = found.explanation(figure)
    if explanation is None:
        raise Http404
    template = "insights/_explanation.html" if wants_fragment(request) else "insights/explain.html"
    first_day = request.household.first_month_day
    last = min(found.month.last(first_day), request.household.today())
    gaps = gaps_between(request.household, found.month.start(first_day), last)
    context = {"explanation": explanation, "month": found.month, "gaps": gaps}
    return render(request, template, context)


def _guess(request) -> dict:
    """A currency and time zone to begin with, from what the browser says of its language."""
    region = request.headers.get("Accept-Language", "").split(",")[0].partition("-")[2][:2].upper()
    return {
        "base_currency": _CURRENCY_OF.get(region, "EUR"),
        "time_zone": "Europe/Berlin",
        "first_month_day": 1,
        "name": _("Our household"),
    }


@person
def welcome(request):
    household = request.household
    if household is not None and household.welcomed_at is not None:
        return redirect("insights:overview")
    if household is None:
        return _welcome_household(request)
    return _welcome_start(request)


def _welcome_household(request):
    form = HouseholdForm(request.POST or None, initial=_guess(request))
    if request.method == "POST" and form.is_valid():
        create_household(user=request.user, **form.cleaned_data)
        return redirect("insights:welcome")
    status = 422 if form.errors else 200
    return render(request, "insights/welcome.html", {"form": form}, status=status)


def _welcome_start(request):
    form = StartForm(request.POST or None, currency=request.household.base_currency)
    if request.method == "POST" and form.is_valid() and request.role == Role.OWNER:
        data, household = form.cleaned_data, request.household
        if data["starter"]:
            add_starter_categories(household=household)
        if data["account_name"]:
            open_account(
                household=household,
                name=data["account_name"],
                kind=data["kind"],
                currency=data["currency"],
                opening_balance=data["balance"] or 0,
                opened_on=household.today(),
            )
        finish_welcome(household=household)
        next_page = _NEXT.get(request.POST.get("next"), "insights:overview")
        return redirect(next_page)
    context = {"form": form, "has_banks": is_configured()}
    status = 422 if form.errors else 200
    return render(request, "insights/welcome_start.html", context, status=status)


@require_POST
@person
def demo(request):
    """A household of its own with demo data, so that one's real one stays clean."""
    make_demo_household(user=request.user)
    messages.success(request, _("This is a demo household. Look around, change anything."))
    return redirect("insights:overview")


@require_GET
@reader
def forecast(request, pk=None):
    """The days ahead of all accounts or of one, as they stand or with what is rehearsed."""
    inputs = read_inputs(request.household, request.household.today(), DAYS)
    request.account_balances = inputs.balances
    if pk is not None and pk not in inputs.accounts:
        raise Http404
    if not inputs.accounts:
        return render(request, "insights/forecast_empty.html")
    forms = _rehearse_forms(request, inputs)
    added = next((form for form in forms if form.is_bound), None)
    codes = request.GET.getlist("change")
    if added is not None and added.is_valid() and len(codes) >= MOST:
        added.add_error(None, _("At most %(n)s changes at once.") % {"n": MOST})
    elif added is not None and added.is_valid():
        query = urlencode({"change": [*codes, encode(added.change())]}, doseq=True)
        return redirect(f"{request.path}?{query}#rehearse")
    found, lost = steps(codes, inputs)
    now = forecast_of(inputs)
    rehearsed = forecast_of(inputs, [step.change for step in found]) if found else None
    context = {
        "forecast": rehearsed or now,
        "page": forecast_page(now, rehearsed, pk),
        "steps": _with_way_out(request, found),
        "codes": [step.code for step in found],
        "lost": lost,
        "forms": forms,
        "has_bills": any(flow.series for flow in inputs.flows),
    }
    status = 422 if added is not None else 200
    return render(request, "insights/forecast.html", context, status=status)


def _rehearse_forms(request, inputs) -> list:
    kind = request.GET.get("add")
    forms = [cls(request.GET if cls.kind == kind else None, inputs=inputs) for cls in REHEARSALS]
    return [form for form in forms if form.is_possible]


def _with_way_out(request, found) -> list[tuple]:
    """(step, address without it)."""
    made = []
    for step in found:
        rest = [other.code for other in found if other is not step]
        query = urlencode({"change": rest}, doseq=True)
        made.append((step, f"{request.path}?{query}" if rest else request.path))
    return made
