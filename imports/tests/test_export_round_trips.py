"""What the ledger exports is read back by the importers: the same money, and nothing twice."""

import datetime as dt

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.parsers import registry as readers
from imports.reading import checked, inspect, read
from ledger.balances import balance_on
from ledger.exports import registry
from ledger.exports.selection import book_of
from ledger.filters import TransactionFilter
from ledger.invariants import check
from ledger.models import Account, Payee, Status, Transaction
from ledger.own_id import own_id
from ledger.services.matching import Outcome
from ledger.services.statements import post_lines
from ledger.services.transactions import Part, edit_transaction, split_transaction
from ledger.services.transfers import record_transfer
from ledger.services.trash import delete_transactions
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, CategoryFactory, PayeeFactory, make_transaction

FORMATS = [name for name in ("ofx", "qif", "csv") if name in readers.names()]
END = dt.date(2100, 1, 1)


def export(account, form) -> bytes:
    query = QueryDict(mutable=True)
    query["account"] = str(account.pk)
    book = book_of(TransactionFilter(query, household=account.household))
    return b"".join(registry.named(form).pieces(book))


def lines_of(data, form, account) -> list[StatementLine]:
    """The lines of an export of one account, as the importers read them. None may be a problem."""
    found = inspect(data, f"x.{form}", household=account.household, currency=account.currency)
    assert found.format == form
    parsed = read(data, form, found.mapping, account.currency)
    assert len(parsed.statements) == 1
    lines = list(checked(parsed.statements[0], account))
    assert all(isinstance(line, StatementLine) for line in lines)
    assert parsed.warnings == []
    return lines


def settled(account):
    rows = Transaction.objects.movements().filter(account=account)
    return sorted(rows.exclude(status=Status.PENDING).values_list("date", "amount"))


def fill(account, other, by):
    """Rows of every kind: typed and imported, split, edited, moved, equal, pending."""
    payee = PayeeFactory(household=account.household, name="Corner Shop & Sons <Ltd>")
    category = CategoryFactory(household=account.household)
    for day in (3, 3, 4):
        make_transaction(account, -1250, dt.date(2026, 11, day), by, description="COFFEE")
    make_transaction(account, -1234, by=by, payee=payee, description='A "B" & C; <D>')
    make_transaction(account, -7, by=by, status=Status.PENDING, description="LATER")
    make_transaction(account, 1_000_000, by=by, category=category)
    split = make_transaction(account, -900, by=by, description="SPLIT")
    split_transaction(transaction=split, parts=[Part(-400, category), Part(-500)], by=by)
    record_transfer(
        source=account,
        target=other,
        amount=5000,
        target_amount=5000 if other.currency == account.currency else 777,
        date=dt.date(2026, 11, 9),
        by=by,
    )
    for form in FORMATS:
        lines = [
            StatementLine(1, dt.date(2026, 11, 5), -300, f"BY {form}", external_id=f"{form}-1"),
            StatementLine(2, dt.date(2026, 11, 5), -400, f"ALSO BY {form}"),
            StatementLine(3, dt.date(2026, 11, 5), -400, f"ALSO BY {form}"),
            StatementLine(4, dt.date(2026, 11, 6), -500, f"NAMED  BY\n{form}", payee="Somebody"),
        ]
        post_lines(account=account, lines=lines, source=form, by=by)
    row = Transaction.objects.filter(account=account, description__startswith="ALSO").first()
    edit_transaction(transaction=row, by=by, date=dt.date(2026, 11, 20), notes="moved")


@pytest.fixture(params=["EUR", "JPY", "KWD"])
def account(request, household, alice):
    currency = request.param
    account = AccountFactory(household=household, currency=currency, opening_balance=1234)
    fill(account, AccountFactory(household=household, currency="EUR"), alice)
    return account


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_adds_nothing_where_it_came_from(account, alice, form):
    before = Transaction.objects.count()
    for _ in range(2):
        lines = lines_of(export(account, form), form, account)
        assert len(lines) >= len(settled(account))
        posted = post_lines(account=account, lines=lines, source=form, by=alice)
        assert posted.counts[Outcome.NEW] == posted.counts[Outcome.SETTLES] == 0
        assert Transaction.objects.count() == before
    assert check() == []


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_is_the_same_money_elsewhere(account, charlie, form):
    empty = charlie.memberships.get().household
    twin = AccountFactory(household=empty, currency=account.currency, opening_balance=1234)
    data = export(account, form)
    lines = lines_of(data, form, twin)
    post_lines(account=twin, lines=[ln for ln in lines if not ln.pending], source=form, by=None)
    assert settled(twin) == settled(account)
    pending = -7
    assert balance_on(twin, END) == balance_on(account, END) - pending
    again = post_lines(account=twin, lines=lines_of(data, form, twin), source=form, by=None)
    assert again.added == (1 if form == "csv" else 0)  # csv has the pending row, left out above
    assert check() == []


