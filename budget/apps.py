from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BudgetConfig(AppConfig):
    """Budgets, envelopes, goals, debts and alerts."""

    name = "budget"
    verbose_name = _("Budget")

    def ready(self):
        from budget import account_notes, alert_kinds, goal_kinds
        from budget.demo import add_budget
        from budget.goal_demo import make_goals
        from budget.invariants import envelopes
        from budget.transaction_notes import notes
        from core.queue import enqueue_once
        from ledger import account_notes as account_page
        from ledger.demo import also
        from ledger.invariants import more_rules
        from ledger.signals import transactions_changed
        from ledger.transaction_notes import tell
        from notifications.kinds import register

        tell(notes)
        account_page.tell(account_notes.notes_of)
        more_rules.append(envelopes)
        also(add_budget)
        also(make_goals)
        register(*alert_kinds.KINDS, *goal_kinds.KINDS)

        def ask(household, **_facts):
            enqueue_once("budget.evaluate", household.pk)

        transactions_changed.connect(ask, weak=False, dispatch_uid="budget.evaluate")
