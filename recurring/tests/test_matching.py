"""Which transaction was which occurrence."""

import datetime as dt

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.models import ChangeSet, Tombstone, Transaction
from ledger.services.duplicates import merge_duplicates
from ledger.services.naming import find_or_make_payee, merge_payees
from ledger.services.transactions import edit_transaction
from ledger.services.trash import delete_transactions, restore
from ledger.services.undo import undo
from ledger.tests.factories import AccountFactory, make_transaction
from recurring.assignment import assign
from recurring.errors import BillError, TakenError
from recurring.models import Occurrence
from recurring.services.matching import match, match_by_hand, skip, unmatch, unskip
from recurring.services.refresh import refresh
from recurring.tests.factories import make_series, states

pytestmark = pytest.mark.django_db

TODAY = dt.date(2026, 11, 21)
M = Occurrence.State


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def account(household):
    return AccountFactory(household=household)


@pytest.fixture
def payee(household):
    return find_or_make_payee(household=household, name="Netflix")


@pytest.fixture
def series(account, payee):
    return make_series(account, payee=payee, starts_on=dt.date(2026, 9, 5), name="Netflix")


def pay(account, day, amount=-1000, **facts):
    return make_transaction(account, amount=amount, date=day, **facts)


def again(household, whole=()):
    refresh(household=household, today=TODAY, whole=whole)


def test_a_payment_is_matched_to_the_day_it_was_due(household, account, payee, series):
    row = pay(account, dt.date(2026, 11, 6), payee=payee)
    again(household)
    found = states(series)
    assert found[dt.date(2026, 11, 5)] == (M.MATCHED, row.pk)
    assert found[dt.date(2026, 10, 5)] == (M.MISSING, None)
    assert found[dt.date(2026, 12, 5)] == (M.EXPECTED, None)


def test_another_payee_amount_direction_or_account_is_not_it(household, account, payee, series):
    day = dt.date(2026, 11, 5)
    pay(account, day, payee=find_or_make_payee(household=household, name="Spotify"))
    pay(account, day, amount=-2000, payee=payee)
    pay(account, day, amount=1000, payee=payee)
    pay(AccountFactory(household=household), day, payee=payee)
    pay(account, dt.date(2026, 11, 1), payee=payee)
    again(household)
    assert states(series)[day] == (M.MISSING, None)


def test_one_that_comes_very_late_ends_the_missing(household, account, payee, series):
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MISSING, None)
    row = pay(account, dt.date(2026, 11, 17), payee=payee)
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MATCHED, row.pk)


def test_it_is_late_before_it_is_missing(household, account, payee):
    series = make_series(account, starts_on=dt.date(2026, 11, 18), late_days=5)
    assert states(series)[dt.date(2026, 11, 18)] == (M.EXPECTED, None)
    refresh(household=household, today=dt.date(2026, 11, 23))
    assert states(series)[dt.date(2026, 11, 18)] == (M.EXPECTED, None)
    refresh(household=household, today=dt.date(2026, 11, 24))
    assert states(series)[dt.date(2026, 11, 18)] == (M.MISSING, None)


def test_two_series_of_one_payee_take_each_their_own(household, account, payee):
    small = make_series(account, payee=payee, amount=-1000, starts_on=dt.date(2026, 11, 5))
    big = make_series(
        account,
        payee=payee,
        amount=-1200,
        starts_on=dt.date(2026, 11, 5),
    )
    row_big = pay(account, dt.date(2026, 11, 5), amount=-1200, payee=payee)
    row_small = pay(account, dt.date(2026, 11, 5), amount=-1000, payee=payee)
    again(household)
    assert states(small)[dt.date(2026, 11, 5)] == (M.MATCHED, row_small.pk)
    assert states(big)[dt.date(2026, 11, 5)] == (M.MATCHED, row_big.pk)


def test_words_tell_a_payment_where_there_is_no_payee(household, account):
    series = make_series(account, words="Versicherung Huk", starts_on=dt.date(2026, 11, 5))
    pay(account, dt.date(2026, 11, 5), description="HUK COBURG")
    row = pay(account, dt.date(2026, 11, 6), description="HUK COBURG KFZ-VERSICHERUNG 0815")
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MATCHED, row.pk)


def test_a_deleted_payment_lets_go_and_comes_back_when_it_is_restored(
    household, account, payee, series
):
    row = pay(account, dt.date(2026, 11, 5), payee=payee)
    again(household)
    delete_transactions(household=household, ids=[row.pk], by=None)
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MISSING, None)
    restore(household=household, transaction_ids=[row.pk], by=None)
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MATCHED, row.pk)


