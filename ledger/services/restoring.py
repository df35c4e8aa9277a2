"""Write snapshots back: the one mechanism behind undo and the trash."""

import datetime as dt
from collections import defaultdict

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Household
from ledger import snapshots
from ledger.errors import LedgerError
from ledger.models import (
    Account,
    Category,
    Payee,
    Reconciliation,
    Status,
    Tag,
    Tombstone,
    Transaction,
    TransactionTag,
    Transfer,
)
from ledger.services.keys import leave_keys, take_keys_back
from ledger.services.search import refresh_search_text

_REFERENCES = (("payee_id", Payee), ("category_id", Category))
_FEW = 100  # groups of equal changes that are worth a statement each


def write_snapshots(household: Household, states: dict[int, dict]) -> None:
    """Make each transaction as its snapshot says; rows that are gone get their old number back.

    Payees, categories and tags that are gone since stay away. Transfers come back when both legs
    do. Raises LedgerError when an account is gone. Runs inside an act.
    """
    known = _Known(household, states)
    for state in states.values():
        if state["account_id"] not in known.accounts:
            raise LedgerError(_("The account of this transaction is gone."))
    states = _with_whole_transfers(household, states)
    existing = Transaction.objects.in_bulk(list(states))
    facts_of = {pk: _whole_facts(household, known, state) for pk, state in states.items()}
    leave_keys(row for pk, row in existing.items() if row.account_id != facts_of[pk]["account_id"])
    # A split's parts are written anew, and a split and its category exclude each other.
    split = [pk for pk, row in existing.items() if row.is_split]
    Transaction.objects.filter(parent__in=split).delete()
    _update(existing, facts_of)
    Transaction.objects.bulk_create(
        [
            Transaction(pk=pk, household=household, version=2, **facts)
            for pk, facts in facts_of.items()
            if pk not in existing
        ],
        batch_size=500,
    )
    _write_parts_and_tags(household, states, known)
    Tombstone.objects.filter(household=household, transaction_id__in=states).delete()
    take_keys_back(household, states)


def _whole_facts(household: Household, known: "_Known", state: dict) -> dict:
    facts = known.facts({name: (snapshots.YOUNGER | state)[name] for name in snapshots.FIELDS})
    facts["date"] = dt.date.fromisoformat(facts["date"])
    facts["month"] = household.month_of(facts["date"]).index
    return facts


def _update(existing: dict[int, Transaction], facts_of: dict[int, dict]) -> None:
    """Write what differs: a statement for each group of equal changes, or many rows in one."""
    groups: dict[tuple, list[int]] = defaultdict(list)
    for pk, row in existing.items():
        changed = {
            name: value for name, value in facts_of[pk].items() if getattr(row, name) != value
        }
        if changed:
            groups[tuple(changed.items())].append(pk)
    if len(groups) <= _FEW:
        for changed, pks in groups.items():
            Transaction.objects.filter(pk__in=pks).update(version=F("version") + 1, **dict(changed))
        return
    columns = {"version"}
    rows = []
    for changed, pks in groups.items():
        columns |= {name for name, _value in changed}
        for pk in pks:
            row = existing[pk]
            row.version += 1
            for name, value in changed:
                setattr(row, name, value)
            rows.append(row)
    Transaction.objects.bulk_update(rows, columns, batch_size=500)


def _write_parts_and_tags(household, states, known: "_Known") -> None:
    parts, tags = [], []
    for pk, state in states.items():
        date = dt.date.fromisoformat(state["date"])
        shared = {
            "household": household,
            "account_id": state["account_id"],
            "date": date,
            "month": household.month_of(date).index,
            "status": state["status"],
            "source": state["source"],
            "parent_id": pk,
        }
        tags += [(pk, tag) for tag in state["tags"] if tag in known.tags]
        for part in state["parts"]:
            facts = known.references({name: part[name] for name in snapshots.PART_FIELDS})
            parts.append(Transaction(**shared, **facts))
            tags += [(part["id"], tag) for tag in part["tags"] if tag in known.tags]
    Transaction.objects.bulk_create(parts, batch_size=500)
    TransactionTag.objects.filter(transaction__in=list(states)).delete()
    TransactionTag.objects.bulk_create(
        [TransactionTag(transaction_id=pk, tag_id=tag) for pk, tag in tags], batch_size=1000
    )
    refresh_search_text([*states, *(part.pk for part in parts)])


