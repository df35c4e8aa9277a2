"""From balances, known flows and a past to the curves of the days ahead."""

import datetime as dt
import random
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from operator import add

from insights.projection.cards import pay_statements
from insights.projection.resampling import Resampler
from insights.projection.shapes import Curve, Cycle, Flow, History, Place, Projection

COURSES = 401
"""So many that the tenth, the middle and the ninetieth per cent are courses of their own."""

Lines = dict[int, list[list[int]]]


def project(
    *,
    places: Sequence[Place],
    flows: Iterable[Flow],
    cycles: Sequence[Cycle],
    history: History,
    today: dt.date,
    days: int,
    seed: str,
    courses: int = COURSES,
) -> Projection:
    """The curves of `days` days after `today`. What is known on `today` or before comes tomorrow.

    The same for the same seed and data. `courses` is one more than a multiple of ten.
    """
    work = _Work(places, flows, cycles, today, days)
    work.vary(seed, courses)
    known, _paid = work.course({})
    drawn: Lines = {place.key: [] for place in places}
    payments: list[list[list[int]]] = [[] for _cycle in cycles]
    total: list[list[int]] = []
    for number, course in enumerate(Resampler(history, today, days, seed).courses(courses)):
        lines, paid = work.course(course, number)
        for key, line in lines.items():
            drawn[key].append(line)
        for made, amounts in zip(payments, paid, strict=True):
            made.append(amounts)
        total.append(work.total(lines))
    banded = {place.key for place in places if place.has_history}
    curves = {
        key: work.curve(line, drawn[key] if key in banded else None) for key, line in known.items()
    }
    sure = work.total(known)
    has_band = any(place.has_history and place.is_in_total for place in places)
    return Projection(
        curves, work.curve(sure, total if has_band else None), work.statements(payments)
    )


class _Work:
    """What all courses share."""

    def __init__(self, places, flows, cycles, today, days):
        self.today, self.count = today, days
        self.days = tuple(today + dt.timedelta(days=n) for n in range(days + 1))
        self.balances = {place.key: place.balance for place in places}
        self.drawable = {place.key for place in places if place.has_history}
        self.counted = [place for place in places if place.is_in_total]
        self.cycles = cycles
        self.known = {key: [0] * days for key in self.balances}
        self.varying: list[tuple[int, int, Flow]] = []
        self.spreads: list[tuple[int, int, list[int]]] = []
        for flow in flows:
            place = max(0, (flow.day - today).days - 1)
            if flow.account in self.known and place < days:
                self.known[flow.account][place] += flow.amount
                if flow.spread and flow.account in self.drawable:
                    self.varying.append((flow.account, place, flow))

    def vary(self, seed: str, courses: int) -> None:
        """Draw by how much each bill whose amount varies differs. Each has dice of its own, so that
        a change to another leaves it as it was."""
        for account, place, flow in self.varying:
            dice = random.Random(f"{seed} {flow.occurrence}")  # noqa: S311 a course, not a secret
            self.spreads.append((account, place, dice.choices(flow.spread, k=courses)))

    def course(
        self, drawn: dict[int, list[int]], number: int | None = None
    ) -> tuple[dict[int, list[int]], list[list[int]]]:
        """The balances of one course by account, and what each cycle's statements took; without a
        number that of what is known alone."""
        flows = {
            key: list(map(add, line, drawn[key]))
            if key in drawn and key in self.drawable
            else line.copy()
            for key, line in self.known.items()
        }
        if number is not None:
            for account, place, picks in self.spreads:
                flows[account][place] += picks[number]
        paid = [
            pay_statements(
                cycle,
                self.balances[cycle.card],
                flows[cycle.card],
                flows[cycle.paid_from],
                self.today,
            )
            for cycle in self.cycles
        ]
        lines = {
            key: list(accumulate(line, initial=self.balances[key])) for key, line in flows.items()
        }
        return lines, paid

    def total(self, lines: dict[int, list[int]]) -> list[int]:
        """What all accounts that count hold together."""
        worth = [_worth(lines[place.key], place.rate) for place in self.counted]
        return [sum(column) for column in zip(*worth, strict=True)] or [0] * (self.count + 1)

    def curve(self, known: list[int], drawn: list[list[int]] | None) -> Curve:
        sure = tuple(known)
        if drawn is None:
            return Curve(self.days, sure, sure, sure, sure, has_band=False)
        step = len(drawn) // 10
        columns = [sorted(column) for column in zip(*drawn, strict=True)]
        low, likely, high = (
            tuple(column[step * tenth] for column in columns) for tenth in (1, 5, 9)
        )
        return Curve(self.days, sure, low, likely, high, has_band=True)

    def statements(self, payments: list[list[list[int]]]) -> tuple[Flow, ...]:
        """What each statement will probably move, on the account that pays it and on the card."""
        found = []
        for cycle, made in zip(self.cycles, payments, strict=True):
            for (_stated, due), amounts in zip(
                cycle.statements, zip(*made, strict=True), strict=False
            ):
                middle = sorted(amounts)[len(amounts) // 2]
                if middle and due <= self.days[-1]:
                    facts = {"label": cycle.label, "is_estimate": True}
                    found.append(Flow(due, cycle.paid_from, -middle, **facts))
                    found.append(Flow(due, cycle.card, middle, **facts))
        return tuple(found)


def _worth(line: list[int], rate: Fraction) -> list[int]:
    """Each value times the rate, rounded half to even."""
    if rate == 1:
        return line
    whole, parts = rate.numerator, rate.denominator
    worth = []
    for value in line:
        quotient, remainder = divmod(value * whole, parts)
        twice = remainder * 2
        if twice > parts or (twice == parts and quotient % 2):
            quotient += 1
        worth.append(quotient)
    return worth
