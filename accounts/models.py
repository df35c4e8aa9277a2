"""People and what belongs to whom."""

import datetime as dt
import uuid
import zoneinfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.money import CURRENCIES
from core.months import Month


class UserManager(BaseUserManager):
    """Makes users by e-mail; there are no user names."""

    def create_user(self, email, password=None, **fields):
        """A user with a normalised e-mail address; without password, one that cannot sign in."""
        if not email:
            raise ValueError("A user needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        """A member of staff who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in, by e-mail."""

    class Theme(models.TextChoices):
        SYSTEM = "system", _("As my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    language = models.CharField(_("language"), max_length=10, default="en")
    locale = models.CharField(
        _("numbers and dates"), max_length=12, blank=True, help_text=_("Such as en-GB or de-DE.")
    )
    theme = models.CharField(_("theme"), max_length=6, choices=Theme, default=Theme.SYSTEM)
    is_staff = models.BooleanField(_("works in support"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    delete_after = models.DateTimeField(_("to be deleted after"), null=True, blank=True)
    last_household = models.ForeignKey(
        "Household", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self):
        return self.email

    def get_full_name(self):
        return self.name or self.email

    def get_short_name(self):
        return (self.name or self.email).split()[0]


class Household(models.Model):
    """The tenant: everything that is about money belongs to exactly one."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    base_currency = models.CharField(
        _("currency"), max_length=3, choices=[(c, c) for c in CURRENCIES], default="EUR"
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    first_month_day = models.PositiveSmallIntegerField(
        _("the month begins on day"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(28)],
    )
    is_demo = models.BooleanField(_("shows demo data"), default=False)
    welcomed_at = models.DateTimeField(_("set up"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    delete_after = models.DateTimeField(_("to be deleted after"), null=True, blank=True)

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_month_day__range=(1, 28)),
                name="household_first_month_day_in_every_month",
            )
        ]

    def __str__(self):
        return self.name

    def today(self) -> dt.date:
        """Today in the household's time zone."""
        return timezone.now().astimezone(zoneinfo.ZoneInfo(self.time_zone)).date()

    def month_of(self, day: dt.date) -> Month:
        """The household's month that `day` lies in."""
        return Month.containing(day, self.first_month_day)

    def current_month(self) -> Month:
        """The household's month that today lies in."""
        return self.month_of(self.today())


class Role(models.TextChoices):
    """What a member may do. Owners also manage members, connections, export and deletion."""

    OWNER = "owner", _("Owner")
    EDITOR = "editor", _("Editor")
    VIEWER = "viewer", _("Viewer")


class Membership(models.Model):
    """A person's place in a household."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=6, choices=Role, default=Role.EDITOR)
    joined_at = models.DateTimeField(_("joined"), auto_now_add=True)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(fields=["household", "user"], name="membership_once")
        ]

    def __str__(self):
        return f"{self.user_id} in {self.household_id} as {self.role}"


class Invitation(models.Model):
    """A link that lets one person join a household. Only the token's SHA-256 is kept."""

    household = models.ForeignKey(Household, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=6, choices=Role, default=Role.EDITOR)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    accepted_at = models.DateTimeField(_("accepted"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self):
        return f"invitation {self.pk} to {self.household_id}"

    @property
    def is_open(self) -> bool:
        """Whether it can still be accepted."""
        return (
            self.accepted_at is None
            and self.revoked_at is None
            and self.expires_at > timezone.now()
        )


class SupportGrant(models.Model):
    """An owner lets support see amounts and descriptions of a household for a limited time."""

    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="support_grants"
    )
    granted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("granted"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("support access")
        verbose_name_plural = _("support access")

    def __str__(self):
        return f"support access {self.pk} to {self.household_id}"


class AuditEvent(models.Model):
    """One line of the audit trail: who did or looked at what. Never edited, never holds amounts."""

    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, null=True, blank=True, related_name="audit_events"
    )
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    action = models.CharField(_("what"), max_length=60)
    target = models.CharField(_("of"), max_length=120, blank=True)
    detail = models.JSONField(_("more"), default=dict, blank=True)
    by_staff = models.BooleanField(_("by support"), default=False)

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit trail")
        indexes = [models.Index(fields=["household", "-at"], name="audit_by_household")]

    def __str__(self):
        return f"{self.action} {self.target}"


class Submission(models.Model):
    """A form that was sent once: the same key again gives the first answer, not a second effect."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField()
    body_hash = models.CharField(max_length=64)
    outcome = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="submission_once")]

    def __str__(self):
        return str(self.key)
