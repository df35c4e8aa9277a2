"""Banks for support: what state connections are in and why, never what is in the accounts."""

from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEvent
from accounts.support import SupportAdmin
from banking.errors import BankingError
from banking.models import (
    BankAccount,
    BankCall,
    BankCategory,
    Connection,
    ConsentRequest,
    Mandate,
    ProviderHealth,
    SyncRun,
)
from banking.services import leaving, schedule

_SECRETS = ("access_token", "refresh_token", "credentials_id", "lease")


class _ErrorFilter(admin.SimpleListFilter):
    title = _("error")
    parameter_name = "error"

    def lookups(self, request, model_admin):
        codes = model_admin.model.objects.exclude(error_code="").order_by("error_code")
        return [(code, code) for code in codes.values_list("error_code", flat=True).distinct()[:50]]

    def queryset(self, request, queryset):
        return queryset.filter(error_code=self.value()) if self.value() else queryset


class _WithoutSecrets(SupportAdmin):
    """Tokens and what leads to them are no fields here at all, for anybody."""

    left_out: tuple[str, ...] = ()

    def get_fields(self, request, obj=None):
        names = super().get_fields(request, obj)
        return [name for name in names if name.removesuffix("_masked") not in self.left_out]


@admin.register(Connection)
class ConnectionAdmin(_WithoutSecrets):
    """Is it healthy, since when not, and who can mend it?"""

    list_display = [
        *("pk", "household_id", "environment", "provider_id", "state", "error_code", "failures"),
        *("last_success_at", "next_sync_at", "consent_expires_at"),
    ]
    list_filter = ["state", _ErrorFilter, "provider_id", "environment"]
    search_fields = ["household__code", "=id"]
    actions = ["sync_now", "pause", "ask_to_renew"]
    left_out = _SECRETS

    def has_change_permission(self, request, obj=None):
        # Fields stay read only (get_readonly_fields); the actions need the permission.
        return obj is None and request.user.has_perm("banking.change_connection")

    @admin.action(description=_("Sync now"), permissions=["change"])
    def sync_now(self, request, queryset):
        self._each(
            request, queryset, "synced",
            lambda one: schedule.request_sync(connection=one, by=None, trigger="command"),
        )  # fmt: skip

    @admin.action(description=_("Pause"), permissions=["change"])
    def pause(self, request, queryset):
        self._each(
            request, queryset, "paused", lambda one: leaving.pause(connection=one, by=request.user)
        )

    @admin.action(description=_("Ask to renew"), permissions=["change"])
    def ask_to_renew(self, request, queryset):
        self._each(
            request, queryset, "asked to renew",
            lambda one: leaving.ask_to_renew(connection=one, by=request.user),
        )  # fmt: skip

    def _each(self, request, queryset, what, act) -> None:
        done = 0
        for connection in queryset.select_related("household")[:200]:
            try:
                act(connection)
            except BankingError as error:
                messages.warning(request, f"{connection}: {error}")
                continue
            done += 1
            AuditEvent.objects.create(
                household=connection.household,
                actor=request.user,
                action=f"bank {what} by support",
                target=connection.provider_name[:120],
                by_staff=True,
            )
        messages.success(request, _("Done for %(n)s.") % {"n": done})


class _OfConnection(_WithoutSecrets):
    def _household_id(self, obj):
        return obj.connection.household_id


@admin.register(SyncRun)
class SyncRunAdmin(_OfConnection):
    """What one sync did and why it stopped."""

    list_display = [
        *("pk", "connection_id", "provider", "trigger", "state", "error_code", "remedy"),
        *("asked_at", "started_at", "ended_at", "attempts", "requests", "correlation_id"),
    ]
    list_filter = ["state", "trigger", "remedy", _ErrorFilter, "connection__provider_id"]
    list_select_related = ["connection"]
    search_fields = ["=connection__id", "correlation_id"]
    left_out = ("psu_ip",)

    @admin.display(description=_("provider"))
    def provider(self, obj):
        return obj.connection.provider_id


@admin.register(BankAccount)
class BankAccountAdmin(_OfConnection):
    list_display = [
        *("pk", "connection_id", "kind", "currency", "synced_from", "synced_until"),
        *("synced_at", "error_code", "is_gone"),
    ]
    list_filter = ["kind", _ErrorFilter, "is_gone"]
    left_out = ("external_id", "identity")
    masked = (
        *("name", "number", "balance", "difference", "available", "credit_limit"),
        *("statement_balance", "payment_due"),
    )


@admin.register(BankCall)
class BankCallAdmin(_OfConnection):
    list_display = ["at", "connection_id", "endpoint", "status", "code", "is_attended"]
    list_filter = ["endpoint", "status", "is_attended"]
    search_fields = ["=connection__id"]
    left_out = ("external_id",)


@admin.register(ProviderHealth)
class ProviderHealthAdmin(SupportAdmin):
    list_display = ["provider_id", "environment", "failures", "open_until"]
    list_filter = ["environment"]


@admin.register(Mandate)
class MandateAdmin(SupportAdmin):
    list_display = ["pk", "bank_account_id", "kind", "is_active", "seen_at"]
    masked = ("payee", "reference", "next_amount", "last_amount")

    def _household_id(self, obj):
        return obj.bank_account.connection.household_id


@admin.register(ConsentRequest)
class ConsentRequestAdmin(_WithoutSecrets):
    """Who is on their way to a bank, or came back?"""

    list_display = ["pk", "household_id", "provider_id", "is_renewal", "made_at", "used_at"]
    search_fields = ["household__code"]
    left_out = ("state_hash", "verifier")


@admin.register(BankCategory)
class BankCategoryAdmin(SupportAdmin):
    """Which words of banks a household has met."""

    list_display = ["pk", "household_id"]
    search_fields = ["household__code"]
    masked = ("label", "category")
