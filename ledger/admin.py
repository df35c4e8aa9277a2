from django.contrib import admin

from accounts.support import SupportAdmin
from ledger import models


@admin.register(models.Account)
class AccountAdmin(SupportAdmin):
    """Which accounts are there, of which bank, open or closed?"""

    list_display = [
        "pk",
        "household_id",
        "kind",
        "currency",
        "institution",
        "closed_on",
        "created_at",
    ]
    list_filter = ["kind", "currency"]
    search_fields = ["household__code", "institution"]
    masked = ("name", "opening_balance", "number")


@admin.register(models.Transaction)
class TransactionAdmin(SupportAdmin):
    """Where did this row come from, and what state is it in?"""

    list_display = [
        "pk",
        "household_id",
        "account_id",
        "date",
        "status",
        "source",
        "batch_id",
        "is_split",
    ]
    list_filter = ["status", "source", "is_split"]
    search_fields = ["=id", "household__code"]
    masked = ("amount", "description", "notes", "search_text", "external_id", "payee", "category")


@admin.register(models.ImportBatch)
class ImportBatchAdmin(SupportAdmin):
    list_display = [
        "pk",
        "household_id",
        "source",
        "made_at",
        "added",
        "duplicates",
        "rejected",
        "undone_at",
    ]
    list_filter = ["source"]
    search_fields = ["household__code"]
    masked = ("name",)


@admin.register(models.Reconciliation)
class ReconciliationAdmin(SupportAdmin):
    list_display = ["pk", "household_id", "account_id", "statement_on", "finished_at"]
    search_fields = ["household__code"]
    masked = ("statement_balance",)


@admin.register(models.ChangeSet)
class ChangeSetAdmin(SupportAdmin):
    list_display = ["pk", "household_id", "kind", "count", "actor_id", "at", "undone_by_id"]
    list_filter = ["kind"]
    search_fields = ["household__code"]


@admin.register(models.Tombstone)
class TombstoneAdmin(SupportAdmin):
    list_display = ["pk", "household_id", "account_id", "reason", "source", "deleted_at"]
    list_filter = ["reason", "source"]
    search_fields = ["household__code"]
    masked = ("snapshot", "external_id")


class NamedAdmin(SupportAdmin):
    """What people named themselves stays theirs."""

    list_display = ["pk", "household_id"]
    search_fields = ["household__code"]
    masked = ("name",)


class TotalAdmin(SupportAdmin):
    """Totals: that they are there, not what they are."""

    list_display = ["pk", "household_id", "account_id", "month", "count"]
    search_fields = ["household__code"]
    masked = ("amount", "pending")


class LinkAdmin(SupportAdmin):
    """Rows that only hold others together."""

    list_display = ["pk"]


for model in (models.CategoryGroup, models.Category, models.Payee, models.Tag):
    admin.site.register(model, NamedAdmin)
admin.site.register(models.AccountMonth, TotalAdmin)
admin.site.register(models.CategoryMonth, TotalAdmin)
admin.site.register(models.MonthStamp, LinkAdmin)
admin.site.register(models.Transfer, LinkAdmin)


@admin.register(models.PayeeAlias)
class PayeeAliasAdmin(SupportAdmin):
    list_display = ["pk", "household_id"]
    masked = ("key",)


@admin.register(models.Change)
class ChangeAdmin(SupportAdmin):
    list_display = ["pk", "change_set_id", "transaction_id"]
    masked = ("before", "after")

    def _household_id(self, obj):
        return obj.change_set.household_id


@admin.register(models.Rule)
class RuleAdmin(SupportAdmin):
    """Does a household's rule do anything, and since when?"""

    list_display = ["pk", "household_id", "position", "is_active", "hits", "last_hit_at", "made_at"]
    list_filter = ["is_active"]
    search_fields = ["household__code", "=id"]
    masked = ("name", "conditions", "actions")


@admin.register(models.Attachment)
class AttachmentAdmin(SupportAdmin):
    """How much is kept, of what kind; never what it shows."""

    list_display = ["pk", "household_id", "transaction_id", "content_type", "size", "added_at"]
    list_filter = ["content_type"]
    search_fields = ["household__code", "=id"]
    masked = ("name", "file", "sha256", "transaction")


@admin.register(models.CategoriserMemory)
class CategoriserMemoryAdmin(SupportAdmin):
    """Up to where the categoriser has learnt."""

    list_display = ["pk", "household_id", "rows_until", "learnt_until"]
    search_fields = ["household__code"]
    masked = ("data",)


admin.site.register(models.TransferRefusal, LinkAdmin)
