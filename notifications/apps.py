from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """One inbox a person: in-app, e-mail and other channels."""

    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self):
        from accounts.archive import leave_out
        from accounts.middleware import carry
        from notifications.context import UNREAD
        from notifications.models import Address

        carry("unread", UNREAD)

        # An archive gets mailed around: it holds no key to a person's other accounts.
        leave_out(Address, "url")
