"""What a household owes, at which rate, and what it pays each month at least."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Household
from core.money import CURRENCIES, MAX_MINOR
from ledger.models import Account


class DebtQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's, in the order that they were added."""
        return self.filter(household=household).order_by("pk")


class Debt(models.Model):
    """A debt. Linked to an account its balance is that account's; else it is `balance`, as typed.

    Amounts are positive minor units of `currency`. The minimum of a month is `minimum`, or
    `minimum_percent` of what is owed then and at least `minimum`.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="debts")
    name = models.CharField(_("name"), max_length=80)
    account = models.OneToOneField(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="debt"
    )
    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in CURRENCIES]
    )
    balance = models.BigIntegerField(
        _("owed"), default=0, validators=[MinValueValidator(0), MaxValueValidator(MAX_MINOR)]
    )
    balance_on = models.DateField(_("owed as of"), null=True, blank=True)
    rate = models.DecimalField(
        _("interest a year"),
        max_digits=7,
        decimal_places=4,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(999))],
        help_text=_("Per cent."),
    )
    minimum = models.BigIntegerField(
        _("least payment a month"),
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(MAX_MINOR)],
    )
    minimum_percent = models.DecimalField(
        _("or per cent of what is owed"),
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
    )
    payment_day = models.PositiveSmallIntegerField(
        _("paid on day"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("The 31st is the last day of a shorter month."),
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = DebtQuerySet.as_manager()

    class Meta:
        verbose_name = _("debt")
        verbose_name_plural = _("debts")
        constraints = [
            models.CheckConstraint(
                condition=Q(balance__range=(0, MAX_MINOR)) & Q(minimum__range=(0, MAX_MINOR)),
                name="debt_amounts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(payment_day__range=(1, 31)), name="debt_payment_day_in_month"
            ),
        ]

    def __str__(self):
        return f"debt {self.pk}"
