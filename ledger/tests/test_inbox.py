"""Rows that come by themselves find payee and category; what nobody is sure of waits in the inbox."""

import datetime as dt

import pytest

from ledger.categoriser.rows import Row
from ledger.inbox import inbox
from ledger.invariants import check
from ledger.models import CategoriserMemory, Category, Rule, SortedBy, Transaction
from ledger.services.feed import Feed, take_feed
from ledger.services.inbox import confirm_sorted, decide
from ledger.services.memory import categoriser_of
from ledger.services.naming import rename_payee
from ledger.services.rulebook import save_rule
from ledger.services.statements import post_lines
from ledger.services.transactions import edit_transaction
from ledger.services.undo import undo
from ledger.statement_line import LinePart, StatementLine
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 3)
TESCO = "CARD PAYMENT TO TESCO STORES 6234 ON 12 NOV"


@pytest.fixture
def account(household, alice):
    return AccountFactory(household=household, currency="GBP")


@pytest.fixture
def groceries(household):
    return CategoryFactory(household=household, name="Groceries")


@pytest.fixture
def hobby(household):
    return CategoryFactory(household=household, name="Kites")


_numbers = iter(range(1, 100_000))


def line(text, amount=-1250, day=0, **more):
    return StatementLine(next(_numbers), DAY + dt.timedelta(days=day), amount, text, **more)


def bring(account, by, *lines):
    """Import lines as a file of their own. Returns their rows, in order."""
    post_lines(account=account, lines=lines, source="csv", by=by)
    assert check(account.household) == []
    rows = Transaction.objects.movements().filter(account=account).select_related("payee")
    return list(rows.order_by("pk"))[-len(lines) :]


def waiting(household, **show):
    return inbox(household, is_sorted=show.get("is_sorted", False)).items


def test_a_known_merchant_gets_its_name_and_category_and_says_why(account, alice, groceries):
    (row,) = bring(account, alice, line(TESCO))
    assert (row.payee.name, row.category) == ("Tesco", groceries)
    assert (row.sorted_by, row.needs_review) == (SortedBy.MODEL, True)
    assert row.certainty >= 90
    (item,) = waiting(account.household, is_sorted=True)
    assert (item.category, item.is_offer) == (groceries, False)
    assert "Tesco" in item.why


def test_what_nobody_knows_waits_and_is_learnt_from_one_answer(account, alice, hobby, groceries):
    (row,) = bring(account, alice, line("ZQX HANDELS 17"))
    assert row.category is None
    (item,) = waiting(account.household)
    assert item.row == row
    decide(household=account.household, ids=[row.pk], category=hobby, by=alice)
    assert waiting(account.household) == []
    (again,) = bring(account, alice, line("ZQX HANDELS 18", day=7))
    offered = waiting(account.household) or waiting(account.household, is_sorted=True)
    assert [(one.row, one.category) for one in offered] == [(again, hobby)]
    assert "1 earlier" in offered[0].why


def test_a_correction_is_followed_by_the_very_next_row(account, alice, groceries, hobby):
    rows = bring(account, alice, *(line(TESCO, day=n) for n in range(6)))
    assert {row.category for row in rows} == {groceries}
    edit_transaction(transaction=rows[-1], by=alice, category=hobby)
    (after,) = bring(account, alice, line(TESCO, day=9))
    model = categoriser_of(account.household, keeps=False)
    guess = model.predict(Row(TESCO, -1250, None, after.payee_id))
    assert guess.category == hobby.pk


def test_rules_of_a_file_or_bank_come_before_what_was_learnt(account, alice, groceries, hobby):
    (row,) = bring(account, alice, line(TESCO, category="Kites"))
    assert (row.category, row.sorted_by, row.needs_review) == (hobby, SortedBy.SOURCE, False)
    (short,) = bring(account, alice, line(TESCO, day=1, category="Fun:Kites"))
    assert short.category == hobby


def test_a_bank_connections_rows_are_sorted_too(account, alice, groceries):
    said = Feed(DAY, DAY, [line(TESCO, external_id="n1"), line("ZQX", external_id="n2")], [])
    take_feed(account=account, feed=said)
    categories = dict(Transaction.objects.values_list("external_id", "category"))
    assert categories == {"n1": groceries.pk, "n2": None}
    assert len(waiting(account.household)) == 1
    assert check(account.household) == []


def test_the_person_who_renames_a_payee_is_obeyed(account, alice, groceries):
    (row,) = bring(account, alice, line(TESCO))
    rename_payee(payee=row.payee, name="Our Tesco", by=alice)
    (again,) = bring(account, alice, line("TESCO STORES 4711", day=1))
    assert again.payee == row.payee


def test_yes_to_all_is_one_act_that_can_be_undone(account, alice, groceries):
    bring(account, alice, line(TESCO), line("LIDL GB 44", day=1), line("ZQX 1", day=2))
    change_set = confirm_sorted(household=account.household, by=alice)
    assert change_set.count == 2
    assert waiting(account.household, is_sorted=True) == []
    assert len(waiting(account.household)) == 1
    undo(change_set=change_set, by=alice)
    assert len(waiting(account.household, is_sorted=True)) == 2
    assert check(account.household) == []


def test_no_category_on_purpose_leaves_the_inbox(account, alice):
    (row,) = bring(account, alice, line("ZQX HANDELS"))
    decide(household=account.household, ids=[row.pk], category=None, by=alice)
    row.refresh_from_db()
    assert (row.category, row.needs_review) == (None, False)


