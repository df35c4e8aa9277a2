"""Payees and tags: make, rename, merge. Set based over all transactions that carry them."""

from collections.abc import Iterable, Sequence

from django.db.models import F, Q
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger.errors import ForeignRowError, LedgerError
from ledger.models import (
    ChangeSet,
    Payee,
    PayeeAlias,
    Tag,
    Transaction,
    TransactionTag,
)
from ledger.services.acts import act
from ledger.services.removed import note_payees, note_tags
from ledger.services.rule_merges import follow_merge
from ledger.services.search import refresh_search_text
from ledger.snapshots import CHUNK
from ledger.text import alias_key


def find_or_make_payee(*, household: Household, name: str) -> Payee | None:
    """The household's payee of this name or alias, made when there is none; None for no name."""
    clean = " ".join(name.split())[:120]
    if not clean:
        return None
    found = Payee.objects.filter(household=household, name__iexact=clean).first()
    if found:
        return found
    alias = PayeeAlias.objects.filter(household=household, key=alias_key(clean)).first()
    if alias:
        return alias.payee
    return Payee.objects.get_or_create(household=household, name=clean)[0]


def rename_payee(*, payee: Payee, name: str, by: User | None) -> Payee:
    """Give a payee another name. Raises LedgerError when another payee has it: merge them."""
    clean = " ".join(name.split())[:120]
    if not clean:
        raise LedgerError(_("A payee needs a name."))
    with atomic():
        twins = Payee.objects.filter(household=payee.household_id, name__iexact=clean)
        if twins.exclude(pk=payee.pk).exists():
            raise LedgerError(_("There is a payee of this name. Merge the two instead."))
        add_alias(payee=payee, text=payee.name)
        payee.name = clean
        payee.save(update_fields=["name"])
        refresh_search_text(
            Transaction.objects.filter(payee=payee).values_list("pk", flat=True).iterator()
        )
    return payee


def merge_payees(*, payees: Sequence[Payee], into: Payee, by: User | None) -> ChangeSet | None:
    """Move everything of `payees` to `into`; their names and aliases become its aliases."""
    payees = [payee for payee in payees if payee.pk != into.pk]
    if any(payee.household_id != into.household_id for payee in payees):
        raise ForeignRowError
    with atomic():
        change_set = _move(into.household, {"payee__in": payees}, {"payee": into}, by)
        note_payees(change_set, payees)
        for payee in payees:
            payee.aliases.update(payee=into)
            add_alias(payee=into, text=payee.name)
        follow_merge(into.household, "payee", [payee.pk for payee in payees], into.pk)
        Payee.objects.filter(pk__in=[payee.pk for payee in payees]).delete()
    return change_set


def _move(household: Household, where: dict, facts: dict, by: User | None) -> ChangeSet | None:
    """Update all rows (parts too) that match, recorded on their whole transactions."""
    rows = Transaction.objects.for_household(household).filter(**where)
    with act(household=household, by=by, kind=ChangeSet.Kind.MERGE) as running:
        wholes = sorted({parent or pk for pk, parent in rows.values_list("pk", "parent_id")})
        for start in range(0, len(wholes), CHUNK):
            chunk = wholes[start : start + CHUNK]
            here = rows.filter(Q(pk__in=chunk) | Q(parent__in=chunk))
            ids = list(here.values_list("pk", flat=True))
            with running.changing(chunk):
                here.update(**facts)
                # A change of a part is a change of its whole: that is what people have open.
                Transaction.objects.filter(pk__in=chunk).update(version=F("version") + 1)
                if "payee" in facts:
                    refresh_search_text(ids)
    return running.change_set


def move_category(household: Household, categories, into, by: User | None) -> ChangeSet | None:
    """Move all transactions of `categories` to `into`. Used by the merge of categories."""
    return _move(household, {"category__in": categories}, {"category": into}, by)


def add_alias(*, payee: Payee, text: str) -> PayeeAlias | None:
    """Let `text` (a description or a name) mean `payee` from now on."""
    key = alias_key(text)
    if not key:
        return None
    return PayeeAlias.objects.update_or_create(
        household_id=payee.household_id, key=key, defaults={"payee": payee}
    )[0]


def remove_alias(*, alias: PayeeAlias) -> None:
    """Forget that a text means a payee."""
    alias.delete()


def find_or_make_tags(*, household: Household, names: Iterable[str]) -> list[Tag]:
    """The household's tags of these names, made where missing, in the order given."""
    tags: dict[int, Tag] = {}
    for name in names:
        clean = " ".join(name.lstrip("#").split())[:40]
        if not clean:
            continue
        tag = Tag.objects.filter(household=household, name__iexact=clean).first()
        if tag is None:
            number = Tag.objects.filter(household=household).count() % 16 + 1
            tag = Tag.objects.create(household=household, name=clean, colour=f"cat-{number}")
        tags[tag.pk] = tag
    return list(tags.values())


def rename_tag(*, tag: Tag, name: str, colour: str | None = None) -> Tag:
    """Give a tag another name or colour. Raises LedgerError when another tag has the name."""
    clean = " ".join(name.lstrip("#").split())[:40]
    if not clean:
        raise LedgerError(_("A tag needs a name."))
    twins = Tag.objects.filter(household=tag.household_id, name__iexact=clean)
    if twins.exclude(pk=tag.pk).exists():
        raise LedgerError(_("There is a tag of this name. Merge the two instead."))
    tag.name, tag.colour = clean, colour or tag.colour
    tag.save(update_fields=["name", "colour"])
    return tag


def merge_tags(*, tags: Sequence[Tag], into: Tag, by: User | None) -> ChangeSet | None:
    """Move everything of `tags` to `into`."""
    tags = [tag for tag in tags if tag.pk != into.pk]
    if any(tag.household_id != into.household_id for tag in tags):
        raise ForeignRowError
    with atomic():
        change_set = _retag(into.household, tags, into, by)
        note_tags(change_set, tags)
        follow_merge(into.household, "tag", [tag.pk for tag in tags], into.pk)
        Tag.objects.filter(pk__in=[tag.pk for tag in tags]).delete()
    return change_set


def delete_tag(*, tag: Tag, by: User | None) -> ChangeSet | None:
    """Take a tag off everything and forget it."""
    with atomic():
        change_set = _retag(tag.household, [tag], None, by)
        note_tags(change_set, [tag])
        tag.delete()
    return change_set


def _retag(household, tags, into: Tag | None, by) -> ChangeSet | None:
    links = TransactionTag.objects.filter(tag__in=tags)
    with act(household=household, by=by, kind=ChangeSet.Kind.MERGE) as running:
        carriers = links.values_list("transaction_id", "transaction__parent_id")
        ids = sorted({parent or pk for pk, parent in carriers})
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            here = links.filter(Q(transaction__in=chunk) | Q(transaction__parent__in=chunk))
            with running.changing(chunk):
                if into is not None:
                    TransactionTag.objects.bulk_create(
                        [
                            TransactionTag(transaction_id=pk, tag=into)
                            for pk in set(here.values_list("transaction_id", flat=True))
                        ],
                        ignore_conflicts=True,
                        batch_size=1000,
                    )
                here.delete()
                Transaction.objects.filter(pk__in=chunk).update(version=F("version") + 1)
    return running.change_set
