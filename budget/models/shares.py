from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from ledger.models import Category, Transaction


class Share(models.Model):
    """Only a part of a transaction (or of a split's part) is the household's own.

    The bank row stays whole; the budget counts `own` of `whole` equal shares of it, or exactly
    `own_amount` (the sign of the transaction, minor units of its account). The key to the
    transaction is not enforced: one in the trash may come back under its number.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    transaction = models.OneToOneField(
        Transaction, on_delete=models.DO_NOTHING, db_constraint=False, related_name="share"
    )
    own = models.PositiveSmallIntegerField(_("my shares"), default=1)
    whole = models.PositiveSmallIntegerField(_("of"), default=2)
    own_amount = models.BigIntegerField(_("my amount"), null=True, blank=True)
    with_whom = models.CharField(_("shared with"), max_length=120, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("share of a transaction")
        verbose_name_plural = _("shares of transactions")
        constraints = [
            models.CheckConstraint(
                condition=Q(whole__gte=1) & Q(own__lte=models.F("whole")),
                name="share_at_most_the_whole",
            )
        ]

    def __str__(self):
        return f"share of {self.transaction_id}"


class ExpectedRefund(models.Model):
    """Money that should come back for an expense, and what it did when it came.

    `month` and `category` say where the budget counts it, which may be another month and category
    than those that it was booked in. Keys to transactions are not enforced, as in Share.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Expected")
        CAME = "came", _("Came back")
        GIVEN_UP = "given_up", _("Given up")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    expense = models.ForeignKey(
        Transaction, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    amount = models.BigIntegerField(_("amount"), help_text=_("Minor units, above zero."))
    expected_on = models.DateField(_("expected by"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    refund = models.OneToOneField(
        Transaction,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="expected_refund",
    )
    month = models.SmallIntegerField(
        null=True, help_text=_("Counted in this month; empty: as booked.")
    )
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("expected refund")
        verbose_name_plural = _("expected refunds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="expected_refund_above_zero")
        ]
        indexes = [
            models.Index(
                fields=["household", "expected_on"],
                name="expected_refund_waiting",
                condition=Q(state="waiting"),
            )
        ]

    def __str__(self):
        return f"expected refund {self.pk}"