def test_ofx_says_the_balance_of_the_bank(account):
    found = readers.parse(export(account, "ofx")).statements[0]
    assert found.currency == account.currency
    assert found.closing_balance == balance_on(account, END) + 7


def test_all_accounts_come_back_from_one_file(household, alice):
    kind = Account.Kind
    for number, (name, of, currency) in enumerate(
        [
            ("A", kind.CURRENT, "EUR"),
            ("B", kind.SAVINGS, "EUR"),
            ("C", kind.CREDIT_CARD, "USD"),
            ("D", kind.CURRENT, "EUR"),
        ]
    ):
        one = AccountFactory(household=household, name=name, kind=of, currency=currency)
        Account.objects.filter(pk=one.pk).update(
            number="DE12 3456 7890" if number in (0, 3) else ""
        )
        make_transaction(one, -100 - number, by=alice, description=name)
    book = book_of(TransactionFilter(QueryDict(), household=household))
    parsed = readers.parse(b"".join(registry.named("ofx").pieces(book)))
    found = [(s.kind_hint, [e.amount for e in s.entries]) for s in parsed.statements]
    assert found == [
        ("current", [-100]),
        ("savings", [-101]),
        ("current", [-103]),
        ("credit_card", [-102]),
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_three_decimals_are_no_thousands(household, alice, form):
    account = AccountFactory(household=household, currency="KWD")
    for amount in (-1250, 5, 3_000_000):
        make_transaction(account, amount, by=alice, description="X")
        lines = lines_of(export(account, form), form, account)
        assert sorted(line.amount for line in lines) == [
            row[1] for row in sorted(settled(account), key=lambda row: row[1])
        ]


def test_our_ids_find_rows_in_the_trash(household, alice):
    account = AccountFactory(household=household)
    row = make_transaction(account, by=alice, description="GONE")
    data = export(account, "ofx")
    delete_transactions(household=household, ids=[row.pk], by=alice)
    posted = post_lines(
        account=account, lines=lines_of(data, "ofx", account), source="ofx", by=alice
    )
    assert posted.counts == {Outcome.DELETED: 1}


def test_our_ids_are_no_rows_of_another_account(household, alice):
    account, other = AccountFactory(household=household), AccountFactory(household=household)
    row = make_transaction(account, by=alice)
    line = StatementLine(1, row.date, row.amount, "X", external_id=own_id(household.code, row.pk))
    assert post_lines(account=other, lines=[line], source="ofx", by=alice).added == 1
    assert post_lines(account=other, lines=[line], source="ofx", by=alice).added == 0


_ANY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
        st.sampled_from("\"'^;:|[]<>/&#=+-!,\n\r\t\u0085\u2028\u00a0 \ufffe"),
    ),
    max_size=60,
)


@given(name=_ANY, payee=_ANY, text=_ANY)
@settings(max_examples=60)
def test_any_text_comes_back(household, alice, name, payee, text):
    account = AccountFactory(household=household)
    Account.objects.filter(pk=account.pk).update(name=name, number=name)
    somebody = Payee.objects.filter(household=household).first()
    somebody = somebody or PayeeFactory(household=household)
    Payee.objects.filter(pk=somebody.pk).update(name=payee)
    for amount in (-100, 2500):
        make_transaction(account, amount, by=alice, payee=somebody, description=text)
    make_transaction(account, 300, by=alice, description=text)
    for form in set(FORMATS) - {"csv"}:  # what its columns mean is guessed from what is in them
        lines = lines_of(export(account, form), form, account)
        assert sorted(line.amount for line in lines) == [-100, 300, 2500]
        if form == "ofx":
            assert len({line.external_id for line in lines}) == 3
        posted = post_lines(account=account, lines=lines, source=form, by=alice)
        assert posted.added == 0
