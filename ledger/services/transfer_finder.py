"""Finds transfers between a household's own accounts: joins the certain ones, offers the others."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Exists, F, OuterRef

from accounts.models import Household
from ledger.models import Account, ChangeSet, Transaction, Transfer, TransferRefusal
from ledger.services.acts import act
from ledger.text import fold

REACH_DAYS = 4
"""How long money may be on its way: a weekend and a bank holiday."""
OFFER_DAYS = 90
# What banks write beside money that moves between accounts of one person.
_HINTS = re.compile(
    r"\b(transfer\w*|tfr|trf|xfer|trans to|trans from|savings?|saver|pot|top ?up|standing order|"
    r"(?:credit )?card payment|payment received|thank you|own account|internal|between accounts|"
    r"umbuchung|ubertrag\w*|sparen|dauerauftrag|virement|epargne|overboeking|spaar\w*|traspaso|"
    r"transferencia|giroconto|przelew wlasny|overforing)\b"
)


class _Leg(NamedTuple):
    id: int
    account_id: int
    date: dt.date
    amount: int


@dataclass(frozen=True, slots=True)
class TransferOffer:
    """Two transactions that may be one transfer: money `out` of one account, `into` another."""

    out: Transaction
    into: Transaction


def _open_legs(household: Household, first: dt.date, last: dt.date):
    """Movements that may be half of a transfer, from `first` to `last`."""
    refunds = Transaction.objects.filter(refund_of=OuterRef("pk"))
    return (
        Transaction.objects.for_household(household)
        .movements()
        .filter(date__range=(first, last), transfer=None, is_split=False, refund_of=None)
        .exclude(Exists(refunds))
    )


def _pairs(household: Household, first: dt.date, last: dt.date) -> list[tuple[_Leg, _Leg, bool]]:
    """Pairs (out, in, whether neither could be paired otherwise) that were not refused."""
    reach = dt.timedelta(days=REACH_DAYS)
    currencies = dict(Account.objects.for_household(household).values_list("pk", "currency"))
    if len(currencies) < 2:
        return []
    outs: dict[tuple, list[_Leg]] = defaultdict(list)
    ins: dict[tuple, list[_Leg]] = defaultdict(list)
    legs = _open_legs(household, first - reach, last + reach).order_by("date", "pk")
    for leg in map(_Leg._make, legs.values_list("id", "account_id", "date", "amount").iterator()):
        side = ins if leg.amount > 0 else outs
        side[abs(leg.amount), currencies[leg.account_id]].append(leg)
    refused = set(
        TransferRefusal.objects.filter(household=household).values_list("first_id", "second_id")
    )
    found: list[tuple[_Leg, _Leg]] = []
    uses: dict[int, int] = defaultdict(int)
    for key in outs.keys() & ins.keys():
        for out in outs[key]:
            for into in ins[key]:
                is_near = abs(into.date - out.date) <= reach
                pair = (min(out.id, into.id), max(out.id, into.id))
                if is_near and out.account_id != into.account_id and pair not in refused:
                    found.append((out, into))
                    uses[out.id] += 1
                    uses[into.id] += 1
    return [(out, into, uses[out.id] == uses[into.id] == 1) for out, into in found]


def join_certain_transfers(household: Household, ids: Iterable[int]) -> int:
    """Link the transfers among `ids` and the rest of the household that leave no doubt.

    No doubt: opposite amounts in one currency within four days, no other row fits either, nobody
    gave either a category, and a bank's text speaks of a transfer or of the other account.
    Returns how many were linked, in one act.
    """
    wanted = set(ids)
    days = list(
        Transaction.objects.filter(household=household, pk__in=list(wanted)[:20_000]).values_list(
            "date", flat=True
        )
    )
    if not days:
        return 0
    pairs = [
        (out.id, into.id)
        for out, into, is_only in _pairs(household, min(days), max(days))
        if is_only and (out.id in wanted or into.id in wanted)
    ]
    certain = _with_hint(household, pairs)
    return _join(household, certain) if certain else 0


def _with_hint(household: Household, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    rows = {}
    ids = [pk for pair in pairs for pk in pair]
    for start in range(0, len(ids), 5000):
        found = Transaction.objects.filter(pk__in=ids[start : start + 5000], category=None)
        rows |= {row.pk: row for row in found.only("pk", "account_id", "description")}
    names = {account.pk: _names_of(account) for account in Account.objects.for_household(household)}

    def speaks(row, other) -> bool:
        text = fold(row.description)
        return bool(_HINTS.search(text)) or any(name in text for name in names[other.account_id])

    return [
        (out, into)
        for out, into in pairs
        if out in rows
        and into in rows
        and (speaks(rows[out], rows[into]) or speaks(rows[into], rows[out]))
    ]


def _names_of(account: Account) -> list[str]:
    """What a bank's text may call an account: its name, its number, the number's end."""
    digits = "".join(char for char in account.number if char.isalnum()).casefold()
    names = [fold(account.name), digits, digits[-4:] if digits[-4:].isdigit() else ""]
    return [name for name in names if len(name) >= 4]


def _join(household: Household, pairs: list[tuple[int, int]]) -> int:
    with act(household=household, by=None, kind=ChangeSet.Kind.TRANSFER) as running:
        ids = [pk for pair in pairs for pk in pair]
        free = set(
            Transaction.objects.filter(
                pk__in=ids, transfer=None, is_split=False, category=None
            ).values_list("pk", flat=True)
        )
        pairs = [pair for pair in pairs if free.issuperset(pair)]
        if not pairs:
            return 0
        with running.changing(pk for pair in pairs for pk in pair):
            for out, into in pairs:
                transfer = Transfer.objects.create(household=household)
                Transaction.objects.filter(pk__in=(out, into)).update(
                    transfer=transfer, version=F("version") + 1
                )
    return len(pairs)


def transfer_offers(household: Household, limit: int = 50) -> list[TransferOffer]:
    """Pairs of the last ninety days that may be transfers, newest first, each row in one at most."""
    today = household.today()
    pairs = _pairs(household, today - dt.timedelta(days=OFFER_DAYS), today)
    pairs.sort(key=lambda pair: (abs(pair[1].date - pair[0].date), not pair[2]))
    taken: set[int] = set()
    chosen = []
    for out, into, _is_only in pairs:
        if out.id not in taken and into.id not in taken:
            taken.update((out.id, into.id))
            chosen.append((out, into))
    chosen.sort(key=lambda pair: pair[0].date, reverse=True)
    chosen = chosen[:limit]
    rows = Transaction.objects.select_related("account", "payee").in_bulk(
        [leg.id for pair in chosen for leg in pair]
    )
    return [TransferOffer(rows[out.id], rows[into.id]) for out, into in chosen]
