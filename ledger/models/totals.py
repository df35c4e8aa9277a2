"""Maintained totals: what overview, balances and reports read instead of the big table."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Household
from ledger.models.accounts import Account
from ledger.models.categories import Category


class Flow(models.IntegerChoices):
    """How an allocation counts."""

    COUNTED = 0, _("Counted")
    PENDING = 1, _("Pending")
    TRANSFER = 2, _("Transfer")


class AccountMonth(models.Model):
    """The movements of one account in one month: balances are opening balance + these."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="months")
    month = models.SmallIntegerField()
    amount = models.BigIntegerField(help_text=_("Minor units of the account's currency."))
    pending = models.BigIntegerField(help_text=_("The part of it that is not settled."))
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("month total of an account")
        verbose_name_plural = _("month totals of accounts")
        constraints = [
            models.UniqueConstraint(fields=["account", "month"], name="account_month_once")
        ]
        indexes = [models.Index(fields=["household", "month"], name="account_month_household")]

    def __str__(self):
        return f"{self.account_id} {self.month}"


class CategoryMonth(models.Model):
    """The allocations of one account, month, category, flow and direction.

    Transfers and pending rows have rows of their own here, so that a total can say what it left
    out. `category` null is uncategorised. Within one month every key stands once: a refresh
    replaces all rows of an account and month under the account's lock.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    month = models.SmallIntegerField()
    category = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    flow = models.SmallIntegerField(choices=Flow)
    is_inflow = models.BooleanField()
    amount = models.BigIntegerField(help_text=_("Minor units of the account's currency."))
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("month total of a category")
        verbose_name_plural = _("month totals of categories")
        indexes = [
            models.Index(fields=["household", "month"], name="category_month_household"),
            models.Index(fields=["account", "month"], name="category_month_account"),
        ]

    def __str__(self):
        return f"{self.account_id} {self.month} {self.category_id}"


class MonthStamp(models.Model):
    """How often a household's rows of one month were written: the sum over a span of months is
    another one whenever a row in it changed, so that what was worked out from them can be kept."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    month = models.SmallIntegerField()
    stamp = models.BigIntegerField(default=1)

    class Meta:
        verbose_name = _("writes of a month")
        verbose_name_plural = _("writes of months")
        constraints = [
            models.UniqueConstraint(fields=["household", "month"], name="month_stamp_once")
        ]

    def __str__(self):
        return f"{self.household_id} {self.month}"
