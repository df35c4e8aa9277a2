"""What importers know a transaction by, kept when the transaction itself goes elsewhere."""

from collections.abc import Iterable

from django.db.models import Q

from accounts.models import Household
from ledger.models import ImportBatch, Tombstone, Transaction

KEYS = ("source", "external_id", "content_key", "occurrence")


def leave_keys(rows: Iterable[Transaction], batch: ImportBatch | None = None) -> None:
    """Leave the keys of `rows` on their accounts, so that the same file adds nothing there again.

    Called before the rows get other keys or another account. With `batch`, the tombstones also say
    that it settled these rows, and so stand for rows without keys too.
    """
    Tombstone.objects.bulk_create(
        [
            Tombstone(
                household_id=row.household_id,
                account_id=row.account_id,
                reason=Tombstone.Reason.MERGED,
                survivor_id=row.pk,
                batch=batch,
                **{name: getattr(row, name) for name in KEYS},
            )
            for row in rows
            if batch or row.external_id or row.content_key is not None
        ],
        batch_size=500,
    )


def take_keys_back(household: Household, states: dict[int, dict]) -> None:
    """Drop the tombstones that hold keys which their survivors, by `states`, have again."""
    graves = Tombstone.objects.filter(
        _any_key(states.values()),
        household=household,
        reason=Tombstone.Reason.MERGED,
        survivor_id__in=states,
    )
    stale = [
        grave.pk
        for grave in graves
        if identity(states[grave.survivor_id])
        == identity({name: getattr(grave, name) for name in ("account_id", *KEYS)})
    ]
    Tombstone.objects.filter(pk__in=stale).delete()


def taken_keys(household: Household, states: dict[int, dict]) -> set[int]:
    """Those of `states` whose keys another transaction has by now (its file came in again)."""
    others = Transaction.objects.filter(_any_key(states.values()), household=household)
    found = {
        key: row["id"]
        for row in others.exclude(pk__in=states).values("id", "account_id", *KEYS)
        for key in _keys(row)
    }
    return {pk for pk, state in states.items() if any(key in found for key in _keys(state))}


def identity(state: dict) -> tuple:
    """What is compared: the account and every key."""
    return tuple(state[name] for name in ("account_id", *KEYS))


def _keys(state: dict) -> list[tuple]:
    keys = []
    if state["external_id"]:
        keys.append((state["account_id"], state["source"], state["external_id"]))
    if state["content_key"] is not None:
        keys.append((state["account_id"], state["content_key"], state["occurrence"]))
    return keys


def _any_key(states: Iterable[dict]) -> Q:
    states = list(states)
    accounts = {state["account_id"] for state in states}
    ids = {state["external_id"] for state in states} - {""}
    contents = {state["content_key"] for state in states} - {None}
    return Q(account__in=accounts) & (
        Q(external_id__in=ids) & ~Q(external_id="")
        | Q(content_key__in=contents, content_key__isnull=False)
    )
