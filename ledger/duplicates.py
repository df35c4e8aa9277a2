"""Which rows are probably the same movement, come in twice by two ways."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import NamedTuple

from django.db.models import Q

from accounts.models import Household
from core.months import add_months
from ledger.models import Source, Status, Tombstone, Transaction, TransferRefusal
from ledger.services.matching import FUZZY_DAYS
from ledger.text import alias_key

MONTHS = 6
SURE = 85
"""From this score on a pair leaves no doubt, when neither row could be another one's twin."""
LEAST = 40
"""Pairs below this score are chance: the price of a coffee, within a week."""
_PER_ROW = 30
_TEXT = 35
_UNKNOWN_TEXT = 12


@dataclass(frozen=True, slots=True)
class DuplicateOffer:
    """Two rows that may be one: `keep` is the one that should stay, `score` is from 0 to 100."""

    keep: Transaction
    drop: Transaction
    score: int
    is_sure: bool

    @property
    def days_apart(self) -> int:
        return abs((self.keep.date - self.drop.date).days)


class _Row(NamedTuple):
    account_id: int
    amount: int
    date: dt.date
    id: int
    source: str
    batch_id: int | None
    status: int
    description: str
    payee: str | None
    category_id: int | None
    transfer_id: int | None
    is_split: bool


class _Pair(NamedTuple):
    score: int
    keep: _Row
    drop: _Row


def duplicate_offers(
    household: Household, months: int = MONTHS, limit: int = 50
) -> list[DuplicateOffer]:
    """Pairs of the last `months` on one account with one amount within FUZZY_DAYS, newest first.

    Each row stands in one pair at most, its likeliest. Two rows of one file, of one bank or typed
    by way of the same source are never a pair, nor are those that a person refused.
    """
    chosen = _chosen(_pairs(household, months))
    chosen.sort(key=lambda one: (one[0].keep.date, one[0].keep.id), reverse=True)
    chosen = chosen[:limit]
    rows = Transaction.objects.select_related("account", "payee", "category").in_bulk(
        [row.id for pair, _is_sure in chosen for row in (pair.keep, pair.drop)]
    )
    return [
        DuplicateOffer(rows[pair.keep.id], rows[pair.drop.id], pair.score, is_sure)
        for pair, is_sure in chosen
        if pair.keep.id in rows and pair.drop.id in rows
    ]


def sure_pairs(
    household: Household, months: int = MONTHS, limit: int = 200
) -> list[tuple[int, int]]:
    """(the one to keep, the one to drop) of the pairs that leave no doubt, the likeliest first."""
    chosen = _chosen(_pairs(household, months))
    return [(pair.keep.id, pair.drop.id) for pair, is_sure in chosen if is_sure][:limit]


def origins(ids: Iterable[int]) -> dict[int, set[str]]:
    """What already spoke of each row: the file formats and the bank that brought it or were found
    to mean it. Two rows with a common one were two rows there. Typing is no source of this kind."""
    ids = list(ids)
    found: dict[int, set[str]] = defaultdict(set)
    for pk, source in Transaction.objects.filter(pk__in=ids).values_list("pk", "source"):
        found[pk].add(source)
    merged = Tombstone.objects.filter(reason=Tombstone.Reason.MERGED, survivor_id__in=ids)
    for pk, source in merged.values_list("survivor_id", "source"):
        found[pk].add(source)
    return {pk: sources - {Source.MANUAL} for pk, sources in found.items()}


def _chosen(pairs: list[_Pair]) -> list[tuple[_Pair, bool]]:
    """The likeliest pair of each row, and whether it is beyond doubt."""
    uses = Counter(row.id for pair in pairs for row in (pair.keep, pair.drop))
    taken: set[int] = set()
    chosen = []
    for pair in sorted(pairs, key=lambda one: (-one.score, one.keep.id, one.drop.id)):
        ids = {pair.keep.id, pair.drop.id}
        if taken & ids:
            continue
        taken |= ids
        is_alone = all(uses[pk] == 1 for pk in ids)
        chosen.append((pair, pair.score >= SURE and is_alone and not _disagree(*pair[1:])))
    return chosen


def _disagree(keep: _Row, drop: _Row) -> bool:
    """Whether people or rules made something else of each: only a person can say what is right."""
    made = [(row.category_id, row.transfer_id, row.is_split) for row in (keep, drop)]
    bare = (None, None, False)
    return made[0] != made[1] and bare not in made


