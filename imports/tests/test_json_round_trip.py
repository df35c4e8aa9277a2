"""Our own JSON export comes back in as the same ledger, once, and never half or with a crash."""

import datetime as dt
import json

import pytest
from django.db.transaction import atomic, set_rollback
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import Household
from imports.parsers.base import UnreadableFile
from imports.programs import housebook, registry
from imports.services.moving import move_in
from ledger.exports import registry as exports
from ledger.exports.selection import book_of
from ledger.filters import TransactionFilter
from ledger.invariants import check
from ledger.models import Account, Category, Payee, Reconciliation, Status, Tag, Transaction
from ledger.services.accounts import close_account, open_account
from ledger.services.batches import undo_batch
from ledger.services.categories import archive_category, make_category, make_group
from ledger.services.duplicates import merge_duplicates
from ledger.services.naming import find_or_make_payee, find_or_make_tags
from ledger.services.reconciliation import finish_reconciliation, start_reconciliation, tick
from ledger.services.refunds import link_refund
from ledger.services.statements import post_lines
from ledger.services.transactions import Part, edit_transaction, split_transaction
from ledger.services.transfers import record_transfer
from ledger.services.trash import delete_transactions
from ledger.statement_line import StatementLine
from ledger.tests.factories import make_transaction

DAY = dt.date(2026, 11, 3)


def export(household, **query) -> bytes:
    asked = QueryDict(mutable=True)
    asked.update(query)
    book = book_of(TransactionFilter(asked, household=household))
    return b"".join(exports.named("json").pieces(book))


def move(household, data, **facts):
    return move_in(household=household, book=registry.read("housebook", data), by=None, **facts)


def portrait(household) -> dict:
    """The ledger without the numbers of its rows, for comparing with another's."""
    whole = json.loads(export(household))
    names = {key: {one["id"]: one["name"] for one in whole[key]} for key in ("payees", "tags")}
    groups = {one["id"]: (one["name"], one["kind"]) for one in whole["groups"]}
    kinds = {
        one["id"]: (groups[one["group"]], one["name"], one["is_archived"])
        for one in whole["categories"]
    }
    order = [one["id"] for one in whole["accounts"]]

    def facts(one):
        return {
            "amount": one["amount"],
            "payee": names["payees"].get(one["payee"]),
            "category": kinds.get(one["category"]),
            "notes": one["notes"],
            "tags": sorted(names["tags"][tag] for tag in one["tags"]),
        }

    rows = {}
    for one in whole["transactions"]:
        rows[one["id"]] = facts(one) | {
            "account": order.index(one["account"]),
            "date": one["date"],
            "status": one["status"],
            "description": one["description"],
            "parts": [facts(part) for part in one["parts"]],
        }
    said = {pk: repr(row) for pk, row in rows.items()}
    for one in whole["transactions"]:
        transfer, refund = one["transfer"], one["refund_of"]
        rows[one["id"]]["other"] = transfer and said[transfer["transaction"]]
        rows[one["id"]]["expense"] = refund and said[refund]
    accounts = [
        {key: value for key, value in one.items() if key != "id"} for one in whole["accounts"]
    ]
    return {
        "accounts": accounts,
        "groups": list(groups.values()),
        "categories": list(kinds.values()),
        "tags": sorted(names["tags"].values()),
        "payees": sorted(names["payees"].values()),
        "rows": sorted(map(repr, rows.values())),
    }


@pytest.fixture
def empty(charlie) -> Household:
    return charlie.memberships.get().household


