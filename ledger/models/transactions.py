"""The one big table, and the small ones that stand around it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from core.money import MAX_MINOR
from ledger.models.accounts import Account
from ledger.models.categories import Category
from ledger.models.payees import Payee, Tag


class Status(models.IntegerChoices):
    """How settled a transaction is."""

    PENDING = 0, _("Pending")
    BOOKED = 1, _("Booked")
    RECONCILED = 2, _("Reconciled")


class Source(models.TextChoices):
    """Where a transaction came from. External ids are unique for one account and source."""

    MANUAL = "manual", _("Typed")
    CSV = "csv", _("CSV file")
    OFX = "ofx", _("OFX file")
    CAMT = "camt", _("CAMT file")
    XLSX = "xlsx", _("Excel file")
    DEMO = "demo", _("Demo data")
    BANK = "bank", _("Bank connection")


class ImportBatch(models.Model):
    """What came in together: who, when, from what, what it made. Can be undone as a whole.

    The ledger keeps it (not the room of imports) because its transactions point to it.
    """

    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="import_batches"
    )
    source = models.CharField(_("source"), max_length=10, choices=Source)
    name = models.CharField(_("file"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    made_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(_("imported"), auto_now_add=True)
    added = models.PositiveIntegerField(_("added"), default=0)
    duplicates = models.PositiveIntegerField(_("duplicates"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        verbose_name = _("import batch")
        verbose_name_plural = _("import batches")

    def __str__(self):
        return f"batch {self.pk}"


class Reconciliation(models.Model):
    """An account held against one statement: the ticked rows sum to the statement's balance."""

    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="reconciliations"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reconciliations")
    statement_on = models.DateField(_("statement date"))
    statement_balance = models.BigIntegerField(_("statement balance"))
    started_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        constraints = [
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(finished_at=None),
                name="reconciliation_one_open_for_an_account",
            )
        ]

    def __str__(self):
        return f"reconciliation {self.pk}"


class Transfer(models.Model):
    """The same money on two accounts: exactly two transactions point here."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="transfers")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")

    def __str__(self):
        return f"transfer {self.pk}"


class TransferRefusal(models.Model):
    """A person said that two transactions that look like one transfer are none.

    Plain ids: the transactions may be in the trash meanwhile, and come back under them.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("refused transfer")
        verbose_name_plural = _("refused transfers")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "first_id", "second_id"], name="transfer_refused_once"
            )
        ]

    def __str__(self):
        return f"refusal {self.pk}"


class TransactionQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's."""
        return self.filter(household=household)

    def movements(self):
        """What moved an account: rows with no parent. Balances start here."""
        return self.filter(parent=None)

    def allocations(self):
        """What carries a category: rows that are not split. Category sums start here."""
        return self.filter(is_split=False)

    def newest_first(self):
        """The order of the list and of its keyset pages."""
        return self.order_by("-date", "-pk")


class Transaction(models.Model):
    """One movement on one account, as the bank saw it, or one part of it (`parent` set).

    `amount` is in minor units of the account's currency, money in is positive. `description` is
    the raw text and is never changed. `month` is the household's month of `date`
    (core.months.Month.index). Written only by `ledger.services`.
    """

    # db_index=False: the indexes in Meta begin with these, or leave out the nulls.
    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="transactions", db_index=False
    )
    account = models.ForeignKey(
        Account, on_delete=models.RESTRICT, related_name="transactions", db_index=False
    )
    date = models.DateField(_("date"))
    month = models.SmallIntegerField(editable=False)
    amount = models.BigIntegerField(_("amount"))
    status = models.SmallIntegerField(_("state"), choices=Status, default=Status.BOOKED)

    description = models.TextField(_("description"), blank=True)
    payee = models.ForeignKey(
        Payee,
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="transactions",
        db_index=False,
    )
    category = models.ForeignKey(
        Category,
        on_delete=models.RESTRICT,
        null=True,
        blank=True,
        related_name="transactions",
        db_index=False,
    )
    notes = models.TextField(_("notes"), blank=True)
    tags = models.ManyToManyField(Tag, through="TransactionTag", related_name="transactions")

    parent = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="parts",
        db_index=False,
    )
    is_split = models.BooleanField(_("split"), default=False)
    transfer = models.ForeignKey(
        Transfer,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="legs",
        db_index=False,
    )
    refund_of = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="refunds",
        db_index=False,
    )
    reconciliation = models.ForeignKey(
        Reconciliation,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="rows",
        db_index=False,
    )

    source = models.CharField(_("source"), max_length=10, choices=Source, default=Source.MANUAL)
    batch = models.ForeignKey(
        ImportBatch, on_delete=models.RESTRICT, null=True, blank=True, related_name="transactions"
    )
    external_id = models.CharField(_("external id"), max_length=255, blank=True)
    content_key = models.BigIntegerField(null=True, editable=False)
    occurrence = models.PositiveIntegerField(default=1, editable=False)
    source_digest = models.BigIntegerField(
        null=True,
        editable=False,
        help_text=_("What the bank said of the row last (ledger.text.content_key)."),
    )

    search_text = models.TextField(blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    objects = TransactionQuerySet.as_manager()

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        indexes = [
            # The list, and everything that is asked for a household by date.
            models.Index(fields=["household", "-date", "-id"], name="tx_newest"),
            # An account's page, its balances by day, and the refresh of its months.
            models.Index(fields=["account", "-date", "-id"], name="tx_account_newest"),
            models.Index(fields=["account", "month"], name="tx_account_month"),
            *(
                models.Index(
                    fields=fields,
                    name=f"tx_{fields[0]}",
                    condition=Q(**{f"{fields[0]}__isnull": False}),
                )
                for fields in (
                    ["category", "-date", "-id"],
                    ["payee", "-date", "-id"],
                    ["parent"],
                    ["transfer"],
                    ["refund_of"],
                    ["reconciliation"],
                )
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "source", "external_id"],
                condition=~Q(external_id=""),
                name="tx_external_id_once",
            ),
            models.UniqueConstraint(
                fields=["account", "content_key", "occurrence"],
                condition=Q(content_key__isnull=False),
                name="tx_content_once",
            ),
            models.CheckConstraint(
                condition=Q(amount__range=(-MAX_MINOR, MAX_MINOR)),
                name="tx_amount_in_range",
                violation_error_message=_("This amount is too large."),
            ),
            models.CheckConstraint(
                condition=Q(is_split=False) | Q(category=None),
                name="tx_split_has_no_category",
            ),
            models.CheckConstraint(
                condition=Q(parent=None) | Q(is_split=False),
                name="tx_part_has_no_parts",
            ),
            models.CheckConstraint(
                condition=Q(transfer=None) | Q(category=None, is_split=False, parent=None),
                name="tx_transfer_leg_is_whole",
            ),
        ]

    def __str__(self):
        return f"transaction {self.pk}"

    @property
    def is_reconciled(self) -> bool:
        return self.status == Status.RECONCILED


class TransactionTag(models.Model):
    """A tag on a transaction."""

    transaction = models.ForeignKey(Transaction, on_delete=models.CASCADE, related_name="+")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("tag of a transaction")
        verbose_name_plural = _("tags of transactions")
        constraints = [
            models.UniqueConstraint(fields=["transaction", "tag"], name="transaction_tag_once")
        ]

    def __str__(self):
        return f"{self.transaction_id}: {self.tag_id}"
