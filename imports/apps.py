from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    """Files and other programs' exports, on their way in."""

    name = "imports"
    verbose_name = _("Imports")

    def ready(self):
        from imports.kinds import FAILED, FOLDER_FAILED
        from notifications.kinds import register

        register(FAILED, FOLDER_FAILED)
