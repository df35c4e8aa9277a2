"""Set goals, set money aside for them, and tell when they are reached."""

import datetime as dt

from django.core.files.base import ContentFile
from django.db.models import Max, Sum
from django.db.transaction import atomic, on_commit
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Household, User
from budget.errors import GoalError
from budget.goal_savings import read_savings
from budget.goals import saved_now
from budget.models import Goal, GoalEntry
from core.formatting import format_money
from core.queue import enqueue_once
from ledger.models import Account, Category, CategoryKind
from ledger.services.acts import lock
from notifications.services.notify import notify

LINK = Goal.Link


@atomic
def save_goal(
    *,
    household: Household,
    name: str,
    target: int,
    link: str,
    account: Account | None = None,
    category: Category | None = None,
    target_on: dt.date | None = None,
    icon: str = "target",
    colour: str = "cat-1",
    goal: Goal | None = None,
) -> Goal:
    """Make a goal (last in order), or change `goal`. `target` is in minor units of its currency.

    The even way to the target begins anew, today, when target, date or link change. What was set
    aside stays with a goal whose account changes within one currency. Raises GoalError.
    """
    lock(household)
    _check_link(household, link, account, category)
    if target <= 0 and link != LINK.NET_WORTH:
        raise GoalError(_("Enter an amount above zero."))
    is_new = goal is None
    if goal is None:
        goal = Goal(household=household, position=_next_position(household))
    else:
        goal = Goal.objects.select_for_update(of=("self",)).get(household=household, pk=goal.pk)
        goal.household = household
    on_account = link in (LINK.ACCOUNT, LINK.PART)
    currency = account.currency if on_account and account else household.base_currency
    if not is_new and currency != goal.currency and goal.entries.exists():
        raise GoalError(_("A goal that money is set aside for keeps its currency."))
    before = _way(goal)
    goal.account, goal.category = (account if on_account else None), category
    if link != LINK.ENVELOPE:
        goal.category = None
    goal.name, goal.target, goal.link, goal.target_on = name, target, link, target_on
    goal.currency, goal.icon, goal.colour = currency, icon, colour
    if is_new or _way(goal) != before:
        _begin_anew(goal)
    goal.save()
    _ask_for_check(household)
    return goal


def _way(goal: Goal) -> tuple:
    return goal.target, goal.target_on, goal.link, goal.account_id, goal.category_id


def _begin_anew(goal: Goal) -> None:
    """The even way to the target starts today, with what is there; a target is reached anew."""
    goal.started_on = goal.household.today()
    goal.started_with = saved_now(goal)
    goal.reached_at = None


def _check_link(household, link: str, account: Account | None, category: Category | None) -> None:
    if link in (LINK.ACCOUNT, LINK.PART):
        if account is None or account.household_id != household.pk or account.is_debt:
            raise GoalError(_("Choose one of your accounts."))
    elif link == LINK.ENVELOPE:
        is_ours = category is not None and category.household_id == household.pk
        if not is_ours or category.group.kind != CategoryKind.EXPENSE:
            raise GoalError(_("Choose one of your envelopes."))
    elif link != LINK.NET_WORTH:
        raise GoalError


def _next_position(household: Household) -> int:
    last = Goal.objects.filter(household=household).aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _ask_for_check(household: Household) -> None:
    enqueue_once("budget.evaluate", household.pk)


@atomic
def set_aside(
    *, goal: Goal, amount: int, on: dt.date, by: User | None, note: str = ""
) -> GoalEntry:
    """Note that `amount` of the goal's account is set aside for it, or (below zero) taken back.

    Raises GoalError when the goal has no part of an account, when nothing moves, or when more
    is taken back than is set aside.
    """
    lock(goal.household)
    if goal.link != LINK.PART or goal.is_archived:
        raise GoalError(_("Only what has a part of an account can be set aside for."))
    if amount == 0:
        raise GoalError(_("An amount of zero moves no money."))
    _check_holds(goal, amount)
    entry = GoalEntry.objects.create(
        household=goal.household, goal=goal, on=on, amount=amount, note=note, made_by=by
    )
    _ask_for_check(goal.household)
    return entry


