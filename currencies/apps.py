from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CurrenciesConfig(AppConfig):
    """Exchange rates and conversion."""

    name = "currencies"
    verbose_name = _("Exchange rates")