def _pairs(household: Household, months: int) -> list[_Pair]:
    """Every pair that may be one movement, with its score."""
    near = list(_near(_rows(household, add_months(household.today(), -months))))
    if not near:
        return []
    refused = set(
        TransferRefusal.objects.filter(household=household).values_list("first_id", "second_id")
    )
    spoken = origins({row.id for pair in near for row in pair})
    found = []
    for pair in near:
        first, second = sorted(row.id for row in pair)
        if (first, second) in refused or spoken[first] & spoken[second]:
            continue
        keep, drop = sorted(pair, key=_worth, reverse=True)
        if drop.status == Status.RECONCILED:
            continue
        score = score_of(keep, drop)
        if score >= LEAST:
            found.append(_Pair(score, keep, drop))
    return found


def _rows(household: Household, since: dt.date) -> Iterator[_Row]:
    """Movements since then, by account, amount and day. A bank's pending rows settle by themselves."""
    rows = (
        Transaction.objects.for_household(household)
        .movements()
        .filter(Q(source=Source.MANUAL) | ~Q(status=Status.PENDING), date__gte=since)
        .order_by("account_id", "amount", "date", "pk")
        .values_list(
            *("account_id", "amount", "date", "pk", "source", "batch_id", "status"),
            *("description", "payee__name", "category_id", "transfer_id", "is_split"),
        )
    )
    return map(_Row._make, rows.iterator())


def _near(rows: Iterator[_Row]) -> Iterator[tuple[_Row, _Row]]:
    """Pairs of one account and amount, at most FUZZY_DAYS apart, that came by two ways or were both
    typed. A row that came a hundred times in a week is held against the nearest _PER_ROW only."""
    window: list[_Row] = []
    for row in rows:
        window = [
            other
            for other in window
            if other[:2] == row[:2] and (row.date - other.date).days <= FUZZY_DAYS
        ]
        fitting = (other for other in reversed(window) if _two_ways(other, row))
        for other in islice(fitting, _PER_ROW):
            yield other, row
        window.append(row)


def _two_ways(one: _Row, two: _Row) -> bool:
    if one.batch_id is not None and one.batch_id == two.batch_id:
        return False
    return one.source != two.source or one.source == Source.MANUAL


def _worth(row: _Row) -> tuple:
    """What should stay stands last: reconciled, then the bank's (it amends its rows), then a file's."""
    kinds = {Source.MANUAL: 0, Source.DEMO: 0, Source.BANK: 2}
    return row.status == Status.RECONCILED, kinds.get(row.source, 1), -row.id


def score_of(keep, drop) -> int:
    """How likely two rows of one account and amount are one, from 0 to 100: nearness in days (40),
    ways that differ (25), texts that agree (35)."""
    days = 40 - 6 * abs((keep.date - drop.date).days)
    typed = [row.source == Source.MANUAL for row in (keep, drop)]
    if all(typed):
        ways = 5  # somebody typed the same twice, or bought it twice
    elif Source.BANK in (keep.source, drop.source) or any(typed):
        ways = 25
    else:
        ways = 20
    return max(0, days) + ways + _likeness(keep, drop)


def _likeness(keep: _Row, drop: _Row) -> int:
    if keep.payee and keep.payee == drop.payee:
        return _TEXT
    texts = [
        [alias_key(text[:200]) for text in (row.description, row.payee) if text]
        for row in (keep, drop)
    ]
    if not all(texts):
        return _UNKNOWN_TEXT
    return round(_TEXT * max(similarity(one, two) for one in texts[0] for two in texts[1]))


def similarity(one: str, two: str) -> float:
    """How alike two folded texts are, from 0 to 1: common words, or common letters where banks cut
    words short."""
    if one == two:
        return 1.0
    words = set(one.split()), set(two.split())
    fewest = min(map(len, words))
    common = len(words[0] & words[1]) / fewest if fewest else 0.0
    # One short word in common ("card", "to") says little.
    if common and max((len(word) for word in words[0] & words[1]), default=0) < 4:
        common /= 2
    letters = SequenceMatcher(None, one, two, autojunk=False).ratio()
    # Any two texts have some letters in common.
    return max(common, letters if letters >= 0.6 else letters / 3)
