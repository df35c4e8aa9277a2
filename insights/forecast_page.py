"""What the forecast pages show: sentences, the chart, the weeks ahead, the comparison."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.explanation import Explanation, Term
from core.formatting import drawn, format_day, format_money
from insights.forecast import AccountForecast, Forecast
from insights.projection.shapes import Curve, Flow
from ledger.models import Account

WEEKS = 5
"""So many weeks are shown at once; the later ones open."""
MARKS = 12
"""So many days are marked on the curve: those on which most is known to move."""


@dataclass(frozen=True, slots=True)
class Event:
    """One known movement, with the account that it is on."""

    flow: Flow
    account: Account


@dataclass(frozen=True, slots=True)
class Week:
    """The known movements of one week, from Monday (or tomorrow) on."""

    begins_on: dt.date
    events: list[Event]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the comparison: what, as it stands, as rehearsed, the difference."""

    label: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True)
class Page:
    """One page: all accounts (`account` is None) or one."""

    account: Account | None
    curve: Curve
    currency: str
    answer: str
    warnings: list[tuple[Account, str]]
    chart: dict
    rows: list[tuple[str, str, str, str]]
    weeks: list[Week]
    later: list[Week]
    explanation: Explanation
    lines: list[Line]


def forecast_page(now: Forecast, rehearsed: Forecast | None, account_id: int | None) -> Page:
    """The page of all accounts or of the one with that id; with `rehearsed`, the page is about that
    and compares it with `now`."""
    shown = rehearsed or now
    account, curve, currency = _subject(shown, account_id)
    _account, before, _currency = _subject(now, account_id)
    events = _events(shown, account)
    weeks = _weeks(events)
    return Page(
        account=account,
        curve=curve,
        currency=currency,
        answer=answer(curve, currency, is_debt=bool(account and account.is_debt)),
        warnings=[] if account else _warnings(shown),
        chart=_chart(curve, before if rehearsed else None, currency, events),
        rows=_rows(curve, currency),
        weeks=weeks[:WEEKS],
        later=weeks[WEEKS:],
        explanation=_explanation(shown, account, curve, currency, events),
        lines=_lines(before, curve, currency) if rehearsed else [],
    )


def _subject(one: Forecast, account_id: int | None) -> tuple[Account | None, Curve, str]:
    if account_id is None:
        return None, one.total, one.currency
    found = one.of(account_id)
    return found.account, found.curve, found.account.currency


def answer(curve: Curve, currency: str, *, is_debt: bool = False) -> str:
    """Whether it lasts, and how low it gets."""

    def money(minor: int) -> str:
        return format_money(minor, currency)

    words = {
        "lowest": money(curve.lowest_likely),
        "day": format_day(curve.lowest_on, "d MMMM"),
        "last": format_day(curve.days[-1], "d MMMM"),
        "end": money(abs(curve.end)),
    }
    if is_debt:
        if curve.end >= 0:
            return _("Nothing is owed on %(last)s.") % words
        return _("You owe about %(end)s on %(last)s.") % words
    if curve.below_on == curve.days[0]:
        return _("Below zero today. Lowest: %(lowest)s on %(day)s.") % words
    if curve.below_on:
        words["below"] = format_day(curve.below_on, "d MMMM")
        return _("Below zero from %(below)s. Lowest: %(lowest)s on %(day)s.") % words
    if curve.may_be_below_on:
        words["below"] = format_day(curve.may_be_below_on, "d MMMM")
        return (
            _(
                "You probably stay above zero, but it may be below from %(below)s. "
                "Lowest: %(lowest)s on %(day)s."
            )
            % words
        )
    return _("You stay above zero. Lowest: %(lowest)s on %(day)s.") % words


def _warnings(one: Forecast) -> list[tuple[Account, str]]:
    """The accounts that do not last, whatever the others hold."""
    found = []
    for item in one.accounts:
        if item.account.is_debt or not item.curve.below_on:
            continue
        found.append((item.account, below_text(item)))
    return found


def below_text(one: AccountForecast) -> str:
    """ "Joint account: below zero from 12 Mar" """
    words = {"account": one.account.name, "day": format_day(one.curve.below_on, "d MMM")}
    return _("%(account)s: below zero from %(day)s") % words


def _events(one: Forecast, account: Account | None) -> list[Event]:
    """Those of the account; of all together those that do not stay among them."""
    accounts = one.inputs.accounts
    if account is not None:
        return [Event(flow, account) for flow in one.flows if flow.account == account.pk]
    counted = {item.pk for item in one.counted}
    flows = [flow for flow in one.flows if flow.account in counted]
    stays: dict[int, int] = {}
    for flow in flows:
        if flow.occurrence:
            stays[flow.occurrence] = stays.get(flow.occurrence, 0) + 1
    return [Event(f, accounts[f.account]) for f in flows if stays.get(f.occurrence, 1) == 1]


