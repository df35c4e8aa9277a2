from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecurringConfig(AppConfig):
    """Bills, subscriptions and regular income."""

    name = "recurring"
    verbose_name = _("Bills")

    def ready(self):
        from accounts.archive import leave_out
        from ledger.account_notes import tell
        from ledger.signals import transactions_changed
        from notifications.kinds import register
        from recurring.cards import notes_of
        from recurring.kinds import KINDS
        from recurring.models import CalendarFeed

        # A hash of a secret is still nothing for a file that gets mailed around.
        leave_out(CalendarFeed, "token_hash")
        register(*KINDS)
        tell(notes_of)
        transactions_changed.connect(_ask_for_refresh, dispatch_uid="recurring.refresh")


def _ask_for_refresh(sender, household, **facts) -> None:
    from core.queue import enqueue_once

    enqueue_once("recurring.refresh", household.pk)
