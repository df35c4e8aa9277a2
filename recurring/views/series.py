"""One series: add, look at, change; and its occurrences."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from core.forms import DayField
from core.numbers import row_id
from ledger.errors import LedgerError
from ledger.models import Transaction
from recurring.candidates import candidates
from recurring.cost import cost_of, paid_by_series
from recurring.errors import BillError
from recurring.forms import SeriesForm, initial_from
from recurring.models import Occurrence, Series
from recurring.services import matching
from recurring.services import series as services
from recurring.services.posting import enter
from recurring.services.refresh import refresh
from recurring.suggestions import SURE, why
from recurring.words import schedule_words

HISTORY = 36
AHEAD = 3


def _own_series(request, pk) -> Series:
    rows = Series.objects.for_household(request.household)
    rows = rows.select_related("household", "account", "other_account", "payee", "category")
    return get_object_or_404(rows, pk=pk)


@editor
def series_add(request):
    initial = {}
    chosen = row_id(request.GET.get("transaction", ""))
    if chosen:
        rows = Transaction.objects.for_household(request.household).movements()
        row = get_object_or_404(rows.select_related("payee"), pk=chosen)
        initial = initial_from(row)
    if request.GET.get("kind") in Series.Kind.values:
        initial["kind"] = request.GET["kind"]
    form = SeriesForm(request.POST or None, household=request.household, initial=initial)
    return _form(request, form, None)


@editor
def series_edit(request, pk):
    series = _own_series(request, pk)
    form = SeriesForm(request.POST or None, household=request.household, series=series)
    return _form(request, form, series)


def _form(request, form: SeriesForm, series: Series | None):
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_series(
                household=request.household, by=request.user, series=series, **form.facts()
            )
        except BillError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("recurring:series_detail", pk=saved.pk)
    status = 422 if form.errors else 200
    context = {"form": form, "series": series}
    return render(request, "recurring/series_form.html", context, status=status)


@require_GET
@reader
def series_detail(request, pk):
    series = _own_series(request, pk)
    today = request.household.today()
    rows = Occurrence.objects.filter(series=series).select_related("transaction__account")
    history = list(rows.filter(due_on__lte=today).order_by("-due_on")[:HISTORY])
    ahead = list(rows.filter(due_on__gt=today).order_by("due_on")[:AHEAD])
    paid = paid_by_series(request.household, today, series).get(series.pk, [])
    context = {
        "series": series,
        "words": schedule_words(series.schedule),
        "why": why(series),
        "rows": [*reversed(ahead), *history],
        "cost": cost_of(series, paid, today),
        "today": today,
        "next": ahead[0] if ahead else None,
    }
    asked = row_id(request.GET.get("match", ""))
    if asked:
        occurrence = get_object_or_404(rows, pk=asked)
        occurrence.series = series
        context |= {"occurrence": occurrence, "candidates": candidates(occurrence)}
    return render(request, "recurring/series_detail.html", context)


@require_POST
@editor
def series_act(request, pk):
    """Accept, dismiss, pause, resume, end or delete."""
    series = _own_series(request, pk)
    act = request.POST.get("act")
    try:
        if act == "accept":
            services.accept(series=series, by=request.user)
            messages.success(request, _("“%(name)s” is expected from now on.") % _name(series))
        elif act == "dismiss":
            services.dismiss(series=series)
            messages.success(request, _("“%(name)s” is not suggested again.") % _name(series))
        elif act == "pause":
            services.pause(series=series)
        elif act == "resume":
            services.resume(series=series)
        elif act == "end":
            services.end(series=series, on=_day(request))
        elif act == "delete":
            services.delete_series(series=series)
            messages.success(request, _("“%(name)s” is gone. Its transactions stay.") % _name(series))
            return redirect("recurring:bill_list")
    except BillError as error:
        messages.error(request, str(error))
    if act in ("accept", "dismiss"):
        return redirect("recurring:bill_list")
    return redirect("recurring:series_detail", pk=pk)


def _name(series: Series) -> dict:
    return {"name": series.name}


def _day(request):
    try:
        day = DayField(required=False).clean(request.POST.get("on", ""))
    except ValidationError as error:
        raise BillError(" ".join(error.messages)) from error
    return day or request.household.today()


@require_POST
@editor
def accept_all(request):
    """Accept every suggestion that is sure."""
    rows = Series.objects.for_household(request.household).suggested()
    sure = list(rows.filter(confidence__gte=SURE).select_related("household"))
    for series in sure:
        services.accept(series=series, by=request.user)
    messages.success(request, _("%(n)s are expected from now on.") % {"n": len(sure)})
    return redirect("recurring:bill_list")


@require_POST
@editor
def occurrence_act(request, pk):
    """Say that it was paid, skip it, match it by hand or take the match back."""
    household = request.household
    rows = Occurrence.objects.for_household(household)
    rows = rows.select_related(
        *("household", "series__account", "series__other_account", "series__payee"),
        "series__category",
    )
    row = get_object_or_404(rows, pk=pk)
    today = household.today()
    act = request.POST.get("act")
    try:
        if act == "paid":
            made = enter(occurrence=row, on=min(row.due_on, today), by=request.user)
            messages.success(request, _("Entered and matched."))
            request.session["undo"] = made.change_set.pk
        elif act == "skip":
            matching.skip(occurrence=row)
        elif act == "unskip":
            matching.unskip(occurrence=row, today=today)
        elif act == "unmatch":
            matching.unmatch(occurrence=row, today=today)
            refresh(household=household, today=today, whole=[row.series_id])
        elif act == "match":
            chosen = row_id(request.POST.get("transaction", ""))
            movements = Transaction.objects.for_household(household).movements()
            transaction = get_object_or_404(movements, pk=chosen)
            matching.match_by_hand(occurrence=row, transaction=transaction)
            refresh(household=household, today=today, whole=[row.series_id])
            messages.success(request, _("Matched."))
    except (BillError, LedgerError) as error:
        messages.error(request, str(error))
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/bills/"):
        return redirect(back)
    return redirect("recurring:series_detail", pk=row.series_id)
