"""A book moves in whole, once, and leaves a clean ledger."""

import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command

from budget.models import BudgetAmount
from core.months import Month
from imports.programs.book import Book, BookBudget, BookPart, BookTransaction, Builder
from imports.services.moving import move_in
from ledger.invariants import check
from ledger.models import Account, Category, SortedBy, Status, Transaction, Transfer
from ledger.services.batches import undo_batch
from ledger.services.statements import post_lines
from ledger.services.transactions import edit_transaction
from ledger.statement_line import StatementLine

pytestmark = pytest.mark.usefixtures("alice")  # a household has an owner


def day(number: int) -> dt.date:
    return dt.date(2024, 3, number)


def row(account: str, number: int, amount: int, **facts) -> BookTransaction:
    return BookTransaction(account=account, date=day(number), amount=amount, **facts)


@pytest.fixture
def book() -> Book:
    build = Builder("ynab", "EUR")
    build.account("Giro")
    build.account("Savings", kind_hint="savings")
    build.category("Groceries", "Food")
    build.category("Salary", "Income", is_income=True)
    build.category("Unused", "Food")
    build.opening(row("Giro", 1, 100_00))
    build.add(
        row("Giro", 2, -5_00, payee="Bakery", category="Groceries", group="Food", tags=("home",))
    )
    build.add(row("Giro", 2, -5_00, payee="Bakery", category="Groceries", group="Food"))
    build.add(row("Giro", 3, 2000_00, payee="ACME", category="Salary", group="Income"))
    build.add(row("Giro", 4, -300_00, transfer_account="Savings", transfer_id="t1", notes="put by"))
    build.add(row("Savings", 4, 300_00, transfer_account="Giro", transfer_id="t1"))
    build.add(
        row(
            "Giro",
            5,
            -90_00,
            payee="Market",
            parts=(
                BookPart(-40_00, "Groceries", "Food", notes="apples"),
                BookPart(-20_00, "Unused", "Food", tags=("odd",)),
                BookPart(-30_00, transfer_account="Savings", transfer_amount=30_00),
            ),
        )
    )
    build.problem(9, "the date cannot be read", "31/31/2024")
    return build.finish()


def move(household, book, **facts):
    return move_in(household=household, book=book, by=None, **facts)


def test_everything_comes_along(household, book):
    moved = move(household, book)
    giro, savings = Account.objects.for_household(household)
    assert (giro.name, giro.kind, giro.currency) == ("Giro", "current", "EUR")
    assert (giro.opening_balance, giro.opened_on) == (100_00, day(1))
    assert (savings.name, savings.kind) == ("Savings", "savings")
    assert (moved.accounts_made, moved.accounts_matched, moved.added) == (2, 0, 8)
    assert (moved.transfers, moved.splits, moved.categories, moved.tags) == (2, 1, 3, 2)
    assert [problem.line for problem in moved.problems] == [9]
    assert sum(Transaction.objects.movements().values_list("amount", flat=True)) == 1930_00
    assert check(household) == []


def test_a_split_with_a_transfer_is_taken_apart(household, book):
    move(household, book)
    whole = Transaction.objects.get(is_split=True)
    assert (whole.amount, whole.payee.name, whole.category) == (-60_00, "Market", None)
    parts = list(whole.parts.order_by("pk").values_list("amount", "category__name", "notes"))
    assert parts == [(-40_00, "Groceries", "apples"), (-20_00, "Unused", "")]
    assert {part.sorted_by for part in whole.parts.all()} == {SortedBy.SOURCE}
    assert sorted(Transfer.objects.last().legs.values_list("account__name", "amount")) == [
        ("Giro", -30_00),
        ("Savings", 30_00),
    ]


def test_the_same_book_again_adds_nothing(household, book):
    move(household, book)
    before = Transaction.objects.count()
    again = move(household, book)
    assert (again.added, again.duplicates, again.transfers, again.splits) == (0, 8, 0, 0)
    assert (again.accounts_made, again.accounts_matched, again.categories) == (0, 2, 0)
    assert Transaction.objects.count() == before
    assert check(household) == []


def test_renamed_accounts_are_known_again(household, book):
    move(household, book)
    Account.objects.filter(name="Giro").update(name="Main")
    Category.objects.filter(name="Groceries").update(name="Food shops")
    again = move(household, book)
    assert (again.added, again.accounts_made, again.categories) == (0, 0, 0)


