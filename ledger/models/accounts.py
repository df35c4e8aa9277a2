from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Household
from core.money import CURRENCIES, MAX_MINOR


class AccountQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's, in the order that its people chose."""
        return self.filter(household=household).order_by("position", "pk")

    def open(self):
        """Not closed."""
        return self.filter(closed_on=None)

    def on_budget(self):
        """Those whose money counts as income and spending."""
        return self.filter(is_off_budget=False)


class Account(models.Model):
    """A place where money is. Has one currency; every amount on it is in that one's minor unit."""

    class Kind(models.TextChoices):
        CURRENT = "current", _("Current account")
        SAVINGS = "savings", _("Savings")
        CREDIT_CARD = "credit_card", _("Credit card")
        CASH = "cash", _("Cash")
        LOAN = "loan", _("Loan")
        INVESTMENT = "investment", _("Investment")
        PROPERTY = "property", _("Property")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="accounts")
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.CURRENT)
    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in CURRENCIES]
    )
    opening_balance = models.BigIntegerField(
        _("opening balance"),
        default=0,
        help_text=_("Minor units, before the first transaction. Debts are negative."),
        validators=[MinValueValidator(-MAX_MINOR), MaxValueValidator(MAX_MINOR)],
    )
    opened_on = models.DateField(_("balance as of"), null=True, blank=True)
    institution = models.CharField(_("bank"), max_length=80, blank=True)
    number = models.CharField(
        _("account number"),
        max_length=64,
        blank=True,
        help_text=_(
            "IBAN or number as your bank's files print it; imports find the account by it."
        ),
    )
    colour = models.CharField(_("colour"), max_length=6, default="cat-1")
    icon = models.CharField(_("icon"), max_length=32, blank=True)
    is_off_budget = models.BooleanField(
        _("off budget"),
        default=False,
        help_text=_("Counts in your net worth, but its movements are neither income nor spending."),
    )
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    position = models.PositiveIntegerField(_("order"), default=0)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        indexes = [models.Index(fields=["household", "position"], name="account_in_order")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(opening_balance__range=(-MAX_MINOR, MAX_MINOR)),
                name="account_opening_balance_in_range",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def is_closed(self) -> bool:
        return self.closed_on is not None

    @property
    def is_debt(self) -> bool:
        """Whether a balance below zero is its ordinary state."""
        return self.kind in (self.Kind.CREDIT_CARD, self.Kind.LOAN)

    DEFAULT_ICONS = {
        Kind.CURRENT: "building-bank",
        Kind.SAVINGS: "pig-money",
        Kind.CREDIT_CARD: "credit-card",
        Kind.CASH: "wallet",
        Kind.LOAN: "receipt",
        Kind.INVESTMENT: "trending-up",
        Kind.PROPERTY: "home",
    }

    @property
    def icon_name(self) -> str:
        """The chosen icon, or the usual one of its kind."""
        return self.icon or self.DEFAULT_ICONS[self.kind]
