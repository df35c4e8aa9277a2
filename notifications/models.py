"""What a person is told, how, and when."""

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Household, User
from core.vault import SealedField


class Level(models.IntegerChoices):
    """How much it matters."""

    INFO = 0, _("Good to know")
    NEAR = 1, _("Soon")
    WRONG = 2, _("Needs you")


class Sending(models.TextChoices):
    """How something leaves the house."""

    OFF = "off", _("Not at all")
    NOW = "now", _("At once")
    DIGEST = "digest", _("In a digest")


class NotificationQuerySet(models.QuerySet):
    def for_person(self, user: User, household: Household):
        """What this person sees of this household, newest first."""
        return self.filter(user=user, household=household, in_app=True).order_by("-pk")

    def unread(self):
        """Not seen yet."""
        return self.filter(read_at=None)

    def unread_first(self):
        """Those not seen yet, then the others; each newest first."""
        return self.alias(is_read=Q(read_at__isnull=False)).order_by("is_read", "-pk")


class Notification(models.Model):
    """One thing that one person was told about one household, once: `key` says what it is about.

    Holds facts (`params`), not words: those are made in the reader's language when it is shown or
    sent (`notifications.kinds`). What a person switched off everywhere is kept with `in_app` False:
    so it stays untold when the kind is switched on again.
    """

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=40)
    key = models.CharField(max_length=120)
    level = models.SmallIntegerField(_("level"), choices=Level, default=Level.INFO)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    in_app = models.BooleanField(default=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(fields=["user", "household", "key"], name="notification_once")
        ]
        indexes = [
            models.Index(fields=["user", "household", "-id"], name="notification_newest"),
            models.Index(
                fields=["user", "household"],
                name="notification_unread",
                condition=Q(read_at=None, in_app=True),
            ),
        ]

    def __str__(self):
        return f"notification {self.pk}"


class Preference(models.Model):
    """How one person wants to hear of one kind of thing. No row: as the kind proposes."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(_("kind"), max_length=40)
    in_app = models.BooleanField(_("in the app"), default=True)
    mail = models.CharField(_("by mail"), max_length=6, choices=Sending, default=Sending.NOW)
    push = models.CharField(_("elsewhere"), max_length=6, choices=Sending, default=Sending.OFF)

    class Meta:
        verbose_name = _("choice of notifications")
        verbose_name_plural = _("choices of notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "household", "kind"], name="preference_once_for_a_kind"
            )
        ]

    def __str__(self):
        return f"{self.user_id}: {self.kind}"


class Channels(models.Model):
    """When a person is reached. Times are of the household's time zone."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    digest_days = models.CharField(
        _("digest"),
        max_length=7,
        choices=[("daily", _("Every day")), ("weekly", _("Every week"))],
        default="daily",
    )
    digest_weekday = models.PositiveSmallIntegerField(
        _("on"), default=0, validators=[MaxValueValidator(6)], help_text=_("0 is Monday.")
    )
    digest_hour = models.PositiveSmallIntegerField(
        _("at"), default=7, validators=[MaxValueValidator(23)]
    )
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("times to reach a person")
        verbose_name_plural = _("times to reach people")
        constraints = [models.UniqueConstraint(fields=["user", "household"], name="channels_once")]

    def __str__(self):
        return f"{self.user_id} of {self.household_id}"


class Address(models.Model):
    """Another place where a person is reached, as an Apprise address, sealed: it holds keys."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    service = models.CharField(_("service"), max_length=60)
    schema = models.CharField(max_length=20)
    url = SealedField()
    made_at = models.DateTimeField(_("added"), auto_now_add=True)
    failed_at = models.DateTimeField(
        _("not reached"), null=True, blank=True, help_text=_("Empty since it was reached again.")
    )

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")

    def __str__(self):
        return f"address {self.pk}"


class Delivery(models.Model):
    """A notification on its way out of the house: by mail, or else to an `address`.

    Those that leave together share a `batch`, which they keep when it is tried again, so that a
    second try after a crash is recognisable (it is the mail's Message-ID).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        DROPPED = "dropped", _("No longer wanted")

    notification = models.ForeignKey(
        Notification, on_delete=models.CASCADE, related_name="deliveries"
    )
    by_mail = models.BooleanField(_("by mail"), default=False)
    address = models.ForeignKey(
        Address, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    in_digest = models.BooleanField(_("in a digest"), default=False)
    due_at = models.DateTimeField(
        _("to be sent after"), help_text=_("Quiet hours and digests wait.")
    )
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.WAITING)
    batch = models.UUIDField(null=True, editable=False, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claimed_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["notification"], condition=Q(by_mail=True), name="delivery_one_mail"
            ),
            models.UniqueConstraint(
                fields=["notification", "address"], name="delivery_once_an_address"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="delivery_to_send",
                condition=Q(state__in=["waiting", "sending"]),
            ),
        ]

    def __str__(self):
        return f"delivery {self.pk}"
