from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import (
    AuditEvent,
    Household,
    Invitation,
    Membership,
    Submission,
    SupportGrant,
    User,
)
from accounts.support import SupportAdmin

admin.site.site_header = "Housebook"
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(SupportAdmin):
    """Can this person sign in, and with what?"""

    list_display = [
        "email",
        "is_active",
        "has_second_factor",
        "households",
        "last_login",
        "delete_after",
    ]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email"]
    fields_shown = ["email", "is_active", "is_staff", "last_login", "date_joined", "delete_after"]

    def get_fields(self, request, obj=None):
        return self.fields_shown

    def get_queryset(self, request):
        factors = Authenticator.objects.filter(user=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(membership_count=Count("memberships"), second=Exists(factors))
        )

    @admin.display(boolean=True, description=_("second factor"))
    def has_second_factor(self, obj):
        return obj.second

    @admin.display(description=_("households"), ordering="membership_count")
    def households(self, obj):
        return obj.membership_count

    def _household_id(self, obj):
        return None


@admin.register(Household)
class HouseholdAdmin(SupportAdmin):
    """Which household is this, and is it set up?"""

    household_field = "self"
    list_display = ["code", "base_currency", "time_zone", "is_demo", "welcomed_at", "delete_after"]
    list_filter = ["is_demo", "base_currency"]
    search_fields = ["code"]
    masked = ("name",)


@admin.register(Membership)
class MembershipAdmin(SupportAdmin):
    list_display = ["household_id", "user", "role", "joined_at"]
    list_filter = ["role"]
    list_select_related = ["user"]
    search_fields = ["user__email", "household__code"]


@admin.register(Invitation)
class InvitationAdmin(SupportAdmin):
    list_display = [
        "pk",
        "household_id",
        "role",
        "created_at",
        "expires_at",
        "accepted_at",
        "revoked_at",
    ]
    list_filter = ["role"]
    search_fields = ["household__code"]
    masked = ("token_hash", "email")


@admin.register(SupportGrant)
class SupportGrantAdmin(SupportAdmin):
    list_display = ["household_id", "created_at", "expires_at", "revoked_at"]
    search_fields = ["household__code"]


@admin.register(AuditEvent)
class AuditEventAdmin(SupportAdmin):
    list_display = ["at", "action", "target", "household_id", "actor", "by_staff"]
    list_filter = ["by_staff", "action"]
    list_select_related = ["actor"]
    search_fields = ["household__code", "actor__email"]


@admin.register(Submission)
class SubmissionAdmin(SupportAdmin):
    list_display = ["key", "user", "created_at"]
    list_select_related = ["user"]

    def _household_id(self, obj):
        return None
