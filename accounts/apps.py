from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People: users, households, memberships. Accounts of money live in the ledger."""

    name = "accounts"
    verbose_name = _("People")

    def ready(self):
        from accounts import session_age, sessions

        sessions.connect()
        session_age.connect()
