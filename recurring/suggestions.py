"""Series that wait for a yes or no, with why they were suggested."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Household
from core.formatting import format_day, format_money
from recurring.models import Series
from recurring.words import schedule_words

SURE = 85
"""Per cent from which a suggestion is taken with all others by one button."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested series, its schedule and the reasons, in words."""

    series: Series
    schedule: str
    why: str

    @property
    def is_sure(self) -> bool:
        return (self.series.confidence or 0) >= SURE


def suggestions(household: Household) -> list[Suggestion]:
    """The surest first. One query."""
    rows = Series.objects.for_household(household).suggested()
    rows = rows.select_related("account", "payee", "category")
    return [Suggestion(row, schedule_words(row.schedule), why(row)) for row in rows]


def why(series: Series) -> str:
    """What it was found by."""
    evidence = series.evidence
    if series.origin == Series.Origin.BANK:
        if evidence.get("order") == "standing_order":
            return _("A standing order at your bank.")
        if evidence.get("frequency"):
            return _("A direct debit at your bank.")
        return _("A direct debit at your bank. How often is a guess.")
    count = evidence.get("count")
    if not count:
        return ""
    said = ngettext("Seen once", "Seen %(n)s times", count) % {"n": count}
    last = format_day(dt.date.fromisoformat(evidence["last"]), "d MMM y")
    reasons = [_("%(seen)s, last on %(day)s.") % {"seen": said, "day": last}]
    if missed := evidence.get("missed"):
        text = ngettext("It was left out once.", "It was left out %(n)s times.", missed)
        reasons.append(text % {"n": missed})
    if not series.is_fixed:
        reasons.append(_("The amount varies."))
    for day, amount in evidence.get("prices", [])[-1:]:
        price = format_money(abs(amount), series.currency)
        since = format_day(dt.date.fromisoformat(day), "MMM y")
        reasons.append(_("It costs %(price)s since %(since)s.") % {"price": price, "since": since})
    return " ".join(reasons)
