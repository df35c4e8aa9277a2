"""What goals tell."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.formatting import format_money
from notifications.kinds import Kind, Words
from notifications.models import Sending


def _describe(params: dict) -> Words:
    amount = format_money(params["target"], params["currency"])
    return Words(
        _("You reached “%(goal)s”") % {"goal": params["goal"]},
        _("%(amount)s are there.") % {"amount": amount},
    )


REACHED = Kind(
    code="goal.reached",
    label=gettext_lazy("A goal is reached"),
    group=gettext_lazy("Goals and debts"),
    describe=_describe,
    icon="target",
    mail=Sending.DIGEST,
)

KINDS = (REACHED,)
