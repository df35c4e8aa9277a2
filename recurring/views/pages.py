"""What is due, the calendar, what subscriptions cost."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from accounts.errors import TooOftenError
from accounts.services.limits import ensure_not_too_often
from core.months import Month
from recurring.calendar import calendar_month
from recurring.cards import card_statement
from recurring.cost import costs
from recurring.due import due_before_payday
from recurring.models import CardCycle, Series
from recurring.services.finding import detect
from recurring.services.refresh import refresh
from recurring.suggestions import suggestions
from recurring.words import schedule_words


@require_GET
@reader
def bill_list(request):
    household = request.household
    today = household.today()
    cycles = CardCycle.objects.filter(household=household, account__closed_on=None)
    context = {
        "due": due_before_payday(household, today),
        "suggestions": suggestions(household),
        "statements": [card_statement(one, today) for one in cycles.select_related("account")[:20]],
        "all_series": _by_kind(household),
        "today": today,
    }
    return render(request, "recurring/bill_list.html", context)


def _by_kind(household) -> list[tuple[str, list[tuple[Series, str]]]]:
    """Everything that is not a suggestion, with its schedule in words."""
    states = [Series.State.ACTIVE, Series.State.PAUSED, Series.State.ENDED]
    rows = Series.objects.for_household(household).filter(state__in=states).order_by("name", "pk")
    found = [(series, schedule_words(series.schedule)) for series in rows]
    running = [pair for pair in found if pair[0].state == Series.State.ACTIVE]
    resting = [pair for pair in found if pair[0].state != Series.State.ACTIVE]
    groups = [
        (kind.label, [pair for pair in running if pair[0].kind == kind]) for kind in Series.Kind
    ]
    return [group for group in [*groups, (_("Paused and ended"), resting)] if group[1]]


@require_GET
@reader
def bill_calendar(request):
    household = request.household
    today = household.today()
    month = _month(request.GET.get("month", ""), today)
    shown = calendar_month(household, month, today)
    return render(request, "recurring/bill_calendar.html", {"calendar": shown, "today": today})


def _month(text: str, today) -> Month:
    """The month that the address names, else today's: a calendar's, whenever the household's begins."""
    try:
        month = Month.parse(text)
    except ValueError:
        return Month.containing(today)
    return month if 1990 <= month.year <= 2150 else Month.containing(today)


@require_GET
@reader
def subscription_list(request):
    household = request.household
    shown = costs(household, household.today())
    return render(request, "recurring/subscription_list.html", {"costs": shown})


@require_POST
@editor
def look(request):
    """Look for series in the history now."""
    household = request.household
    try:
        ensure_not_too_often("detect", household.pk, most=10, seconds=600)
    except TooOftenError as error:
        messages.error(request, str(error))
        return redirect("recurring:bill_list")
    today = household.today()
    refresh(household=household, today=today)
    count = detect(household=household, today=today)
    text = ngettext("%(n)s suggestion.", "%(n)s suggestions.", count) % {"n": count}
    messages.success(request, text if count else _("Nothing new repeats in your history."))
    return redirect("recurring:bill_list")


