from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Household


class CategoryKind(models.TextChoices):
    """Whether a group's categories are what money comes from, or what it goes to."""

    INCOME = "income", _("Income")
    EXPENSE = "expense", _("Spending")


class CategoryGroup(models.Model):
    """The upper of the two levels: “Home” over rent, power and repairs. Has the kind."""

    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="category_groups"
    )
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=7, choices=CategoryKind)
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("category group")
        verbose_name_plural = _("category groups")
        ordering = ["-kind", "position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["household", "name"], name="category_group_name_once")
        ]

    def __str__(self):
        return self.name


class CategoryQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's, income first, by group, each with its group."""
        return (
            self.filter(household=household)
            .select_related("group")
            .order_by("-group__kind", "group__position", "group_id", "position", "pk")
        )

    def active(self):
        """Not archived: those offered for new transactions."""
        return self.filter(archived_at=None)


class Category(models.Model):
    """What money was for."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="categories")
    group = models.ForeignKey(CategoryGroup, on_delete=models.RESTRICT, related_name="categories")
    name = models.CharField(_("name"), max_length=60)
    icon = models.CharField(_("icon"), max_length=32, default="tag")
    colour = models.CharField(_("colour"), max_length=6, default="cat-1")
    position = models.PositiveIntegerField(_("order"), default=0)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(fields=["group", "name"], name="category_name_once_in_group")
        ]

    def __str__(self):
        return self.name

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None
