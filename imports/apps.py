from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Files and other programs' exports, on their way in."""

    name = "imports"
    verbose_name = _("Imports")
