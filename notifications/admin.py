from django.contrib import admin

from accounts.support import SupportAdmin
from notifications.models import Address, Channels, Delivery, Notification, Preference


@admin.register(Notification)
class NotificationAdmin(SupportAdmin):
    """Was this person told?"""

    list_display = [
        *("pk", "household_id", "user_id", "kind", "level", "created_at", "in_app", "read_at"),
    ]
    list_filter = ["kind", "level"]
    search_fields = ["household__code", "=user__email"]
    masked = ("params", "key", "url")


@admin.register(Delivery)
class DeliveryAdmin(SupportAdmin):
    """Did it leave the house, and if not, why is it still here?"""

    list_display = [
        *("pk", "notification_id", "by_mail", "address_id", "in_digest", "state", "due_at"),
        *("attempts", "claimed_at", "sent_at", "batch"),
    ]
    list_filter = ["state", "by_mail", "in_digest"]
    search_fields = ["=notification__user__email", "=batch"]

    def _household_id(self, obj):
        return obj.notification.household_id


@admin.register(Preference)
class PreferenceAdmin(SupportAdmin):
    """What did this person switch off?"""

    list_display = ["pk", "household_id", "user_id", "kind", "in_app", "mail", "push"]
    list_filter = ["kind", "mail"]
    search_fields = ["household__code", "=user__email"]


@admin.register(Channels)
class ChannelsAdmin(SupportAdmin):
    """When is this person reached?"""

    list_display = [
        *("pk", "household_id", "user_id", "digest_days", "digest_weekday", "digest_hour"),
        *("quiet_from", "quiet_until"),
    ]
    search_fields = ["household__code", "=user__email"]


@admin.register(Address)
class AddressAdmin(SupportAdmin):
    """Where else is this person reached? The address itself stays sealed, whatever was granted."""

    list_display = ["pk", "household_id", "user_id", "schema", "service", "made_at", "failed_at"]
    list_filter = ["schema"]
    search_fields = ["household__code", "=user__email"]

    def get_fields(self, request, obj=None):
        return [name for name in super().get_fields(request, obj) if name != "url"]
