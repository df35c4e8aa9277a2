from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from core.money import MAX_MINOR
from ledger.models import Category, Payee

_MONEY = (-MAX_MINOR, MAX_MINOR)


class BudgetPlan(models.Model):
    """How a household works with its budget. Amounts are in its base currency's minor unit."""

    class Method(models.TextChoices):
        LIMITS = "limits", _("Limits: a limit for each category")
        ENVELOPES = "envelopes", _("Envelopes: every amount gets a job before it is spent")

    class Period(models.TextChoices):
        MONTH = "month", _("Months")
        PAY_DAY = "pay_day", _("From pay-day to pay-day")

    household = models.OneToOneField(
        Household, on_delete=models.CASCADE, related_name="budget_plan"
    )
    method = models.CharField(_("method"), max_length=9, choices=Method, default=Method.LIMITS)
    period = models.CharField(_("period"), max_length=7, choices=Period, default=Period.MONTH)
    pay_day_payee = models.ForeignKey(
        Payee,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("who pays you"),
    )
    pay_day_least = models.BigIntegerField(
        _("a salary is at least"), default=0, validators=[MinValueValidator(0)]
    )
    pay_day = models.PositiveSmallIntegerField(
        _("it usually comes on day"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
        help_text=_("Where no salary has come, a period begins around this day."),
    )
    first_month = models.SmallIntegerField(
        help_text=_("core.months.Month.index; carry-over and envelopes begin here.")
    )
    near_percent = models.PositiveSmallIntegerField(
        _("warn from"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Per cent of a limit."),
    )
    large_amount = models.BigIntegerField(
        _("a transaction is large from"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    debt_extra = models.BigIntegerField(
        _("more each month for debts"), default=0, validators=[MinValueValidator(0)]
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("budget plan")
        verbose_name_plural = _("budget plans")

    def __str__(self):
        return f"budget of {self.household_id}"


class CategoryPlan(models.Model):
    """How one category is budgeted: its period, what is carried over, and how its amount is made."""

    class Carry(models.TextChoices):
        NONE = "none", _("Each period stands alone")
        UNSPENT = "unspent", _("What is left is carried over")
        ALL = "all", _("What is left or overspent is carried over")

    class Period(models.TextChoices):
        WEEK = "week", _("A week")
        MONTH = "month", _("A month")
        YEAR = "year", _("A year")

    class Template(models.TextChoices):
        NONE = "", _("Typed")
        MONTHLY = "monthly", _("The same each month")
        WEEKLY = "weekly", _("So much each week")
        UP_TO = "up_to", _("Fill up to")
        YEARLY = "yearly", _("1/12 of a yearly cost")
        AVERAGE = "average", _("The average of some months")
        LAST = "last", _("As last month")
        INCOME = "income", _("Per cent of income")
        BY_DATE = "by_date", _("Save up by a date")
        REST = "rest", _("The rest")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    category = models.OneToOneField(Category, on_delete=models.CASCADE, related_name="budget_plan")
    carry = models.CharField(
        _("carry-over"),
        max_length=7,
        choices=Carry,
        blank=True,
        help_text=_("Empty: as the method proposes (limits none, envelopes unspent)."),
    )
    period = models.CharField(_("period"), max_length=5, choices=Period, default=Period.MONTH)
    template = models.CharField(_("template"), max_length=8, choices=Template, blank=True)
    template_amount = models.BigIntegerField(
        _("amount"), default=0, validators=[MinValueValidator(0), MaxValueValidator(MAX_MINOR)]
    )
    template_number = models.PositiveSmallIntegerField(
        _("number"), default=1, help_text=_("Months of an average, per cent, weight of the rest.")
    )
    target_on = models.DateField(_("target date"), null=True, blank=True)
    near_percent = models.PositiveSmallIntegerField(
        _("warn from"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    is_hidden = models.BooleanField(_("not in the budget"), default=False)
    note = models.TextField(_("note"), blank=True, max_length=2000)

    class Meta:
        verbose_name = _("plan of a category")
        verbose_name_plural = _("plans of categories")

    def __str__(self):
        return f"plan of {self.category_id}"


class BudgetMonth(models.Model):
    """One month of a budget: a note, and `version`, which every edit of the month moves on."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    month = models.SmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    held = models.BigIntegerField(
        _("kept for next month"), default=0, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = _("month of a budget")
        verbose_name_plural = _("months of budgets")
        constraints = [
            models.UniqueConstraint(fields=["household", "month"], name="budget_month_once")
        ]

    def __str__(self):
        return f"{self.household_id} {self.month}"


class BudgetAmount(models.Model):
    """What is planned for one category in one month, in the base currency's minor unit.

    Below zero only where more was moved out of an envelope than was put in that month. `period`
    says what the amount is for: a week's stands for each week that begins in the month, a year's
    from this month to the end of the year. An income category's is the income that is expected.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, related_name="budget_amounts", db_index=False
    )
    month = models.SmallIntegerField()
    amount = models.BigIntegerField(_("budgeted"), default=0)
    period = models.CharField(
        _("for"),
        max_length=5,
        choices=CategoryPlan.Period,
        default=CategoryPlan.Period.MONTH,
        help_text=_("As the category was planned when it was typed."),
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    edited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("budgeted amount")
        verbose_name_plural = _("budgeted amounts")
        constraints = [
            models.UniqueConstraint(fields=["category", "month"], name="budget_amount_once"),
            models.CheckConstraint(
                condition=Q(amount__range=_MONEY), name="budget_amount_in_range"
            ),
        ]
        indexes = [models.Index(fields=["household", "month"], name="budget_amount_month")]

    def __str__(self):
        return f"{self.category_id} {self.month}"


class BudgetMove(models.Model):
    """Money moved between envelopes of a month; null is what is to be assigned. Never edited."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    month = models.SmallIntegerField()
    source = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    target = models.ForeignKey(Category, on_delete=models.CASCADE, null=True, related_name="+")
    amount = models.BigIntegerField()
    moved_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    moved_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("move between envelopes")
        verbose_name_plural = _("moves between envelopes")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_move_above_zero"),
        ]

    def __str__(self):
        return f"move {self.pk}"
