"""What goals tell: the words of a notification, and the task that looks whether one is reached."""

from celery import shared_task
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Household
from budget.services.goals import CHECK, check_goals
from core.formatting import format_money
from core.queue import begun, enqueue_once
from ledger.signals import transactions_changed
from notifications.kinds import Kind, Words, register
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
    mail=Sending.OFF,
)


@shared_task(name=CHECK)
def check(household_id: int) -> None:
    """Look which goals of a household are reached. Safe to run twice."""
    begun(CHECK, household_id)
    household = Household.objects.filter(pk=household_id).first()
    if household is not None:
        check_goals(household)


def _ask(sender, household: Household, **_facts) -> None:
    enqueue_once(CHECK, household.pk)


def start() -> None:
    """Called once, when the house starts."""
    register(REACHED)
    transactions_changed.connect(_ask, dispatch_uid=CHECK)
