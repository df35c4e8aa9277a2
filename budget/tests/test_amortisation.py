"""The arithmetic of debts against references that were written apart from it.

Published: the table of Quicktrim's QTAwk manual, http://www.quiktrim.org/QTAwk/amortp.html (100,000
at 13.25 per cent, 1,125.75 a month, interest rounded each month). Written here: the same sums in
Decimal and whole units, and the closed formula of a balance.
"""

from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budget.amortisation import (
    AVALANCHE,
    SNOWBALL,
    Loan,
    minimum_plan,
    never_ends,
    order_of,
    part_of,
    plan,
)

CENT = Decimal("0.01")

# Number: interest, principal, balance as published. All of 1996 to 1998, and the next five.
PUBLISHED = """
1 1104.17 21.58 99978.42 | 2 1103.93 21.82 99956.60 | 3 1103.69 22.06 99934.54
4 1103.44 22.31 99912.23 | 5 1103.20 22.55 99889.68 | 6 1102.95 22.80 99866.88
7 1102.70 23.05 99843.83 | 8 1102.44 23.31 99820.52 | 9 1102.18 23.57 99796.95
10 1101.92 23.83 99773.12 | 11 1101.66 24.09 99749.03 | 12 1101.40 24.35 99724.68
13 1101.13 24.62 99700.06 | 14 1100.85 24.90 99675.16 | 15 1100.58 25.17 99649.99
16 1100.30 25.45 99624.54 | 17 1100.02 25.73 99598.81 | 18 1099.74 26.01 99572.80
19 1099.45 26.30 99546.50 | 20 1099.16 26.59 99519.91 | 21 1098.87 26.88 99493.03
22 1098.57 27.18 99465.85 | 23 1098.27 27.48 99438.37 | 24 1097.97 27.78 99410.59
25 1097.66 28.09 99382.50 | 26 1097.35 28.40 99354.10 | 27 1097.03 28.72 99325.38
28 1096.72 29.03 99296.35 | 29 1096.40 29.35 99267.00 | 30 1096.07 29.68 99237.32
31 1095.75 30.00 99207.32 | 32 1095.41 30.34 99176.98 | 33 1095.08 30.67 99146.31
34 1094.74 31.01 99115.30 | 35 1094.40 31.35 99083.95
"""


def test_a_schedule_equals_the_published_table_to_the_cent():
    rows = minimum_plan([Loan(1, 10_000_000, Decimal("13.25"), 112_575)]).rows[1]
    published = [line.split() for line in PUBLISHED.replace("|", "\n").strip().splitlines()]
    assert len(published) == 35
    for number, interest, principal, balance in published:
        row = rows[int(number) - 1]
        found = [row.interest, row.principal, row.balance]
        assert found == [int(Decimal(text) * 100) for text in (interest, principal, balance)]
    # The sums of interest that the table gives for the ends of 1996, 1997 and 1998.
    sums = [sum(row.interest for row in rows[:months]) for months in (5, 17, 29)]
    assert sums == [551_843, 1_873_656, 3_191_375]


def reference(loans, extra, order, once=Decimal(0)):
    """The months, the interest and each debt's last month, in Decimal and whole units; None for never.

    `loans` are (name, balance, rate, least, per cent). Knows nothing of the module under test.
    """
    names = [one[0] for one in loans]
    balance = {name: amount for name, amount, *_rest in loans}
    facts = {name: rest for name, _amount, *rest in loans}

    def cents(value):
        return value.quantize(CENT, ROUND_HALF_EVEN)

    def due(name, owed):
        _rate, least, percent = facts[name]
        if percent is not None and cents(owed * percent / 100) > least:
            least = cents(owed * percent / 100)
        return least if least < owed else owed

    def monthly(name):
        return cents(balance[name] * facts[name][0] / 100 / 12)

    if order == "snowball":
        names.sort(key=lambda name: (balance[name], -facts[name][0]))
    else:
        names.sort(key=lambda name: (-facts[name][0], balance[name]))
    budget = extra + sum((due(n, balance[n] + monthly(n)) for n in names), Decimal(0))
    total, last = Decimal(0), {}
    for month in range(1, 1201):
        pot = budget + (once if month == 1 else 0)
        for name in names:
            total += monthly(name)
            balance[name] += monthly(name)
        payments = {name: due(name, balance[name]) for name in names}
        for name in names:
            balance[name] -= payments[name]
            pot -= payments[name]
        for name in names:
            if pot > 0 and balance[name] > 0:
                piece = min(pot, balance[name])
                balance[name] -= piece
                pot -= piece
        for name in names:
            if balance[name] == 0:
                last.setdefault(name, month)
        if len(last) == len(names):
            return month, total, last
    return None


