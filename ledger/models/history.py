from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from ledger.models.accounts import Account
from ledger.models.transactions import ImportBatch


class ChangeSet(models.Model):
    """One act of one person on transactions; can be undone as a whole."""

    class Kind(models.TextChoices):
        ADD = "add", _("Added")
        EDIT = "edit", _("Changed")
        DELETE = "delete", _("Deleted")
        RESTORE = "restore", _("Restored")
        SPLIT = "split", _("Split")
        TRANSFER = "transfer", _("Transfer")
        RECONCILE = "reconcile", _("Reconciled")
        MERGE = "merge", _("Merged")
        REFUND = "refund", _("Refund")
        IMPORT_UNDO = "import_undo", _("Import undone")
        UNDO = "undo", _("Undone")
        SYNC = "sync", _("Synced with the bank")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="change_sets")
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    count = models.PositiveIntegerField(_("transactions"), default=0)
    removed = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text=_("Payees and tags that the act removed, for undo."),
    )
    undone_by = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="undoes"
    )

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("history of changes")
        indexes = [models.Index(fields=["household", "-id"], name="change_set_newest")]

    def __str__(self):
        return f"{self.kind} {self.pk}"


class Change(models.Model):
    """What an act did to one transaction: the changed fields before and after.

    `before` is null for one that was added, `after` for one that was deleted. The transaction is
    a plain number, so that its history outlives it. Shapes: `ledger.snapshots`.
    """

    change_set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, related_name="changes")
    transaction_id = models.BigIntegerField(db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        verbose_name = _("changed transaction")
        verbose_name_plural = _("changed transactions")

    def __str__(self):
        return f"{self.change_set_id}: {self.transaction_id}"


class Tombstone(models.Model):
    """What a deleted or merged transaction leaves, so that no import or sync brings it back.

    While `snapshot` is set it lies in the trash and can be restored (`ledger.snapshots` has the
    shape); purging the trash empties it and keeps the keys. `transaction_id` is the row's old
    number, which a restored row gets again; null for a line that was never a row of its own.
    """

    class Reason(models.TextChoices):
        DELETED = "deleted", _("Deleted")
        MERGED = "merged", _("Merged into another")
        LAPSED = "lapsed", _("No longer at the bank")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="tombstones")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tombstones")
    transaction_id = models.BigIntegerField(null=True, unique=True)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason)
    survivor_id = models.BigIntegerField(_("merged into"), null=True, blank=True)
    source = models.CharField(max_length=10)
    external_id = models.CharField(max_length=255, blank=True)
    content_key = models.BigIntegerField(null=True)
    occurrence = models.PositiveIntegerField(default=1)
    snapshot = models.JSONField(null=True)
    batch = models.ForeignKey(
        ImportBatch, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    deleted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    deleted_at = models.DateTimeField(_("deleted"), default=timezone.now)

    class Meta:
        verbose_name = _("deleted transaction")
        verbose_name_plural = _("trash")
        indexes = [
            models.Index(fields=["household", "-deleted_at"], name="tombstone_newest"),
            models.Index(
                fields=["account", "source", "external_id"],
                name="tombstone_external_id",
                condition=~Q(external_id=""),
            ),
            models.Index(
                fields=["account", "content_key"],
                name="tombstone_content",
                condition=Q(content_key__isnull=False),
            ),
        ]

    def __str__(self):
        return f"tombstone {self.pk}"
