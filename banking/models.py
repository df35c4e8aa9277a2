"""Consents at banks, the accounts they share, their runs, and what was asked of them."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from banking.errors import words_of
from core.vault import SealedField
from ledger.models import Account, Category


class ConnectionQuerySet(models.QuerySet):
    def for_household(self, household: Household):
        """Only this household's, newest last."""
        return self.filter(household=household).order_by("pk")

    def living(self):
        """Not disconnected."""
        return self.exclude(state=Connection.State.DISCONNECTED)

    def due(self, now: dt.datetime):
        """Active, their time has come, and nobody is at them."""
        return self.free(now).filter(state=Connection.State.ACTIVE, next_sync_at__lte=now)

    def free(self, now: dt.datetime):
        """Nobody is at them."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lt=now))


class Connection(models.Model):
    """A household's consent at one bank through TrueLayer; expires.

    `lease` and `leased_until` say which worker is at it: at most one at a time, on any database.
    """

    class State(models.TextChoices):
        CONNECTING = "connecting", _("Reading your accounts")
        CHOOSING = "choosing", _("Choose accounts")
        ACTIVE = "active", _("Connected")
        RECONNECT = "reconnect", _("Renewal needed")
        PAUSED = "paused", _("Paused")
        DISCONNECTED = "disconnected", _("Disconnected")

    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="bank_connections"
    )
    made_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(_("made"), auto_now_add=True)
    environment = models.CharField(_("environment"), max_length=8)
    provider_id = models.CharField(_("provider"), max_length=64)
    provider_name = models.CharField(_("bank"), max_length=120)
    credentials_id = models.CharField(max_length=120, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.CONNECTING)

    access_token = SealedField()
    refresh_token = SealedField()
    token_expires_at = models.DateTimeField(null=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, editable=False)

    consented_at = models.DateTimeField(_("consent given"), null=True)
    consent_expires_at = models.DateTimeField(_("consent until"), null=True)
    history_from = models.DateField(_("history from"), null=True)

    next_sync_at = models.DateTimeField(_("next sync"), null=True, db_index=True)
    last_sync_at = models.DateTimeField(_("last sync"), null=True)
    last_success_at = models.DateTimeField(_("last success"), null=True)
    listed_at = models.DateTimeField(null=True, editable=False)
    reread_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    error_code = models.CharField(_("error"), max_length=64, blank=True)

    lease = models.UUIDField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    drops_rows = models.BooleanField(
        default=False, help_text=_("Disconnected, and its transactions still have to go.")
    )

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("bank connection")
        verbose_name_plural = _("bank connections")
        constraints = [
            models.UniqueConstraint(
                fields=["household", "credentials_id"],
                condition=~Q(credentials_id=""),
                name="connection_credentials_once",
            )
        ]

    def __str__(self):
        return f"connection {self.pk}"

    @property
    def is_demo(self) -> bool:
        """Whether it is one of the sandbox bank's."""
        return self.environment == "local"

    def days_left(self, now: dt.datetime) -> int | None:
        """Whole days until the consent ends; None when the bank does not say."""
        if self.consent_expires_at is None:
            return None
        return max(0, (self.consent_expires_at - now).days)


class BankAccount(models.Model):
    """An account or card that a connection shares, and the account of the ledger that it fills.

    Amounts are minor units of `currency`; what is owed is negative. `account` is null for one that
    nobody wanted.
    """

    class Kind(models.TextChoices):
        ACCOUNT = "accounts", _("Account")
        CARD = "cards", _("Card")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="bank_accounts"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    external_id = models.CharField(max_length=128, editable=False)
    identity = models.CharField(max_length=120, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    number = models.CharField(_("number"), max_length=64, blank=True)
    bank_kind = models.CharField(max_length=32, blank=True, editable=False)
    currency = models.CharField(_("currency"), max_length=3)
    account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="bank_accounts"
    )
    sets_opening = models.BooleanField(
        default=False,
        help_text=_(
            "The ledger's account was made for it: its opening balance follows the bank's."
        ),
    )

    synced_from = models.DateField(_("covered from"), null=True)
    synced_until = models.DateField(_("covered until"), null=True)
    synced_at = models.DateTimeField(_("last read"), null=True)
    balance = models.BigIntegerField(_("bank's balance"), null=True)
    balance_at = models.DateTimeField(null=True)
    difference = models.BigIntegerField(
        _("difference"), null=True, help_text=_("The ledger's booked balance less the bank's.")
    )
    available = models.BigIntegerField(_("available"), null=True)
    credit_limit = models.BigIntegerField(_("limit"), null=True)
    statement_balance = models.BigIntegerField(_("last statement"), null=True)
    statement_on = models.DateField(_("statement date"), null=True)
    payment_due = models.BigIntegerField(_("payment due"), null=True)
    payment_due_on = models.DateField(_("due on"), null=True)
    not_before = models.DateField(
        null=True, editable=False, help_text=_("The bank gives nothing from before this day.")
    )
    unsupported = models.JSONField(
        default=dict,
        blank=True,
        editable=False,
        help_text=_("Endpoint: until when it is not asked."),
    )
    error_code = models.CharField(_("error"), max_length=64, blank=True)
    is_gone = models.BooleanField(_("no longer shared"), default=False)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind", "external_id"], name="bank_account_once"
            )
        ]

    def __str__(self):
        return f"bank account {self.pk}"

    @property
    def is_card(self) -> bool:
        return self.kind == self.Kind.CARD


