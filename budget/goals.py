"""Goals as people see them: how far, how fast, what each month needs, and in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Household
from budget import goal_pace as pace
from budget.goal_savings import Earmarks, Savings, read_savings
from budget.models import Goal
from core.formatting import format_day, format_money, format_month
from core.months import Month
from ledger.models import Account, AccountMonth

MONTHS = 13
"""Month ends of a curve: twelve, and today."""
LOOK_BACK = pace.PACE_MONTHS + 2


@dataclass(frozen=True, slots=True)
class GoalAnswer:
    """One goal. Amounts are minor units of the goal's currency."""

    goal: Goal
    points: Sequence[int]
    """At the ends of the last months; the last one is now."""
    current: int
    percent: int
    need: int
    """What each month from this one on needs; 0 without a date."""
    last: int | None
    """The last month that is over by the goal's date."""
    projected: Month | None
    expected: int | None
    """What the even line has at the end of the last month; None without a date."""
    state: str
    label: str
    words: str

    @property
    def saved(self) -> int:
        return self.points[-1]

    @property
    def left(self) -> int:
        return max(0, self.goal.target - self.saved)

    @property
    def this_month(self) -> int:
        """What this month brought so far."""
        return self.points[-1] - self.points[-2]

    @property
    def tone(self) -> str:
        return "near" if self.state in (pace.BEHIND, pace.BROKEN) else ""

    @property
    def icon(self) -> str:
        return {
            pace.REACHED: "circle-check",
            pace.PAUSED: "clock",
            pace.AHEAD: "trending-up",
            pace.ON_TRACK: "check",
            pace.UNDATED: "check",
            pace.STALLED: "info-circle",
        }.get(self.state, "alert-triangle")

    @property
    def is_watched(self) -> bool:
        """Whether it counts in "3 of 5 goals on track"."""
        return self.state != pace.PAUSED and not self.goal.is_archived

    @property
    def is_good(self) -> bool:
        return self.state in pace.GOOD


@dataclass(frozen=True, slots=True)
class Goals:
    """All goals of a household."""

    answers: Sequence[GoalAnswer]
    archived: Sequence[GoalAnswer]
    earmarks: Sequence[Earmarks]

    @property
    def watched(self) -> list[GoalAnswer]:
        return [one for one in self.answers if one.is_watched]

    @property
    def good(self) -> int:
        return sum(one.is_good for one in self.watched)

    @property
    def needs(self) -> str:
        """What all of them need this month, in words: "€412.00", by currency."""
        sums: dict[str, int] = {}
        for one in self.watched:
            if one.need:
                sums[one.goal.currency] = sums.get(one.goal.currency, 0) + one.need
        return " + ".join(format_money(amount, code) for code, amount in sums.items())


@dataclass(frozen=True, slots=True)
class Milestones:
    """Round figures of net worth: those that were reached (newest first), and the next one."""

    currency: str
    worth: int
    reached: Sequence[tuple[int, Month]]
    next: int
    projected: Month | None


def household_goals(household: Household) -> Goals:
    """Every goal of a household with what is there for it."""
    goals = _rows(household)
    savings = read_savings(household, goals, LOOK_BACK)
    answers = [answer_of(goal, savings) for goal in goals]
    return Goals(
        [one for one in answers if not one.goal.is_archived],
        [one for one in answers if one.goal.is_archived],
        savings.earmarks,
    )


def goal_with_curve(goal: Goal) -> tuple[GoalAnswer, Earmarks | None]:
    """One goal over the last twelve months, and the account that it has a part of."""
    goals = _rows(goal.household)
    mine = [one for one in goals if one.pk == goal.pk]
    # All parts of the same account, so that what is free is known.
    others = [
        one
        for one in goals
        if one.account_id and one.account_id == goal.account_id and one.pk != goal.pk
    ]
    savings = read_savings(goal.household, [*mine, *others], MONTHS)
    held = savings.earmarks[0] if goal.link == Goal.Link.PART and savings.earmarks else None
    return answer_of(mine[0], savings), held


def saved_now(goal: Goal) -> int:
    """What is there for a goal today; it need not be stored yet."""
    return read_savings(goal.household, [goal], 2).points[goal.pk][-1]


def _rows(household: Household) -> list[Goal]:
    rows = list(Goal.objects.for_household(household).select_related("account", "category"))
    for goal in rows:
        goal.household = household
    return rows


