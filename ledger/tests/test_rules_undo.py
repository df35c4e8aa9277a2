"""Whatever rules do to whatever rows: the ledger stays sound, and undo brings all of it back."""

import datetime as dt

import pytest
from django.db.transaction import atomic, set_rollback
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ledger import snapshots
from ledger.invariants import check
from ledger.models import SortedBy, Source, Status, Transaction
from ledger.rule_preview import preview_rule
from ledger.services.naming import find_or_make_tags
from ledger.services.refunds import link_refund
from ledger.services.rulebook import apply_to_past, save_rule
from ledger.services.transactions import Part, split_transaction
from ledger.services.transfers import link_transfer
from ledger.services.undo import undo
from ledger.tests.factories import AccountFactory, CategoryFactory, PayeeFactory, make_transaction

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "account": st.integers(0, 2),
            "amount": st.sampled_from([-1000, 1000, -1, 1, -333, 333]),
            "day": st.integers(1, 6),
            "category": st.none() | st.integers(0, 1),
            "payee": st.booleans(),
            "tag": st.booleans(),
            "sorted_by": st.sampled_from([SortedBy.NOBODY, SortedBy.PERSON, SortedBy.MODEL]),
            "status": st.sampled_from([Status.BOOKED, Status.PENDING]),
            "source": st.sampled_from([Source.CSV, Source.MANUAL]),
            "shape": st.sampled_from(["", "", "", "split", "transfer", "refund"]),
            "notes": st.sampled_from(["", "mine"]),
        }
    ),
    min_size=1,
    max_size=6,
)
ACTIONS = st.lists(
    st.sampled_from(
        [
            "category",
            "other",
            "payee",
            "tags",
            "notes",
            "percent",
            "amount",
            "to1",
            "to2",
            "skip_review",
        ]
    ),
    min_size=1,
    max_size=4,
    unique=True,
)


@pytest.fixture
def world(household, alice):
    return {
        "household": household,
        "accounts": [AccountFactory(household=household) for _ in range(3)],
        "categories": [CategoryFactory(household=household) for _ in range(2)],
        "payees": [PayeeFactory(household=household) for _ in range(2)],
        "tags": find_or_make_tags(household=household, names=["a", "b"]),
    }


def _fill(world, rows) -> None:
    made = []
    for facts in rows:
        row = make_transaction(
            world["accounts"][facts["account"]],
            amount=facts["amount"],
            date=dt.date(2026, 11, facts["day"]),
            description="the shop",
            category=None if facts["category"] is None else world["categories"][facts["category"]],
            payee=world["payees"][0] if facts["payee"] else None,
            tags=world["tags"][:1] if facts["tag"] else (),
            status=facts["status"],
            source=facts["source"],
            notes=facts["notes"],
        )
        Transaction.objects.filter(pk=row.pk).update(
            sorted_by=facts["sorted_by"], needs_review=facts["source"] == Source.CSV
        )
        made.append((Transaction.objects.get(pk=row.pk), facts["shape"]))
    for row, shape in made:
        row.refresh_from_db()
        others = [other for other, _shape in made if other.pk != row.pk]
        if shape == "split" and abs(row.amount) > 1 and not row.transfer_id:
            parts = [Part(row.amount // 2), Part(row.amount - row.amount // 2)]
            split_transaction(transaction=row, parts=parts, by=None)
        for other in others:
            other.refresh_from_db()
            pair = {row.account_id, other.account_id}
            free = not (row.is_split or other.is_split or row.transfer_id or other.transfer_id)
            fits = len(pair) == 2 and row.amount == -other.amount
            if shape == "transfer" and free and fits:
                link_transfer(first=row, second=other, by=None)
                break
            if shape == "refund" and row.amount > 0 > other.amount and free:
                link_refund(refund=row, expense=other, by=None)
                break


def _action(world, name) -> dict:
    first, second = (category.pk for category in world["categories"])
    parts = [{"share": "30", "category": first}, {"share": None, "category": second, "notes": "x"}]
    fixed = [{"share": "3.33", "category": first}, {"share": None}]
    return {
        "category": {"do": "category", "value": first},
        "other": {"do": "category", "value": second},
        "payee": {"do": "payee", "value": world["payees"][1].pk},
        "tags": {"do": "tags", "value": [tag.pk for tag in world["tags"]]},
        "notes": {"do": "notes", "value": "by rule"},
        "percent": {"do": "split", "value": {"by": "percent", "parts": parts}},
        "amount": {"do": "split", "value": {"by": "amount", "parts": fixed}},
        "to1": {"do": "transfer", "value": world["accounts"][1].pk},
        "to2": {"do": "transfer", "value": world["accounts"][2].pk},
        "skip_review": {"do": "skip_review"},
    }[name]


# Without shrinking: a smaller example takes minutes to find.
@settings(max_examples=25, phases=[Phase.generate])
@given(rows=ROWS, actions=ACTIONS, overwrite=st.booleans())
def test_applied_and_undone(world, rows, actions, overwrite):
    household = world["household"]
    with atomic():
        _fill(world, rows)
        everything = {
            "match": "any",
            "of": [{"field": "description", "op": "contains", "value": "shop"}],
        }
        rules = [
            save_rule(
                household=household,
                by=None,
                name=name,
                conditions=everything,
                actions=[_action(world, name)],
            )
            for name in actions
        ]
        ids = list(Transaction.objects.movements().values_list("pk", flat=True))
        before = snapshots.take(ids)
        if len(rules) == 1:
            foreseen = preview_rule(
                household, everything, rules[0].actions, overwrite=overwrite
            ).changes
        done = apply_to_past(household=household, rules=rules, by=None, overwrite=overwrite)
        assert check() == []
        if len(rules) == 1:
            # The other side of a transfer changes too, and is not counted in advance.
            changed = done.count if done else 0
            assert changed == foreseen or (
                rules[0].actions[0]["do"] == "transfer" and changed == 2 * foreseen
            )
        if done is None:
            assert snapshots.take(ids) == before
        else:
            assert (
                apply_to_past(household=household, rules=rules, by=None, overwrite=overwrite)
                is None
            )
            undone = undo(change_set=done, by=None)
            assert undone.kept_ids == ()
            after = snapshots.take(Transaction.objects.movements().values_list("pk", flat=True))
            assert _comparable(after) == _comparable(before)
            assert check() == []
        set_rollback(True)


def _comparable(found: dict) -> dict:
    """Snapshots but for the numbers of rows, which undo gives anew to parts."""
    return {
        pk: {**snapshot, "parts": [{**part, "id": None} for part in snapshot["parts"]]}
        for pk, snapshot in found.items()
    }