def test_a_match_by_hand_survives_the_trash(household, account, series):
    row = pay(account, dt.date(2026, 10, 30), amount=-9900)
    november = series.occurrences.get(due_on=dt.date(2026, 11, 5))
    match_by_hand(occurrence=november, transaction=row)
    again(household)
    assert states(series)[november.due_on] == (M.MATCHED, row.pk)
    delete_transactions(household=household, ids=[row.pk], by=None)
    again(household)
    assert states(series)[november.due_on] == (M.MISSING, None)
    restore(household=household, transaction_ids=[row.pk], by=None)
    again(household)
    assert states(series)[november.due_on] == (M.MATCHED, row.pk)


def test_a_match_by_hand_follows_a_merge_to_the_survivor(household, account, series, bob):
    kept = pay(account, dt.date(2026, 10, 30), amount=-9900)
    gone = pay(account, dt.date(2026, 10, 30), amount=-9900)
    november = series.occurrences.get(due_on=dt.date(2026, 11, 5))
    match_by_hand(occurrence=november, transaction=gone)
    merge_duplicates(keep=kept, drop=gone, by=bob)
    assert Tombstone.objects.filter(transaction_id=gone.pk, survivor_id=kept.pk).exists()
    again(household)
    assert states(series)[november.due_on] == (M.MATCHED, kept.pk)


def test_a_payment_of_long_ago_that_goes_is_let_go_too(household, account, payee):
    series = make_series(account, payee=payee, starts_on=dt.date(2025, 3, 5))
    row = pay(account, dt.date(2025, 3, 5), payee=payee)
    again(household, whole=[series.pk])
    assert states(series)[dt.date(2025, 3, 5)] == (M.MATCHED, row.pk)
    delete_transactions(household=household, ids=[row.pk], by=None)
    again(household)
    assert states(series)[dt.date(2025, 3, 5)] == (M.MISSING, None)


def test_what_was_unmatched_is_not_matched_again(household, account, payee, series):
    row = pay(account, dt.date(2026, 11, 5), payee=payee)
    again(household)
    unmatch(occurrence=series.occurrences.get(due_on=dt.date(2026, 11, 5)), today=TODAY)
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MISSING, None)
    other = pay(account, dt.date(2026, 11, 7), payee=payee)
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MATCHED, other.pk)
    assert row.pk not in {pk for _state, pk in states(series).values()}


def test_a_transaction_that_a_person_gave_away_is_not_taken_by_another(household, account, payee):
    first = make_series(account, payee=payee, starts_on=dt.date(2026, 11, 5))
    second = make_series(account, payee=payee, starts_on=dt.date(2026, 11, 5))
    row = pay(account, dt.date(2026, 11, 5), payee=payee)
    again(household)
    theirs, mine = (s.occurrences.get(due_on=dt.date(2026, 11, 5)) for s in (first, second))
    match_by_hand(occurrence=mine, transaction=row)
    again(household)
    assert states(second)[mine.due_on] == (M.MATCHED, row.pk)
    assert states(first)[mine.due_on] == (M.MISSING, None)
    with pytest.raises(TakenError):
        match_by_hand(occurrence=theirs, transaction=row)


def test_money_in_is_not_matched_by_hand_to_a_bill(account, series):
    row = pay(account, dt.date(2026, 11, 5), amount=1000)
    with pytest.raises(BillError):
        match_by_hand(
            occurrence=series.occurrences.get(due_on=dt.date(2026, 11, 5)), transaction=row
        )


def test_a_skipped_one_takes_nothing_until_it_is_expected_again(household, account, payee, series):
    november = series.occurrences.get(due_on=dt.date(2026, 11, 5))
    skip(occurrence=november)
    row = pay(account, dt.date(2026, 11, 5), payee=payee)
    again(household)
    assert states(series)[november.due_on] == (M.SKIPPED, None)
    november.refresh_from_db()
    unskip(occurrence=november, today=TODAY)
    again(household)
    assert states(series)[november.due_on] == (M.MATCHED, row.pk)


def test_an_amount_that_changes_a_little_stays_and_one_beyond_recognition_lets_go(
    household, account, payee, series
):
    row = pay(account, dt.date(2026, 11, 5), payee=payee)
    again(household)
    edit_transaction(transaction=row, by=None, amount=-1400)
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MATCHED, row.pk)
    edit_transaction(transaction=row, by=None, amount=-90000)
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MISSING, None)


def test_a_merged_payee_is_followed(household, account, payee, bob):
    series = make_series(account, payee=payee, name="Netflix", starts_on=dt.date(2026, 11, 5))
    other = find_or_make_payee(household=household, name="Netflix International")
    merge_payees(payees=[payee], into=other, by=bob)
    row = pay(account, dt.date(2026, 11, 5), payee=other)
    again(household)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MATCHED, row.pk)


