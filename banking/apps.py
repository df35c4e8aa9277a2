from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BankingConfig(AppConfig):
    """TrueLayer connections, their sync and the sandbox bank."""

    name = "banking"
    verbose_name = _("Banks")

    def ready(self):
        from accounts.archive import leave_out
        from banking.kinds import CONSENT, SYNC_FAILED
        from banking.models import Connection, ConsentRequest
        from banking.standing_orders import orders_of
        from banking.view_models import notes_of
        from ledger import standing_orders
        from ledger.account_notes import tell
        from notifications.kinds import register

        # An archive gets mailed around: it holds no key to a bank, sealed or not.
        leave_out(Connection, "access_token", "refresh_token")
        leave_out(ConsentRequest, "verifier", "state_hash")
        tell(notes_of)
        standing_orders.tell(orders_of)
        register(CONSENT, SYNC_FAILED)
