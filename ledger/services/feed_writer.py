"""How rows of a bank are written: new ones at once, stored ones in place with their parts."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from accounts.models import Household
from core.months import Month
from ledger.models import Account, Source, Status, Transaction
from ledger.services.acts import Act
from ledger.services.bulk import NewRow, insert_rows, refresh_statistics
from ledger.services.matching import SETTLE_DAYS, Match
from ledger.services.payee_finder import PayeeFinder
from ledger.services.search import refresh_search_text
from ledger.statement_line import StatementLine
from ledger.text import alias_key, content_key, search_text


@dataclass(slots=True)
class Stored:
    """A row of the ledger that a bank brought: what it says, and the digest of what the bank said."""

    id: int
    date: dt.date
    amount: int
    text: str
    digest: int | None
    status: str = Status.PENDING
    external_id: str = ""
    content_key: int | None = None
    occurrence: int = 1


class FeedWriter:
    """Writes rows of one account inside an act."""

    def __init__(self, account: Account, running: Act):
        self.account = account
        self.household: Household = account.household
        self.running = running
        self.first_day = self.household.first_month_day
        self.months: dict[dt.date, int] = {}
        self.payees = PayeeFinder(self.household)

    def _month(self, day: dt.date) -> int:
        if day not in self.months:
            self.months[day] = Month.containing(day, self.first_day).index
        return self.months[day]

    def insert(self, matches: Sequence[Match], status: Status) -> list[int]:
        """Add rows. Returns their ids."""
        self.payees.learn(match.line for match in matches)
        last = Transaction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        for start in range(0, len(matches), 5000):
            part = matches[start : start + 5000]
            insert_rows([self._row(match, status) for match in part])
        self.running.touch(self.account.pk, {self._month(match.line.date) for match in matches})
        if len(matches) >= 5000:
            refresh_statistics()
        own = Transaction.objects.movements().filter(account=self.account, source=Source.BANK)
        return list(own.filter(pk__gt=last).values_list("pk", flat=True))

    def _row(self, match: Match, status: Status) -> NewRow:
        line = match.line
        payee_id, payee_name = self.payees.find(line)
        return NewRow(
            household_id=self.household.pk,
            account_id=self.account.pk,
            date=line.date,
            month=self._month(line.date),
            amount=line.amount,
            status=status.value,
            description=line.description,
            payee_id=payee_id,
            category_id=self.payees.category(line.category),
            notes="",
            source=Source.BANK.value,
            batch_id=None,
            external_id="" if status == Status.PENDING else line.external_id,
            content_key=match.content_key,
            occurrence=match.occurrence,
            search_text=search_text(line.description, payee_name),
            source_digest=digest_of(line),
        )

    def rewrite(self, row: Stored, line: StatementLine, status, *, digest: int, **keys) -> None:
        """Give a stored row the bank's facts; a split's parts follow. Inside `changing`."""
        month = self._month(line.date)
        facts = {"date": line.date, "month": month, "status": status}
        if line.amount != row.amount:
            self._follow_amount(row, line.amount)
            facts["amount"] = line.amount
        Transaction.objects.filter(pk=row.id).update(
            description=line.description,
            source_digest=digest,
            version=F("version") + 1,
            **facts,
            **keys,
        )
        Transaction.objects.filter(parent=row.id).update(date=line.date, month=month, status=status)
        if line.description != row.text:
            refresh_search_text([row.id])

    def _follow_amount(self, row: Stored, amount: int) -> None:
        """Keep invariants 1 and 2 when a bank changes an amount: the difference becomes a part of
        its own, and a transfer whose legs differ is one no more."""
        whole = Transaction.objects.select_related("transfer").get(pk=row.id)
        if whole.is_split:
            Transaction.objects.create(
                household=self.household,
                account=self.account,
                date=whole.date,
                month=whole.month,
                amount=amount - row.amount,
                status=whole.status,
                parent=whole,
                source=whole.source,
            )
        if whole.transfer_id:
            partner = Transaction.objects.filter(transfer=whole.transfer_id).exclude(pk=row.id)
            with self.running.changing(list(partner.values_list("pk", flat=True))):
                legs = Transaction.objects.filter(transfer=whole.transfer_id)
                legs.update(transfer=None, version=F("version") + 1)
                whole.transfer.delete()

    def become(self, row: Stored, match: Match) -> None:
        """A stored row becomes the booked one that `match` says."""
        self.rewrite(
            row,
            match.line,
            Status.BOOKED,
            digest=digest_of(match.line),
            external_id=match.line.external_id,
            content_key=match.content_key,
            occurrence=match.occurrence,
        )


def digest_of(line: StatementLine) -> int:
    """What a bank said of a row, in 64 bits."""
    return content_key(line.date, line.amount, line.description)


def key_of(match: Match) -> str | tuple:
    """What tells a bank's rows apart: its stable id, else content and number among equals."""
    return match.line.external_id or (match.content_key, match.occurrence)


def of_snapshot(pk: int, state: dict) -> Stored:
    """A row in the trash."""
    day = dt.date.fromisoformat(state["date"])
    return Stored(pk, day, state["amount"], state["description"], None)


def _is_near(row: Stored, line: StatementLine) -> bool:
    return abs((row.date - line.date).days) <= SETTLE_DAYS


def same_amount_and_text(row: Stored, line: StatementLine) -> bool:
    """Amount equal, text equal but for digits and signs, at most SETTLE_DAYS apart."""
    is_same = row.amount == line.amount and alias_key(row.text) == alias_key(line.description)
    return is_same and _is_near(row, line)


def same_text(row: Stored, line: StatementLine) -> bool:
    """A tip was added, or a pump took less than it held."""
    is_same = (row.amount > 0) == (line.amount > 0)
    return is_same and _is_near(row, line) and _words(row.text) == _words(line.description)


def same_amount(row: Stored, line: StatementLine) -> bool:
    """A text that was worded anew when it was booked."""
    return row.amount == line.amount and abs((row.date - line.date).days) <= SETTLE_DAYS // 2


def _words(text: str) -> str:
    return " ".join(text.casefold().split())
