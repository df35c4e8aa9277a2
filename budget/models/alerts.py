from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Household
from ledger.models import Account


class AccountAlert(models.Model):
    """Below which balance a household wants to hear of an account (minor units of its currency)."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="low_alert")
    below = models.BigIntegerField(_("warn below"), default=0)
    low_since = models.DateField(
        null=True, editable=False, help_text=_("Told on this day; empty while above.")
    )

    class Meta:
        verbose_name = _("warning of a low balance")
        verbose_name_plural = _("warnings of low balances")

    def __str__(self):
        return f"alert of {self.account_id}"
