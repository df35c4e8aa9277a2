"""Files on transactions: receipts, invoices, letters."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from ledger.models.transactions import Transaction


def _place(attachment: "Attachment", name: str) -> str:
    """A name that says nothing and cannot be guessed, in a folder of the household."""
    return f"attachments/{attachment.household.code}/{uuid.uuid4().hex}"


class Attachment(models.Model):
    """A PDF or picture on a transaction. Served by a view to the household alone.

    A transaction that goes to the trash leaves its table and may come back under its number: its
    attachments wait for it, so the database does not enforce this key.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="attachments")
    transaction = models.ForeignKey(
        Transaction,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="attachments",
    )
    file = models.FileField(upload_to=_place, max_length=200)
    name = models.CharField(_("name"), max_length=200)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(_("size"), help_text=_("Bytes."))
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self):
        return f"attachment {self.pk}"
