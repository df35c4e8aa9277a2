"""What a budget tells people, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formatting import format_money, format_month
from core.months import Month
from notifications.kinds import Kind, Words
from notifications.models import Level

GROUP = gettext_lazy("Budget")


def _facts(params: dict) -> dict:
    """The params with amounts and months as people read them."""
    currency = params.get("currency", "EUR")
    facts = dict(params)
    for name in ("spent", "limit", "left", "over", "ends", "amount", "balance", "below"):
        if name in params:
            facts[name] = format_money(params[name], currency)
    if "month" in params:
        facts["month"] = format_month(Month(params["month"]), "LLLL")
    return facts


def _near(params: dict) -> Words:
    facts = _facts(params)
    title = _("%(name)s: %(left)s left in %(month)s") % facts
    return Words(title, _("%(spent)s of %(limit)s are spent.") % facts)


def _over(params: dict) -> Words:
    facts = _facts(params)
    title = _("%(name)s: %(over)s over in %(month)s") % facts
    return Words(title, _("%(spent)s are spent, the limit was %(limit)s.") % facts)


def _pace(params: dict) -> Words:
    facts = _facts(params)
    title = _("%(name)s goes faster than usual") % facts
    text = _("At this pace %(month)s ends at %(ends)s; the limit is %(limit)s.") % facts
    return Words(title, text)


def _large(params: dict) -> Words:
    facts = _facts(params)
    return Words(_("A large transaction: %(amount)s") % facts, _("On %(name)s.") % facts)


def _low(params: dict) -> Words:
    facts = _facts(params)
    title = _("%(name)s is low: %(balance)s") % facts
    return Words(title, _("You wanted to hear of it below %(below)s.") % facts)


KINDS = (
    Kind("budget.near", gettext_lazy("Near a limit"), GROUP, _near, "chart-pie", Level.NEAR),
    Kind("budget.over", gettext_lazy("Over a limit"), GROUP, _over, "alert-triangle", Level.WRONG),
    Kind("budget.pace", gettext_lazy("Unusual pace"), GROUP, _pace, "trending-up", Level.NEAR),
    Kind("budget.large", gettext_lazy("Large transaction"), GROUP, _large, "coin"),
    Kind("budget.low", gettext_lazy("Low balance"), GROUP, _low, "wallet", Level.WRONG),
)