@pytest.fixture
def full(household, alice) -> Household:
    """One of everything that an export says."""
    giro = open_account(
        household=household, name="Giro", kind="current", currency="EUR", opening_balance=-1234,
        opened_on=dt.date(2020, 1, 1), number="DE89 3704", institution="Bank",
    )  # fmt: skip
    yen = open_account(household=household, name="Yen", kind="savings", currency="JPY")
    twin = open_account(household=household, name="Giro", kind="credit_card", currency="EUR")
    house = open_account(
        household=household, name="House", kind="property", currency="EUR", is_off_budget=False
    )
    home = make_group(household=household, name="Home", kind="expense")
    pay = make_group(household=household, name="Pay", kind="income")
    rent, old = make_category(group=home, name="Rent"), make_category(group=home, name="Old")
    wages = make_category(group=pay, name="Wages")
    archive_category(category=old)
    tags = find_or_make_tags(household=household, names=["b", "a", "unused"])
    one, two = (find_or_make_payee(household=household, name=f"Shop {n}") for n in (1, 2))
    make_transaction(giro, -1250, DAY, alice, payee=one, category=rent, tags=tags[:2])
    make_transaction(giro, -1250, DAY, alice, payee=two, category=old, notes="two\nlines")
    make_transaction(giro, -1250, DAY, alice, description="Shop 1")
    make_transaction(giro, 100_000, DAY, alice, payee=one, category=wages)
    make_transaction(giro, -5, DAY, alice, status=Status.PENDING)
    split = make_transaction(giro, -900, DAY, alice, description="SPLIT", payee=one)
    parts = [Part(-400, rent, two, "mine", tags[:1]), Part(-600), Part(100, rent)]
    split_transaction(transaction=split, parts=parts, by=alice)
    day = dt.date(2026, 10, 9)
    record_transfer(source=giro, target=twin, amount=5000, date=day, by=alice, notes="moved")
    record_transfer(source=yen, target=giro, amount=5000, target_amount=31, date=day, by=alice)
    expense = make_transaction(giro, -8000, dt.date(2026, 9, 1), alice, payee=two, category=rent)
    refund = make_transaction(giro, 3000, dt.date(2026, 9, 2), alice, payee=two, category=rent)
    link_refund(refund=refund, expense=expense, by=alice)
    for form, amount in (("ofx", -300), ("csv", -400)):
        day = dt.date(2026, 8, 5)
        line = StatementLine(1, day, amount, f"BY {form}  RAW", external_id=f"{form}-1")
        post_lines(account=giro, lines=[line], source=form, by=alice)
    rows = Transaction.objects.filter(account=twin)
    statement = start_reconciliation(
        account=twin, statement_on=DAY, statement_balance=5000, by=alice
    )
    tick(reconciliation=statement, ids=rows.values_list("pk", flat=True), is_ticked=True, by=alice)
    finish_reconciliation(reconciliation=statement, by=alice)
    make_transaction(house, 5, dt.date(2026, 1, 1), alice)
    close_account(account=house, on=dt.date(2026, 5, 5))
    return household


def test_an_export_into_an_empty_household_is_the_same_ledger(full, empty):
    moved = move(empty, export(full))
    assert portrait(empty) == portrait(full)
    assert (moved.problems, moved.warnings, moved.left_out) == ([], [], 0)
    assert (moved.transfers, moved.splits, moved.accounts_made) == (2, 1, 4)
    assert Reconciliation.objects.filter(household=empty).count() == 1
    assert check() == []


def test_importing_again_adds_nothing(full, empty):
    data = export(full)
    move(empty, data)
    before = portrait(empty)
    Account.objects.filter(household=empty, name="Yen").update(name="Renamed")
    again = move(empty, data)
    assert (again.added, again.accounts_made, again.categories, again.payees) == (0, 0, 0, 0)
    assert again.duplicates == again.counts["duplicate"]
    Account.objects.filter(household=empty, name="Renamed").update(name="Yen")
    assert portrait(empty) == before
    assert check() == []


def test_an_export_adds_nothing_where_it_came_from(full, alice):
    data, before = export(full), portrait(full)
    moved = move(full, data)
    assert (moved.added, moved.accounts_made, moved.categories, moved.payees) == (0, 0, 0, 0)
    assert portrait(full) == before
    row = Transaction.objects.filter(description="SPLIT").get()
    delete_transactions(household=full, ids=[row.pk], by=alice)
    edit_transaction(
        transaction=Transaction.objects.get(description="BY csv  RAW"), by=alice, date=DAY
    )
    assert move(full, data).added == 0
    assert check() == []


def test_what_went_on_to_another_household_adds_nothing_at_home(full, empty):
    move(empty, export(full))
    moved = move(full, export(empty), account_map={})
    assert moved.added == 0
    assert check() == []


def test_files_that_were_imported_there_are_known_here(full, empty, alice):
    kept = Transaction.objects.get(external_id="ofx-1")
    line = StatementLine(1, kept.date, -300, "AGAIN", external_id="other-id")
    dropped = post_lines(account=kept.account, lines=[line], source="camt", by=alice)
    assert dropped.counts["probable"] == 1
    post_lines(
        account=kept.account, lines=[line], source="qif", by=alice, decide=lambda match: True
    )
    twin = Transaction.objects.get(external_id="other-id", source="qif")
    merge_duplicates(keep=kept, drop=twin, by=alice)
    move(empty, export(full))
    account = Account.objects.filter(household=empty, name="Giro").first()
    for source, key in (("ofx", "ofx-1"), ("csv", "csv-1"), ("qif", "other-id")):
        line = StatementLine(1, dt.date(2025, 1, 1), -300, "X", external_id=key)
        assert post_lines(account=account, lines=[line], source=source, by=None).added == 0, key
    # And on from there, to a third household.
    said = [one["known_as"] for one in json.loads(export(empty))["transactions"]]
    assert {"source": "ofx", "external_id": "ofx-1"} in [key for some in said for key in some]


