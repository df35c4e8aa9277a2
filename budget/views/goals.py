"""Goals: all of them, one of them, and money set aside."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.access import editor, reader
from accounts.submissions import once
from budget.errors import BudgetError
from budget.goal_chart import goal_chart
from budget.goal_forms import EntryForm, GoalForm
from budget.goals import goal_with_curve, household_goals, net_worth_milestones
from budget.models import Goal, GoalEntry
from budget.services import goals as services
from budget.services.pictures import CONTENT_TYPE
from core.numbers import row_id

ENTRIES = 20


def _own(request, pk: int) -> Goal:
    """The household's goal of this number, or 404."""
    rows = Goal.objects.for_household(request.household).select_related("account", "category")
    goal = get_object_or_404(rows, pk=pk)
    goal.household = request.household
    return goal


@require_GET
@reader
def goal_list(request):
    found = household_goals(request.household)
    context = {"goals": found, "milestones": net_worth_milestones(request.household)}
    return render(request, "budget/goal_list.html", context)


@editor
def goal_add(request):
    source = f"part:{row_id(request.GET.get('account', ''))}"
    form = GoalForm(
        request.POST or None,
        request.FILES or None,
        household=request.household,
        initial={"source": source},
    )
    if request.method == "POST" and form.is_valid():
        try:
            url = once(
                user=request.user,
                key=request.POST.get("submission", ""),
                body=urlencode(sorted(request.POST.items())).encode(),
                effect=lambda: str(_save(request, form).pk),
            )
        except BudgetError as error:
            form.add_error("source", str(error))
        else:
            messages.success(request, _("Goal added."))
            return redirect("budget:goal_detail", pk=url)
    return _form(request, form)


@editor
def goal_edit(request, pk):
    goal = _own(request, pk)
    form = GoalForm(
        request.POST or None, request.FILES or None, household=request.household, goal=goal
    )
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, form, goal)
        except BudgetError as error:
            form.add_error("source", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("budget:goal_detail", pk=pk)
    return _form(request, form, goal)


def _save(request, form: GoalForm, goal: Goal | None = None) -> Goal:
    saved = services.save_goal(household=request.household, goal=goal, **form.facts())
    if picture := form.cleaned_data.get("picture"):
        services.set_picture(goal=saved, picture=picture)
    elif form.cleaned_data.get("no_picture"):
        services.set_picture(goal=saved, picture=None)
    return saved


def _form(request, form: GoalForm, goal: Goal | None = None):
    status = 422 if form.errors else 200
    return render(request, "budget/goal_form.html", {"form": form, "goal": goal}, status=status)


@require_GET
@reader
def goal_detail(request, pk):
    goal = _own(request, pk)
    return _detail(request, goal, EntryForm(goal=goal))


def _detail(request, goal: Goal, form: EntryForm):
    answer, held = goal_with_curve(goal)
    rows = goal.entries.select_related("made_by").order_by("-on", "-pk")
    context = {
        "goal": goal,
        "answer": answer,
        "held": held,
        "chart": goal_chart(answer),
        "form": form,
        "takes_entries": goal.link == Goal.Link.PART and goal.is_linked and not goal.is_archived,
        "page": Paginator(rows, ENTRIES).get_page(request.GET.get("page")),
    }
    status = 422 if form.errors else 200
    return render(request, "budget/goal_detail.html", context, status=status)


@require_POST
@editor
def goal_entry(request, pk):
    """Set aside, or (act "back") take back."""
    goal = _own(request, pk)
    form = EntryForm(request.POST, goal=goal)
    if form.is_valid():
        data = form.cleaned_data
        amount = -data["amount"] if request.POST.get("act") == "back" else data["amount"]
        try:
            once(
                user=request.user,
                key=request.POST.get("submission", ""),
                body=urlencode(sorted(request.POST.items())).encode(),
                effect=lambda: str(
                    services.set_aside(
                        goal=goal, amount=amount, on=data["on"], note=data["note"], by=request.user
                    ).pk
                ),
            )
        except BudgetError as error:
            form.add_error("amount", str(error))
        else:
            messages.success(request, _("Set aside.") if amount > 0 else _("Taken back."))
            return redirect("budget:goal_detail", pk=pk)
    return _detail(request, goal, form)


@require_POST
@editor
def goal_entry_remove(request, pk):
    entry = get_object_or_404(
        GoalEntry.objects.select_related("goal"), household=request.household, pk=pk
    )
    try:
        services.remove_entry(entry=entry)
    except BudgetError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Removed."))
    return redirect("budget:goal_detail", pk=entry.goal_id)


@require_POST
@editor
def goal_act(request, pk):
    """Pause, resume, archive, bring back, move or delete a goal."""
    goal = _own(request, pk)
    act = request.POST.get("act")
    if act in ("up", "down"):
        services.move_goal(goal=goal, step=-1 if act == "up" else 1)
        return redirect("budget:goal_list")
    if act == "delete":
        services.delete_goal(goal=goal)
        messages.success(request, _("Goal deleted."))
        return redirect("budget:goal_list")
    if act == "pause":
        services.pause_goal(goal=goal)
    elif act == "resume":
        services.resume_goal(goal=goal)
    elif act in ("archive", "restore"):
        services.archive_goal(goal=goal, is_archived=act == "archive")
    return redirect("budget:goal_detail", pk=pk)


@require_GET
@reader
def goal_picture(request, pk):
    """The picture, which we wrote ourselves; whatever it holds, it runs no script."""
    goal = _own(request, pk)
    if not goal.picture:
        raise Http404
    try:
        content = goal.picture.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, content_type=CONTENT_TYPE)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
