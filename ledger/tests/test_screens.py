import datetime as dt
import uuid

import pytest
from django.urls import reverse

from ledger.listing import page_of
from ledger.models import Account, Category, ChangeSet, Tombstone, Transaction
from ledger.services.categories import add_starter_categories
from ledger.services.statements import post_lines
from ledger.services.transfers import record_transfer
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction


@pytest.fixture
def account(household):
    return AccountFactory(household=household, name="Main")


@pytest.fixture
def editor(client, bob):
    client.force_login(bob)
    return client


def facts(account, **more):
    return {
        "amount": "12.50",
        "account": account.pk,
        "date": "2026-11-03",
        "payee": "Café Luna",
        **more,
    }


def fill(account, count):
    lines = [
        StatementLine(
            n,
            dt.date(2026, 1, 1) + dt.timedelta(days=n // 7),
            -100 - n,
            f"SHOP {n}",
            payee=f"P{n % 9}",
        )
        for n in range(count)
    ]
    post_lines(account=account, lines=lines, source="csv", by=None)


def test_one_line_adds_money_out(editor, account):
    editor.post(reverse("ledger:transaction_add"), facts(account))
    row = Transaction.objects.get()
    assert (row.amount, row.payee.name) == (-1250, "Café Luna")


def test_a_sign_overrules_the_direction(editor, account):
    editor.post(reverse("ledger:transaction_add"), facts(account, amount="+12,50"))
    assert Transaction.objects.get().amount == 1250


def test_the_same_form_twice_adds_one_row(editor, account):
    form = facts(account, submission=str(uuid.uuid4()))
    for _time in range(2):
        assert editor.post(reverse("ledger:transaction_add"), form).status_code == 302
    assert Transaction.objects.count() == 1


def test_the_same_key_with_another_body_is_refused(editor, account):
    key = str(uuid.uuid4())
    editor.post(reverse("ledger:transaction_add"), facts(account, submission=key))
    answer = editor.post(
        reverse("ledger:transaction_add"), facts(account, submission=key, amount="99")
    )
    assert answer.status_code == 400
    assert Transaction.objects.count() == 1


@pytest.mark.parametrize("amount", ["", "0", "abc", "1e400", "NaN", "1.2.3", "9" * 30, "12.345"])
def test_a_bad_amount_is_explained_and_adds_nothing(editor, account, amount):
    answer = editor.post(reverse("ledger:transaction_add"), facts(account, amount=amount))
    assert answer.status_code == 422
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    "text", ["a\x00b", "\u202egnp.exe", "👩‍👩‍👧", "x" * 300, "z̴͢a", "=1+1", "<script>"]
)
def test_odd_text_is_stored_or_refused_but_never_breaks(editor, account, text):
    answer = editor.post(
        reverse("ledger:transaction_add"), facts(account, notes=text, payee=text[:100])
    )
    assert answer.status_code in (302, 422)
    page = editor.get(reverse("ledger:transaction_list")).content
    assert b"<script>alert" not in page
    assert b"&lt;script&gt;" in page or text != "<script>"


def test_fields_that_a_form_does_not_have_are_ignored(editor, account, charlie):
    other = charlie.memberships.get().household
    more = {
        "household": other.pk,
        "id": 7,
        "batch": 1,
        "external_id": "x",
        "version": 99,
        "month": 1,
    }
    editor.post(reverse("ledger:transaction_add"), facts(account, **more))
    row = Transaction.objects.get()
    assert (row.household, row.external_id, row.version) == (account.household, "", 1)


def test_a_stale_version_shows_a_conflict_and_keeps_what_was_typed(editor, account):
    row = make_transaction(account)
    url = reverse("ledger:transaction_edit", args=[row.pk])
    assert editor.post(url, facts(account, version=1)).status_code == 302
    answer = editor.post(url, facts(account, version=1, payee="Mine"))
    assert answer.status_code == 409
    assert b"Mine" in answer.content
    assert Transaction.objects.get(pk=row.pk).payee.name == "Café Luna"


def test_deleting_offers_undo_and_undo_brings_it_back(editor, account):
    row = make_transaction(account)
    editor.post(reverse("ledger:transaction_delete", args=[row.pk]))
    assert not Transaction.objects.exists()
    change_set = ChangeSet.objects.latest("pk")
    assert b"history/%d/undo" % change_set.pk in editor.get("/transactions/").content
    editor.post(reverse("ledger:change_undo", args=[change_set.pk]))
    assert Transaction.objects.get().pk == row.pk
    assert not Tombstone.objects.exists()


def test_a_restored_leg_is_linked_again(editor, household, account):
    other = AccountFactory(household=household)
    transfer = record_transfer(
        source=account, target=other, amount=500, date=dt.date(2026, 11, 1), by=None
    )
    leg = transfer.legs.get(account=account)
    editor.post(reverse("ledger:transaction_delete", args=[leg.pk]))
    assert Transaction.objects.get().transfer is None
    editor.post(reverse("ledger:trash_restore"), {"pk": leg.pk})
    assert Transaction.objects.filter(transfer__isnull=False).count() == 2


def test_split_says_what_the_parts_add_up_to(editor, household, account):
    row = make_transaction(account, amount=-4200)
    category = CategoryFactory(household=household)
    url = reverse("ledger:transaction_split", args=[row.pk])
    answer = editor.post(url, {"amount_0": "40", "amount_1": "1.10", "version": 1})
    assert answer.status_code == 422
    assert "€41.10" in answer.content.decode()
    editor.post(url, {"amount_0": "40", "category_0": category.pk, "amount_1": "2", "version": 1})
    assert sorted(row.parts.values_list("amount", flat=True)) == [-4000, -200]


