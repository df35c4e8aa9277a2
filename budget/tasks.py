"""Work of the budget that nobody waits for."""

from celery import shared_task
from django.db.models import Q

from accounts.models import Household
from budget.services.alerts import evaluate as evaluate_alerts
from budget.services.goals import check_goals
from budget.services.refunds import find_refunds
from core.queue import begun, enqueue_once


@shared_task(name="budget.evaluate")
def evaluate(household_id: int) -> None:
    """Recognise refunds that came, then look what people should hear of and which goals are reached.

    Safe to run twice.
    """
    begun("budget.evaluate", household_id)
    household = Household.objects.filter(pk=household_id, delete_after=None).first()
    if household is None:
        return
    find_refunds(household)
    evaluate_alerts(household)
    check_goals(household)


@shared_task(name="budget.evaluate_all")
def evaluate_all() -> None:
    """Once a day for every household with a budget or a goal: days change a pace and a balance."""
    watched = Q(budget_plan__isnull=False) | Q(goals__isnull=False)
    for pk in Household.objects.filter(watched).values_list("pk", flat=True).distinct():
        enqueue_once("budget.evaluate", pk)
