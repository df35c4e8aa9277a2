from django.contrib import admin

from accounts.support import SupportAdmin
from notifications.models import Channels, Notification, Preference


@admin.register(Notification)
class NotificationAdmin(SupportAdmin):
    """Was this person told, how, and did it leave the house?"""

    list_display = [
        *("pk", "household_id", "user_id", "kind", "level", "created_at"),
        *("mail", "mail_state", "push_state", "due_at", "sent_at", "attempts"),
    ]
    list_filter = ["kind", "mail_state", "push_state"]
    search_fields = ["household__code", "=user__email"]
    masked = ("params", "key", "url")


@admin.register(Preference)
class PreferenceAdmin(SupportAdmin):
    """What did this person switch off?"""

    list_display = ["pk", "household_id", "user_id", "kind", "in_app", "mail", "push"]
    list_filter = ["kind", "mail"]
    search_fields = ["household__code", "=user__email"]


@admin.register(Channels)
class ChannelsAdmin(SupportAdmin):
    """When is this person reached? The addresses themselves stay sealed."""

    list_display = [
        *("pk", "household_id", "user_id", "digest_days", "digest_hour"),
        *("quiet_from", "quiet_until"),
    ]
    search_fields = ["household__code", "=user__email"]
    exclude = ("addresses",)
    masked = ("addresses",)

    def _may_see(self, obj) -> bool:
        return False
