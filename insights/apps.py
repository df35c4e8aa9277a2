from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    """The overview, and what stands out in it."""

    name = "insights"
    verbose_name = _("Insights")

    def ready(self):
        from insights.forecast_notes import notes_of
        from ledger.account_notes import tell

        tell(notes_of)