HOUSEHOLD = [
    (1, Decimal("186400.00"), Decimal("3.85"), Decimal("1040.00"), None),
    (2, Decimal("2460.15"), Decimal("19.90"), Decimal("25.00"), Decimal("3")),
    (3, Decimal("7900.00"), Decimal("6.49"), Decimal("189.50"), None),
    (4, Decimal("600.00"), Decimal("0"), Decimal("50.00"), None),
]


def as_loans(facts):
    return [
        Loan(key, int(balance * 100), rate, int(least * 100), percent)
        for key, balance, rate, least, percent in facts
    ]


@pytest.mark.parametrize("order", [SNOWBALL, AVALANCHE])
@pytest.mark.parametrize("extra", ["0", "50", "312.37"])
@pytest.mark.parametrize("once", ["0", "50"])
def test_plans_agree_with_the_reference_to_the_cent(order, extra, once):
    with localcontext(prec=50):
        months, interest, last = reference(HOUSEHOLD, Decimal(extra), order, Decimal(once))
    extra, once = int(Decimal(extra) * 100), int(Decimal(once) * 100)
    found = plan(as_loans(HOUSEHOLD), extra, order, once=once)
    assert (found.months, found.interest) == (months, interest * 100)
    assert {key: found.finished(key) for key in found.rows} == last


def money(low, high):
    return st.integers(low, high).map(lambda minor: Decimal(minor) / 100)


RATES = st.integers(0, 350_000).map(lambda units: Decimal(units) / 10_000)
DEBTS = st.lists(
    st.tuples(
        money(1, 5_000_000),
        RATES,
        money(100, 200_000),
        st.one_of(st.none(), st.integers(1, 1000).map(lambda n: Decimal(n) / 100)),
    ),
    min_size=1,
    max_size=5,
).map(lambda rows: [(key, *facts) for key, facts in enumerate(rows, 1)])


@given(DEBTS, money(0, 100_000), st.sampled_from([SNOWBALL, AVALANCHE]))
def test_any_plan_agrees_with_the_reference_to_the_cent(debts, extra, order):
    with localcontext(prec=400):
        expected = reference(debts, extra, order)
    found = plan(as_loans(debts), int(extra * 100), order)
    if expected is None:
        assert found.months is None
    else:
        months, interest, last = expected
        assert (found.months, found.interest) == (months, interest * 100)
        assert {key: found.finished(key) for key in found.rows} == last


@given(money(100_000, 50_000_000), RATES.filter(bool), st.integers(1, 360))
def test_a_balance_stays_with_the_closed_formula(balance, rate, month):
    """B(n) = B(1 + i)^n − P((1 + i)^n − 1)/i; each month's rounding adds half a cent, with interest."""
    with localcontext(prec=60):
        i = rate / 1200
        grown = (1 + i) ** month
        payment = (balance * i * Decimal("1.3") + 1).quantize(CENT)
        exact = balance * grown - payment * (grown - 1) / i
        rows = minimum_plan([Loan(1, int(balance * 100), rate, int(payment * 100))]).rows[1]
        if len(rows) < month or rows[month - 1].balance == 0:
            assert exact <= payment  # paid off: the formula is at the last payment or past it
            return
        bound = CENT / 2 * (grown - 1) / i
        assert abs(Decimal(rows[month - 1].balance) / 100 - exact) <= bound


@given(DEBTS, st.integers(0, 100_000), st.sampled_from([SNOWBALL, AVALANCHE]))
def test_payments_are_what_was_owed_and_its_interest(debts, extra, order):
    loans = as_loans(debts)
    found = plan(loans, extra, order)
    for loan in loans:
        rows = found.rows[loan.key]
        left = rows[-1].balance
        assert sum(row.payment for row in rows) + left == loan.balance + sum(
            row.interest for row in rows
        )
        assert left >= 0
        assert (left == 0) == (found.finished(loan.key) is not None)
        before = loan.balance
        for number, row in enumerate(rows, 1):
            assert row.month == number
            assert row.balance == before + row.interest - row.payment
            assert row.interest == loan.interest(before)
            before = row.balance
    left = sum(rows[-1].balance for rows in found.rows.values())
    assert found.paid - found.interest + left == sum(loan.balance for loan in loans)


def _rounding(found, loans) -> int:
    """The most that rounding alone can move interest: half a minor unit a month and debt, and its interest."""
    return (found.months + 1) * len(loans) * 4