def test_a_transfer_is_told_by_its_other_account(household, account):
    from ledger.services.transfers import record_transfer

    savings, cash = AccountFactory(household=household), AccountFactory(household=household)
    series = make_series(
        account, kind="transfer", other_account=savings, starts_on=dt.date(2026, 11, 5)
    )
    for target in (cash, savings):
        record_transfer(
            source=account, target=target, amount=1000, date=dt.date(2026, 11, 5), by=None
        )
    again(household)
    leg = Transaction.objects.get(account=account, transfer__legs__account=savings)
    assert states(series)[dt.date(2026, 11, 5)] == (M.MATCHED, leg.pk)


def test_matching_asks_few_queries_however_many_bills(
    household, account, payee, django_assert_max_num_queries
):
    for _ in range(12):
        make_series(account, payee=payee, starts_on=dt.date(2026, 9, 5))
    for day in range(1, 21):
        pay(account, dt.date(2026, 11, day), payee=payee)
    with django_assert_max_num_queries(12):
        match(household=household, today=TODAY)


# What happens to transactions, in any order

_DAYS = st.integers(0, 80).map(lambda n: dt.date(2026, 9, 1) + dt.timedelta(days=n))
_SIZES = st.sampled_from([1000, 1100, 900, 1200, 5000])
_ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["add", "add", "add", "delete", "restore", "date", "amount", "merge", "undo"]
        ),
        st.integers(0, 20),
        _DAYS,
        _SIZES,
    ),
    min_size=1,
    max_size=12,
)


def _do(household, account, payee, act, number, day, size) -> None:
    rows = list(Transaction.objects.filter(household=household).order_by("pk"))
    row = rows[number % len(rows)] if rows else None
    if act == "add" or row is None:
        pay(account, day, amount=-size, payee=payee)
    elif act == "delete":
        delete_transactions(household=household, ids=[row.pk], by=None)
    elif act == "date":
        edit_transaction(transaction=row, by=None, date=day)
    elif act == "amount":
        edit_transaction(transaction=row, by=None, amount=-size)
    elif act == "merge":
        twins = [r for r in rows if r.pk != row.pk and r.amount == row.amount]
        if twins:
            merge_duplicates(keep=row, drop=twins[0], by=None)
    elif act == "restore":
        stones = Tombstone.objects.filter(household=household, reason="deleted")
        ids = list(stones.values_list("transaction_id", flat=True)[:1])
        if ids:
            restore(household=household, transaction_ids=ids, by=None)
    else:
        last = ChangeSet.objects.filter(household=household, undone_by=None).order_by("-pk").first()
        if last is not None and last.kind != ChangeSet.Kind.UNDO:
            undo(change_set=last, by=None)


@settings(max_examples=25)
@given(acts=_ACTS)
def test_whatever_happens_matching_is_one_to_one_idempotent_and_as_a_fresh_run(acts):
    from accounts.tests.factories import HouseholdFactory

    household = HouseholdFactory()
    account = AccountFactory(household=household)
    payee = find_or_make_payee(household=household, name="Netflix")
    facts = {"payee": payee, "is_fixed": False, "starts_on": dt.date(2026, 9, 3)}
    monthly = make_series(account, **facts, amount_low=500, amount_high=1500)
    weekly = make_series(
        account, **facts, rule="FREQ=WEEKLY", amount=-1100, amount_low=600, amount_high=1600
    )
    for act in acts:
        _do(household, account, payee, *act)
        match(household=household, today=TODAY)
        matched = Occurrence.objects.filter(household=household, state=M.MATCHED)
        ids = list(matched.values_list("transaction_id", flat=True))
        assert len(ids) == len(set(ids))
        living = set(Transaction.objects.filter(pk__in=ids).values_list("pk", flat=True))
        assert living == set(ids)
    assert match(household=household, today=TODAY) == 0
    now = (states(monthly), states(weekly))
    Occurrence.objects.filter(household=household).update(transaction=None, state=M.EXPECTED)
    match(household=household, today=TODAY)
    assert (states(monthly), states(weekly)) == now


_EDGES = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(10, 14)), st.integers(0, 9), max_size=14
)


@given(edges=_EDGES)
@settings(max_examples=200)
def test_the_assignment_is_the_largest_and_of_those_the_cheapest(edges):
    found = assign(edges)
    assert len(set(found.values())) == len(found)
    assert all((left, right) in edges for left, right in found.items())
    assert (len(found), -sum(edges[pair] for pair in found.items())) == _best(edges)


def _best(edges, left=0, taken=frozenset()) -> tuple[int, int]:
    if left > 4:
        return (0, 0)
    best = _best(edges, left + 1, taken)
    for (one, right), cost in edges.items():
        if one == left and right not in taken:
            count, rest = _best(edges, left + 1, taken | {right})
            best = max(best, (count + 1, rest - cost))
    return best