def test_bulk_changes_everything_that_the_filter_finds(editor, household, account):
    fill(account, 120)
    category = CategoryFactory(household=household)
    form = {"all": "1", "filter": "q=shop+1", "category": category.pk}
    editor.post(reverse("ledger:transaction_bulk"), form)
    matching = [n for n in range(120) if str(n).startswith("1")]
    assert Transaction.objects.filter(category=category).count() == len(matching)


def test_search_finds_accents_and_parts_of_words(editor, account):
    editor.post(reverse("ledger:transaction_add"), facts(account, payee="Bäckerei Hofmann"))
    for text in ("backerei", "ÄCKER", "hofma", "of"):
        answer = editor.get(reverse("ledger:transaction_list"), {"q": text})
        assert "Bäckerei Hofmann" in answer.content.decode(), text
    answer = editor.get(reverse("ledger:transaction_list"), {"q": '100%_"x'})
    assert "Bäckerei" not in answer.content.decode()


def test_nonsense_in_the_filter_is_no_error(editor, account):
    make_transaction(account)
    query = "?from=x&account=abc&category=zz&min=..&month=99&after=zzz&tag=1&payee=9&state=odd"
    assert editor.get("/transactions/" + query).status_code == 200


@pytest.mark.parametrize("count", [10, 200, 1000])
def test_the_list_asks_eight_queries_at_any_size(
    editor, account, count, django_assert_max_num_queries
):
    fill(account, count)
    editor.get("/transactions/")
    with django_assert_max_num_queries(8):
        editor.get("/transactions/")


def test_pages_cover_every_row_once_in_both_directions(household, account):
    fill(account, 173)
    rows = Transaction.objects.for_household(household).movements()
    accounts = {account.pk: account}
    whole = list(rows.newest_first().values_list("pk", flat=True))
    seen, cursor = [], ""
    while True:
        page = page_of(rows, household, accounts, {}, after=cursor, size=20)
        seen += [row.pk for row in page.rows]
        if not page.older:
            break
        cursor = page.older
    assert seen == whole
    page = page_of(rows, household, accounts, {}, last=True, size=20)
    back = [row.pk for row in page.rows]
    while page.newer:
        page = page_of(rows, household, accounts, {}, before=page.newer, size=20)
        back = [row.pk for row in page.rows] + back
    assert back == whole


def test_csv_is_safe_for_spreadsheets(editor, account):
    for text in ("=1+1", " @x", "\t-2", "＝A1", "plain"):
        make_transaction(account, description=text, notes=text)
    answer = editor.get(reverse("ledger:transaction_export"))
    cells = b"".join(answer).decode().replace('"', "").split(",")
    dangerous = [c for c in cells if c.lstrip(" ").startswith(("=", "+", "@", "\t", "＝"))]
    assert dangerous == []
    assert "-10.00" in cells


@pytest.mark.parametrize("count", [10, 300])
def test_the_overview_asks_at_most_fifteen_queries(
    editor, household, account, count, django_assert_max_num_queries
):
    add_starter_categories(household=household)
    fill(account, count)
    editor.get("/")
    with django_assert_max_num_queries(15):
        assert editor.get("/").status_code == 200


def test_viewers_read_and_do_not_write(client, vera, account):
    client.force_login(vera)
    row = make_transaction(account)
    assert client.get(reverse("ledger:transaction_edit", args=[row.pk])).status_code == 200
    assert (
        client.post(reverse("ledger:transaction_edit", args=[row.pk]), facts(account)).status_code
        == 403
    )
    assert client.post(reverse("ledger:transaction_add"), facts(account)).status_code == 403


def test_accounts_are_opened_edited_closed(editor, household):
    form = {
        "name": "Cash",
        "kind": "cash",
        "currency": "EUR",
        "opening_balance": "20",
        "colour": "cat-2",
    }
    editor.post(reverse("ledger:account_add"), form)
    account = Account.objects.get()
    assert account.opening_balance == 2000
    make_transaction(account)
    answer = editor.post(
        reverse("ledger:account_edit", args=[account.pk]), {**form, "currency": "USD"}
    )
    assert answer.status_code == 422
    editor.post(reverse("ledger:account_act", args=[account.pk]), {"act": "close"})
    assert Account.objects.get().is_closed


def test_reconciling_by_the_page(editor, account):
    row = make_transaction(account, amount=-1000)
    url, act = (
        reverse(f"ledger:{name}", args=[account.pk]) for name in ("reconcile", "reconcile_act")
    )
    editor.post(url, {"statement_on": "2026-11-30", "statement_balance": "-10"})
    editor.post(act, {"act": "finish"})
    assert not Transaction.objects.get().is_reconciled
    editor.post(act, {"act": "finish", "shown": row.pk, "pk": row.pk})
    assert Transaction.objects.get().is_reconciled
    editor.post(reverse("ledger:transaction_delete", args=[row.pk]))
    assert Transaction.objects.exists()


def test_merging_categories_moves_and_can_be_undone(editor, household, account):
    group = CategoryFactory(household=household).group
    one, two = (CategoryFactory(household=household, group=group) for _n in range(2))
    row = make_transaction(account, category=one)
    editor.post(reverse("ledger:category_act", args=[one.pk]), {"act": "merge", "into": two.pk})
    assert Transaction.objects.get(pk=row.pk).category == two
    editor.post(reverse("ledger:change_undo", args=[ChangeSet.objects.latest("pk").pk]))
    assert Transaction.objects.get(pk=row.pk).category == one
    assert Category.objects.count() == 3
