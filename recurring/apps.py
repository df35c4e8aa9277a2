from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecurringConfig(AppConfig):
    """Bills, subscriptions and regular income."""

    name = "recurring"
    verbose_name = _("Bills")

    def ready(self):
        from accounts.archive import leave_out
        from ledger import account_notes, transaction_notes
        from ledger.demo import also
        from ledger.signals import transactions_changed
        from notifications.kinds import register
        from recurring.cards import notes_of
        from recurring.demo import make_bills
        from recurring.kinds import KINDS
        from recurring.models import CalendarFeed
        from recurring.transaction_notes import notes

        # A hash of a secret is still nothing for a file that gets mailed around.
        leave_out(CalendarFeed, "token_hash")
        register(*KINDS)
        account_notes.tell(notes_of)
        transaction_notes.tell(notes)
        also(make_bills)
        transactions_changed.connect(_ask_for_refresh, dispatch_uid="recurring.refresh")


def _ask_for_refresh(sender, household, **facts) -> None:
    from core.queue import enqueue_once

    enqueue_once("recurring.refresh", household.pk)
