"""Make, edit, order, archive and merge categories."""

from collections.abc import Sequence

from django.db.models import Max
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Household, User
from ledger.errors import ForeignRowError, LedgerError
from ledger.models import Category, CategoryGroup, ChangeSet
from ledger.services.naming import move_category
from ledger.services.rule_merges import follow_merge
from ledger.starter import STARTER_CATEGORIES


def make_group(*, household: Household, name: str, kind: str) -> CategoryGroup:
    """A group at the end of its kind. Raises LedgerError when the name is taken."""
    if CategoryGroup.objects.filter(household=household, name__iexact=name).exists():
        raise LedgerError(_("There is a group of this name."))
    return CategoryGroup.objects.create(
        household=household,
        name=name,
        kind=kind,
        position=_next(CategoryGroup.objects.filter(household=household)),
    )


def edit_group(*, group: CategoryGroup, name: str) -> CategoryGroup:
    """Rename a group. Raises LedgerError when the name is taken."""
    twins = CategoryGroup.objects.filter(household=group.household_id, name__iexact=name)
    if twins.exclude(pk=group.pk).exists():
        raise LedgerError(_("There is a group of this name."))
    group.name = name
    group.save(update_fields=["name"])
    return group


def delete_group(*, group: CategoryGroup) -> None:
    """Remove an empty group. Raises LedgerError otherwise."""
    if group.categories.exists():
        raise LedgerError(_("Move or merge the categories of this group first."))
    group.delete()


def make_category(
    *, group: CategoryGroup, name: str, icon: str = "tag", colour: str | None = None
) -> Category:
    """A category at the end of `group`. Raises LedgerError when the name is taken there."""
    if group.categories.filter(name__iexact=name).exists():
        raise LedgerError(_("This group has a category of this name."))
    position = _next(group.categories.all())
    number = Category.objects.filter(household=group.household_id).count() % 16 + 1
    return Category.objects.create(
        household_id=group.household_id,
        group=group,
        name=name,
        icon=icon,
        colour=colour or f"cat-{number}",
        position=position,
    )


def edit_category(
    *, category: Category, group: CategoryGroup, name: str, icon: str, colour: str
) -> Category:
    """Rename, restyle or move a category to another group of its household."""
    if group.household_id != category.household_id:
        raise ForeignRowError
    if group.categories.filter(name__iexact=name).exclude(pk=category.pk).exists():
        raise LedgerError(_("This group has a category of this name."))
    category.group, category.name, category.icon, category.colour = group, name, icon, colour
    category.save(update_fields=["group", "name", "icon", "colour"])
    return category


def archive_category(*, category: Category, is_archived: bool = True) -> Category:
    """Stop offering a category (or offer it again); its history stays."""
    category.archived_at = timezone.now() if is_archived else None
    category.save(update_fields=["archived_at"])
    return category


@atomic
def reorder_categories(*, household: Household, ids: Sequence[int]) -> None:
    """Put the categories in the order of `ids`, each within its group."""
    categories = {row.pk: row for row in Category.objects.for_household(household)}
    for position, pk in enumerate(pk for pk in dict.fromkeys(ids) if pk in categories):
        categories[pk].position = position
    Category.objects.bulk_update(categories.values(), ["position"])


def merge_categories(
    *, categories: Sequence[Category], into: Category, by: User | None
) -> ChangeSet | None:
    """Move everything of `categories` to `into` and remove them. Kinds must be the same."""
    categories = [category for category in categories if category.pk != into.pk]
    for category in categories:
        if category.household_id != into.household_id:
            raise ForeignRowError
        if category.group.kind != into.group.kind:
            raise LedgerError(_("Income and spending cannot be merged."))
    with atomic():
        change_set = move_category(into.household, categories, into, by)
        # Kept as archived: undoing the merge brings its transactions back to them.
        Category.objects.filter(pk__in=[category.pk for category in categories]).update(
            archived_at=timezone.now()
        )
        follow_merge(into.household, "category", [category.pk for category in categories], into.pk)
    return change_set


@atomic
def add_starter_categories(*, household: Household) -> int:
    """Give a household a sensible set, leaving out what it has. Returns how many were made."""
    made = 0
    for kind, group_name, categories in STARTER_CATEGORIES:
        group, _made = CategoryGroup.objects.get_or_create(
            household=household,
            name=str(group_name),
            defaults={
                "kind": kind,
                "position": _next(CategoryGroup.objects.filter(household=household)),
            },
        )
        for position, (name, icon, colour) in enumerate(categories):
            _category, is_new = Category.objects.get_or_create(
                household=household,
                group=group,
                name=str(name),
                defaults={"icon": icon, "colour": f"cat-{colour}", "position": position},
            )
            made += is_new
    return made


def _next(rows) -> int:
    last = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1
