"""What an act does beside transactions, noted on its change set so that undo can follow: payees and
tags that it removes, files and tombstones that a merge moves."""

from collections.abc import Sequence
from typing import TypedDict

from django.utils.translation import gettext as _

from accounts.models import Household
from ledger.errors import LedgerError
from ledger.models import (
    Attachment,
    ChangeSet,
    Payee,
    PayeeAlias,
    Tag,
    Tombstone,
    Transaction,
)
from ledger.text import alias_key


def note_payees(change_set: ChangeSet | None, payees: Sequence[Payee]) -> None:
    """Note what `payees` are, before they are removed."""
    _note(
        change_set,
        "payees",
        [
            {
                "id": payee.pk,
                "name": payee.name,
                "aliases": list(payee.aliases.order_by("pk").values_list("key", flat=True)),
            }
            for payee in payees
        ],
    )


def note_tags(change_set: ChangeSet | None, tags: Sequence[Tag]) -> None:
    """Note what `tags` are, before they are removed."""
    noted = [{"id": tag.pk, "name": tag.name, "colour": tag.colour} for tag in tags]
    _note(change_set, "tags", noted)


class Merged(TypedDict):
    """What went from the transaction `drop` to `keep`: ids of attachments and of tombstones."""

    drop: int
    keep: int
    files: list[int]
    graves: list[int]


def note_merges(change_set: ChangeSet | None, merged: list[Merged]) -> None:
    """Note what an act merged."""
    _note(change_set, "merges", merged)


def follow_merges(household: Household, removed: dict, undoing: ChangeSet) -> None:
    """Move files and tombstones after their transactions: apart where the merged one is back (an
    undo), together where it went again (the undo of that). Noted on `undoing` for its own undo."""
    merges = removed.get("merges", ())
    here = set(
        Transaction.objects.filter(
            household=household, pk__in=[pk for one in merges for pk in (one["drop"], one["keep"])]
        ).values_list("pk", flat=True)
    )
    for one in merges:
        drop, keep = one["drop"], one["keep"]
        if drop not in here and keep in here:
            Tombstone.objects.filter(household=household, transaction_id=drop).update(
                reason=Tombstone.Reason.MERGED, survivor_id=keep
            )
        target = drop if drop in here else keep
        Attachment.objects.filter(
            household=household, pk__in=one["files"], transaction__in=(drop, keep)
        ).update(transaction=target)
        Tombstone.objects.filter(
            household=household, pk__in=one["graves"], survivor_id__in=(drop, keep)
        ).update(survivor_id=target)
    if merges:
        note_merges(undoing, merges)


def _note(change_set: ChangeSet | None, what: str, noted: list[dict]) -> None:
    if change_set is not None:
        change_set.removed = {**change_set.removed, what: noted}
        change_set.save(update_fields=["removed"])


def bring_back(household: Household, removed: dict) -> None:
    """Make again what is still away. Raises LedgerError when another one has its name by now."""
    for noted in removed.get("payees", ()):
        if not _make_again(Payee, household, noted["id"], name=noted["name"]):
            continue
        # The merge let this name mean the survivor.
        PayeeAlias.objects.filter(household=household, key=alias_key(noted["name"])).delete()
        PayeeAlias.objects.filter(household=household, key__in=noted["aliases"]).delete()
        PayeeAlias.objects.bulk_create(
            PayeeAlias(household=household, payee_id=noted["id"], key=key)
            for key in noted["aliases"]
        )
    for noted in removed.get("tags", ()):
        _make_again(Tag, household, noted["id"], name=noted["name"], colour=noted["colour"])


def _make_again(model, household: Household, pk: int, name: str, **facts) -> bool:
    if model.objects.filter(pk=pk).exists():
        return False
    if model.objects.filter(household=household, name__iexact=name).exists():
        raise LedgerError(_("“%(name)s” is the name of another one by now.") % {"name": name})
    model.objects.create(pk=pk, household=household, name=name, **facts)
    return True