FIXED = DEBTS.map(lambda rows: [(*facts[:-1], None) for facts in rows])


@given(DEBTS, st.integers(0, 100_000))
def test_the_avalanche_never_costs_more_than_the_snowball(debts, extra):
    loans = as_loans(debts)
    snowball, avalanche = plan(loans, extra, SNOWBALL), plan(loans, extra, AVALANCHE)
    if snowball.months is None:
        return
    assert avalanche.months is not None
    assert avalanche.months <= snowball.months
    assert avalanche.interest <= snowball.interest + _rounding(snowball, loans)


@given(FIXED, st.integers(0, 50_000), st.integers(1, 50_000), st.booleans())
def test_paying_more_is_never_later_and_never_costs_more(debts, extra, more, is_once):
    loans = as_loans(debts)
    before = plan(loans, extra, AVALANCHE)
    after = plan(loans, extra + (0 if is_once else more), AVALANCHE, once=more if is_once else 0)
    if before.months is not None:
        assert after.months is not None
        assert after.months <= before.months
        assert after.interest <= before.interest + _rounding(before, loans)


@given(DEBTS, st.randoms(use_true_random=False), st.sampled_from([SNOWBALL, AVALANCHE]))
def test_the_order_in_which_debts_are_given_does_not_matter(debts, random, order):
    loans = as_loans(debts)
    shuffled = random.sample(loans, len(loans))
    assert plan(loans, 500, order) == plan(shuffled, 500, order)


@given(FIXED, st.integers(0, 10_000))
def test_one_plan_is_never_later_than_each_debt_for_itself(debts, extra):
    loans = as_loans(debts)
    alone = minimum_plan(loans)
    if alone.months is not None:
        assert plan(loans, extra, AVALANCHE).months <= alone.months


def test_what_is_over_goes_to_the_smallest_or_to_the_dearest():
    small = Loan(1, 50_000, Decimal(5), 1_000)
    dear = Loan(2, 200_000, Decimal(20), 4_000)
    assert order_of([dear, small], SNOWBALL) == [small, dear]
    assert order_of([small, dear], AVALANCHE) == [dear, small]
    first = plan([small, dear], 10_000, SNOWBALL)
    assert first.rows[1][0].payment == 11_000
    assert first.rows[2][0].payment == 4_000
    assert plan([small, dear], 10_000, AVALANCHE).rows[2][0].payment == 14_000


def test_the_payment_of_a_debt_that_is_paid_off_goes_to_the_next_at_once():
    small, big = Loan(1, 1_500, Decimal(0), 1_000), Loan(2, 10_000, Decimal(0), 1_000)
    rows = plan([small, big], 0, SNOWBALL).rows
    assert [row.payment for row in rows[1]] == [1_000, 500]
    assert [row.payment for row in rows[2]] == [1_000, 1_500, 2_000, 2_000, 2_000, 1_500]


def test_a_payment_below_the_interest_never_ends():
    loan = Loan(1, 1_000_000, Decimal(12), 10_000)
    assert never_ends(loan)
    assert minimum_plan([loan]).months is None
    assert minimum_plan([loan]).finished(1) is None
    assert not never_ends(Loan(1, 1_000_000, Decimal(12), 10_001))
    assert plan([loan], 1, AVALANCHE).months is not None


def test_a_debt_that_grows_beyond_all_bounds_is_given_up():
    found = minimum_plan([Loan(1, 10**15, Decimal(999), 1)])
    assert found.months is None
    assert len(found.rows[1]) < 20
    assert plan([Loan(1, 10**15, Decimal(999), 1)], 10**15).months is not None


def test_a_share_of_the_balance_falls_with_it_to_the_floor():
    card = Loan(1, 100_000, Decimal(0), 2_500, Decimal(10))
    payments = [row.payment for row in minimum_plan([card]).rows[1]]
    assert payments[:3] == [10_000, 9_000, 8_100]
    assert payments[-2] == 2_500
    assert sum(payments) == 100_000


def test_nothing_owed_is_paid_off_already():
    found = plan([Loan(1, 0, Decimal(5), 1_000)], 100)
    assert (found.months, found.interest, found.finished(1)) == (0, 0, 0)
    assert plan([]).months == 0


def test_halves_are_rounded_to_the_even_unit():
    # 2 × 25 % = 0.5 and 6 × 25 % = 1.5, as ROUND_HALF_EVEN has it.
    assert [part_of(n, Decimal(25), 100) for n in (2, 6, 10)] == [0, 2, 2]
    assert part_of(10**15, Decimal("3.8501"), 1200) == 3_208_416_666_667
