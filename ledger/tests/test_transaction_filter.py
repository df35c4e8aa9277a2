"""What the query string of the list asks for, and what it must never do."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import Transaction
from ledger.services.transactions import Part, split_transaction
from ledger.tests.factories import (
    AccountFactory,
    CategoryFactory,
    PayeeFactory,
    TagFactory,
    make_transaction,
)

LIST = "/transactions/"
UNTOUCHED = "account=&category=&tag=&from=&to=&min=&max=&direction=&state=&kind=&q="
HUGE = "9" * 30


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Current")


@pytest.fixture
def reader(client, vera):
    client.force_login(vera)
    return client


def found(client, query: str) -> list[int]:
    return [row.pk for row in client.get(f"{LIST}?{query}").context["page"].rows]


def test_a_form_sent_without_a_choice_filters_nothing(reader, account):
    row = make_transaction(account)
    page = reader.get(f"{LIST}?{UNTOUCHED}")
    assert not page.context["filter"].errors
    assert not page.context["filter"].is_active
    assert [shown.pk for shown in page.context["page"].rows] == [row.pk]


def test_payee_group_and_category_narrow_the_list(reader, household, account):
    payee, category = PayeeFactory(household=household), CategoryFactory(household=household)
    make_transaction(account)
    wanted = make_transaction(account, payee=payee, category=category)
    assert found(reader, f"payee={payee.pk}") == [wanted.pk]
    assert found(reader, f"group={category.group_id}") == [wanted.pk]
    assert found(reader, f"category={category.pk}") == [wanted.pk]
    assert found(reader, f"payee={payee.pk}&category={category.pk}&group=") == [wanted.pk]


def test_a_split_is_found_by_the_categories_and_tags_of_its_parts(reader, household, account, bob):
    food, tag = CategoryFactory(household=household), TagFactory(household=household)
    row = make_transaction(account, amount=-500)
    make_transaction(account)
    split_transaction(transaction=row, parts=[Part(-300, food), Part(-200, tags=[tag])], by=bob)
    assert found(reader, f"category={food.pk}") == [row.pk]
    assert found(reader, f"tag={tag.pk}") == [row.pk]


def test_amounts_are_absolute_and_days_are_included(reader, account):
    out = make_transaction(account, amount=-1000, date=dt.date(2026, 3, 1))
    into = make_transaction(account, amount=2000, date=dt.date(2026, 3, 31))
    make_transaction(account, amount=-3000, date=dt.date(2026, 4, 1))
    assert found(reader, "min=10&max=20") == [into.pk, out.pk]
    assert found(reader, "from=2026-03-01&to=2026-03-31") == [into.pk, out.pk]
    assert found(reader, "month=2026-03") == [into.pk, out.pk]
    assert found(reader, "month=2026-03&direction=in") == [into.pk]


def test_uncategorised_leaves_transfers_out(reader, household, account):
    row = make_transaction(account)
    make_transaction(account, category=CategoryFactory(household=household))
    assert found(reader, "category=none") == [row.pk]


@pytest.mark.parametrize(
    "query",
    [
        *("account=²", f"account={HUGE}", "account=x", "category=²", "category=x"),
        *("tag=1", "payee=²", f"payee={HUGE}", "group=-1", "batch=x", f"batch={HUGE}"),
        *("month=2026-13", "month=0000-01", "month=9999-12", "month=20261", "month=²026-01"),
        *("from=x", "from=0001-01-01", "to=2026-02-30", "min=abc", "max=1e400", "min=NaN"),
        *("kind=x", "state=x", "direction=x", "q=%00", f"q={HUGE * 9}"),
    ],
)
def test_what_makes_no_sense_is_explained_and_filters_nothing(reader, account, query):
    row = make_transaction(account)
    page = reader.get(f"{LIST}?{query}")
    assert page.status_code == 200
    assert page.context["filter"].errors
    assert [shown.pk for shown in page.context["page"].rows] == [row.pk]
    assert reader.get(f"{LIST}totals/?{query}").status_code == 200
    assert reader.get(f"{LIST}export/?{query}").status_code == 302  # never a file of everything


@pytest.mark.parametrize(
    "cursor",
    ["x", "2026-11-03", "2026-11-03.²", f"2026-11-03.{HUGE}", "2026-11-03.-5", "0001-01-01.1"],
)
def test_a_cursor_that_makes_no_sense_shows_a_page(reader, account, cursor):
    make_transaction(account)
    for name in ("after", "before"):
        assert reader.get(f"{LIST}?{name}={cursor}").status_code == 200


def test_other_peoples_ids_find_nothing(reader, account, charlie):
    theirs = AccountFactory(household=charlie.memberships.get().household)
    payee = PayeeFactory(household=theirs.household, name="Their secret")
    category = CategoryFactory(household=theirs.household, name="Their hobby")
    make_transaction(theirs, payee=payee, category=category, description="theirs")
    make_transaction(account)
    for query in (f"payee={payee.pk}", f"group={category.group_id}"):
        page = reader.get(f"{LIST}?{query}")
        assert page.context["page"].rows == []
        assert "Their" not in page.content.decode()
    assert found(reader, "q=theirs") == []
    assert reader.get(f"{LIST}?account={theirs.pk}").context["filter"].errors
    assert reader.get(f"{LIST}?category={category.pk}").context["filter"].errors


def test_a_chip_takes_one_filter_away(reader, household, account):
    payee = PayeeFactory(household=household, name="Bakery")
    chips = dict(
        reader.get(f"{LIST}?payee={payee.pk}&q=x&after=2026-01-01.5").context["filter"].chips()
    )
    assert chips == {"Text: x": f"payee={payee.pk}", "Payee: Bakery": "q=x"}


def test_the_usual_ranges_keep_the_rest_of_the_filter(reader, household, account):
    month = household.current_month()
    ranges = (
        reader.get(f"{LIST}?q=x&month={month}&after=2026-01-01.5").context["filter"].quick_ranges()
    )
    assert [str(label) for label, _query, is_shown in ranges if is_shown] == ["This month"]
    queries = {str(label): query for label, query, _is_shown in ranges}
    assert queries["Last month"] == f"q=x&month={month - 1}"
    assert queries["All"] == "q=x"
    for query in queries.values():
        assert not reader.get(f"{LIST}?{query}").context["filter"].errors


def test_a_form_keeps_the_filters_that_it_does_not_show(reader, household, account):
    payee = PayeeFactory(household=household)
    page = reader.get(f"{LIST}?payee={payee.pk}&month=2026-03").content.decode()
    assert f'<input type="hidden" name="payee" value="{payee.pk}"' in page
    assert '<input type="hidden" name="month" value="2026-03"' in page


@pytest.mark.parametrize("text", ["backerei", "ÄCKER", "hofma", "ei ho", "of", '"', "50%", "a_b"])
def test_search_takes_accents_parts_of_words_and_signs(reader, household, account, text):
    payee = PayeeFactory(household=household, name="Bäckerei Hofmann")
    row = make_transaction(account, payee=payee, description='50% "off" a_b')
    make_transaction(account, description="50 axb nothing")
    assert found(reader, f"q={text.replace('%', '%25')}") == [row.pk]
    palette = reader.get("/search/", {"q": text})
    assert f"/transactions/{row.pk}/" in palette.content.decode()


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "%", "_", "'", '"""', "\u202e", "\ud800"])
def test_odd_searches_break_nothing(reader, account, text):
    make_transaction(account)
    query = text.encode("utf-8", "surrogatepass")
    assert reader.get("/search/", {"q": query}).status_code == 200
    assert reader.get("/transactions/payees/", {"q": query}).status_code == 200
    assert reader.get(LIST, {"q": query}).status_code == 200


@pytest.mark.parametrize("count", [1, 60])
def test_a_page_asks_eight_queries_at_most(reader, household, account, count):
    tag = TagFactory(household=household)
    for number in range(count):
        make_transaction(
            account,
            description=f"shop {number}",
            payee=PayeeFactory(household=household),
            category=CategoryFactory(household=household),
            tags=[tag],
        )
    payee = Transaction.objects.first().payee
    for query in (
        UNTOUCHED,
        "end",
        f"tag={tag.pk}",
        f"payee={payee.pk}&q=shop",
        f"account={account.pk}",
    ):
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(f"{LIST}?{query}").status_code == 200
        assert len(queries) <= 8, query
