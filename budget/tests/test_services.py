"""What is written: amounts, moves, plans, templates, and who was first."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.services.deletion import delete_household
from budget.errors import (
    AmountConflictError,
    BeforeTheFirstMonthError,
    BudgetError,
    ForeignCategoryError,
    MoveError,
)
from budget.models import BudgetAmount, BudgetMove, BudgetPlan, ExpectedRefund, Share
from budget.month import budget_month
from budget.services.amounts import copy_month, hold, move_money, set_amount
from budget.services.filling import apply_templates, set_to_average
from budget.services.plans import change_plan, plan_for, set_category_plan
from budget.services.refunds import expect_refund
from budget.services.shares import share_transaction
from budget.tests.factories import NOVEMBER, make_budget
from core.months import Month
from currencies.services import type_rate
from ledger.invariants import check
from ledger.models import CategoryMonth
from ledger.services.transfers import record_transfer
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction

TODAY = dt.date(2026, 11, 21)


@pytest.fixture
def limits(alice, household):
    return make_budget(household)


@pytest.fixture
def envelopes(alice, household):
    return make_budget(household, method=BudgetPlan.Method.ENVELOPES)


def budgeted(category, month=NOVEMBER):
    return BudgetAmount.objects.get(category=category, month=month.index).amount


def line(household, category, month=NOVEMBER, today=TODAY):
    return budget_month(household, month, today=today).lines[category.pk]


def test_two_members_who_change_one_amount_do_not_lose_one_anothers(limits, alice, bob):
    household, _account, _salary, (food, *_rest) = limits
    facts = {"household": household, "category": food, "month": NOVEMBER}
    first = set_amount(**facts, amount=30_000, version=0, by=alice)
    set_amount(**facts, amount=35_000, version=first.version, by=bob)
    with pytest.raises(AmountConflictError) as refused:
        set_amount(**facts, amount=40_000, version=first.version, by=alice)
    assert (refused.value.theirs.amount, refused.value.theirs.edited_by) == (35_000, bob)
    assert budgeted(food) == 35_000
    now = set_amount(**facts, amount=40_000, version=refused.value.theirs.version, by=alice)
    assert now.amount == budgeted(food) == 40_000


def test_two_members_who_change_different_categories_do_not_meet(limits, alice, bob):
    household, _account, _salary, (food, fun, _rent) = limits
    for category, by in ((food, alice), (fun, bob)):
        set_amount(
            household=household, category=category, month=NOVEMBER, amount=1, version=0, by=by
        )
    assert (budgeted(food), budgeted(fun)) == (1, 1)


def test_a_version_never_comes_twice(limits, alice):
    household, _account, _salary, (food, *_rest) = limits
    facts = {"household": household, "category": food, "month": NOVEMBER, "by": alice}
    seen = set_amount(**facts, amount=100)
    set_amount(**facts, amount=None)
    set_amount(**facts, amount=200)
    with pytest.raises(AmountConflictError):
        set_amount(**facts, amount=300, version=seen.version)


def test_amounts_are_refused_below_zero_and_for_strangers(limits, charlie, alice):
    household, _account, _salary, (food, *_rest) = limits
    facts = {"household": household, "month": NOVEMBER, "by": alice}
    with pytest.raises(BudgetError):
        set_amount(category=food, amount=-1, **facts)
    with pytest.raises(ForeignCategoryError):
        set_amount(category=CategoryFactory(), amount=1, **facts)


def test_a_limit_before_the_first_month_begins_the_budget_earlier(limits, alice):
    household, _account, _salary, (food, *_rest) = limits
    early = NOVEMBER - 3
    set_amount(household=household, category=food, month=early, amount=5, by=alice)
    assert plan_for(household).first_month == early.index


def test_envelopes_are_not_filled_before_the_first_month(envelopes, alice):
    household, _account, _salary, (food, *_rest) = envelopes
    with pytest.raises(BeforeTheFirstMonthError):
        set_amount(household=household, category=food, month=NOVEMBER - 1, amount=5, by=alice)


def test_moving_money_between_envelopes_changes_no_total(envelopes, alice):
    household, account, salary, (food, fun, _rent) = envelopes
    make_transaction(account, amount=100_000, category=salary, date=TODAY)
    set_amount(household=household, category=food, month=NOVEMBER, amount=40_000, by=alice)
    before = budget_month(household, NOVEMBER)
    facts = {"household": household, "month": NOVEMBER, "by": alice}
    move_money(source=food, target=fun, amount=15_000, **facts)
    after = budget_month(household, NOVEMBER)
    assert (budgeted(food), budgeted(fun)) == (25_000, 15_000)
    assert (after.to_assign, after.total) == (before.to_assign, before.total) == (60_000, 100_000)
    move_money(source=None, target=fun, amount=1_000, **facts)
    assert budget_month(household, NOVEMBER).to_assign == 59_000
    assert BudgetMove.objects.filter(household=household).count() == 2


def test_money_does_not_move_to_where_it_is_nor_into_income(envelopes, alice):
    household, _account, salary, (food, *_rest) = envelopes
    facts = {"household": household, "month": NOVEMBER, "by": alice}
    for source, target, amount in ((food, food, 5), (food, None, 0), (salary, food, 5)):
        with pytest.raises(MoveError):
            move_money(source=source, target=target, amount=amount, **facts)
    assert not BudgetMove.objects.exists()
    assert not BudgetAmount.objects.exists()


def test_overspending_is_taken_from_next_month_and_shown(envelopes, alice):
    household, account, salary, (food, *_rest) = envelopes
    make_transaction(account, amount=100_000, category=salary, date=dt.date(2026, 11, 2))
    set_amount(household=household, category=food, month=NOVEMBER, amount=10_000, by=alice)
    make_transaction(account, amount=-13_000, category=food, date=TODAY)
    next_month = budget_month(household, NOVEMBER + 1)
    assert line(household, food).available == -3_000
    assert next_month.overspent_before == -3_000
    assert next_month.to_assign == 87_000
    terms = next_month.figure("to_assign").explanation.counted
    assert [term.amount for term in terms] == [90_000, -3_000]


def test_money_kept_for_next_month_is_there_then(envelopes, alice):
    household, account, salary, _spending = envelopes
    make_transaction(account, amount=100_000, category=salary, date=TODAY)
    hold(household=household, month=NOVEMBER, amount=30_000)
    assert budget_month(household, NOVEMBER).to_assign == 70_000
    assert budget_month(household, NOVEMBER + 1).to_assign == 100_000


def test_money_to_an_account_off_budget_leaves_what_is_to_be_assigned(envelopes):
    household, account, salary, _spending = envelopes
    loan = AccountFactory(household=household, is_off_budget=True)
    make_transaction(account, amount=100_000, category=salary, date=TODAY)
    record_transfer(source=account, target=loan, amount=20_000, date=TODAY, by=None)
    assert budget_month(household, NOVEMBER).to_assign == 80_000


def test_the_money_that_is_spent_is_as_old_as_the_income_it_came_with(envelopes):
    household, account, salary, (food, *_rest) = envelopes
    for day, amount in ((dt.date(2026, 11, 1), 50_000), (dt.date(2026, 11, 15), 50_000)):
        make_transaction(account, amount=amount, category=salary, date=day)
    assert budget_month(household, NOVEMBER, today=TODAY).age_days == 20
    make_transaction(account, amount=-60_000, category=food, date=TODAY)
    assert budget_month(household, NOVEMBER, today=TODAY).age_days == 6


def test_copying_keeps_what_is_set_unless_told_otherwise(limits, alice):
    household, _account, salary, (food, fun, _rent) = limits
    december = NOVEMBER + 1
    for category, amount in ((food, 30_000), (fun, 5_000), (salary, 250_000)):
        set_amount(household=household, category=category, month=NOVEMBER, amount=amount, by=alice)
    set_amount(household=household, category=fun, month=december, amount=9_000, by=alice)
    facts = {"household": household, "source": NOVEMBER, "target": december, "by": alice}
    assert copy_month(**facts) == 2
    assert [budgeted(c, december) for c in (food, fun, salary)] == [30_000, 9_000, 250_000]
    assert copy_month(**facts, overwrite=True) == 1
    assert budgeted(fun, december) == 5_000


def test_averages_count_the_months_since_the_first_transaction(limits, alice):
    household, account, salary, (food, *_rest) = limits
    for month, amount in ((9, -30_000), (10, -20_000)):
        make_transaction(account, amount=amount, category=food, date=dt.date(2026, month, 5))
        make_transaction(account, amount=99_000, category=salary, date=dt.date(2026, month, 1))
    set_to_average(household=household, month=NOVEMBER, months=6, by=alice)
    assert (budgeted(food), budgeted(salary)) == (25_000, 99_000)


def test_a_refund_lowers_the_average(limits, alice):
    household, account, _salary, (food, *_rest) = limits
    make_transaction(account, amount=-30_000, category=food, date=dt.date(2026, 10, 5))
    make_transaction(account, amount=10_000, category=food, date=dt.date(2026, 10, 9))
    set_to_average(household=household, month=NOVEMBER, months=3, by=alice)
    assert budgeted(food) == 20_000


def test_templates_fill_a_month_and_leave_what_is_typed(limits, alice):
    household, _account, salary, (food, fun, rent) = limits
    set_category_plan(category=food, template="weekly", template_amount=5_000)
    set_category_plan(category=fun, template="rest")
    set_category_plan(category=rent, template="monthly", template_amount=90_000)
    facts = {"household": household, "month": NOVEMBER, "by": alice}
    set_amount(category=salary, amount=250_000, **facts)
    set_amount(category=rent, amount=80_000, **facts)
    apply_templates(**facts)
    # November 2026 has five Mondays.
    assert [budgeted(c) for c in (food, fun, rent)] == [25_000, 145_000, 80_000]


def test_a_weekly_amount_stands_for_each_week_that_begins(limits, alice):
    household, account, _salary, (food, *_rest) = limits
    set_category_plan(category=food, period="week")
    set_amount(household=household, category=food, month=NOVEMBER, amount=5_000, by=alice)
    make_transaction(account, amount=-1_200, category=food, date=dt.date(2026, 11, 16))
    make_transaction(account, amount=-2_000, category=food, date=dt.date(2026, 11, 15))
    shown = line(household, food)
    assert (shown.typed, shown.budgeted, shown.available, shown.week_left) == (
        5_000,
        25_000,
        21_800,
        3_800,
    )


def test_a_yearly_amount_lasts_until_the_year_ends(alice, household):
    january = Month.of(2026, 1)
    household, account, _salary, (food, *_rest) = make_budget(household, first=january)
    set_category_plan(category=food, period="year")
    set_amount(household=household, category=food, month=january + 3, amount=120_000, by=alice)
    make_transaction(account, amount=-50_000, category=food, date=dt.date(2026, 2, 5))
    make_transaction(account, amount=-30_000, category=food, date=dt.date(2026, 8, 5))
    lefts = [line(household, food, january + n).available for n in (0, 1, 6, 7, 11, 12)]
    assert lefts == [120_000, 70_000, 70_000, 40_000, 40_000, 0]
    assert line(household, food, NOVEMBER).typed == 120_000


def test_changing_the_period_of_a_category_leaves_its_past_alone(limits, alice):
    household, _account, _salary, (food, *_rest) = limits
    set_amount(household=household, category=food, month=NOVEMBER, amount=5_000, by=alice)
    set_category_plan(category=food, period="week")
    assert line(household, food).budgeted == 5_000


def test_changing_to_envelopes_begins_this_month(limits):
    household = limits[0]
    plan = change_plan(household=household, method=BudgetPlan.Method.ENVELOPES)
    assert plan.first_month == household.current_month().index


def test_pay_day_periods_need_somebody_who_pays(limits):
    with pytest.raises(BudgetError):
        change_plan(household=limits[0], period=BudgetPlan.Period.PAY_DAY)
    assert plan_for(limits[0]).period == BudgetPlan.Period.MONTH


def test_an_opening_balance_counts_from_the_beginning(envelopes):
    household = envelopes[0]
    AccountFactory(household=household, opening_balance=70_000)
    assert budget_month(household, NOVEMBER).to_assign == 70_000
    assert budget_month(household, NOVEMBER + 4).to_assign == 70_000


def test_amounts_in_other_currencies_count_at_the_rate_of_their_day(envelopes, alice):
    household, _account, salary, (food, *_rest) = envelopes
    dollars = AccountFactory(
        household=household, currency="USD", opening_balance=10_001, opened_on=dt.date(2026, 10, 1)
    )
    for day, rate in ((dt.date(2026, 10, 1), "1.1"), (dt.date(2026, 11, 2), "1.0837")):
        type_rate(currency="USD", on=day, per_euro=Decimal(rate))
    for n in range(5):
        make_transaction(dollars, amount=-333 - n, category=food, date=dt.date(2026, 11, 3))
        make_transaction(dollars, amount=1_111, category=salary, date=dt.date(2026, 11, 4))
    make_transaction(dollars, amount=-500, category=food, date=dt.date(2026, 11, 25))
    month = budget_month(household, NOVEMBER)
    # 1675 cents at 1.0837 on the third; the 25th has no rate within ten days, and says so.
    assert month.lines[food.pk].spent == 1_546
    left_out = month.figure("spent").explanation.left_out
    assert [(term.amount, term.currency) for term in left_out] == [(-500, "USD")]
    assert check(household) == []


def test_the_check_finds_envelopes_that_miss_the_accounts(envelopes, alice):
    household, account, salary, _spending = envelopes
    make_transaction(account, amount=5_000, category=salary, date=TODAY)
    assert check(household) == []
    CategoryMonth.objects.filter(household=household).update(amount=4_999)
    assert "budget" in {damage.rule for damage in check(household)}


def test_saving_up_by_a_date_shows_how_far_one_is(envelopes, alice):
    household, account, salary, (food, *_rest) = envelopes
    make_transaction(account, amount=90_000, category=salary, date=TODAY)
    set_category_plan(
        category=food, template="by_date", template_amount=60_000, target_on=dt.date(2027, 1, 15)
    )
    apply_templates(household=household, month=NOVEMBER, by=alice)
    shown = line(household, food)
    assert (shown.available, shown.target) == (20_000, (60_000, dt.date(2027, 1, 15)))
    apply_templates(household=household, month=NOVEMBER + 1, by=alice)
    assert line(household, food, NOVEMBER + 1).available == 40_000


def test_a_deleted_household_takes_its_budget_with_it(limits, alice):
    household, account, _salary, (food, *_rest) = limits
    set_amount(household=household, category=food, month=NOVEMBER, amount=5_000, by=alice)
    row = make_transaction(account, amount=-5_000, category=food)
    share_transaction(transaction=row, by=alice)
    expect_refund(expense=row, amount=5_000, by=alice)
    delete_household(household)
    for model in (BudgetPlan, BudgetAmount, Share, ExpectedRefund):
        assert not model.objects.exists()


def test_spending_without_a_budget_overspends_an_envelope_and_no_limit(limits, charlie):
    household, account, _salary, (food, *_rest) = limits
    make_transaction(account, amount=-4_000, category=food, date=TODAY)
    assert line(household, food).state == "none"
    change_plan(household=household, method="envelopes", first_month=NOVEMBER.index)
    assert line(household, food).state == "over"
