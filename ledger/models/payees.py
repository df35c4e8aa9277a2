from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Household


class PayeeQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's, by name."""
        return self.filter(household=household).order_by("name", "pk")


class Payee(models.Model):
    """The other side of transactions, in a clean name; many raw descriptions map to one."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="payees")
    name = models.CharField(_("name"), max_length=120)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = PayeeQuerySet.as_manager()

    class Meta:
        verbose_name = _("payee")
        verbose_name_plural = _("payees")
        constraints = [
            models.UniqueConstraint(fields=["household", "name"], name="payee_name_once")
        ]

    def __str__(self):
        return self.name


class PayeeAlias(models.Model):
    """A text that means a payee: a normalised description, or the name of one merged into it.

    `key` is `ledger.text.alias_key` of the raw text.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    payee = models.ForeignKey(Payee, on_delete=models.CASCADE, related_name="aliases")
    key = models.CharField(_("text"), max_length=200)

    class Meta:
        verbose_name = _("payee alias")
        verbose_name_plural = _("payee aliases")
        constraints = [
            models.UniqueConstraint(fields=["household", "key"], name="payee_alias_once")
        ]

    def __str__(self):
        return self.key


class Tag(models.Model):
    """A free label across categories: a holiday, a project."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(_("name"), max_length=40)
    colour = models.CharField(_("colour"), max_length=6, default="cat-1")

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["household", "name"], name="tag_name_once")]

    def __str__(self):
        return self.name