def test_a_dry_run_changes_nothing(household, book):
    moved = move(household, book, dry_run=True)
    assert moved.added == 8
    assert not Transaction.objects.exists()
    assert not Account.objects.exists()


def test_an_account_map_leads_to_accounts_that_are_here(household, book):
    mine = Account.objects.create(household=household, name="Mine", currency="EUR")
    moved = move(household, book, account_map={"Giro": "mine", "Savings": False})
    assert (moved.accounts_made, moved.accounts_matched, moved.added) == (0, 1, 6)
    assert moved.left_out == 2
    assert set(Transaction.objects.values_list("account", flat=True)) == {mine.pk}
    assert any("opening balance" in text for text in moved.warnings)
    assert check(household) == []


def test_what_the_bank_said_before_is_not_added_again(household, book):
    account = Account.objects.create(household=household, name="Giro", currency="EUR")
    line = StatementLine(1, day(5), -300_00, "to savings", external_id="x")
    post_lines(account=account, lines=[line], source="csv", by=None)
    moved = move(household, book)
    assert (moved.added, moved.counts["probable"]) == (7, 1)
    assert moved.transfers == 2, "the bank's row is the transfer's other leg"
    assert move(household, book).added == 0
    assert check(household) == []


def test_other_currencies_get_accounts_of_their_own(household):
    Account.objects.create(household=household, name="Travel", currency="EUR")
    build = Builder("firefly")
    build.account("Travel", "JPY")
    build.account("Giro", "EUR")
    build.add(row("Giro", 1, -10_00, transfer_account="Travel", transfer_amount=1650))
    moved = move(household, build.finish())
    assert (moved.accounts_made, moved.transfers) == (2, 1)
    assert check(household) == []


def test_transfers_that_do_not_fit_come_as_rows(household):
    build = Builder("ynab", "EUR")
    for name, amount in (("A", -10), ("B", 9)):
        build.account(name)
        build.add(row(name, 1, amount, transfer_account="?", transfer_id="t"))
    moved = move(household, build.finish())
    assert (moved.added, moved.transfers) == (2, 0)
    assert any("single rows" in text for text in moved.warnings)
    assert check(household) == []


def test_names_that_differ_in_case_stay_two_accounts(household):
    build = Builder("hledger", "EUR")
    for name in ("cash", "Cash"):
        build.account(name)
        build.opening(row(name, 1, 7_00))
        build.add(row(name, 2, 1_00))
    book = build.finish()
    assert move(household, book).accounts_made == 2
    assert {balance for _, balance in _balances(household)} == {8_00}
    assert move(household, book).added == 0


def test_a_row_that_was_pending_is_booked_when_it_comes_again(household):
    for status in ("pending", "cleared"):
        build = Builder("actual", "EUR")
        build.account("Giro")
        build.add(row("Giro", 1, -1_00, status=status, external_id="x"))
        moved = move(household, build.finish())
    assert moved.counts["settles"] == 1
    assert Transaction.objects.get().status == Status.BOOKED
    assert check(household) == []


def test_closed_accounts_come_closed(household):
    build = Builder("actual", "EUR")
    build.account("Old", is_closed=True)
    build.add(row("Old", 7, 5))
    book = build.finish()
    move(household, book)
    assert Account.objects.get().closed_on == day(7)
    assert move(household, book).added == 0


def test_a_move_can_be_undone_and_come_again(household, book, alice):
    batch = move(household, book).batch
    undone = undo_batch(batch=batch, by=alice)
    assert (undone.removed, undone.kept_ids) == (8, ())
    assert not Transaction.objects.exists()
    assert not Transfer.objects.exists()
    assert check(household) == []
    assert move(household, book).added == 8
    assert check(household) == []


def test_undoing_keeps_a_transfer_of_which_one_side_was_edited(household, book, alice):
    batch = move(household, book).batch
    leg = Transaction.objects.get(amount=300_00)
    edit_transaction(transaction=leg, by=alice, notes="mine")
    undone = undo_batch(batch=batch, by=alice)
    assert undone.removed == 6
    assert Transfer.objects.get().legs.count() == 2
    assert check(household) == []


def test_balances_are_the_programs(household, book):
    move(household, book)
    balances = {account.name: balance for account, balance in _balances(household)}
    assert balances == {"Giro": 100_00 - 10_00 + 2000_00 - 300_00 - 90_00, "Savings": 330_00}


