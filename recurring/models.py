"""What repeats, each time that it is due, and the card statements that fall due."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from core.money import CURRENCIES
from ledger.models import Account, Category, Payee, Transaction
from recurring.schedule import Schedule


class SeriesQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's."""
        return self.filter(household=household)

    def active(self):
        """Those whose occurrences are expected."""
        return self.filter(state=Series.State.ACTIVE)

    def suggested(self):
        """Those that nobody has looked at, the surest first."""
        return self.filter(state=Series.State.SUGGESTED).order_by("-confidence", "name", "pk")


class OccurrenceQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's."""
        return self.filter(household=household)

    def open(self):
        """Expected or not seen, of what is active."""
        return self.filter(
            series__state=Series.State.ACTIVE,
            state__in=[Occurrence.State.EXPECTED, Occurrence.State.MISSING],
        )


class Series(models.Model):
    """An expected, repeating transaction: a bill, a subscription, a salary, a transfer.

    Amounts are minor units of `currency`, money in positive. `rule` is an RFC 5545 RRULE without
    DTSTART (`recurring.schedule`); days are the household's.
    """

    class Kind(models.TextChoices):
        BILL = "bill", _("Bill")
        SUBSCRIPTION = "subscription", _("Subscription")
        INCOME = "income", _("Income")
        TRANSFER = "transfer", _("Transfer")

    class State(models.TextChoices):
        SUGGESTED = "suggested", _("Suggested")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")
        DISMISSED = "dismissed", _("Not a series")

    class Origin(models.TextChoices):
        HISTORY = "history", _("Found in your history")
        BANK = "bank", _("Standing order or direct debit")
        TYPED = "typed", _("Typed")

    class Weekend(models.TextChoices):
        AS_IT_FALLS = "", _("As it falls")
        BEFORE = "before", _("The working day before")
        AFTER = "after", _("The working day after")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="series")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.BILL)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ACTIVE)
    origin = models.CharField(_("from"), max_length=7, choices=Origin, default=Origin.TYPED)
    confidence = models.PositiveSmallIntegerField(
        _("confidence"), null=True, blank=True, help_text=_("Per cent, of one that was found.")
    )
    key = models.CharField(
        max_length=200,
        blank=True,
        editable=False,
        help_text=_("What it was found by, so that a dismissed one is not suggested again."),
    )

    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="series"
    )
    other_account = models.ForeignKey(
        Account,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to account"),
        help_text=_("Of a transfer."),
    )
    payee = models.ForeignKey(
        Payee, on_delete=models.SET_NULL, null=True, blank=True, related_name="series"
    )
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    words = models.CharField(
        _("its description holds"),
        max_length=200,
        blank=True,
        help_text=_("Folded words that tell it from others of the same payee."),
    )

    currency = models.CharField(
        _("currency"), max_length=3, choices=[(code, code) for code in CURRENCIES]
    )
    amount = models.BigIntegerField(_("amount"))
    amount_low = models.BigIntegerField(
        _("at least"), help_text=_("The smallest size that still is it, without a sign.")
    )
    amount_high = models.BigIntegerField(_("at most"), help_text=_("Without a sign."))
    is_fixed = models.BooleanField(
        _("always the same"),
        default=True,
        help_text=_("Another amount is a new price. Off for what is metered."),
    )
    amount_since = models.DateField(
        null=True,
        editable=False,
        help_text=_("Transactions before this day do not change the amount any more."),
    )
    rule = models.CharField(_("rule"), max_length=200)
    starts_on = models.DateField(_("from"))
    watched_from = models.DateField(
        help_text=_("The first day that something is expected on; earlier ones are not asked for.")
    )
    ends_on = models.DateField(_("until"), null=True, blank=True)
    weekend = models.CharField(
        _("on a weekend"), max_length=6, choices=Weekend, default=Weekend.AS_IT_FALLS, blank=True
    )
    early_days = models.PositiveSmallIntegerField(
        _("days early"), default=3, validators=[MaxValueValidator(45)]
    )
    late_days = models.PositiveSmallIntegerField(
        _("days late"), default=5, validators=[MaxValueValidator(45)]
    )

    remind_days = models.PositiveSmallIntegerField(
        _("remind days ahead"), null=True, blank=True, validators=[MaxValueValidator(60)]
    )
    posts_itself = models.BooleanField(
        _("enter by itself"),
        default=False,
        help_text=_("On the day, a transaction is added. For accounts that no bank fills."),
    )
    trial_until = models.DateField(_("free until"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(
        _("notice period in days"), null=True, blank=True, validators=[MaxValueValidator(400)]
    )
    renews_on = models.DateField(_("renews on"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True, max_length=2000)
    evidence = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text=_("Of one that was found: how often it was seen, and when first and last."),
    )
    made_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "key"], condition=~Q(key=""), name="series_found_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_low__gte=0) & Q(amount_high__gte=models.F("amount_low")),
                name="series_amounts_in_order",
            ),
        ]
        indexes = [models.Index(fields=["household", "state"], name="series_by_state")]

    def __str__(self):
        return f"series {self.pk}"

    @property
    def is_income(self) -> bool:
        return self.kind == self.Kind.INCOME

    @property
    def schedule(self) -> Schedule:
        """When it falls due."""
        return Schedule(self.rule, self.starts_on, self.weekend, self.ends_on)


