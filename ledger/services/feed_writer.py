"""How rows of a bank are written: new ones at once, stored ones in place with their parts."""

import datetime as dt
from collections.abc import Sequence

from django.db.models import F

from accounts.models import Household
from core.months import Month
from ledger.models import Account, Source, Status, Transaction
from ledger.services.acts import Act
from ledger.services.bulk import NewRow, insert_rows, refresh_statistics
from ledger.services.feed_facts import Stored, digest_of
from ledger.services.matching import Match
from ledger.services.search import refresh_search_text
from ledger.services.sorter import Sorted, Sorter, complete
from ledger.statement_line import StatementLine
from ledger.text import search_text


class FeedWriter:
    """Writes rows of one account inside an act."""

    def __init__(self, account: Account, running: Act):
        self.account = account
        self.household: Household = account.household
        self.running = running
        self.first_day = self.household.first_month_day
        self.months: dict[dt.date, int] = {}
        self.sorter = Sorter(account)

    def _month(self, day: dt.date) -> int:
        if day not in self.months:
            self.months[day] = Month.containing(day, self.first_day).index
        return self.months[day]

    def insert(self, matches: Sequence[Match], status: Status) -> list[int]:
        """Add rows. Returns their ids."""
        last = Transaction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        for start in range(0, len(matches), 5000):
            part = matches[start : start + 5000]
            found = self.sorter.sort([match.line for match in part])
            pairs = list(zip(part, found, strict=True))
            insert_rows([self._row(match, status, one) for match, one in pairs])
            complete(self.account, self.running, pairs)
        self.running.touch(self.account.pk, {self._month(match.line.date) for match in matches})
        if len(matches) >= 5000:
            refresh_statistics()
        own = Transaction.objects.movements().filter(account=self.account, source=Source.BANK)
        return list(own.filter(pk__gt=last).values_list("pk", flat=True))

    def _row(self, match: Match, status: Status, found: Sorted) -> NewRow:
        line = match.line
        return NewRow(
            household_id=self.household.pk,
            account_id=self.account.pk,
            date=line.date,
            month=self._month(line.date),
            amount=line.amount,
            status=status.value,
            description=line.description,
            payee_id=found.payee_id,
            category_id=found.category_id,
            notes=found.notes,
            source=Source.BANK.value,
            batch_id=None,
            external_id="" if status == Status.PENDING else line.external_id,
            content_key=match.content_key,
            occurrence=match.occurrence,
            search_text=search_text(line.description, found.payee_name, found.notes),
            source_digest=digest_of(line),
            sorted_by=int(found.sorted_by),
            certainty=found.certainty,
            needs_review=found.needs_review,
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
