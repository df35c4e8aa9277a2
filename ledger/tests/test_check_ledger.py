"""Each kind of damage, done by hand, is found."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Membership
from ledger.invariants import check
from ledger.models import (
    AccountMonth,
    CategoryMonth,
    Reconciliation,
    Tombstone,
    Transaction,
    Transfer,
)
from ledger.services.reconciliation import finish_reconciliation, start_reconciliation, tick
from ledger.services.statements import post_lines
from ledger.services.transactions import Part, split_transaction
from ledger.services.transfers import record_transfer
from ledger.services.trash import delete_transactions
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory, CategoryFactory, PayeeFactory, make_transaction

DAY = dt.date(2026, 11, 3)


@pytest.fixture
def house(household, alice):
    """A household with one of everything, and sound."""
    account, other = (AccountFactory(household=household) for _n in range(2))
    food, fun = (CategoryFactory(household=household) for _n in range(2))
    make_transaction(account, by=alice, category=food, payee=PayeeFactory(household=household))
    split = make_transaction(account, by=alice, amount=-5000)
    split_transaction(transaction=split, parts=[Part(-4000, food), Part(-1000, fun)], by=alice)
    record_transfer(source=account, target=other, amount=700, date=DAY, by=alice)
    lines = [StatementLine(n, DAY, -100 * n, f"ROW {n}", external_id=f"x{n}") for n in (1, 2)]
    post_lines(account=other, lines=lines, source="ofx", by=alice)
    gone = make_transaction(other, by=alice)
    delete_transactions(household=household, ids=[gone.pk], by=alice)
    row = make_transaction(other, by=alice, amount=-900)
    reconciliation = start_reconciliation(
        account=other, statement_on=DAY, statement_balance=-900, by=alice
    )
    tick(reconciliation=reconciliation, ids=[row.pk], is_ticked=True, by=alice)
    finish_reconciliation(reconciliation=reconciliation, by=alice)
    assert check() == []
    return household


def rows(**where):
    return Transaction.objects.filter(**where)


def stranger_row():
    return make_transaction(AccountFactory())


DAMAGE = {
    "a part's amount": lambda: rows(parent__isnull=False).filter(amount=-4000).update(amount=-4001),
    "a part's date": lambda: rows(amount=-4000).update(date=DAY + dt.timedelta(days=1)),
    "a part's state": lambda: rows(amount=-4000).update(status=0),
    "a split's mark": lambda: rows(is_split=True).update(is_split=False),
    "a lost part": lambda: rows(parent__isnull=False).delete(),
    "a transfer's leg": lambda: rows(transfer__isnull=False, amount__gt=0).update(transfer=None),
    "a transfer's amount": lambda: rows(transfer__isnull=False, amount__gt=0).update(amount=701),
    "a transfer's sign": lambda: rows(transfer__isnull=False).update(amount=700),
    "a transfer without legs": lambda: Transfer.objects.create(
        household=Transfer.objects.get().household
    ),
    "another household's category": lambda: rows(category__isnull=False).update(
        category=CategoryFactory()
    ),
    "another household's payee": lambda: rows(payee__isnull=False).update(payee=PayeeFactory()),
    "another household's account": lambda: rows(amount=-1000, parent=None).update(
        account=AccountFactory()
    ),
    "a month": lambda: rows(amount=-900).update(month=1),
    "an account's total": lambda: AccountMonth.objects.update(amount=1),
    "an account's count": lambda: AccountMonth.objects.update(count=99),
    "a missing account total": lambda: AccountMonth.objects.all().delete(),
    "a category's total": lambda: CategoryMonth.objects.update(amount=1),
    "a missing category total": lambda: CategoryMonth.objects.all().delete(),
    "a category total twice": lambda: CategoryMonth.objects.bulk_create(
        [CategoryMonth(**{**row, "id": None}) for row in CategoryMonth.objects.values()[:1]]
    ),
    "a reconciled amount": lambda: rows(status=2).update(amount=-901),
    "a reconciled state": lambda: rows(status=2).update(status=1),
    "a statement's balance": lambda: Reconciliation.objects.update(statement_balance=5),
    "a row that lies in the trash": lambda: Tombstone.objects.update(
        transaction_id=rows(parent=None).first().pk
    ),
    "a household without owner": lambda: Membership.objects.all().delete(),
    "a search text": lambda: rows(amount=-900).update(search_text="something else"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_found(house, kind):
    DAMAGE[kind]()
    assert check() != []
    with pytest.raises(SystemExit):
        call_command("check_ledger", verbosity=0)


def test_a_lost_entry_of_the_search_index_is_found(house):
    if connection.vendor != "sqlite":
        return  # PostgreSQL keeps its own indexes
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_transaction_search(ledger_transaction_search) VALUES ('delete-all')"
        )
    assert {damage.rule for damage in check()} == {"search"}


def test_messages_name_rows_and_never_texts(house, capsys):
    rows(amount=-900).update(amount=-123456)
    with pytest.raises(SystemExit):
        call_command("check_ledger", household=str(house.pk))
    assert "123456" not in capsys.readouterr().out