def _check_holds(goal: Goal, change: int) -> None:
    held = goal.entries.aggregate(total=Sum("amount"))["total"] or 0
    if held + change < 0:
        raise GoalError(
            _("Only %(amount)s is set aside for this goal.")
            % {"amount": format_money(held, goal.currency)}
        )


@atomic
def remove_entry(*, entry: GoalEntry) -> None:
    """Take back a note of money set aside. Raises GoalError when less would be left than was used."""
    lock(entry.household)
    _check_holds(entry.goal, -entry.amount)
    entry.delete()


@atomic
def pause_goal(*, goal: Goal) -> Goal:
    """Ask for nothing until it is resumed."""
    if goal.paused_on is None:
        goal.paused_on = goal.household.today()
        goal.save(update_fields=["paused_on"])
    return goal


@atomic
def resume_goal(*, goal: Goal) -> Goal:
    """Go on: the even way to the target begins anew, today."""
    if goal.paused_on is not None:
        reached_at = goal.reached_at
        goal.paused_on = None
        _begin_anew(goal)
        goal.reached_at = reached_at
        goal.save(update_fields=["paused_on", "started_on", "started_with"])
    return goal


@atomic
def archive_goal(*, goal: Goal, is_archived: bool = True) -> Goal:
    """Put a goal away: what was set aside for it is free again, until it comes back."""
    goal.is_archived = is_archived
    goal.save(update_fields=["is_archived"])
    _ask_for_check(goal.household)
    return goal


@atomic
def delete_goal(*, goal: Goal) -> None:
    """Forget a goal, what was set aside for it, and its picture. No money moves."""
    storage, name = goal.picture.storage, goal.picture.name
    goal.delete()
    if name:
        on_commit(lambda: storage.delete(name), robust=True)


@atomic
def move_goal(*, goal: Goal, step: int) -> None:
    """Move a goal `step` places up (below zero) or down among those that are kept."""
    lock(goal.household)
    rows = list(Goal.objects.for_household(goal.household).kept())
    ids = [row.pk for row in rows]
    if goal.pk not in ids:
        return
    at = ids.index(goal.pk)
    rows.insert(max(0, min(len(rows) - 1, at + step)), rows.pop(at))
    for position, row in enumerate(rows):
        row.position = position
    Goal.objects.bulk_update(rows, ["position"])


def set_picture(*, goal: Goal, picture: ContentFile | None) -> Goal:
    """Give a goal a picture made by `pictures.small_picture`, or (None) take it away.

    The bytes are stored before the row and go again when the row fails; the old ones go once the new
    row is certain.
    """
    storage, old = goal.picture.storage, goal.picture.name
    if picture is None:
        goal.picture = ""
    else:
        goal.picture.save("picture", picture, save=False)
    new = goal.picture.name
    try:
        with atomic():
            goal.save(update_fields=["picture"])
            if old:
                on_commit(lambda: storage.delete(old), robust=True)
    except BaseException:
        if new:
            storage.delete(new)
        raise
    return goal


def check_goals(household: Household) -> int:
    """Note which goals are reached by now, once each, and tell the household. Returns how many."""
    open_ones = Goal.objects.for_household(household).kept().filter(reached_at=None)
    goals = list(open_ones.select_related("account", "category"))
    if not goals:
        return 0
    for goal in goals:
        goal.household = household
    savings = read_savings(household, goals, 2)
    return sum(
        _reached(goal)
        for goal in goals
        if goal.is_linked and savings.points[goal.pk][-1] >= goal.target
    )


@atomic
def _reached(goal: Goal) -> bool:
    """Note it unless somebody else did, or changed the goal since it was read."""
    rows = Goal.objects.filter(pk=goal.pk, reached_at=None, target=goal.target, link=goal.link)
    if not rows.update(reached_at=timezone.now()):
        return False
    notify(
        household=goal.household,
        kind="goal.reached",
        key=f"goal.reached:{goal.pk}:{goal.target}",
        params={"goal": goal.name, "target": goal.target, "currency": goal.currency},
        url=reverse("budget:goal_detail", args=[goal.pk]),
    )
    return True
