"""Acts on many rows: only ever on those that were meant."""

import pytest

from ledger.models import Tombstone, Transaction
from ledger.tests.factories import AccountFactory, CategoryFactory, TagFactory, make_transaction

BULK = "/transactions/bulk/"
HUGE = "9" * 30


@pytest.fixture
def account(household):
    return AccountFactory(household=household)


@pytest.fixture
def editor(client, bob):
    client.force_login(bob)
    return client


@pytest.mark.parametrize("query", ["tag=12345", "category=x", "from=x", "account=7777", "min=x"])
@pytest.mark.parametrize("act", [{"action": "delete"}, {"add_tags": "hit"}])
def test_a_filter_that_cannot_be_read_never_means_everything(editor, account, query, act):
    make_transaction(account)
    make_transaction(account)
    editor.post(BULK, {"all": "1", "filter": query, **act})
    assert Transaction.objects.count() == 2
    assert not Transaction.objects.filter(tags__isnull=False).exists()


def test_a_tag_that_was_deleted_meanwhile_never_means_everything(editor, household, account):
    tag = TagFactory(household=household)
    make_transaction(account, tags=[tag])
    make_transaction(account)
    query = f"tag={tag.pk}"
    tag.delete()
    editor.post(BULK, {"all": "1", "filter": query, "action": "delete"})
    assert Transaction.objects.count() == 2


def test_everything_that_the_filter_finds_is_deleted_and_nothing_else(editor, account):
    make_transaction(account, description="go")
    stays = make_transaction(account, description="stay")
    editor.post(BULK, {"all": "1", "filter": "q=go", "action": "delete"})
    assert Transaction.objects.get().pk == stays.pk
    assert Tombstone.objects.count() == 1


def test_ticked_rows_of_other_people_are_left_alone(editor, account, charlie):
    theirs = make_transaction(AccountFactory(household=charlie.memberships.get().household))
    editor.post(BULK, {"pk": [theirs.pk], "action": "delete"})
    assert Transaction.objects.filter(pk=theirs.pk).exists()


def test_other_peoples_categories_are_refused(editor, account, charlie):
    row = make_transaction(account)
    category = CategoryFactory(household=charlie.memberships.get().household)
    editor.post(BULK, {"pk": [row.pk], "category": category.pk})
    row.refresh_from_db()
    assert row.category is None


@pytest.mark.parametrize("number", ["²", HUGE, "-1", "x", ""])
def test_numbers_that_are_none_break_nothing(editor, account, number):
    row = make_transaction(account)
    one = f"/transactions/{row.pk}/"
    posts = [
        (BULK, {"pk": [number], "action": "delete"}),
        (BULK, {"pk": [row.pk], "category": number}),
        (BULK, {"pk": [row.pk], "remove_tag": number}),
        ("/trash/restore/", {"pk": [number]}),
        (f"{one}transfer/", {"other": number}),
        (f"{one}refund/", {"other": number}),
        (f"{one}inline/", {"category": number, "account": number, "amount": "1"}),
        (f"{one}split/", {"version": number, "amount_0": "4", "amount_1": "6"}),
        (one, {"version": number, "amount": "10", "account": number, "date": "2026-11-03"}),
    ]
    for url, facts in posts:
        assert editor.post(url, facts).status_code < 500, (url, facts)
    assert Transaction.objects.filter(pk=row.pk).exists()


def test_saving_a_row_keeps_its_archived_category(editor, household, account):
    category = CategoryFactory(household=household, archived_at="2026-01-01T00:00Z")
    row = make_transaction(account, category=category, amount=-1000)
    page = editor.get(f"/transactions/{row.pk}/").content.decode()
    assert f'<option value="{category.pk}" selected' in page
    facts = {"amount": "11", "account": account.pk, "date": "2026-11-03", "category": category.pk}
    assert editor.post(f"/transactions/{row.pk}/", facts).status_code == 302
    row.refresh_from_db()
    assert (row.amount, row.category) == (-1100, category)


def test_viewers_change_nothing(client, vera, account):
    client.force_login(vera)
    row = make_transaction(account)
    for url in (BULK, "/trash/restore/", f"/transactions/{row.pk}/delete/"):
        assert client.post(url, {"pk": [row.pk], "action": "delete"}).status_code == 403
    assert Transaction.objects.filter(pk=row.pk).exists()
