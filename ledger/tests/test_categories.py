"""Groups and categories: make, edit, order, archive, merge; the starter set."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from ledger.errors import ForeignRowError, LedgerError
from ledger.models import Category, CategoryGroup, CategoryKind, CategoryMonth
from ledger.services.categories import (
    add_starter_categories,
    archive_category,
    delete_group,
    edit_category,
    edit_group,
    make_category,
    make_group,
    merge_categories,
    reorder_categories,
)
from ledger.services.transactions import Part, split_transaction
from ledger.tests.factories import CategoryFactory, CategoryGroupFactory, make_transaction

pytestmark = pytest.mark.usefixtures("sound")
EXPENSE = CategoryKind.EXPENSE


@pytest.fixture
def home(household):
    return make_group(household=household, name="Home", kind=EXPENSE)


def test_groups_and_categories_come_last_in_order(household, home):
    other = make_group(household=household, name="Play", kind=EXPENSE)
    power, water = (make_category(group=home, name=name) for name in ("Power", "Water"))
    toys = make_category(group=other, name="Toys")
    assert list(Category.objects.for_household(household)) == [power, water, toys]


def test_names_stand_once(household, home):
    power = make_category(group=home, name="Power")
    water = make_category(group=home, name="Water")
    other = make_group(household=household, name="Other", kind=EXPENSE)
    for act in (
        lambda: make_group(household=household, name="HOME", kind=EXPENSE),
        lambda: edit_group(group=other, name="home"),
        lambda: make_category(group=home, name="power"),
        lambda: edit_category(category=water, group=home, name="POWER", icon="x", colour="cat-1"),
    ):
        with pytest.raises(LedgerError):
            act()
    edit_group(group=home, name="HOME")
    edit_category(category=power, group=other, name="power", icon="bolt", colour="cat-2")
    assert power.group == other


def test_another_household_may_have_the_same_names(home, foreign):
    make_group(household=foreign["household"], name="Home", kind=EXPENSE)


def test_a_category_stays_in_its_household(food, foreign):
    group = foreign["category"].group
    with pytest.raises(ForeignRowError):
        edit_category(category=food, group=group, name="x", icon="x", colour="cat-1")


def test_only_an_empty_group_is_deleted(home):
    make_category(group=home, name="Power")
    with pytest.raises(LedgerError):
        delete_group(group=home)
    Category.objects.all().delete()
    delete_group(group=home)
    assert not CategoryGroup.objects.exists()


def test_an_archived_category_is_not_offered_and_keeps_its_rows(account, food, alice):
    row = make_transaction(account, by=alice, category=food)
    archive_category(category=food)
    assert food not in Category.objects.for_household(account.household).active()
    row.refresh_from_db()
    assert row.category == food
    archive_category(category=food, is_archived=False)
    assert food in Category.objects.for_household(account.household).active()


def test_the_order_is_the_one_given_and_foreign_ids_are_left_out(household, home, foreign):
    rows = [make_category(group=home, name=name) for name in "abc"]
    ids = [rows[2].pk, foreign["category"].pk, rows[0].pk, rows[1].pk, rows[2].pk]
    reorder_categories(household=household, ids=ids)
    assert [row.name for row in Category.objects.for_household(household)] == ["c", "a", "b"]


def test_merging_moves_rows_and_parts_and_their_totals(account, food, rent, alice):
    make_transaction(account, amount=-1, by=alice, category=food)
    whole = make_transaction(account, amount=-100, by=alice)
    split_transaction(transaction=whole, parts=[Part(-60, food), Part(-40, rent)], by=alice)
    change_set = merge_categories(categories=[food, rent], into=rent, by=alice)
    assert change_set.count == 2
    assert list(CategoryMonth.objects.values_list("category", "amount")) == [(rent.pk, -101)]
    food.refresh_from_db()
    assert food.is_archived


def test_income_spending_and_strangers_are_not_merged(household, food, foreign, alice):
    income = CategoryFactory(
        household=household,
        group=CategoryGroupFactory(household=household, kind=CategoryKind.INCOME),
    )
    with pytest.raises(LedgerError):
        merge_categories(categories=[income], into=food, by=alice)
    with pytest.raises(ForeignRowError):
        merge_categories(categories=[foreign["category"]], into=food, by=alice)


def test_the_starter_set_is_whole_and_added_once(household):
    made = add_starter_categories(household=household)
    assert 30 <= made <= 50
    assert CategoryGroup.objects.filter(household=household).count() >= 8
    assert add_starter_categories(household=household) == 0
    sprite = (Path(settings.BASE_DIR) / "static/icons/sprite.svg").read_text()
    icons = set(Category.objects.values_list("icon", flat=True))
    assert {icon for icon in icons if f'id="{icon}"' not in sprite} == set()
    colours = set(Category.objects.values_list("colour", flat=True))
    assert {
        colour for colour in colours if not re.fullmatch(r"cat-([1-9]|1[0-6])", colour)
    } == set()
