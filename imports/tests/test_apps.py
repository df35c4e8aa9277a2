"""What other programs export is read as they meant it. Every sample is made here."""

import contextlib
import datetime as dt
import gzip
import io
import json
import sqlite3
import zipfile

import pytest

from imports.parsers.base import UnreadableFile
from imports.programs import registry
from imports.programs.beancount import calculate
from imports.programs.book import Book


def read(program: str, data: str | bytes, currency: str = "EUR") -> Book:
    raw = data.encode() if isinstance(data, str) else data
    assert registry.detect(raw) == registry.module(program).name
    return registry.read(program, raw, currency=currency)


def facts(book: Book) -> list[tuple]:
    return [(row.account, row.date.isoformat(), row.amount) for row in book.transactions]


def zipped(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, content in files.items():
            folder.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return stream.getvalue()


def database(script: str, tmp_path) -> bytes:
    path = tmp_path / "made.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        connection.commit()
    return path.read_bytes()


REGISTER = (
    '"Account","Flag","Date","Payee","Category Group/Category","Category Group","Category","Memo",'
    '"Outflow","Inflow","Cleared"\n'
    '"Giro","","31/01/2024","Starting Balance","Inflow: Ready to Assign","Inflow","Ready to Assign",'
    '"","0,00€","100,00€","Reconciled"\n'
    '"Giro","Red","01/02/2024","Bäcker","Food: Bread","Food","Bread","rolls","1.004,50€","0,00€",""\n'
    '"Giro","","02/02/2024","Transfer : Savings","","","","by","50,00€","0,00€","Cleared"\n'
    '"Savings","","02/02/2024","Transfer : Giro","","","","by","0,00€","50,00€","Cleared"\n'
    '"Giro","","03/02/2024","Market","Food: Bread","Food","Bread","Split (1/3) a","2,00€","0,00€",""\n'
    '"Giro","","03/02/2024","Market","Home: Soap","Home","Soap","Split (2/3) b","3,00€","0,00€",""\n'
    '"Giro","","03/02/2024","Transfer : Savings","","","","Split (3/3) ","5,00€","0,00€",""\n'
    '"Savings","","03/02/2024","Transfer : Giro","","","","","0,00€","5,00€",""\n'
    '"Giro","","soon","Nobody","","","","","1,00€","0,00€",""\n'
)
BUDGET = (
    '"Month","Category Group/Category","Category Group","Category","Budgeted","Activity","Available"\n'
    '"Jan 2024","Food: Bread","Food","Bread","40,00€","0,00€","40,00€"\n'
)


@pytest.mark.parametrize("is_zip", [False, True])
def test_ynab_register_and_budget(is_zip):
    data = REGISTER.encode("utf-8-sig")
    if is_zip:
        data = zipped(B__Mine_Register_dot_csv=data, B__Mine_Budget_dot_csv=BUDGET.encode())
    book = read("ynab", data, currency="USD")
    giro, savings = book.accounts
    assert (giro.currency, giro.opening_balance, giro.opened_on) == (
        "EUR",
        100_00,
        dt.date(2024, 1, 31),
    )
    bread, out, into, split, last = book.transactions
    assert (bread.amount, bread.category, bread.group, bread.tags) == (
        -1004_50,
        "Bread",
        "Food",
        ("Red",),
    )
    assert out.transfer_id == into.transfer_id != ""
    assert (split.amount, split.payee, len(split.parts)) == (-10_00, "Market", 3)
    assert [part.category for part in split.parts] == ["Bread", "Soap", ""]
    assert [part.notes for part in split.parts] == ["a", "b", ""]
    assert split.parts[2].transfer_id == last.transfer_id != ""
    assert [(problem.line, problem.reason) for problem in book.problems] == [
        (10, "the date cannot be read")
    ]
    assert [(one.month, one.amount) for one in book.budgets] == (
        [(dt.date(2024, 1, 1), 40_00)] if is_zip else []
    )


def test_ynab_4(tmp_path):
    full = {
        "accounts": [
            {"entityId": "a", "accountName": "Giro", "accountType": "Checking", "onBudget": True},
            {"entityId": "b", "accountName": "Depot", "accountType": "InvestmentAccount",
             "onBudget": False, "hidden": True},
        ],
        "payees": [{"entityId": "p", "name": "Baker"}],
        "masterCategories": [
            {"name": "Food", "type": "OUTFLOW", "subCategories": [{"entityId": "c", "name": "Bread"}]}
        ],
        "monthlyBudgets": [
            {"month": "2024-01-01", "monthlySubCategoryBudgets": [{"categoryId": "c", "budgeted": 9.5}]}
        ],
        "transactions": [
            {"entityId": "1", "accountId": "a", "date": "2024-01-05", "amount": -7.25, "payeeId": "p",
             "categoryId": "c", "memo": "x", "cleared": "Cleared"},
            {"entityId": "2", "accountId": "a", "date": "2024-01-06", "amount": 3, "isTombstone": True},
            {"entityId": "3", "accountId": "a", "date": "2024-01-06", "amount": -10,
             "targetAccountId": "b", "transferTransactionId": "4"},
            {"entityId": "4", "accountId": "b", "date": "2024-01-06", "amount": 10,
             "targetAccountId": "a", "transferTransactionId": "3"},
            {"entityId": "5", "accountId": "a", "date": "2024-01-07", "amount": -3, "categoryId":
             "Category/__Split__", "subTransactions": [
                 {"entityId": "6", "amount": -1, "categoryId": "c"}, {"entityId": "7", "amount": -2}]},
            {"entityId": "8", "accountId": "gone", "date": "2024-01-07", "amount": -3},
        ],
    }  # fmt: skip
    data = zipped(x_dot_ynab4__data__Budget_dot_yfull=json.dumps(full).encode())
    book = read("ynab4", data)
    assert facts(book) == [
        ("Giro", "2024-01-05", -7_25),
        ("Giro", "2024-01-06", -10_00),
        ("Depot", "2024-01-06", 10_00),
        ("Giro", "2024-01-07", -3_00),
    ]
    assert book.transactions[1].transfer_id == book.transactions[2].transfer_id == "3+4"
    assert [part.category for part in book.transactions[3].parts] == ["Bread", ""]
    assert (book.accounts[1].is_off_budget, book.accounts[1].is_closed) == (True, True)
    assert [one.amount for one in book.budgets] == [9_50]
    assert len(book.problems) == 1


def test_ynab_of_today_as_json():
    budget = {
        "name": "B", "last_modified_on": "2024", "currency_format": {"iso_code": "GBP"},
        "accounts": [{"id": "a", "name": "Giro", "type": "checking"}],
        "payees": [{"id": "p", "name": "Baker"}],
        "category_groups": [{"id": "g", "name": "Food"}],
        "categories": [{"id": "c", "name": "Bread", "category_group_id": "g"}],
        "transactions": [
            {"id": "1", "account_id": "a", "date": "2024-01-05", "amount": -7250, "payee_id": "p",
             "category_id": "c", "memo": None, "deleted": False},
            {"id": "2", "account_id": "a", "date": "2024-01-05", "amount": "x", "deleted": False},
        ],
        "subtransactions": [
            {"id": "s", "transaction_id": "1", "amount": -7000, "category_id": "c"},
            {"id": "t", "transaction_id": "1", "amount": -250},
        ],
    }  # fmt: skip
    book = read("ynab", json.dumps({"data": {"budget": budget}}))
    assert facts(book) == [("Giro", "2024-01-05", -7_25)]
    assert [part.amount for part in book.transactions[0].parts] == [-7_00, -25]
    assert book.accounts[0].currency == "GBP"
    assert len(book.problems) == 1


MINT = (
    '"Date","Description","Original Description","Amount","Transaction Type","Category","Account Name",'
    '"Labels","Notes"\n'
    '"1/31/2024","Baker","BAKER &amp; CO&lt;br/&gt;12","1,004.50","debit","Bread","Checking","",""\n'
    '"2/02/2024","Pay","ACME","2000.00","credit","Paycheck","Checking","work","March"\n'
    '"2/05/2024","Card","CARD","66.00","debit","Transfer","Checking","",""\n'
    '"2/03/2024","Thanks","THANKS","66.00","credit","Credit Card Payment","Visa","",""\n'
    '"2/09/2024","?","?","1.00","sideways","Bread","Visa","",""\n'
)


def test_mint():
    book = read("mint", MINT)
    assert facts(book) == [
        ("Checking", "2024-01-31", -1004_50),
        ("Checking", "2024-02-02", 2000_00),
        ("Checking", "2024-02-05", -66_00),
        ("Visa", "2024-02-03", 66_00),
    ]
    bread, pay, out, into = book.transactions
    assert bread.description == "BAKER & CO / 12"
    assert (pay.tags, pay.notes) == (("work",), "March")
    assert out.transfer_id == into.transfer_id != ""
    assert (out.category, book.accounts[1].kind_hint) == ("", "credit_card")
    assert {one.name: one.is_income for one in book.categories} == {
        "Bread": False,
        "Paycheck": True,
    }
    assert [problem.line for problem in book.problems] == [6]


def test_monarch():
    book = read(
        "monarch",
        "Date,Merchant,Category,Account,Original Statement,Notes,Amount,Tags,Owner\n"
        '2024-02-01,Baker,Bread,Checking,BAKER 12,warm,-4.50,"a, b",Me\n'
        "2024-02-02,Save,Transfer,Checking,TO SAVINGS,,-50.00,,Me\n"
        "2024-02-03,Save,Transfer,Savings,FROM CHECKING,,50.00,,Me\n",
    )
    assert [amount for *_, amount in facts(book)] == [-4_50, -50_00, 50_00]
    assert book.transactions[0].tags == ("a", "b")
    assert book.transactions[1].transfer_id == book.transactions[2].transfer_id != ""


@pytest.mark.parametrize(("spent", "earned"), [("4.50", "-9.00"), ("-4.50", "9.00")])
def test_lunch_money_with_either_sign(spent, earned):
    book = read(
        "lunchmoney",
        "id,date,payee,amount,currency,category,category_group,account,notes,original_name,tags\n"
        f'1,2024-02-01,Baker,{spent},usd,Bread,Food,Checking,warm,BAKER 12,"a,b"\n'
        f"2,2024-02-02,ACME,{earned},usd,Salary,Income,Checking,,ACME,\n",
    )
    assert facts(book) == [("Checking", "2024-02-01", -4_50), ("Checking", "2024-02-02", 9_00)]
    assert book.transactions[0].external_id == "1"
    assert (book.accounts[0].currency, book.transactions[0].tags) == ("USD", ("a", "b"))


def test_firefly():
    head = (
        "group_id,journal_id,group_title,type,amount,foreign_amount,currency_code,foreign_currency_code,"
        "description,date,source_name,source_type,destination_name,destination_type,reconciled,"
        "category,tags,notes\n"
    )
    rows = [
        "1,1,,Opening balance,100.00,,EUR,,Start,2024-01-01T00:00:00+01:00,Initial balance account,"
        "Initial balance account,Giro,Asset account,0,,,",
        "2,2,,Withdrawal,-5.50,,EUR,,rolls,2024-01-02T00:00:00+01:00,Giro,Asset account,Baker,"
        'Expense account,1,Bread,"a,b",warm',
        "3,3,,Deposit,9.00,,EUR,,pay,2024-01-03T00:00:00+01:00,ACME,Revenue account,Giro,"
        "Asset account,0,Salary,,",
        "4,4,,Transfer,20.00,22.00,EUR,USD,move,2024-01-04T00:00:00+01:00,Giro,Asset account,Dollars,"
        "Asset account,0,,,",
        "5,5,Shop,Withdrawal,-1.00,,EUR,,a,2024-01-05T00:00:00+01:00,Giro,Asset account,Shop,"
        "Expense account,0,Bread,,",
        "5,6,Shop,Withdrawal,-2.00,,EUR,,b,2024-01-05T00:00:00+01:00,Giro,Asset account,Shop,"
        "Expense account,0,Soap,,",
        "6,7,,Reconciliation,-3.00,,EUR,,fix,2024-01-06T00:00:00+01:00,Giro reconciliation (EUR),"
        "Reconciliation account,Giro,Asset account,0,,,",
        "7,8,,Withdrawal,-3.00,,XXQ,,bad,2024-01-06T00:00:00+01:00,Giro,Asset account,Shop,,,,,",
    ]
    book = read("firefly", head + "\n".join(rows))
    assert facts(book) == [
        ("Giro", "2024-01-02", -5_50),
        ("Giro", "2024-01-03", 9_00),
        ("Giro", "2024-01-04", -20_00),
        ("Giro", "2024-01-05", -3_00),
        ("Giro", "2024-01-06", 3_00),
    ]
    assert book.accounts[0].opening_balance == 100_00
    spent, _, move, split, _ = book.transactions
    assert (spent.payee, spent.tags, spent.status) == ("Baker", ("a", "b"), "reconciled")
    assert (move.transfer_account, move.transfer_amount) == ("Dollars", 22_00)
    assert book.accounts[1].currency == "USD"
    assert [(part.amount, part.category) for part in split.parts] == [
        (-1_00, "Bread"),
        (-2_00, "Soap"),
    ]
    assert len(book.problems) == 1


ACTUAL = """
CREATE TABLE accounts (id TEXT, name TEXT, type TEXT, offbudget INT, closed INT, tombstone INT);
CREATE TABLE category_groups (id TEXT, name TEXT, is_income INT, tombstone INT);
CREATE TABLE categories (id TEXT, name TEXT, is_income INT, cat_group TEXT, tombstone INT);
CREATE TABLE category_mapping (id TEXT, transferId TEXT);
CREATE TABLE payees (id TEXT, name TEXT, tombstone INT, transfer_acct TEXT);
CREATE TABLE payee_mapping (id TEXT, targetId TEXT);
CREATE TABLE zero_budgets (id TEXT, month INT, category TEXT, amount INT);
CREATE TABLE transactions (id TEXT, isParent INT, isChild INT, acct TEXT, category TEXT, amount INT,
  description TEXT, notes TEXT, date INT, starting_balance_flag INT, transferred_id TEXT,
  sort_order REAL, tombstone INT, cleared INT, parent_id TEXT);
INSERT INTO accounts VALUES ('a', 'Giro', NULL, 0, 0, 0), ('b', 'Depot', NULL, 1, 1, 0);
INSERT INTO category_groups VALUES ('g', 'Food', 0, 0);
INSERT INTO categories VALUES ('c', 'Bread', 0, 'g', 0), ('gone', 'Old', 0, 'g', 1);
INSERT INTO category_mapping VALUES ('c', 'c'), ('gone', 'c');
INSERT INTO payees VALUES ('p', 'Baker', 0, NULL), ('tb', '', 0, 'b'), ('ta', '', 0, 'a');
INSERT INTO payee_mapping VALUES ('p', 'p'), ('old', 'p'), ('tb', 'tb'), ('ta', 'ta');
INSERT INTO zero_budgets VALUES ('x', 202402, 'c', 4000);
INSERT INTO transactions VALUES
 ('0', 0, 0, 'a', NULL, 10000, NULL, NULL, 20240101, 1, NULL, 1, 0, 1, NULL),
 ('1', 0, 0, 'a', 'gone', -725, 'old', 'warm', 20240105, 0, NULL, 1, 0, 1, NULL),
 ('2', 0, 0, 'a', 'c', -999, 'p', NULL, 20240105, 0, NULL, 1, 1, 1, NULL),
 ('3', 1, 0, 'a', NULL, -300, 'p', NULL, 20240106, 0, NULL, 1, 0, 1, NULL),
 ('3a', 0, 1, 'a', 'c', -100, 'p', NULL, 20240106, 0, NULL, -1, 0, 1, '3'),
 ('3b', 0, 1, 'a', NULL, -200, 'tb', 'x', 20240106, 0, '4', -2, 0, 1, '3'),
 ('4', 0, 0, 'b', NULL, 200, 'ta', NULL, 20240106, 0, '3b', 1, 0, 1, NULL),
 ('5', 0, 0, 'a', NULL, 'much', NULL, NULL, 20241399, 0, NULL, 1, 0, 1, NULL);
"""


def test_actual(tmp_path):
    data = zipped(db_dot_sqlite=database(ACTUAL, tmp_path), metadata_dot_json=b"{}")
    book = read("actual", data)
    assert facts(book) == [
        ("Giro", "2024-01-05", -7_25),
        ("Giro", "2024-01-06", -3_00),
        ("Depot", "2024-01-06", 2_00),
    ]
    bread, split, leg = book.transactions
    assert (bread.payee, bread.category, bread.notes) == ("Baker", "Bread", "warm")
    assert [(part.amount, part.category) for part in split.parts] == [(-1_00, "Bread"), (-2_00, "")]
    assert split.parts[1].transfer_id == leg.transfer_id == "3b+4"
    assert book.accounts[0].opening_balance == 100_00
    assert (book.accounts[1].is_off_budget, book.accounts[1].is_closed) == (True, True)
    assert [(one.month.isoformat(), one.amount) for one in book.budgets] == [("2024-02-01", 40_00)]
    assert len(book.problems) == 1


def test_actual_csv():
    book = read(
        "actual",
        "Account,Date,Payee,Notes,Category,Amount,Split_Amount,Cleared\n"
        "Giro,2024-01-05,Baker,warm,Food: Bread,-7.25,0,Cleared\n"
        "Giro,2024-01-06,Depot,,,-2.00,0,Cleared\nDepot,2024-01-06,Giro,,,2.00,0,Not cleared\n"
        "Giro,2024-01-07,Shop,(SPLIT INTO 2) big,,0,-3.00,Reconciled\n"
        "Giro,2024-01-07,Shop,(SPLIT 1 OF 2) a,Food: Bread,-1.00,0,Reconciled\n"
        "Giro,2024-01-07,Shop,(SPLIT 2 OF 2) b,Soap,-2.00,0,Reconciled\n",
    )
    assert [amount for *_, amount in facts(book)] == [-7_25, -2_00, 2_00, -3_00]
    assert book.transactions[1].transfer_id == book.transactions[2].transfer_id != ""
    split = book.transactions[3]
    assert (split.payee, split.notes) == ("Shop", "big")
    assert [(part.category, part.group, part.notes) for part in split.parts] == [
        ("Bread", "Food", "a"),
        ("Soap", "", "b"),
    ]


def _gnc(name: str, kind: str, parent: str) -> str:
    return (
        f'<gnc:account version="2.0.0"><act:name>{name}</act:name><act:id type="guid">{name}</act:id>'
        f"<act:type>{kind}</act:type><act:commodity><cmdty:space>CURRENCY</cmdty:space>"
        f"<cmdty:id>EUR</cmdty:id></act:commodity><act:parent>{parent}</act:parent></gnc:account>"
    )


def _trn(number: int, text: str, *splits: tuple[str, str]) -> str:
    lines = "".join(
        f"<trn:split><split:reconciled-state>c</split:reconciled-state><split:value>{value}</split:value>"
        f"<split:quantity>{value}</split:quantity><split:account>{account}</split:account></trn:split>"
        for account, value in splits
    )
    return (
        f"<gnc:transaction><trn:id>t{number}</trn:id><trn:currency><cmdty:id>EUR</cmdty:id></trn:currency>"
        f"<trn:date-posted><ts:date>2024-01-{number:02} 10:59:00 +0000</ts:date></trn:date-posted>"
        f"<trn:description>{text}</trn:description><trn:splits>{lines}</trn:splits></gnc:transaction>"
    )


NAMESPACES = " ".join(
    f'xmlns:{name}="http://www.gnucash.org/XML/{name}"'
    for name in ("gnc", "act", "trn", "split", "cmdty", "ts", "slot")
)
GNUCASH = (
    f'<?xml version="1.0"?><gnc-v2 {NAMESPACES}><gnc:book>'
    + "<gnc:account><act:name>Root</act:name><act:id>r</act:id><act:type>ROOT</act:type></gnc:account>"
    + _gnc("Assets", "ASSET", "r")
    + _gnc("Giro", "BANK", "Assets")
    + _gnc("Savings", "BANK", "Assets")
    + _gnc("Expenses", "EXPENSE", "r")
    + _gnc("Food", "EXPENSE", "Expenses")
    + _gnc("Bread", "EXPENSE", "Food")
    + _gnc("Income", "INCOME", "r")
    + _gnc("Opening Balances", "EQUITY", "r")
    + _trn(1, "start", ("Giro", "10000/100"), ("Opening Balances", "-10000/100"))
    + _trn(2, "Baker", ("Bread", "550/100"), ("Giro", "-550/100"))
    + _trn(3, "Pay", ("Giro", "900/100"), ("Food", "100/100"), ("Income", "-1000/100"))
    + _trn(4, "Save", ("Savings", "300/100"), ("Bread", "1/100"), ("Giro", "-301/100"))
    + _trn(5, "odd", ("Giro", "1/0"), ("Bread", "-1/100"))
    + "<gnc:template-transactions>"
    + _trn(6, "template", ("Giro", "1/100"), ("Bread", "-1/100"))
    + "</gnc:template-transactions></gnc:book></gnc-v2>"
)


@pytest.mark.parametrize(
    "pack",
    [
        str.encode,
        lambda text: gzip.compress(text.encode()),
        lambda text: text.replace(f" {NAMESPACES}", "").encode(),  # as before GnuCash 2.0
    ],
)
def test_gnucash_xml(pack):
    book = read("gnucash", pack(GNUCASH))
    assert facts(book) == [
        ("Giro", "2024-01-02", -5_50),
        ("Giro", "2024-01-03", 9_00),
        ("Giro", "2024-01-04", -3_01),
    ]
    bread, pay, save = book.transactions
    assert (bread.payee, bread.category, bread.group) == ("Baker", "Bread", "Food")
    assert [(part.amount, part.category) for part in pay.parts] == [
        (-1_00, "Food"),
        (10_00, "Income"),
    ]
    assert (save.parts[1].transfer_account, save.parts[1].transfer_amount) == ("Savings", 3_00)
    assert book.accounts[0].opening_balance == 100_00
    assert [problem.line for problem in book.problems] == [5]


def test_gnucash_sqlite(tmp_path):
    data = database(
        """CREATE TABLE books (guid TEXT, root_account_guid TEXT, root_template_guid TEXT);
        CREATE TABLE commodities (guid TEXT, namespace TEXT, mnemonic TEXT);
        CREATE TABLE accounts (guid TEXT, name TEXT, account_type TEXT, commodity_guid TEXT,
          parent_guid TEXT, hidden INT);
        CREATE TABLE transactions (guid TEXT, currency_guid TEXT, post_date TEXT, description TEXT);
        CREATE TABLE splits (guid TEXT, tx_guid TEXT, account_guid TEXT, memo TEXT, reconcile_state TEXT,
          value_num INT, value_denom INT, quantity_num INT, quantity_denom INT);
        CREATE TABLE gnucash_marker (x);
        INSERT INTO books VALUES ('b', 'r', 't');
        INSERT INTO commodities VALUES ('e', 'CURRENCY', 'EUR'), ('u', 'CURRENCY', 'USD');
        INSERT INTO accounts VALUES ('r', 'Root', 'ROOT', NULL, NULL, 0),
          ('t', 'Template', 'ROOT', NULL, NULL, 0), ('x', 'plan', 'BANK', 'e', 't', 0),
          ('g', 'Giro', 'BANK', 'e', 'r', 0), ('d', 'Dollars', 'BANK', 'u', 'r', 0);
        INSERT INTO transactions VALUES ('1', 'e', '2024-01-01 23:00:00', 'Move'),
          ('2', 'e', '2024-01-02 10:59:00', 'Plan');
        INSERT INTO splits VALUES ('s1', '1', 'g', '', 'n', -1000, 100, -1000, 100),
          ('s2', '1', 'd', 'in', 'n', 1000, 100, 1100, 100), ('s3', '2', 'x', '', 'n', 1, 1, 1, 1);""",
        tmp_path,
    )
    book = read("gnucash", data)
    assert facts(book) == [("Giro", "2024-01-02", -10_00)]
    assert book.transactions[0].transfer_amount == 11_00
    assert {one.name: one.currency for one in book.accounts} == {"Giro": "EUR", "Dollars": "USD"}


BEANCOUNT = """
option "operating_currency" "EUR"
* A heading
2024-01-01 open Assets:Bank:Giro EUR
2024-01-01 pad Assets:Bank:Giro Equity:Opening-Balances
2024-01-03 balance Assets:Bank:Giro 100.00 EUR
2024-01-02 * "Baker" "warm
rolls" #trip ^link ; said
  when: "noon"
  Assets:Bank:Giro   -(2.50 + 3) EUR
  Expenses:Food:Bread
2024-01-04 txn "Broker"
  Assets:Depot   2 AAPL {10.00 USD}
  Assets:Bank:Giro  -18.00 EUR @@ 20.00 USD
2024-01-05 ! "Sell"
  Assets:Depot  -1 AAPL {}
  Assets:Bank:Dollars  12.00 USD
  Income:Gains
2024-01-06 * "Gift"
  Assets:Bank:Giro  1 GOLDBAR
  Income:Gifts
"""


def test_beancount():
    book = read("beancount", BEANCOUNT)
    assert [(account.name, account.currency) for account in book.accounts] == [
        ("Giro", "EUR"),
        ("Depot", "USD"),
        ("Dollars", "USD"),
    ]
    assert book.accounts[0].opening_balance == 105_50
    baker, buy, sell = book.transactions
    assert (baker.amount, baker.category, baker.group, baker.tags) == (
        -5_50,
        "Bread",
        "Food",
        ("trip",),
    )
    assert baker.notes == "warm rolls\nsaid"
    assert (buy.account, buy.amount, buy.transfer_account, buy.transfer_amount) == (
        "Depot", 20_00, "Giro", -18_00
    )  # fmt: skip
    assert (sell.account, sell.amount) == ("Dollars", 12_00)
    assert [(part.amount, part.transfer_account) for part in sell.parts] == [
        (2_00, ""),
        (10_00, "Depot"),
    ]
    assert ["GOLDBAR" in problem.reason for problem in book.problems] == [True]


HLEDGER = """; a comment
commodity 1.000,00 EUR
account assets:bank:giro  ; type:A
alias checking=assets:bank:giro
comment
2024-01-01 not this
    a  1
end comment

2024-01-01 opening
    assets:bank:giro   100 EUR
    equity:opening

2024/01/02=2024/01/03 * (12) Baker | warm rolls  ; trip:, who:me
    expenses:food:bread   5,50 EUR  ; fresh
    checking
    (budget:food)  -5,50 EUR

2024-01-03 Pay
    assets:bank:giro    = 1.000,00 EUR
    income:pay

2024-01-04 Change
    assets:bank:dollars   $11.00 @@ 10,00 EUR
    assets:bank:giro

2024-01-05 Time
    work:home   2 h
    work:total

~ monthly
    expenses:rent  500 EUR
    assets:bank:giro
"""


@pytest.mark.parametrize("program", ["hledger", "ledger"])
def test_hledger(program):
    book = read(program, HLEDGER)
    giro = book.accounts[0]
    assert (giro.name, giro.opening_balance) == ("giro", 100_00)
    baker, pay, change = book.transactions
    assert (baker.payee, baker.amount, baker.category) == ("Baker", -5_50, "bread")
    assert (baker.notes, baker.tags) == ("warm rolls\nfresh", ("trip", "who: me"))
    assert pay.amount == 905_50
    assert (change.amount, change.transfer_account, change.transfer_amount) == (
        -10_00,
        "dollars",
        11_00,
    )
    assert [problem.line for problem in book.problems] == [27]
    assert (book.tally["transactions"], book.tally["postings"]) == (5, 11)


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("hledger", "include other.journal\n2024-01-01 x\n  a:b  1 EUR\n  c:d\n"),
        ("beancount", 'include "other.bean"\n2024-01-01 open Assets:A\n'),
    ],
)
def test_includes_are_refused(program, text):
    with pytest.raises(UnreadableFile, match="includes other files"):
        registry.read(program, text.encode())


def test_sums_in_amounts():
    assert calculate("(10.50 + 2) * 2 / 5 - -1") == 6


def test_rows_without_numbers_are_told_apart_by_content_and_occurrence():
    row = '"1/31/2024","Baker","BAKER","1.00","debit","Bread","Checking","",""\n'
    head = MINT.splitlines(keepends=True)[0]
    first, second = read("mint", head + row + row).transactions
    assert first.external_id != second.external_id
    assert read("mint", head + row).transactions[0].external_id == first.external_id
