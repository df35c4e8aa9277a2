"""Write snapshots back: the one mechanism behind undo and the trash."""

import datetime as dt

from django.utils.translation import gettext as _

from accounts.models import Household
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
from ledger.services.search import refresh_search_text

_REFERENCES = (
    ("payee_id", Payee),
    ("category_id", Category),
    ("reconciliation_id", Reconciliation),
)


def write_snapshots(household: Household, states: dict[int, dict]) -> None:
    """Make each transaction as its snapshot says; rows that are gone get their old number back.

    Payees, categories and tags that are gone since stay away. Transfers come back when both legs
    do. Raises LedgerError when an account is gone. Runs inside an act.
    """
    known = _Known(household, states)
    for state in states.values():
        if state["account_id"] not in known.accounts:
            raise LedgerError(_("The account of this transaction is gone."))
    _bring_transfers_back(household, states)
    existing = Transaction.objects.in_bulk(list(states))
    new, columns = [], {"month", "version"}
    for pk, state in states.items():
        facts = known.facts(state)
        facts["month"] = household.month_of(facts["date"]).index
        if pk in existing:
            columns |= facts.keys()
            facts["version"] = existing[pk].version + 1
            for name, value in facts.items():
                setattr(existing[pk], name, value)
        else:
            new.append(Transaction(pk=pk, household=household, version=2, **facts))
    # A split's parts are written anew, and a split and its category exclude each other.
    Transaction.objects.filter(parent__in=existing).delete()
    Transaction.objects.bulk_update(existing.values(), columns, batch_size=200)
    Transaction.objects.bulk_create(new, batch_size=500)
    _write_parts_and_tags(household, states, known)
    Tombstone.objects.filter(household=household, transaction_id__in=states).delete()


def _write_parts_and_tags(household, states, known) -> None:
    parts, tags = [], []
    for pk, state in states.items():
        tags += [(pk, tag) for tag in state["tags"] if tag in known.tags]
        for part in state["parts"]:
            facts = known.facts({**part, "tags": []})
            parts.append(
                Transaction(
                    pk=facts.pop("id"),
                    household=household,
                    account_id=state["account_id"],
                    date=dt.date.fromisoformat(state["date"]),
                    month=household.month_of(dt.date.fromisoformat(state["date"])).index,
                    status=state["status"],
                    source=state["source"],
                    parent_id=pk,
                    **facts,
                )
            )
            tags += [(part["id"], tag) for tag in part["tags"] if tag in known.tags]
    Transaction.objects.bulk_create(parts, batch_size=500)
    TransactionTag.objects.filter(transaction__in=list(states)).delete()
    TransactionTag.objects.bulk_create(
        [TransactionTag(transaction_id=pk, tag_id=tag) for pk, tag in tags], batch_size=1000
    )
    refresh_search_text([*states, *(part.pk for part in parts)])


def _bring_transfers_back(household: Household, states: dict[int, dict]) -> None:
    """A transfer comes back when, after the writing, exactly two legs point to it."""
    wanted = {state["transfer_id"] for state in states.values() if state["transfer_id"]}
    for transfer_id in wanted:
        legs = {pk for pk, state in states.items() if state["transfer_id"] == transfer_id}
        legs |= set(
            Transaction.objects.filter(transfer=transfer_id)
            .exclude(pk__in=states)
            .values_list("pk", flat=True)
        )
        if len(legs) == 2:
            Transfer.objects.get_or_create(pk=transfer_id, defaults={"household": household})
        else:
            for pk in legs & states.keys():
                states[pk] = {**states[pk], "transfer_id": None}


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
            name: still(model, {row.get(name) for row in rows}) for name, model in _REFERENCES
        }
        refunded = {state["refund_of_id"] for state in states.values()}
        self.things["refund_of_id"] = still(Transaction, refunded) | (refunded & states.keys())

    def facts(self, state: dict) -> dict:
        """The columns of a row, without what is gone."""
        facts = {
            key: value for key, value in state.items() if key not in ("tags", "parts", "partner_id")
        }
        for name, ids in self.things.items():
            if facts.get(name) is not None and facts[name] not in ids:
                facts[name] = None
        if "date" in facts:
            facts["date"] = dt.date.fromisoformat(facts["date"])
        if facts.get("status") == Status.RECONCILED and facts.get("reconciliation_id") is None:
            facts["status"] = Status.BOOKED  # its reconciliation is gone, so it is booked
        return facts
