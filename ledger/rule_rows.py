"""Transactions that are here already, as rules are asked of them."""

import datetime as dt
from collections import defaultdict
from typing import NamedTuple

from accounts.models import Household
from ledger.models import Payee, SortedBy, Transaction, TransactionTag
from ledger.rules.engine import RowFacts

YEAR = dt.timedelta(days=365)
_COLUMNS = (
    "pk description payee_id amount account_id date category_id notes is_split transfer_id "
    "refund_of_id sorted_by needs_review"
).split()


class PastRow(NamedTuple):
    """What rules read of a whole transaction, and what they may change."""

    pk: int
    description: str
    payee_id: int | None
    amount: int
    account_id: int
    date: dt.date
    category_id: int | None
    notes: str
    is_split: bool
    transfer_id: int | None
    refund_of_id: int | None
    sorted_by: int
    needs_review: bool
    payee_name: str
    tags: frozenset[int]

    @property
    def facts(self) -> RowFacts:
        return RowFacts(
            self.description,
            self.payee_id,
            self.payee_name,
            self.amount,
            self.account_id,
            self.date,
            self.tags,
        )

    @property
    def is_persons(self) -> bool:
        """Whether a person sorted it. Categories of before this was noted count as a person's."""
        unknown = self.category_id is not None and self.sorted_by == SortedBy.NOBODY
        return self.sorted_by == SortedBy.PERSON or unknown


def past_rows(
    household: Household,
    *,
    since: dt.date | None = None,
    limit: int | None = None,
    confirmed: bool = False,
    ids: list[int] | None = None,
) -> list[PastRow]:
    """A household's whole transactions, newest first; those that a person sorted, if `confirmed`;
    with `ids` only these.

    Three queries.
    """
    rows = Transaction.objects.for_household(household).movements().newest_first()
    if since is not None:
        rows = rows.filter(date__gte=since)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    if confirmed:
        rows = rows.filter(
            sorted_by=SortedBy.PERSON, category__isnull=False, is_split=False, transfer=None
        )
    found = list(rows.values_list(*_COLUMNS)[:limit])
    if not found:
        return []
    names = dict(Payee.objects.filter(household=household).values_list("pk", "name"))
    tags: dict[int, set[int]] = defaultdict(set)
    links = TransactionTag.objects.filter(
        transaction__household=household, transaction__date__gte=found[-1][5]
    )
    for pk, tag in links.values_list("transaction_id", "tag_id"):
        tags[pk].add(tag)
    return [PastRow(*row, names.get(row[2], ""), frozenset(tags.get(row[0], ()))) for row in found]
