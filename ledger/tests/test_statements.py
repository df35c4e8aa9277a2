import datetime as dt

import pytest
from django.db.models import Sum

from ledger.models import AccountMonth, CategoryMonth, ImportBatch, Payee, Status, Transaction
from ledger.services.statements import Outcome, post_lines
from ledger.statement_line import StatementLine
from ledger.tests.factories import AccountFactory


@pytest.fixture
def account(household):
    return AccountFactory(household=household)


def line(number, day, amount, text, **facts):
    return StatementLine(number, dt.date(2026, 11, day), amount, text, **facts)


COFFEES = [
    line(2, 3, -350, "COFFEE 4711"),
    line(3, 3, -350, "COFFEE 4711"),
    line(4, 5, 9900, "ACME"),
]


def test_equal_rows_of_one_file_are_two_transactions(account, alice):
    posted = post_lines(account=account, lines=COFFEES, source="csv", by=alice)
    assert posted.added == 3
    assert Transaction.objects.movements().aggregate(s=Sum("amount"))["s"] == 9200


def test_the_same_file_again_adds_nothing(account, alice):
    post_lines(account=account, lines=COFFEES, source="csv", by=alice)
    again = post_lines(account=account, lines=reversed(COFFEES), source="csv", by=alice)
    assert again.added == 0
    assert again.counts[Outcome.DUPLICATE] == 3


def test_overlapping_halves_make_the_union(account, alice):
    post_lines(account=account, lines=COFFEES[:1], source="csv", by=alice)
    posted = post_lines(account=account, lines=COFFEES, source="csv", by=alice)
    assert posted.added == 2


def test_totals_follow(account, alice):
    post_lines(account=account, lines=COFFEES, source="csv", by=alice)
    assert [row.amount for row in AccountMonth.objects.all()] == [9200]
    assert sorted(CategoryMonth.objects.values_list("amount", "count")) == [(-700, 2), (9900, 1)]


def test_external_id_is_known_again_even_with_another_text(account, alice):
    post_lines(
        account=account, lines=[line(1, 3, -100, "A", external_id="x1")], source="ofx", by=alice
    )
    posted = post_lines(
        account=account, lines=[line(1, 4, -100, "B", external_id="x1")], source="ofx", by=alice
    )
    assert posted.counts == {Outcome.DUPLICATE: 1}


def test_two_ids_of_one_source_are_never_merged(account, alice):
    lines = [line(n, 3, -100, "A", external_id=f"x{n}") for n in (1, 2)]
    assert post_lines(account=account, lines=lines, source="ofx", by=alice).added == 2


def test_another_source_is_probably_the_same_and_remembered(account, alice):
    post_lines(account=account, lines=COFFEES, source="csv", by=alice)
    twins = [line(n, 4, -350, "Cafe", external_id=f"x{n}") for n in (1, 2, 3)]
    posted = post_lines(account=account, lines=twins, source="ofx", by=alice)
    assert posted.counts == {Outcome.PROBABLE: 2, Outcome.NEW: 1}
    again = post_lines(account=account, lines=twins, source="ofx", by=alice)
    assert again.added == 0


def test_a_booked_line_settles_its_pending_row(account, alice):
    post_lines(
        account=account, lines=[line(1, 3, -100, "SHOP 12", pending=True)], source="csv", by=alice
    )
    posted = post_lines(
        account=account, lines=[line(1, 5, -100, "SHOP 13")], source="csv", by=alice
    )
    assert posted.counts == {Outcome.SETTLES: 1}
    row = Transaction.objects.get()
    assert (row.status, row.date.day, row.description) == (Status.BOOKED, 5, "SHOP 12")


def test_a_named_payee_is_made_once(account, alice):
    lines = [line(n, n, -100, f"card {n}", payee="Corner  Shop") for n in (1, 2)]
    post_lines(account=account, lines=lines, source="ofx", by=alice)
    assert [payee.name for payee in Payee.objects.all()] == ["Corner Shop"]
    assert Transaction.objects.filter(payee__name="Corner Shop").count() == 2


def test_a_failure_leaves_nothing(account, alice):
    def broken():
        yield COFFEES[0]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        post_lines(account=account, lines=broken(), source="csv", by=alice)
    assert not Transaction.objects.exists()
    assert not ImportBatch.objects.exists()


def test_a_pending_row_that_is_in_the_file_itself_is_not_settled_by_its_twin(account, alice):
    """Two coffees of one day, the first known and still pending, stay two."""
    post_lines(account=account, lines=COFFEES[:1], source="csv", by=alice)
    Transaction.objects.update(status=Status.PENDING)
    posted = post_lines(account=account, lines=COFFEES, source="csv", by=alice)
    assert posted.added == 2
    assert post_lines(account=account, lines=COFFEES, source="csv", by=alice).added == 0


@pytest.mark.parametrize("facts", [{"external_id": "x1"}, {}])
def test_the_same_row_settles_when_it_comes_again_as_booked(account, alice, facts):
    def come(pending):
        row = line(1, 3, -100, "SHOP", pending=pending, **facts)
        return post_lines(account=account, lines=[row], source="ofx", by=alice).counts

    assert come(pending=True) == {Outcome.NEW: 1}
    assert come(pending=True) == {Outcome.DUPLICATE: 1}
    assert come(pending=False) == {Outcome.SETTLES: 1}
    assert Transaction.objects.get().status == Status.BOOKED
    assert come(pending=False) == {Outcome.DUPLICATE: 1}
