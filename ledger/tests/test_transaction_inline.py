"""A row of the list, edited in place."""

import pytest

from ledger.models import ChangeSet, Status, Transaction
from ledger.tests.factories import AccountFactory, CategoryFactory, PayeeFactory, make_transaction


@pytest.fixture
def row(household):
    payee = PayeeFactory(household=household, name="Bakery")
    return make_transaction(AccountFactory(household=household), payee=payee, notes="rolls")


@pytest.fixture
def editor(client, bob):
    client.force_login(bob)
    return client


def url(row):
    return f"/transactions/{row.pk}/inline/"


def facts(row, **more):
    same = {"amount": "10", "account": row.account_id, "date": "2026-11-03", "payee": "Bakery"}
    return {**same, "notes": "rolls", "version": row.version, "status": "1", **more}


def test_a_row_becomes_a_form_and_a_row_again(editor, row):
    form = editor.get(url(row)).content.decode()
    assert 'value="Bakery"' in form
    assert "rolls" in form
    assert 'value="10.00"' in form
    assert "Bakery" in editor.get(url(row), {"as": "row"}).content.decode()


def test_saving_shows_the_row_and_offers_undo(editor, household, row):
    category = CategoryFactory(household=household, name="Bread")
    answer = editor.post(url(row), facts(row, amount="12.50", category=category.pk))
    assert "Bread" in answer.content.decode()
    change_set = ChangeSet.objects.latest("pk")
    assert f"/history/{change_set.pk}/undo/" in answer.headers["HX-Trigger"]
    row.refresh_from_db()
    assert (row.amount, row.category, row.notes) == (-1250, category, "rolls")


def test_sending_it_unchanged_changes_nothing(editor, row):
    answer = editor.post(url(row), facts(row))
    assert "undo_url" not in answer.headers["HX-Trigger"]
    assert Transaction.objects.get(pk=row.pk).version == row.version


def test_bad_input_is_explained_and_keeps_what_was_typed(editor, row):
    answer = editor.post(url(row), facts(row, amount="lots", notes="typed"))
    assert answer.status_code == 422
    assert "“lots” is not an amount." in answer.content.decode()
    assert "typed" in answer.content.decode()


@pytest.mark.parametrize("path", ["inline/", ""])
def test_a_conflict_shows_both_sides_and_the_second_save_wins(editor, row, path):
    page = f"/transactions/{row.pk}/{path}"
    first = row.version
    editor.post(page, facts(row, payee="Theirs", amount="11"))
    answer = editor.post(page, facts(row, payee="Mine", version=first))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Payee: <strong>Theirs</strong> → Mine" in text
    assert "Amount: <strong>11.00</strong> → 10.00" in text
    assert "Date: <strong>" not in text
    assert 'value="Mine"' in text
    now = Transaction.objects.get(pk=row.pk)
    assert now.payee.name == "Theirs"
    assert f'name="version" value="{now.version}"' in text
    editor.post(page, facts(row, payee="Mine", version=now.version))
    assert Transaction.objects.get(pk=row.pk).payee.name == "Mine"


def test_the_state_stays(editor, row):
    Transaction.objects.update(status=Status.PENDING)
    assert 'name="status" value="0"' in editor.get(url(row)).content.decode()
    Transaction.objects.update(status=Status.RECONCILED)
    form = editor.get(url(row)).content.decode()
    assert 'name="status"' not in form
    editor.post(url(row), facts(row, notes="more"))
    row.refresh_from_db()
    assert (row.status, row.notes) == (Status.RECONCILED, "more")


def test_strangers_and_viewers(client, charlie, vera, row):
    client.force_login(charlie)
    assert client.get(url(row)).status_code == 404
    assert client.post(url(row), facts(row)).status_code == 404
    client.force_login(vera)
    assert client.get(url(row)).status_code == 403
    assert client.post(url(row), facts(row)).status_code == 403


def test_one_line_can_be_undone_from_the_list(editor, row):
    editor.post("/transactions/add/", facts(row, payee="Kiosk"))
    change_set = ChangeSet.objects.latest("pk")
    assert f"/history/{change_set.pk}/undo/" in editor.get("/transactions/").content.decode()