def answer_of(goal: Goal, savings: Savings) -> GoalAnswer:
    """The goal's figures and words, from what is there."""
    points, current = savings.points[goal.pk], savings.current
    household = goal.household
    is_young = goal.link == Goal.Link.PART
    months = pace.months_of_pace(
        points, pace.months_since_first(points) if is_young else len(points)
    )
    reached = pace.reached_in(points, goal.target, months, current)
    need, last, line = 0, None, None
    if goal.target_on:
        last = pace.last_whole_month(goal.target_on, household.first_month_day)
        need = pace.monthly_need(goal.target, min(points[-2:]), current, last)
        start = household.month_of(goal.started_on).index
        line = pace.Line(goal.target, start, goal.started_with, max(last, start))
    state = _state(goal, points[-1], line, current, reached)
    projected = None if reached is None else Month(reached)
    begin = min(0, goal.started_with)  # out of debt: the way begins where it began
    facts = {
        "need": 0 if state in (pace.REACHED, pace.PAUSED, pace.BROKEN) else need,
        "last": last,
        "projected": projected,
        "expected": line.expected(current - 1) if line else None,
    }
    return GoalAnswer(
        goal=goal,
        points=points,
        current=current,
        percent=pace.percent(points[-1], goal.target, begin),
        state=state,
        label=_label(state),
        words=_words(goal, state, points, months, facts),
        **facts,
    )


def _state(goal: Goal, saved: int, line, current: int, reached: int | None) -> str:
    if goal.reached_at or (goal.is_linked and saved >= goal.target):
        return pace.REACHED
    if not goal.is_linked:
        return pace.BROKEN
    if goal.paused_on:
        return pace.PAUSED
    if line:
        is_over = goal.target_on < goal.household.today()
        return pace.BEHIND if is_over else pace.standing(line, saved, current)
    return pace.STALLED if reached is None else pace.UNDATED


def _label(state: str) -> str:
    return {
        pace.REACHED: _("Reached"),
        pace.PAUSED: _("Paused"),
        pace.AHEAD: _("Ahead"),
        pace.ON_TRACK: _("On track"),
        pace.BEHIND: _("Behind"),
        pace.UNDATED: _("Growing"),
        pace.STALLED: _("Not growing"),
        pace.BROKEN: _("Link is gone"),
    }[state]


def _words(goal: Goal, state: str, points: Sequence[int], months: int, facts: dict) -> str:
    """One sentence on where the goal stands."""
    if state == pace.BROKEN:
        return _("What it was linked to is gone. Edit the goal to link it anew.")
    if state == pace.REACHED:
        if goal.reached_at:
            on = timezone.localtime(goal.reached_at).date()
            return _("You reached it on %(day)s.") % {"day": format_day(on)}
        return _("You have it all.")
    if state == pace.PAUSED:
        return _("Paused since %(day)s.") % {"day": format_day(goal.paused_on)}
    if goal.target_on:
        return _dated_words(goal, points, facts)
    if facts["projected"]:
        month = format_month(facts["projected"])
        return _("At your pace you get there in %(month)s.") % {"month": month}
    if not any(points):
        return _("Nothing is set aside yet.")
    if months < 1:
        return _("Your pace shows after a full month.")
    return _("It did not grow in the last months: at this pace you never get there.")


def _dated_words(goal: Goal, points: Sequence[int], facts: dict) -> str:
    if goal.target_on < goal.household.today():
        missing = format_money(goal.target - points[-1], goal.currency)
        return _("The date is over, %(amount)s are missing.") % {"amount": missing}
    month = format_month(goal.household.month_of(goal.target_on))
    if (behind := facts["expected"] - points[-1]) > 0:
        return _(
            "%(behind)s behind the plan. %(amount)s a month until %(month)s gets you there."
        ) % {
            "behind": format_money(behind, goal.currency),
            "amount": format_money(facts["need"], goal.currency),
            "month": month,
        }
    if points[-1] - points[-2] >= facts["need"]:
        return _("This month is done. %(amount)s a month until %(month)s gets you there.") % {
            "amount": format_money(facts["need"], goal.currency),
            "month": month,
        }
    return _("%(amount)s a month until %(month)s to get there.") % {
        "amount": format_money(facts["need"], goal.currency),
        "month": month,
    }


def net_worth_milestones(household: Household) -> Milestones | None:
    """The round figures that net worth reached, by month totals; None before there is an account."""
    currency = household.base_currency
    accounts = Account.objects.for_household(household).filter(currency=currency)
    opening = accounts.aggregate(total=Sum("opening_balance"))["total"]
    if opening is None:
        return None
    current = household.current_month().index
    moved = dict(
        AccountMonth.objects.filter(account__in=accounts, month__lte=current)
        .order_by()
        .values_list("month")
        .annotate(Sum("amount"))
    )
    first = min([*moved, current])
    points, running = [opening], opening
    for month in range(first, current + 1):
        running += moved.get(month, 0)
        points.append(running)
    reached = pace.milestones(points, first - 1)
    # What is dated later this month is no wealth of today.
    worth = read_savings(household, (), LOOK_BACK).worth
    reached = [one for one in reached if one[1] < current or one[0] <= worth[-1]]
    following = pace.milestone_above(max([worth[-1], *(step for step, _month in reached)]))
    months = pace.months_of_pace(worth, current - first)
    ahead = pace.reached_in(worth, following, months, current)
    return Milestones(
        currency,
        worth[-1],
        [(step, Month(month)) for step, month in reversed(reached)],
        following,
        None if ahead is None else Month(ahead),
    )
