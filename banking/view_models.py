"""A connection as its page shows it."""

import datetime as dt
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Household
from banking.errors import words_of
from banking.models import BankAccount, Connection, SyncRun
from core.formatting import format_moment, format_money
from ledger.account_notes import AccountNote
from ledger.models import Account

SOON_DAYS = 14


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """A connection, its accounts, the newest sync, and its state in words.

    `tone` is "", "near" or "wrong": how urgent the words are. `days_left` of the consent; None when
    the bank does not say.
    """

    connection: Connection
    rows: tuple[BankAccount, ...]
    run: SyncRun | None
    words: str
    tone: str
    days_left: int | None

    @classmethod
    def of(cls, connection: Connection) -> "ConnectionCard":
        """Three queries."""
        rows = connection.bank_accounts.select_related("account").prefetch_related("mandates")
        run = connection.runs.order_by("-pk").first()
        return cls._made(connection, tuple(rows.order_by("kind", "pk")), run)

    @classmethod
    def _made(cls, connection, rows, run) -> "ConnectionCard":
        now = timezone.now()
        days = connection.days_left(now)
        words, tone = _words(connection, days, run)
        return cls(connection, rows, run, words, tone, days)

    @property
    def wanted(self) -> list[BankAccount]:
        """Those that fill an account."""
        return [row for row in self.rows if row.account_id and not row.is_gone]

    @property
    def unwanted(self) -> list[BankAccount]:
        """Those that are shared and not brought in."""
        return [row for row in self.rows if not row.account_id and not row.is_gone]

    @property
    def differing(self) -> list[BankAccount]:
        """Those whose balance differs from the bank's."""
        return [row for row in self.wanted if row.difference]

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that the page should follow."""
        if self.connection.state == Connection.State.CONNECTING:
            return True
        return self.run is not None and not self.run.is_over

    @property
    def is_soon(self) -> bool:
        """Whether the consent ends soon."""
        return self.days_left is not None and self.days_left <= SOON_DAYS


def _words(connection: Connection, days: int | None, run: SyncRun | None) -> tuple[str, str]:
    state = Connection.State
    problem = words_of(connection.error_code, run.remedy if run else "")
    if connection.state == state.CONNECTING:
        if connection.failures:
            return problem or _("The bank has not answered yet; trying again."), "near"
        return _("Reading your accounts at the bank…"), ""
    if connection.state == state.CHOOSING:
        return problem or _("Choose which accounts to bring in."), "near"
    if connection.state == state.RECONNECT:
        return problem or _("The bank asks you to renew the connection."), "wrong"
    if connection.state == state.PAUSED:
        return _("Paused. Nothing is fetched until you resume."), ""
    if connection.state == state.DISCONNECTED:
        return _("Disconnected."), ""
    if run is not None and not run.is_over:
        return _("Syncing…"), ""
    if connection.error_code:
        return problem, "near"
    if days is not None and days <= SOON_DAYS:
        return _("Works. The bank's permission ends soon."), "near"
    return _("Works."), ""


def cards_of(household: Household) -> list[ConnectionCard]:
    """The household's living connections, and those that ended in the last month. Three queries."""
    month_ago = timezone.now() - dt.timedelta(days=30)
    connections = [
        one
        for one in Connection.objects.for_household(household).prefetch_related(
            "bank_accounts__account"
        )
        if one.state != Connection.State.DISCONNECTED
        or (one.last_sync_at or one.made_at) > month_ago
    ]
    newest: dict[int, SyncRun] = {}
    runs = SyncRun.objects.filter(connection__in=connections, asked_at__gt=month_ago)
    for run in runs.order_by("pk"):
        newest[run.connection_id] = run
    return [
        ConnectionCard._made(one, tuple(one.bank_accounts.all()), newest.get(one.pk))
        for one in connections
    ]


def notes_of(account: Account) -> list[AccountNote]:
    """Which bank fills an account, since when it has not, and whether the balances agree."""
    rows = (
        BankAccount.objects.filter(account=account)
        .exclude(connection__state=Connection.State.DISCONNECTED)
        .select_related("connection")
    )
    made = []
    for row in rows:
        names = {"bank": row.connection.provider_name}
        url = reverse("banking:connection_detail", args=[row.connection_id])
        if row.synced_at is None:
            text, tone = _("Will be filled by %(bank)s") % names, ""
        elif row.is_gone or row.connection.state != Connection.State.ACTIVE:
            text, tone = _("Not filled by %(bank)s at the moment") % names, "near"
        elif row.difference:
            amount = format_money(row.difference, row.currency, sign=True)
            text = _("Differs from %(bank)s by %(amount)s") % {**names, "amount": amount}
            tone = "near"
        else:
            moment = format_moment(row.synced_at)
            text, tone = _("As at %(bank)s, %(moment)s") % {**names, "moment": moment}, ""
        made.append(AccountNote("plug", text, url, tone))
    return made