def test_one_answer_may_speak_for_all_rows_of_its_payee(client, account, alice, hobby):
    rows = bring(
        account,
        alice,
        *(line(f"ZQX HANDELS {n}", day=n) for n in range(3)),
        line("ZQX HANDELS 9", 99),
    )
    assert sorted(item.alike for item in waiting(account.household)) == [1, 3, 3, 3]
    client.force_login(alice)
    client.post(
        "/transactions/inbox/answer/", {"pk": rows[0].pk, "category": hobby.pk, "act": "alike"}
    )
    assert [item.row for item in waiting(account.household)] == [rows[3]]


def test_typed_rows_never_wait(account, alice):
    make_transaction(account, by=alice)
    assert waiting(account.household) == []


def test_a_split_in_a_file_becomes_parts(account, alice, groceries, hobby):
    parts = (LinePart(-1000, "Groceries"), LinePart(-250, "Kites", "a red one"))
    (row,) = bring(account, alice, line("MARKET", parts=parts))
    assert (row.is_split, row.category, row.needs_review) == (True, None, False)
    stored = row.parts.order_by("pk").values_list("amount", "category", "notes")
    assert list(stored) == [(-1000, groceries.pk, ""), (-250, hobby.pk, "a red one")]
    (whole,) = bring(account, alice, line("MARKET", day=1, parts=(LinePart(-1), LinePart(-2))))
    assert not whole.is_split


def test_a_memory_that_is_lost_or_old_is_made_anew(account, alice, groceries, hobby):
    rows = bring(account, alice, *(line(f"ZQX {n} HANDELS", day=n) for n in range(30)))
    decide(household=account.household, ids=[row.pk for row in rows], category=hobby, by=alice)
    question = Row("ZQX HANDELS 99", -1250, None, rows[0].payee_id)
    bring(account, alice, line("ZQX 55 HANDELS", day=40))
    assert CategoriserMemory.objects.exists()
    kept = categoriser_of(account.household, keeps=False).predict(question)
    CategoriserMemory.objects.update(data=b"nonsense")
    fresh = categoriser_of(account.household, keeps=False).predict(question)
    assert kept.category == fresh.category == hobby.pk


def test_nothing_is_learnt_from_guesses_or_from_other_households(account, alice, groceries):
    bring(account, alice, *(line(TESCO, day=n) for n in range(5)))
    model = categoriser_of(account.household, keeps=False)
    assert model.rows == 0
    other = AccountFactory()
    CategoryFactory(household=other.household, name="Groceries")
    assert categoriser_of(other.household, keeps=False).rows == 0


def test_the_page_answers_without_javascript_and_viewers_only_read(
    client, account, alice, vera, groceries, hobby
):
    first, second = bring(account, alice, line("ZQX 1"), line("YYY 2", day=1))
    client.force_login(alice)
    page = client.get("/transactions/inbox/")
    assert b"ZQX" in page.content
    client.post("/transactions/inbox/answer/", {"pk": first.pk, "category": hobby.pk})
    first.refresh_from_db()
    assert (first.category, first.sorted_by) == (hobby, SortedBy.PERSON)
    client.force_login(vera)
    assert client.get("/transactions/inbox/").status_code == 200
    answer = client.post("/transactions/inbox/answer/", {"pk": second.pk, "category": hobby.pk})
    assert answer.status_code == 403


def test_another_households_category_is_not_taken(client, account, alice):
    (row,) = bring(account, alice, line("ZQX 1"))
    foreign = CategoryFactory()
    client.force_login(alice)
    answer = client.post("/transactions/inbox/answer/", {"pk": row.pk, "category": foreign.pk})
    assert answer.status_code == 404
    assert Category.objects.count() == 1


def test_a_page_of_the_inbox_costs_the_same_for_any_number_of_rows(
    client, account, alice, groceries, django_assert_max_num_queries
):
    bring(account, alice, *(line(f"ZQX {n} HANDELS", day=n % 20, amount=-n - 1) for n in range(60)))
    client.force_login(alice)
    client.get("/transactions/inbox/")
    with django_assert_max_num_queries(20):
        client.get("/transactions/inbox/")


def test_rules_come_first_and_are_counted(account, alice, groceries, hobby, household):
    savings = AccountFactory(household=household, currency="GBP")
    other = make_transaction(savings, 50_000, DAY, by=alice)
    for name, text, actions in (
        ("Tesco", "tesco", [{"do": "category", "value": hobby.pk}, {"do": "tags", "value": ["x"]}]),
        ("Savings", "to saver", [{"do": "transfer", "value": savings.pk}]),
    ):
        save_rule(
            household=household, by=alice, name=name, actions=actions,
            conditions={"match": "all", "of": [
                {"field": "description", "op": "contains", "value": text}
            ]},
        )  # fmt: skip
    shop, saved = bring(
        account, alice, line(TESCO, category="Groceries"), line("TO SAVER 44", -50_000)
    )
    assert (shop.category, shop.sorted_by, shop.needs_review) == (hobby, SortedBy.RULE, False)
    assert [tag.name for tag in shop.tags.all()] == ["x"]
    other.refresh_from_db()
    saved.refresh_from_db()
    assert saved.transfer is not None
    assert saved.transfer == other.transfer
    assert list(Rule.objects.order_by("pk").values_list("hits", flat=True)) == [1, 1]
    assert waiting(household) == []