def test_a_move_can_be_undone_and_come_again(full, empty, charlie):
    data = export(full)
    batch = move(empty, data).batch
    undone = undo_batch(batch=batch, by=charlie)
    assert undone.kept_ids == ()
    assert not Transaction.objects.filter(household=empty).exists()
    assert not Reconciliation.objects.filter(household=empty).exists()
    assert check() == []
    move(empty, data)
    rows = portrait(empty)["rows"]
    assert len(rows) == len(portrait(full)["rows"])


def test_undoing_keeps_what_is_bound_to_what_was_edited(full, empty, charlie):
    batch = move(empty, export(full)).batch
    refund = Transaction.objects.get(household=empty, amount=3000)
    leg = Transaction.objects.get(household=empty, amount=-5000, account__currency="EUR")
    for row in (refund, leg):
        edit_transaction(transaction=row, by=charlie, notes="mine")
    undone = undo_batch(batch=batch, by=charlie)
    stay = Transaction.objects.filter(pk__in=undone.kept_ids)
    assert sorted(stay.values_list("amount", flat=True)) == [-8000, -5000, 3000, 5000]
    assert stay.get(amount=5000).status == Status.RECONCILED
    assert check() == []


def test_a_part_of_a_household_says_so(full, empty):
    account = Account.objects.filter(household=full, name="Yen").get()
    moved = move(empty, export(full, account=str(account.pk)))
    assert [one.name for one in Account.objects.filter(household=empty)] == ["Yen"]
    assert any("no other side" in text for text in moved.warnings)
    moved = move(empty, export(full, **{"from": "2026-09-01"}))
    assert any("part of a household" in text for text in moved.warnings)
    assert check() == []


_NAME = st.text("ab1 é'\"<", min_size=1, max_size=6).filter(lambda text: text.strip(" "))
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_ROW = st.fixed_dictionaries(
    {
        "account": st.integers(0, 2),
        "day": st.integers(0, 40),
        "amount": st.integers(-3000, 3000).filter(bool),
        "kind": st.sampled_from(["plain", "pending", "split", "transfer", "refund", "file"]),
        "text": _TEXT,
        "notes": _TEXT,
        "name": st.none() | _NAME,
        "category": st.none() | st.integers(0, 2),
        "tags": st.lists(_NAME, max_size=2),
    }
)


def fill(household, alice, rows, names) -> None:
    """A ledger of what Hypothesis drew."""
    accounts = [
        open_account(household=household, name=" ".join(name.split()), kind=kind, currency=currency)
        for name, kind, currency in zip(
            names, ("current", "loan", "cash"), ("EUR", "EUR", "KWD"), strict=True
        )
    ]
    groups = [make_group(household=household, name=k, kind=k) for k in ("income", "expense")]
    categories = [make_category(group=groups[n % 2], name=f"c{n}") for n in range(3)]
    expenses = []
    for number, row in enumerate(rows):
        account, amount = accounts[row["account"]], row["amount"]
        day = DAY + dt.timedelta(days=row["day"])
        if row["kind"] == "transfer":
            target = accounts[(row["account"] + 1) % 3]
            record_transfer(
                source=account, target=target, amount=abs(amount), date=day, by=alice,
                target_amount=None if target.currency == account.currency else 7,
            )  # fmt: skip
            continue
        if row["kind"] == "file":
            line = StatementLine(1, day, amount, row["text"], external_id=f"id {number}")
            post_lines(account=account, lines=[line], source="ofx", by=alice, fuzzy_days=-1)
            continue
        payee = row["name"] and find_or_make_payee(household=household, name=row["name"])
        made = make_transaction(
            account, amount, day, alice, description=row["text"], notes=row["notes"],
            payee=payee, category=None if row["category"] is None else categories[row["category"]],
            tags=find_or_make_tags(household=household, names=row["tags"]),
            status=Status.PENDING if row["kind"] == "pending" else Status.BOOKED,
        )  # fmt: skip
        if amount < 0:
            expenses.append(made)
        if row["kind"] == "split":
            parts = [Part(amount - 1, categories[0], payee, row["notes"]), Part(1)]
            split_transaction(transaction=made, parts=parts, by=alice)
        elif row["kind"] == "refund" and amount > 0 and expenses:
            link_refund(refund=made, expense=expenses[0], by=alice)


