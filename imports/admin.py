from django.contrib import admin

from accounts.support import SupportAdmin
from imports.models import ImportJob, ImportProfile, StagedLine


@admin.register(ImportJob)
class ImportJobAdmin(SupportAdmin):
    """What became of an upload, and why not?"""

    list_display = [
        "pk",
        "household_id",
        "format",
        "state",
        "size",
        "progress",
        "total",
        "attempts",
        "made_at",
        "error",
    ]
    list_filter = ["state", "format"]
    search_fields = ["household__code", "=id"]
    masked = ("file_name", "file", "options")


@admin.register(ImportProfile)
class ImportProfileAdmin(SupportAdmin):
    list_display = ["pk", "household_id", "used_at"]
    search_fields = ["household__code"]
    masked = ("name",)


@admin.register(StagedLine)
class StagedLineAdmin(SupportAdmin):
    list_display = ["pk", "job_id", "line", "outcome", "reason"]
    list_filter = ["outcome"]
    masked = ("amount", "description", "payee", "notes", "external_id", "category", "extra")

    def _household_id(self, obj):
        return obj.job.household_id
