"""The curve of a goal: what was there, and where its pace leads."""

from django.utils.translation import gettext as _

from budget import goal_pace as pace
from budget.goals import GoalAnswer
from core.formatting import drawn, format_money, format_month
from core.months import Month

AHEAD = 24
"""A projection is drawn for so many months at most."""


def goal_chart(answer: GoalAnswer) -> dict:
    """Twelve month ends and today; then, at the pace of the last months, up to the target."""
    goal, current = answer.goal, answer.current
    first = current - len(answer.points) + 1
    last = current
    if answer.projected and not goal.paused_on and answer.state != pace.REACHED:
        last = min(answer.projected.index, current + AHEAD)
    months = range(first, last + 1)
    ahead = _projection(answer, last)
    series = [
        _series(_("There"), "accent", list(answer.points), len(months), goal.currency),
        _series(_("To reach"), "muted", [goal.target] * len(months), len(months), goal.currency),
    ]
    if ahead:
        gap = [None] * (len(answer.points) - 1)
        one = _series(_("At your pace"), "second", [*gap, *ahead], len(months), goal.currency)
        series.insert(1, one)
    return {"labels": [format_month(Month(i), "LLL y") for i in months], "series": series}


def _projection(answer: GoalAnswer, last: int) -> list[int]:
    """From now to the month `last`: the way to the target in even parts."""
    months = last - answer.current
    if months < 1:
        return []
    whole = answer.projected.index - answer.current
    return [
        answer.saved + (answer.goal.target - answer.saved) * number // whole
        for number in range(months + 1)
    ]


def _series(name: str, colour: str, amounts: list, length: int, currency: str) -> dict:
    amounts = [*amounts, *[None] * (length - len(amounts))]
    return {
        "name": name,
        "color": colour,
        "values": [None if one is None else drawn(one, currency) for one in amounts],
        "texts": ["" if one is None else format_money(one, currency) for one in amounts],
        "urls": [""] * length,
    }