@given(rows=st.lists(_ROW, max_size=8), names=st.lists(_NAME, min_size=3, max_size=3))
@settings(max_examples=15)
def test_any_small_ledger_comes_back(household, empty, alice, rows, names):
    with atomic():
        fill(household, alice, rows, names)
        data = export(household)
        moved = move(empty, data)
        assert moved.problems == []
        assert portrait(empty) == portrait(household)
        assert move(empty, data).added == move(household, data).added == 0
        assert check() == []
        set_rollback(True)  # the next example begins with nothing


# Damage


def damaged(full, path, value) -> bytes:
    whole = json.loads(export(full))
    *way, last = path
    place = whole
    for key in way:
        place = place[key]
    place[last] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("version",), 2, "version 1"),
        (("household",), None, "household"),
        (("household", "code"), "x", "household"),
        (("accounts",), None, "accounts"),
        (("accounts", 0), 7, "accounts, number 1"),
        (("accounts", 1, "name"), [], "accounts, number 2"),
        (("accounts", 0, "currency"), "XXL", "currency"),
        (("accounts", 0, "opening_balance"), "1", "opening balance"),
        (("accounts", 0, "opened_on"), "yesterday", "opened_on"),
        (("categories", 0, "group"), {}, "group"),
        (("categories", 0, "id"), True, "categories, number 1"),
        (("transactions",), {}, "transactions"),
    ],
)
def test_damage_of_the_frame_refuses_the_file(full, path, value, reason):
    with pytest.raises(UnreadableFile, match=reason):
        registry.read("housebook", damaged(full, path, value))


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ((), 5, "no transaction"),
        (("amount",), 1.5, "amount"),
        (("amount",), True, "amount"),
        (("amount",), 10**16, "amount"),
        (("date",), None, "date"),
        (("date",), "2026-02-30", "date"),
        (("date",), "1066-10-14", "date"),
        (("account",), 999_999, "account"),
        (("account",), [1], "account"),
        (("payee",), "x", "payee"),
        (("category",), 999_999, "category"),
        (("status",), ["booked"], "status"),
        (("tags",), 3, "tags"),
        (("tags",), [[]], "tag"),
        (("parts",), "x", "parts"),
        (("parts",), [{"amount": 1}], "add up"),
        (("parts",), [7], "amount"),
        (("transfer",), [], "transfer"),
        (("refund_of",), "x", "refund_of"),
        (("known_as",), [1], "known_as"),
        (("description",), 3, "description"),
        (("id",), None, "id"),
    ],
)
def test_a_damaged_transaction_is_named_and_the_others_come(full, empty, path, value, reason):
    data = damaged(full, ("transactions", 1, *path), value)
    [problem] = registry.read("housebook", data).problems
    assert (problem.line, reason in problem.reason) == (2, True), problem
    moved = move(empty, data)
    assert moved.added == Transaction.objects.movements().filter(household=full).count() - 1
    assert check() == []


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"format": "housebook-export", "version": 1,', "Line 1"),
        (b'{"format": "housebook-export", "x": ' + b"[" * 200_000, "deeply"),
        (b'{"format": "housebook-export", "version": ' + b"1" * 5000 + b"}", "damaged"),
        (b'["housebook-export"]', "no export"),
    ],
)
def test_what_is_no_json_of_ours_is_refused(data, reason):
    with pytest.raises(UnreadableFile, match=reason):
        housebook.read(data)


def test_a_damaged_row_may_point_anywhere(full, empty):
    """Links of refunds and transfers to rows that cannot be theirs are left away."""
    whole = json.loads(export(full))
    ids = [row["id"] for row in whole["transactions"]]
    for number, row in enumerate(whole["transactions"]):
        row["refund_of"] = ids[number - 1]
        row["transfer"] = {"id": 1, "account": None}
        row["description"] = "\x00\ud800 odd"
    move(empty, json.dumps(whole).encode())
    assert check() == []


def test_it_is_known_by_its_content(full):
    assert registry.detect(export(full), "any.txt") == "housebook"
    compact = json.dumps(json.loads(export(full))).encode()
    assert registry.detect(b"\xef\xbb\xbf" + compact) == "housebook"


def test_lists_are_whole(full, empty):
    """Also what no row carries comes along."""
    move(empty, export(full))
    assert set(Tag.objects.filter(household=empty).values_list("name", flat=True)) >= {"unused"}
    assert Category.objects.filter(household=empty).exclude(archived_at=None).get().name == "Old"
    names = [
        set(Payee.objects.filter(household=one).values_list("name", flat=True))
        for one in (full, empty)
    ]
    assert names[0] == names[1]