def _balances(household):
    for account in Account.objects.for_household(household):
        moved = sum(account.months.values_list("amount", flat=True))
        yield account, account.opening_balance + moved


MINT = (
    "Date,Description,Original Description,Amount,Transaction Type,Category,Account Name,Labels,Notes\n"
    "3/05/2024,Bakery,BAKERY 12,4.50,debit,Bread,Checking,,\n"
)


def test_the_command_reports_and_exits_as_promised(household, tmp_path, capsys):
    path = tmp_path / "mint.csv"
    path.write_text(MINT)
    args = ["import_app", "mint", str(path), "--household", str(household.pk), "--json"]
    call_command(*args)
    first = json.loads(capsys.readouterr().out)
    assert (first["new"], first["accounts_made"], first["error"]) == (1, 1, 0)
    call_command(*args)
    assert json.loads(capsys.readouterr().out)["duplicate"] == 1
    path.write_text(MINT + "31/31/2024,x,x,1.00,debit,y,Checking,,\n")
    with pytest.raises(SystemExit) as bad_row:
        call_command("import_app", "auto", str(path), "--household", str(household.pk))
    assert bad_row.value.code == 1
    assert ":3: the date cannot be read" in capsys.readouterr().err
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(SystemExit) as unreadable:
        call_command("import_app", "auto", str(path), "--household", str(household.pk))
    assert unreadable.value.code == 2


@pytest.mark.parametrize(("order", "month"), [("--day-first", 2), ("--month-first", 1)])
def test_an_undecidable_order_of_day_and_month_is_asked(household, tmp_path, capsys, order, month):
    path = tmp_path / "register.csv"
    path.write_text(
        "Account,Date,Payee,Category,Memo,Outflow,Inflow\nGiro,01/02/2024,x,y,,1.00,0\n"
    )
    command = ["import_app", "ynab", str(path), "--household", str(household.pk)]
    with pytest.raises(SystemExit) as asked:
        call_command(*command)
    assert asked.value.code == 3
    assert "--day-first" in capsys.readouterr().err
    call_command(*command, order)
    assert Transaction.objects.get().date.month == month


def test_files_are_told_imports_listed_and_undone(household, tmp_path, capsys):
    path = tmp_path / "mint.csv"
    path.write_text(MINT)
    bank = tmp_path / "bank.csv"
    bank.write_text("Date,Text,Amount\n2024-01-31,x,-1.00\n2024-02-01,y,-2.00\n")
    call_command("detect_statement", str(path), str(bank), "--json")
    mint, csv = map(json.loads, capsys.readouterr().out.splitlines())
    assert (mint["format"], mint["accounts"][0]["first"]) == ("mint", "2024-03-05")
    assert (csv["format"], csv["accounts"][0]["rows"]) == ("csv", 2)
    call_command("detect_statement", str(path))
    assert "Checking USD: 1 rows" in capsys.readouterr().out

    whose = ("--household", str(household.pk), "--json")
    call_command("import_app", "mint", str(path), *whose)
    number = json.loads(capsys.readouterr().out)["batch"]
    call_command("import_list", *whose)
    assert json.loads(capsys.readouterr().out)["new"] == 1
    call_command("import_undo", str(number), *whose)
    assert json.loads(capsys.readouterr().out) == {"batch": number, "removed": 1, "kept": 0}
    with pytest.raises(CommandError, match="no import 999"):
        call_command("import_undo", "999", *whose)
    with pytest.raises(CommandError):
        call_command("import_undo", str(number), *whose)


def test_planned_amounts_become_the_budget_once(household, book):
    book.budgets += [
        BookBudget(dt.date(2024, 3, 1), "Groceries", "Food", 250_00),
        BookBudget(dt.date(2024, 4, 1), "Groceries", "Food", 260_00),
        BookBudget(dt.date(2024, 4, 1), "Unused", "Food", 0),
    ]
    assert move_in(household=household, book=book, by=None).budgets == 2
    planned = BudgetAmount.objects.filter(household=household)
    assert {(row.category.name, row.month, row.amount) for row in planned} == {
        ("Groceries", Month.of(2024, 3).index, 250_00),
        ("Groceries", Month.of(2024, 4).index, 260_00),
    }
    planned.filter(amount=250_00).update(amount=100_00)
    assert move_in(household=household, book=book, by=None).budgets == 0
    assert planned.filter(amount=100_00).exists()
