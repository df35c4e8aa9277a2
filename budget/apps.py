from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BudgetConfig(AppConfig):
    """Budgets, envelopes, goals, debts and alerts."""

    name = "budget"
    verbose_name = _("Budget")

    def ready(self):
        from budget import goal_kinds

        goal_kinds.start()
