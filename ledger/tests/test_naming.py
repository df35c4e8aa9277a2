"""Payees and tags: find, rename, merge."""

import pytest

from ledger.errors import ForeignRowError, LedgerError
from ledger.models import ChangeSet, Payee, PayeeAlias, Tag, Transaction
from ledger.services.naming import (
    add_alias,
    delete_tag,
    find_or_make_payee,
    find_or_make_tags,
    merge_payees,
    merge_tags,
    remove_alias,
    rename_payee,
    rename_tag,
)
from ledger.services.statements import post_lines
from ledger.services.transactions import Part, split_transaction
from ledger.statement_line import StatementLine
from ledger.tests.factories import PayeeFactory, TagFactory, make_transaction

pytestmark = pytest.mark.usefixtures("sound")


def test_a_payee_is_found_by_name_or_alias_before_it_is_made(household, payee):
    add_alias(payee=payee, text="POS 4711 CORNERSHOP")
    for name in ("Corner Shop", " corner   SHOP ", "pos 9999 cornershop"):
        assert find_or_make_payee(household=household, name=name) == payee
    made = find_or_make_payee(household=household, name="  Bakery  ")
    assert (made.name, made.household) == ("Bakery", household)
    assert find_or_make_payee(household=household, name="   ") is None


def test_a_payee_of_another_household_is_not_found(household, foreign):
    made = find_or_make_payee(household=household, name=foreign["payee"].name)
    assert made.household == household


def test_renaming_moves_the_search_text_and_keeps_the_old_name(account, payee, alice):
    row = make_transaction(account, by=alice, payee=payee)
    rename_payee(payee=payee, name=" Café  Noir ", by=alice)
    row.refresh_from_db()
    assert row.search_text == "cafe noir"
    assert find_or_make_payee(household=account.household, name="CORNER SHOP") == payee


def test_a_name_that_another_payee_has_is_refused(household, payee, alice):
    other = PayeeFactory(household=household, name="Bakery")
    for name in ("corner shop", "  "):
        with pytest.raises(LedgerError):
            rename_payee(payee=other, name=name, by=alice)
    rename_payee(payee=payee, name="CORNER SHOP", by=alice)


def test_an_alias_belongs_to_one_payee_at_a_time(household, payee):
    other = PayeeFactory(household=household)
    add_alias(payee=payee, text="SHOP 1")
    alias = add_alias(payee=other, text="shop 2")
    assert [found.payee for found in PayeeAlias.objects.all()] == [other]
    remove_alias(alias=alias)
    assert not PayeeAlias.objects.exists()
    assert add_alias(payee=payee, text="  ") is None


def test_merging_moves_rows_and_parts_and_their_search_text(account, food, rent, payee, alice):
    into = PayeeFactory(household=account.household, name="Bakery")
    row = make_transaction(account, amount=-100, by=alice, payee=payee)
    split_transaction(
        transaction=row, parts=[Part(-60, food, payee), Part(-40, rent, into)], by=alice
    )
    row.refresh_from_db()
    change_set = merge_payees(payees=[payee, into], into=into, by=alice)
    assert set(Transaction.objects.values_list("payee", "search_text")) == {(into.pk, "bakery")}
    assert not Payee.objects.filter(pk=payee.pk).exists()
    assert (change_set.kind, change_set.count) == (ChangeSet.Kind.MERGE, 1)
    assert row.version < Transaction.objects.get(pk=row.pk).version


def test_a_merged_name_means_the_survivor_in_the_next_file(account, payee, alice):
    into = PayeeFactory(household=account.household, name="Bakery")
    add_alias(payee=payee, text="POS 1 CORNER")
    merge_payees(payees=[payee], into=into, by=alice)
    day = make_transaction(account, by=alice).date
    lines = [
        StatementLine(1, day, -1, "pos 2 corner"),
        StatementLine(2, day, -2, "x", payee="Corner Shop"),
    ]
    post_lines(account=account, lines=lines, source="csv", by=alice)
    assert set(Transaction.objects.filter(source="csv").values_list("payee", flat=True)) == {
        into.pk
    }


def test_payees_and_tags_of_another_household_are_not_merged(payee, tag, foreign, alice):
    with pytest.raises(ForeignRowError):
        merge_payees(payees=[foreign["payee"]], into=payee, by=alice)
    with pytest.raises(ForeignRowError):
        merge_tags(tags=foreign["tags"], into=tag, by=alice)


def test_merging_asks_the_database_by_the_chunk(account, alice, connection_counter):
    household = account.household
    few, many, into = (PayeeFactory(household=household) for _ in range(3))
    for n in range(40):
        make_transaction(account, amount=-n - 1, payee=few if n < 4 else many)
    first = connection_counter(lambda: merge_payees(payees=[few], into=into, by=alice))
    second = connection_counter(lambda: merge_payees(payees=[many], into=into, by=alice))
    assert second <= first + 1


def test_tags_are_found_or_made_once_in_the_order_given(household, tag, foreign):
    names = ["#new", "Holiday", " ", "holiday", "NEW", foreign["tags"][0].name]
    tags = find_or_make_tags(household=household, names=names)
    assert [found.name for found in tags[:2]] == ["new", "holiday"]
    assert len(tags) == 3
    assert {found.household for found in tags} == {household}


def test_a_tag_is_renamed_but_not_to_a_name_that_is_taken(household, tag):
    other = TagFactory(household=household, name="trip")
    rename_tag(tag=tag, name="#Holiday 2026", colour="cat-4")
    assert (tag.name, tag.colour) == ("Holiday 2026", "cat-4")
    for name in ("TRIP", "#"):
        with pytest.raises(LedgerError):
            rename_tag(tag=tag, name=name)
    rename_tag(tag=other, name="Trip")


def test_merged_tags_stand_once_on_rows_and_parts(account, food, rent, tag, alice):
    into = TagFactory(household=account.household)
    row = make_transaction(account, amount=-100, by=alice, tags=[tag, into])
    parts = [Part(-60, food, tags=[tag]), Part(-40, rent)]
    split_transaction(transaction=row, parts=parts, by=alice)
    merge_tags(tags=[tag], into=into, by=alice)
    assert list(row.tags.all()) == list(row.parts.get(amount=-60).tags.all()) == [into]
    assert not Tag.objects.filter(pk=tag.pk).exists()


def test_a_deleted_tag_leaves_its_rows(account, tag, alice):
    row = make_transaction(account, by=alice, tags=[tag])
    assert delete_tag(tag=tag, by=alice).count == 1
    assert not row.tags.exists()
