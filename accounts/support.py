"""The admin for support: see that things are and how they run, not what people spend."""

from django.contrib import admin
from django.utils import timezone

from accounts.models import AuditEvent, SupportGrant

MASK = "•••"


class SupportAdmin(admin.ModelAdmin):
    """View only. Fields in `masked` show MASK unless the household let support look; every look at
    a row is written to the household's audit trail."""

    masked: tuple[str, ...] = ()
    household_field = "household"
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def lookup_allowed(self, lookup, value, request=None):
        """No guessing of masked fields by filters in the address."""
        if any(lookup.split("__")[0] == name for name in self.masked):
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_fields(self, request, obj=None):
        names = [field.name for field in self.model._meta.concrete_fields]
        if obj is not None and self._may_see(obj):
            return names
        return [f"{name}_masked" if name in self.masked else name for name in names]

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj)

    def _may_see(self, obj) -> bool:
        household_id = self._household_id(obj)
        return SupportGrant.objects.filter(
            household=household_id, revoked_at=None, expires_at__gt=timezone.now()
        ).exists()

    def _household_id(self, obj):
        if self.household_field == "self":
            return obj.pk
        return getattr(obj, f"{self.household_field}_id", None)

    def __getattr__(self, name):
        if name.endswith("_masked") and name.removesuffix("_masked") in type(self).masked:
            label = name.removesuffix("_masked").replace("_", " ")

            def show(obj):
                return MASK

            show.short_description = label
            return show
        raise AttributeError(name)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        obj = self.get_object(request, object_id)
        if obj is not None:
            AuditEvent.objects.create(
                household_id=self._household_id(obj),
                actor=request.user,
                action="looked at",
                target=f"{self.model._meta.verbose_name} {obj.pk}"[:120],
                by_staff=True,
            )
        return super().change_view(request, object_id, form_url, extra_context)
