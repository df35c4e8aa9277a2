"""Files on their way in: the wizard's jobs, what was read from them, remembered mappings."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from ledger.models import Account, ImportBatch


def upload_path(job: "ImportJob", filename: str) -> str:
    """A name of ours: what the person's file is called never reaches the disk."""
    return f"imports/{job.household_id}/{uuid.uuid4().hex}"


class ImportProfile(models.Model):
    """How to read files of one shape: the mapping that a person confirmed, by header."""

    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="import_profiles"
    )
    name = models.CharField(_("name"), max_length=80)
    fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField(help_text=_("imports.parsers.csv_file.CsvMapping as JSON"))
    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    used_at = models.DateTimeField(_("last used"), auto_now=True)

    class Meta:
        verbose_name = _("import profile")
        verbose_name_plural = _("import profiles")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "fingerprint"], name="import_profile_once_for_a_shape"
            )
        ]

    def __str__(self):
        return self.name


class ImportJob(models.Model):
    """One uploaded file from upload to undo. Its state is the only record of the work: a task
    that dies is found by its heartbeat and run again."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        MAPPING = "mapping", _("Needs your answers")
        READING = "reading", _("Reading")
        READY = "ready", _("Ready to import")
        IMPORTING = "importing", _("Importing")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")
        UNDONE = "undone", _("Undone")
        CANCELLED = "cancelled", _("Cancelled")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="import_jobs")
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    file = models.FileField(upload_to=upload_path)
    file_name = models.CharField(_("file"), max_length=200)
    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    format = models.CharField(_("format"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.UPLOADED)
    options = models.JSONField(default=dict, help_text=_("mapping, and the account of each part"))
    progress = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text=_("lines by outcome"))
    error = models.CharField(_("error"), max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    batch = models.OneToOneField(
        ImportBatch, on_delete=models.SET_NULL, null=True, blank=True, related_name="job"
    )

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(fields=["household", "-made_at"], name="import_job_newest"),
            models.Index(
                fields=["heartbeat_at"],
                name="import_job_running",
                condition=Q(state__in=["reading", "importing"]),
            ),
        ]

    def __str__(self):
        return f"import {self.pk}"


class StagedLine(models.Model):
    """A line of a job's file as it was read, what would become of it, and what a person decided.

    The preview shows these, the import posts these: what was seen is what is done.
    """

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="lines")
    part = models.PositiveSmallIntegerField(default=0, help_text=_("which statement of the file"))
    line = models.PositiveIntegerField()
    date = models.DateField(null=True)
    amount = models.BigIntegerField(null=True)
    description = models.TextField(blank=True)
    payee = models.TextField(blank=True)
    external_id = models.CharField(max_length=255, blank=True)
    pending = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    category = models.CharField(max_length=120, blank=True)
    extra = models.JSONField(
        null=True, help_text=_("what few lines have: the parts of a split, a transfer's other side")
    )
    outcome = models.CharField(max_length=10)
    reason = models.CharField(max_length=300, blank=True, help_text=_("why it cannot be read"))
    transaction_id = models.BigIntegerField(null=True, help_text=_("the stored row that it is"))
    is_wanted = models.BooleanField(null=True, help_text=_("a person's choice; null: as proposed"))

    class Meta:
        verbose_name = _("line of an import")
        verbose_name_plural = _("lines of imports")
        indexes = [models.Index(fields=["job", "outcome", "id"], name="staged_by_outcome")]

    def __str__(self):
        return f"{self.job_id}: {self.line}"
