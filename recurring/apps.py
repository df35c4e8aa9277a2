from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RecurringConfig(AppConfig):
    """Bills, subscriptions and regular income."""

    name = "recurring"
    verbose_name = _("Bills")
