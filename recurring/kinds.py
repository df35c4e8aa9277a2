"""What this room tells people: the kinds of notifications, in words."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formatting import format_day, format_money
from notifications.kinds import Kind, Words
from notifications.models import Level, Sending

_GROUP = gettext_lazy("Bills")


def _facts(params: dict) -> dict:
    currency = params["currency"]
    return {
        "name": params["name"],
        "amount": format_money(abs(params["amount"]), currency),
        "old": format_money(abs(params.get("old", 0)), currency),
        "day": format_day(dt.date.fromisoformat(params["day"])),
    }


def _due(params: dict) -> Words:
    if params.get("is_income"):
        return Words(_("%(name)s is expected on %(day)s: %(amount)s") % _facts(params))
    return Words(_("%(name)s is due on %(day)s: %(amount)s") % _facts(params))


def _missing(params: dict) -> Words:
    return Words(
        _("%(name)s was not seen") % _facts(params),
        _("%(amount)s was expected on %(day)s.") % _facts(params),
    )


def _price(params: dict) -> Words:
    return Words(
        _("%(name)s costs more: %(amount)s") % _facts(params),
        _("It was %(old)s before %(day)s.") % _facts(params),
    )


def _trial(params: dict) -> Words:
    return Words(
        _("%(name)s is free until %(day)s") % _facts(params),
        _("Then it costs %(amount)s each time.") % _facts(params),
    )


def _cancel(params: dict) -> Words:
    return Words(
        _("Cancel %(name)s by %(day)s, or it goes on") % _facts(params),
        _("%(amount)s each time.") % _facts(params),
    )


KINDS = (
    Kind("bills.due", gettext_lazy("A bill is due"), _GROUP, _due, "calendar", Level.NEAR),
    Kind(
        *("bills.missing", gettext_lazy("A bill or income was not seen"), _GROUP, _missing),
        *("alert-triangle", Level.WRONG),
    ),
    Kind(
        *("bills.price", gettext_lazy("The price of a subscription went up"), _GROUP, _price),
        *("trending-up", Level.NEAR, Sending.DIGEST),
    ),
    Kind("bills.trial", gettext_lazy("A free trial ends"), _GROUP, _trial, "clock", Level.NEAR),
    Kind("bills.cancel", gettext_lazy("Last days to cancel"), _GROUP, _cancel, "clock", Level.NEAR),
)
