"""How rows find their category by themselves: rules, and what was learnt."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User


class RuleQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's, in the order in which they are asked."""
        return self.filter(household=household).order_by("position", "pk")


class Rule(models.Model):
    """What a household says of rows to come: when these conditions hold, do these things.

    `conditions` and `actions` are JSON as `ledger.rules` describes and checks it. Rules are asked in
    their order; a later one does not overwrite what an earlier one set.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="rules")
    name = models.CharField(_("name"), max_length=120)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("active"), default=True)
    conditions = models.JSONField(default=dict)
    actions = models.JSONField(default=list)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    hits = models.PositiveIntegerField(_("hits"), default=0)
    last_hit_at = models.DateTimeField(_("last hit"), null=True)

    objects = RuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        indexes = [models.Index(fields=["household", "position"], name="rule_in_order")]

    def __str__(self):
        return self.name


class CategoriserMemory(models.Model):
    """What the categoriser learnt of a household, and up to which act; made anew when it is lost.

    `data` is JSON of `ledger.categoriser`, compressed.
    """

    household = models.OneToOneField(Household, on_delete=models.CASCADE, related_name="+")
    data = models.BinaryField(default=b"")
    learnt_until = models.BigIntegerField(default=0, help_text=_("The last change it has seen."))
    rows_until = models.BigIntegerField(default=0, help_text=_("The last row it has seen."))

    class Meta:
        verbose_name = _("memory of the categoriser")
        verbose_name_plural = _("memories of the categoriser")

    def __str__(self):
        return f"memory {self.pk}"