class Occurrence(models.Model):
    """One time that a series is due, and the transaction that it was.

    The key to the transaction is not enforced: one in the trash may come back under its number.
    """

    class State(models.TextChoices):
        EXPECTED = "expected", _("Expected")
        MATCHED = "matched", _("Paid")
        MISSING = "missing", _("Not seen")
        SKIPPED = "skipped", _("Skipped")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    series = models.ForeignKey(
        Series, on_delete=models.CASCADE, related_name="occurrences", db_index=False
    )
    rule_on = models.DateField(help_text=_("The day that the rule says; never changes."))
    due_on = models.DateField(_("due"), help_text=_("That day after weekends and moves by hand."))
    amount = models.BigIntegerField(_("expected"), help_text=_("Minor units, money in positive."))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.EXPECTED)
    transaction = models.OneToOneField(
        Transaction,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        blank=True,
        related_name="due",
    )
    is_by_person = models.BooleanField(
        default=False, help_text=_("A person matched, skipped or unmatched it: it is not remade.")
    )
    # Plain ids: the transactions may be in the trash meanwhile, and come back under them.
    chosen_id = models.BigIntegerField(
        null=True, editable=False, help_text=_("The transaction that a person said it is.")
    )
    refused_ids = models.JSONField(
        default=list, editable=False, help_text=_("Those that a person said it is not.")
    )
    is_posted = models.BooleanField(
        default=False, editable=False, help_text=_("It was entered by itself, once.")
    )

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        constraints = [
            models.UniqueConstraint(fields=["series", "rule_on"], name="occurrence_once"),
            models.CheckConstraint(
                condition=Q(state="matched", transaction__isnull=False)
                | (~Q(state="matched") & Q(transaction=None)),
                name="occurrence_matched_has_transaction",
            ),
        ]
        indexes = [models.Index(fields=["household", "due_on"], name="occurrence_by_day")]

    def __str__(self):
        return f"occurrence {self.pk}"


class CardCycle(models.Model):
    """When a credit card's statement is drawn up and paid."""

    class Pays(models.TextChoices):
        FULL = "full", _("The whole statement")
        MINIMUM = "minimum", _("The minimum payment")
        FIXED = "fixed", _("A fixed amount")

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="card_cycle")
    statement_day = models.PositiveSmallIntegerField(
        _("statement on day"),
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("31 is the last day of the month."),
    )
    due_days = models.PositiveSmallIntegerField(
        _("due days after"), default=25, validators=[MaxValueValidator(60)]
    )
    weekend = models.CharField(
        _("on a weekend"), max_length=6, choices=Series.Weekend, default="", blank=True
    )
    paid_from = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    pays = models.CharField(_("pays"), max_length=7, choices=Pays, default=Pays.FULL)
    amount = models.BigIntegerField(
        _("amount"), default=0, help_text=_("Of a fixed payment, or the smallest minimum.")
    )
    minimum_percent = models.DecimalField(
        _("minimum in per cent"), max_digits=5, decimal_places=2, default=0
    )

    class Meta:
        verbose_name = _("card cycle")
        verbose_name_plural = _("card cycles")

    def __str__(self):
        return f"cycle of {self.account_id}"


class CalendarFeed(models.Model):
    """A secret address of a person's bills as iCalendar. Only the token's SHA-256 is kept."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    shows_amounts = models.BooleanField(_("with amounts"), default=True)
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    read_at = models.DateTimeField(_("last read"), null=True, blank=True)

    class Meta:
        verbose_name = _("calendar address")
        verbose_name_plural = _("calendar addresses")
        constraints = [
            models.UniqueConstraint(fields=["user", "household"], name="calendar_feed_once")
        ]

    def __str__(self):
        return f"calendar {self.pk}"