def _weeks(events: Sequence[Event]) -> list[Week]:
    def monday(event: Event) -> dt.date:
        return event.flow.day - dt.timedelta(days=event.flow.day.weekday())

    return [Week(day, list(found)) for day, found in groupby(events, monday)]


def _chart(curve: Curve, before: Curve | None, currency: str, events: Sequence[Event]) -> dict:
    def series(name: str, role: str, line: Sequence[int]) -> dict:
        return {
            "name": name,
            "role": role,
            "values": [drawn(value, currency) for value in line],
            "texts": [format_money(value, currency) for value in line],
        }

    likely = {**series(_("Likely"), "likely", curve.likely), "marks": _marks(curve, events)}
    found = [likely]
    if before is not None:
        found.append(series(_("As it stands"), "before", before.likely))
    if curve.has_band:
        found.append(series(_("Known only"), "known", curve.known))
        found.append(series(_("Eight of ten cases"), "high", curve.high))
        found.append(series("", "low", curve.low))
    return {"labels": [format_day(day, "d MMM") for day in curve.days], "series": found}


def _marks(curve: Curve, events: Sequence[Event]) -> dict[int, list[str]]:
    """By place on the curve: what is known to move on that day."""
    by_day: dict[int, list[Flow]] = {}
    for event in events:
        by_day.setdefault((event.flow.day - curve.days[0]).days, []).append(event.flow)
    largest = sorted(by_day, key=lambda at: -max(abs(flow.amount) for flow in by_day[at]))
    return {at: [flow.label for flow in by_day[at]] for at in sorted(largest[:MARKS])}


def _rows(curve: Curve, currency: str) -> list[tuple[str, str, str, str]]:
    def money(minor: int) -> str:
        return format_money(minor, currency)

    lines = zip(curve.days, curve.low, curve.likely, curve.high, strict=True)
    return [
        (format_day(day), money(low), money(likely), money(high))
        for day, low, likely, high in lines
    ]


def _explanation(
    one: Forecast, account: Account | None, curve: Curve, currency: str, events: Sequence[Event]
) -> Explanation:
    """How the last likely balance comes about."""
    into = [e.flow.amount for e in events if e.flow.amount > 0 and not e.flow.is_estimate]
    out = [e.flow.amount for e in events if e.flow.amount < 0 and not e.flow.is_estimate]
    accounts = [account] if account else one.counted
    change = curve.known[-1] - curve.known[0]
    terms = [
        Term(_("Balance today, pending included"), len(accounts), curve.known[0], currency),
        *_known_terms(into, out, change, currency, is_total=account is None),
    ]
    if curve.has_band:
        rest = curve.end - curve.known[-1]
        first = format_day(one.inputs.history.first, "d MMM y")
        text = _("What else happens, drawn from your past since %(first)s") % {"first": first}
        terms.append(Term(text, 0, rest, currency))
    left = [
        Term(_("%(account)s: no exchange rate") % {"account": a.name}, 1, held[a.pk], a.currency)
        for held in [{p.key: p.balance for p in one.inputs.places}]
        for a in (one.inputs.without_rate if account is None else ())
    ]
    return Explanation(
        _("How this is made"),
        _("Likely balance on %(day)s") % {"day": format_day(curve.days[-1])},
        format_money(curve.end, currency),
        terms,
        left,
    )


def _known_terms(
    into: list[int], out: list[int], change: int, currency: str, *, is_total: bool
) -> list[Term]:
    bills = reverse("recurring:bill_list")
    found = []
    if into:
        found.append(Term(_("Money in that is known"), len(into), sum(into), currency, bills))
    if out:
        found.append(Term(_("Money out that is known"), len(out), sum(out), currency, bills))
    other = change - sum(into) - sum(out)
    if other:
        label = _("Other currencies and card statements") if is_total else _("Card statements")
        found.append(Term(label, 0, other, currency))
    return found


def _lines(before: Curve, after: Curve, currency: str) -> list[Line]:
    def money(minor: int, *, sign: bool = False) -> str:
        return format_money(minor, currency, sign=sign)

    def day(value: dt.date | None) -> str:
        return format_day(value, "d MMM") if value else _("stays above")

    def amounts(label: str, old: int, new: int) -> Line:
        return Line(label, money(old), money(new), money(new - old, sign=True))

    def days(label: str, old: dt.date | None, new: dt.date | None) -> Line:
        apart = ""
        if old and new and old != new:
            count = (new - old).days
            apart = ngettext("%(n)+d day", "%(n)+d days", count) % {"n": count}
        return Line(label, day(old), day(new), apart.replace("-", "\u2212"))

    last = {"day": format_day(after.days[-1], "d MMM")}
    return [
        amounts(_("Lowest"), before.lowest_likely, after.lowest_likely),
        days(_("Lowest on"), before.lowest_on, after.lowest_on),
        days(_("Below zero from"), before.below_on, after.below_on),
        days(_("In one of ten cases from"), before.may_be_below_on, after.may_be_below_on),
        amounts(_("On %(day)s") % last, before.end, after.end),
    ]
