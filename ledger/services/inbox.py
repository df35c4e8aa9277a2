"""Answers to the inbox: what a person confirms or gives is theirs from then on."""

from collections.abc import Sequence

from django.db.models import F

from accounts.models import Household, User
from ledger.inbox import inbox_rows
from ledger.models import Category, ChangeSet, SortedBy, Transaction
from ledger.services.acts import act
from ledger.services.rules import ensure_household
from ledger.snapshots import CHUNK


def decide(
    *, household: Household, ids: Sequence[int], category: Category | None, by: User | None
) -> ChangeSet | None:
    """Give rows of the inbox `category` (None: none on purpose); they leave the inbox.

    Rows that are not in the inbox any more stay as they are. Raises ForeignRowError.
    """
    ensure_household(household.pk, category)
    with act(household=household, by=by, kind=ChangeSet.Kind.EDIT) as running:
        waiting = list(inbox_rows(household).filter(pk__in=ids).values_list("pk", flat=True))
        with running.changing(waiting):
            Transaction.objects.filter(pk__in=waiting).update(
                category=category,
                sorted_by=SortedBy.PERSON,
                certainty=None,
                needs_review=False,
                version=F("version") + 1,
            )
    return running.change_set


def confirm_sorted(*, household: Household, by: User | None) -> ChangeSet | None:
    """Say yes to everything in the inbox that was sorted by itself."""
    with act(household=household, by=by, kind=ChangeSet.Kind.EDIT) as running:
        rows = inbox_rows(household).exclude(category=None)
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            with running.changing(chunk):
                Transaction.objects.filter(pk__in=chunk).update(
                    sorted_by=SortedBy.PERSON,
                    certainty=None,
                    needs_review=False,
                    version=F("version") + 1,
                )
    return running.change_set
