"""What if: changes as they travel in an address, and what they change. Nothing is written.

One change is `buy:AMOUNT:ACCOUNT:DAY`, `move:OCCURRENCE:DAY`, `lose:SERIES:DAY`,
`price:SERIES:AMOUNT:DAY` or `loan:AMOUNT:ACCOUNT:DAY`; amounts are minor units above zero.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import astuple, dataclass

from django.utils.translation import gettext as _

from core.formatting import format_day, format_money
from core.money import MAX_MINOR
from core.numbers import row_id
from insights.forecast_inputs import Inputs
from insights.projection.changes import Change, Loan, Lose, Move, Purchase, Reprice
from insights.projection.shapes import Flow

KINDS: dict[str, type] = {
    "buy": Purchase,
    "move": Move,
    "lose": Lose,
    "price": Reprice,
    "loan": Loan,
}
MOST = 12
"""Changes at once."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change, as it stands in the address and in words."""

    code: str
    change: Change
    text: str


def encode(change: Change) -> str:
    """How a change stands in an address."""
    kind = next(name for name, cls in KINDS.items() if isinstance(change, cls))
    return ":".join([kind, *map(str, astuple(change))])


def decode(code: str, inputs: Inputs) -> Change | None:
    """The change that stands in an address; None for what makes no sense, or no more."""
    kind, *values = code.split(":")
    if kind not in KINDS:
        return None
    *numbers, last = values or [""]
    try:
        day = dt.date.fromisoformat(last)
    except ValueError:
        return None
    ids = [row_id(number) for number in numbers]
    wanted = 1 if kind in ("move", "lose") else 2
    if len(ids) != wanted or not all(ids) or not inputs.today < day <= inputs.last:
        return None
    change = KINDS[kind](*ids, day)
    return change if _is_known(change, inputs) else None


def _is_known(change: Change, inputs: Inputs) -> bool:
    """Whether it is about accounts and bills of this household, and its amount is one."""
    match change:
        case Purchase() | Loan():
            return change.account in inputs.accounts and change.amount <= MAX_MINOR
        case Move():
            return any(flow.occurrence == change.occurrence for flow in inputs.flows)
        case Reprice() if change.amount > MAX_MINOR:
            return False
    return any(flow.series == change.series for flow in inputs.flows)


def steps(codes: Iterable[str], inputs: Inputs) -> tuple[list[Step], int]:
    """The changes of an address, and how many of them apply no more. At most MOST are looked at."""
    found, lost = [], 0
    for code in list(codes)[:MOST]:
        change = decode(code, inputs)
        if change is None:
            lost += 1
        else:
            found.append(Step(code, change, in_words(change, inputs)))
    return found, lost


def in_words(change: Change, inputs: Inputs) -> str:
    """ "Buy something for €900.00 on 3 Dec from Current account." """
    words = {"day": format_day(change.day, "d MMM")}
    match change:
        case Purchase() | Loan():
            account = inputs.accounts[change.account]
            words["amount"] = format_money(change.amount, account.currency)
            words["account"] = account.name
            if isinstance(change, Purchase):
                return _("Buy something for %(amount)s on %(day)s from %(account)s") % words
            return _("Pay %(amount)s a month from %(day)s on from %(account)s") % words
        case Move():
            flow = next(f for f in inputs.flows if f.occurrence == change.occurrence)
            words |= {"name": flow.label, "due": format_day(flow.day, "d MMM")}
            return _("%(name)s of %(due)s comes on %(day)s") % words
    flow = series_flow(change.series, inputs)
    words["name"] = flow.label
    if isinstance(change, Lose):
        return _("No %(name)s from %(day)s on") % words
    currency = inputs.accounts[flow.account].currency
    words["amount"] = format_money(change.amount, currency)
    return _("%(name)s is %(amount)s from %(day)s on") % words


def series_flow(series: int, inputs: Inputs) -> Flow:
    """The next time of a series. Raises StopIteration when it does not come."""
    return next(flow for flow in inputs.flows if flow.series == series)