def _with_whole_transfers(household: Household, states: dict[int, dict]) -> dict[int, dict]:
    """`states` without the transfers that would not be whole; those that would be are there."""
    wanted = {state["transfer_id"] for state in states.values()} - {None}
    pairs = legs_after(wanted, states)
    whole = {pk for pk in wanted if sound_pair(pairs.get(pk, []))}
    Transfer.objects.bulk_create(
        [
            Transfer(pk=pk, household=household)
            for pk in whole
            - set(Transfer.objects.filter(pk__in=whole).values_list("pk", flat=True))
        ]
    )
    return {
        pk: state
        if state["transfer_id"] is None or state["transfer_id"] in whole
        else {**state, "transfer_id": None}
        for pk, state in states.items()
    }


def legs_after(transfers, states: dict[int, dict]) -> dict[int, list[dict]]:
    """The legs that each of `transfers` would have once `states` are written."""
    pairs: dict[int, list[dict]] = defaultdict(list)
    others = Transaction.objects.filter(transfer__in=transfers).exclude(pk__in=states)
    rows = [
        *states.values(),
        *others.values("account_id", "amount", "category_id", "is_split", "transfer_id"),
    ]
    currencies = dict(
        Account.objects.filter(pk__in={row["account_id"] for row in rows}).values_list(
            "pk", "currency"
        )
    )
    for row in rows:
        if row["transfer_id"] in transfers:
            pairs[row["transfer_id"]].append({**row, "currency": currencies[row["account_id"]]})
    return pairs


def sound_pair(legs: list[dict]) -> bool:
    """Whether these make a transfer: invariant 2."""
    if len(legs) != 2 or any(leg["is_split"] or leg["category_id"] for leg in legs):
        return False
    one, two = legs
    return (
        one["account_id"] != two["account_id"]
        and (one["amount"] > 0) != (two["amount"] > 0)
        and (one["currency"] != two["currency"] or one["amount"] + two["amount"] == 0)
    )


class _Known:
    """Which of the things that the snapshots name are still there."""

    def __init__(self, household: Household, states: dict[int, dict]):
        def still(model, ids):
            return set(
                model.objects.filter(household=household, pk__in=ids - {None}).values_list(
                    "pk", flat=True
                )
            )

        rows = [*states.values(), *(part for state in states.values() for part in state["parts"])]
        self.accounts = still(Account, {state["account_id"] for state in states.values()})
        self.tags = still(Tag, {tag for row in rows for tag in row["tags"]})
        self.things = {
            name: still(model, {row[name] for row in rows}) for name, model in _REFERENCES
        }
        refunded = {state["refund_of_id"] for state in states.values()} - {None}
        self.refunded = still(Transaction, refunded) | (refunded & states.keys())
        self.reconciliations = {
            row.pk: row
            for row in Reconciliation.objects.filter(
                household=household,
                pk__in={state["reconciliation_id"] for state in states.values()} - {None},
            )
        }

    def references(self, facts: dict) -> dict:
        """`facts` without payees and categories that are gone."""
        return {
            name: None if name in self.things and value not in self.things[name] else value
            for name, value in facts.items()
        }

    def facts(self, facts: dict) -> dict:
        """The facts of a whole transaction, without what is gone or over."""
        facts = self.references(facts)
        if facts["refund_of_id"] not in self.refunded:
            facts["refund_of_id"] = None
        found = self.reconciliations.get(facts["reconciliation_id"])
        is_finished = found is not None and found.finished_at is not None
        is_its = found is not None and found.account_id == facts["account_id"]
        if facts["status"] == Status.RECONCILED and not (is_finished and is_its):
            facts["status"] = Status.BOOKED.value  # its reconciliation is gone
        if not is_its or is_finished != (facts["status"] == Status.RECONCILED):
            facts["reconciliation_id"] = None
        return facts
