"""Savings goals, and what was set aside for them by hand."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from core.money import CURRENCIES, MAX_MINOR
from ledger.models import Account, Category

_MONEY = (-MAX_MINOR, MAX_MINOR)


def _place(goal: "Goal", name: str) -> str:
    """A name that says nothing and cannot be guessed, in a folder of the household."""
    return f"goals/{goal.household.code}/{uuid.uuid4().hex}"


class GoalQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's, in the order that its people chose."""
        return self.filter(household=household).order_by("position", "pk")

    def kept(self):
        """Not archived."""
        return self.filter(is_archived=False)


class Goal(models.Model):
    """An amount to reach, by a date or without one.

    `target` and all amounts are minor units of `currency`, which is the linked account's or the
    household's. Only what is linked to net worth may have a target of zero or below: what is owed.
    An account or category that is deleted leaves its goal without a link.
    """

    class Link(models.TextChoices):
        ACCOUNT = "account", _("A whole account")
        PART = "part", _("A part of an account")
        ENVELOPE = "envelope", _("An envelope")
        NET_WORTH = "net_worth", _("Your net worth")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="goals")
    name = models.CharField(_("name"), max_length=80)
    target = models.BigIntegerField(_("amount to reach"))
    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in CURRENCIES]
    )
    target_on = models.DateField(_("reached by"), null=True, blank=True)
    link = models.CharField(_("linked to"), max_length=9, choices=Link)
    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="goals"
    )
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="goals"
    )
    icon = models.CharField(_("icon"), max_length=32, default="target")
    colour = models.CharField(_("colour"), max_length=6, default="cat-1")
    picture = models.FileField(
        _("picture"), upload_to=_place, max_length=200, blank=True, help_text=_("WebP.")
    )
    started_on = models.DateField(
        help_text=_("The even line to the target begins on this day, with `started_with`.")
    )
    started_with = models.BigIntegerField(default=0)
    paused_on = models.DateField(_("paused"), null=True, blank=True)
    reached_at = models.DateTimeField(_("reached"), null=True, blank=True, editable=False)
    is_archived = models.BooleanField(_("archived"), default=False)
    position = models.PositiveIntegerField(_("order"), default=0)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = GoalQuerySet.as_manager()

    class Meta:
        verbose_name = _("goal")
        verbose_name_plural = _("goals")
        indexes = [models.Index(fields=["household", "position"], name="goal_in_order")]
        constraints = [
            models.CheckConstraint(condition=Q(target__range=_MONEY), name="goal_target_in_range"),
            models.CheckConstraint(
                condition=Q(link="net_worth") | Q(target__gt=0), name="goal_target_above_zero"
            ),
        ]

    def __str__(self):
        return f"goal {self.pk}"

    @property
    def is_linked(self) -> bool:
        """Whether what it counts is still there, in the same currency."""
        if self.link == self.Link.ENVELOPE:
            return self.category_id is not None and self._is_in_base_currency
        if self.link == self.Link.NET_WORTH:
            return self._is_in_base_currency
        return self.account_id is not None and self.account.currency == self.currency

    @property
    def _is_in_base_currency(self) -> bool:
        return self.currency == self.household.base_currency


class GoalEntry(models.Model):
    """Money of an account that was set aside for a goal (above zero) or taken back (below)."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    goal = models.ForeignKey(Goal, on_delete=models.CASCADE, related_name="entries")
    on = models.DateField(_("date"))
    amount = models.BigIntegerField(_("amount"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("money set aside")
        verbose_name_plural = _("money set aside")
        indexes = [models.Index(fields=["goal", "on"], name="goal_entry_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__range=_MONEY) & ~Q(amount=0), name="goal_entry_moves_money"
            )
        ]

    def __str__(self):
        return f"entry {self.pk} of goal {self.goal_id}"