class ConsentRequest(models.Model):
    """A person on their way to a bank and back. `state` is a hash: the secret is in the address."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, null=True, related_name="requests"
    )
    is_renewal = models.BooleanField(default=False)
    provider_id = models.CharField(max_length=64)
    provider_name = models.CharField(max_length=120)
    state_hash = models.CharField(max_length=64, unique=True)
    verifier = SealedField()
    made_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("consent request")
        verbose_name_plural = _("consent requests")

    def __str__(self):
        return f"consent request {self.pk}"


class SyncRunQuerySet(models.QuerySet):
    def unfinished(self):
        """Waiting or under way: at most one of a connection."""
        return self.filter(state__in=[SyncRun.State.WAITING, SyncRun.State.RUNNING])


class SyncRun(models.Model):
    """One pull of one connection: when, what came, what failed."""

    class Trigger(models.TextChoices):
        SCHEDULE = "schedule", _("By itself")
        PERSON = "person", _("Asked for")
        CONNECT = "connect", _("After connecting")
        COMMAND = "command", _("By an operator")

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        PARTLY = "partly", _("Partly done")
        FAILED = "failed", _("Failed")

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    trigger = models.CharField(_("trigger"), max_length=8, choices=Trigger)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    psu_ip = models.GenericIPAddressField(
        null=True, editable=False, help_text=_("Of the person who waits; emptied when it is over.")
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    attempts = models.PositiveIntegerField(default=0)
    accounts_total = models.PositiveIntegerField(default=0)
    accounts_done = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(_("requests"), default=0)
    added = models.PositiveIntegerField(_("added"), default=0)
    settled = models.PositiveIntegerField(_("settled"), default=0)
    amended = models.PositiveIntegerField(_("changed"), default=0)
    removed = models.PositiveIntegerField(_("removed"), default=0)
    joined = models.PositiveIntegerField(_("recognised"), default=0)
    known = models.PositiveIntegerField(_("known"), default=0)
    transfers = models.PositiveIntegerField(_("transfers"), default=0)
    unreadable = models.PositiveIntegerField(_("unreadable"), default=0)
    error_code = models.CharField(_("error"), max_length=64, blank=True)
    remedy = models.CharField(_("who can mend it"), max_length=8, blank=True)
    correlation_id = models.CharField(_("correlation id"), max_length=64, blank=True)

    objects = SyncRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        indexes = [models.Index(fields=["connection", "-id"], name="sync_run_newest")]

    def __str__(self):
        return f"sync run {self.pk}"

    @property
    def is_over(self) -> bool:
        return self.state not in (self.State.WAITING, self.State.RUNNING)

    @property
    def problem(self) -> str:
        """Its error in words; "" for none."""
        return words_of(self.error_code, self.remedy)

    @property
    def is_attended(self) -> bool:
        return bool(self.psu_ip)


class BankCall(models.Model):
    """A request that went to a bank, for its limit of unattended ones and for support."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="calls")
    external_id = models.CharField(max_length=128, blank=True)
    endpoint = models.CharField(_("endpoint"), max_length=20)
    at = models.DateTimeField(_("when"), default=timezone.now)
    is_attended = models.BooleanField(_("person was there"))
    status = models.PositiveSmallIntegerField(_("HTTP status"))
    code = models.CharField(_("error"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("request to a bank")
        verbose_name_plural = _("requests to banks")
        indexes = [models.Index(fields=["connection", "at"], name="bank_call_recent")]

    def __str__(self):
        return f"{self.endpoint} {self.status}"


class ProviderHealth(models.Model):
    """The circuit breaker of one provider: open after failures in a row, then tried by one."""

    environment = models.CharField(max_length=8)
    provider_id = models.CharField(_("provider"), max_length=64)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    open_until = models.DateTimeField(_("not asked until"), null=True)

    class Meta:
        verbose_name = _("health of a provider")
        verbose_name_plural = _("health of providers")
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "provider_id"], name="provider_health_once"
            )
        ]

    def __str__(self):
        return self.provider_id


class Mandate(models.Model):
    """A standing order or direct debit as the bank lists it; bills are made of them.

    Amounts are minor units of the account's currency, as sizes without a sign.
    """

    class Kind(models.TextChoices):
        STANDING_ORDER = "so", _("Standing order")
        DIRECT_DEBIT = "dd", _("Direct debit")

    bank_account = models.ForeignKey(BankAccount, on_delete=models.CASCADE, related_name="mandates")
    kind = models.CharField(_("kind"), max_length=2, choices=Kind)
    payee = models.CharField(_("payee"), max_length=200)
    reference = models.CharField(_("reference"), max_length=200, blank=True)
    frequency = models.CharField(_("frequency"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    next_on = models.DateField(_("next"), null=True)
    next_amount = models.BigIntegerField(_("next amount"), null=True)
    last_on = models.DateField(_("last"), null=True)
    last_amount = models.BigIntegerField(_("last amount"), null=True)
    ends_on = models.DateField(_("ends"), null=True)
    seen_at = models.DateTimeField(_("seen"), default=timezone.now)

    class Meta:
        verbose_name = _("standing order or direct debit")
        verbose_name_plural = _("standing orders and direct debits")

    def __str__(self):
        return f"{self.kind} {self.pk}"


class BankCategory(models.Model):
    """What a household means by a bank's word for what money was for ("Groceries")."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    label = models.CharField(_("bank's word"), max_length=80)
    category = models.ForeignKey(
        Category, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("bank's category")
        verbose_name_plural = _("bank's categories")
        constraints = [
            models.UniqueConstraint(fields=["household", "label"], name="bank_category_once")
        ]

    def __str__(self):
        return self.label
