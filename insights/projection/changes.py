"""What if: changes to what is known. They make other flows and write nothing."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from core.months import add_months
from insights.projection.shapes import Flow


@dataclass(frozen=True, slots=True)
class Purchase:
    """`amount` (above zero) leaves `account` on `day`."""

    amount: int
    account: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class Move:
    """The occurrence comes on `day` instead."""

    occurrence: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class Lose:
    """The series ends: what was due on `day` or later does not come."""

    series: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class Reprice:
    """From `day` on the series is `amount` in size; its direction stays."""

    series: int
    amount: int
    day: dt.date


@dataclass(frozen=True, slots=True)
class Loan:
    """`amount` (above zero) leaves `account` every month from `day` on."""

    amount: int
    account: int
    day: dt.date


Change = Purchase | Move | Lose | Reprice | Loan


def changed(
    flows: Iterable[Flow], changes: Iterable[Change], last: dt.date, labels: dict[type, str]
) -> list[Flow]:
    """The flows with all changes made, in the order given; those of loans end on `last`.

    `labels` names what a purchase and a loan are called.
    """
    rows = list(flows)
    for change in changes:
        match change:
            case Purchase():
                rows.append(Flow(change.day, change.account, -change.amount, labels[Purchase]))
            case Move():
                rows = [
                    row._replace(day=change.day) if row.occurrence == change.occurrence else row
                    for row in rows
                ]
            case Lose():
                rows = [row for row in rows if row.series != change.series or row.day < change.day]
            case Reprice():
                rows = [_repriced(row, change) for row in rows]
            case Loan():
                rows += _payments(change, last, labels[Loan])
    return rows


def _repriced(row: Flow, change: Reprice) -> Flow:
    if row.series != change.series or row.day < change.day:
        return row
    return row._replace(amount=change.amount if row.amount > 0 else -change.amount, spread=())


def _payments(loan: Loan, last: dt.date, label: str) -> list[Flow]:
    made, number = [], 0
    while (day := add_months(loan.day, number)) <= last:
        made.append(Flow(day, loan.account, -loan.amount, label))
        number += 1
    return made
