"""Goals: what is there for them, what each month needs, when they are told to be reached."""

import datetime as dt

import pytest
import time_machine

from accounts.tests.factories import HouseholdFactory
from budget.errors import GoalError
from budget.goals import goal_with_curve, household_goals, net_worth_milestones
from budget.models import BudgetPlan, Goal, GoalEntry
from budget.services.amounts import set_amount
from budget.services.goals import (
    archive_goal,
    check_goals,
    delete_goal,
    move_goal,
    pause_goal,
    remove_entry,
    resume_goal,
    save_goal,
    set_aside,
)
from budget.tests.factories import NOVEMBER, make_budget
from core.months import add_months
from ledger.models import Account
from ledger.services.accounts import delete_account
from ledger.tests.factories import AccountFactory, CategoryFactory, make_transaction
from notifications.models import Notification

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 21)
JUNE = dt.date(2027, 6, 30)


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel("2026-11-21T12:00:00Z", tick=False):
        yield


@pytest.fixture
def savings(household):
    household.time_zone = "UTC"
    household.save()
    return AccountFactory(
        household=household, name="Savings", kind=Account.Kind.SAVINGS, opening_balance=500_000
    )


def part_of(account, target=80_000, **facts) -> Goal:
    facts.setdefault("name", "Holiday")
    return save_goal(
        household=account.household, target=target, link="part", account=account, **facts
    )


def only(household):
    (answer,) = household_goals(household).answers
    return answer


def test_a_whole_account_counts_its_balance(savings):
    make_transaction(savings, amount=25_000)
    save_goal(
        household=savings.household,
        name="Reserve",
        target=1_000_000,
        link="account",
        account=savings,
    )
    answer = only(savings.household)
    assert (answer.saved, answer.percent, answer.left) == (525_000, 52, 475_000)


def test_parts_of_one_account_leave_the_rest_of_it_free(savings):
    set_aside(goal=part_of(savings), amount=20_000, on=TODAY, by=None)
    set_aside(goal=part_of(savings, name="Bike"), amount=30_000, on=TODAY, by=None)
    found = household_goals(savings.household)
    assert [one.saved for one in found.answers] == [20_000, 30_000]
    (held,) = found.earmarks
    assert (held.balance, held.set_aside, held.free, held.missing) == (
        *(500_000, 50_000, 450_000, 0),
    )


def test_more_set_aside_than_there_is_is_told(savings):
    goal = part_of(savings)
    set_aside(goal=goal, amount=60_000, on=TODAY, by=None)
    make_transaction(savings, amount=-470_000)
    _answer, held = goal_with_curve(goal)
    assert (held.free, held.missing) == (-30_000, 30_000)


def test_an_archived_goal_frees_what_it_held(savings):
    goal = part_of(savings)
    set_aside(goal=goal, amount=60_000, on=TODAY, by=None)
    archive_goal(goal=goal)
    found = household_goals(savings.household)
    assert (found.answers, found.earmarks) == ([], [])
    assert [one.goal for one in found.archived] == [goal]
    archive_goal(goal=goal, is_archived=False)
    assert household_goals(savings.household).earmarks[0].set_aside == 60_000


def test_an_envelope_counts_what_is_available_now():
    household, account, salary, (food, *_others) = make_budget(
        method=BudgetPlan.Method.ENVELOPES, first=NOVEMBER - 2
    )
    make_transaction(account, amount=500_000, date=dt.date(2026, 9, 2), category=salary)
    for back in (2, 1, 0):
        set_amount(
            household=household,
            category=food,
            month=NOVEMBER - back,
            amount=10_000,
            version=0,
            by=None,
        )
    make_transaction(account, amount=-2_500, date=dt.date(2026, 10, 9), category=food)
    make_transaction(account, amount=-1_000, date=dt.date(2026, 11, 9), category=food)
    goal = save_goal(
        household=household, name="Feast", target=50_000, link="envelope", category=food
    )
    answer, held = goal_with_curve(goal)
    assert held is None
    assert answer.points[-4:] == (0, 10_000, 17_500, 26_500)
    # (10,000 + 7,500) in three full months.
    assert str(answer.projected) == "2027-04"


def test_net_worth_counts_all_accounts_debts_being_negative(savings):
    household = savings.household
    AccountFactory(household=household, kind=Account.Kind.LOAN, opening_balance=-900_000)
    AccountFactory(household=household, currency="USD", opening_balance=77_700)
    goal = save_goal(household=household, name="Free", target=0, link="net_worth")
    make_transaction(savings, amount=100_000)
    answer = only(household)
    assert (answer.saved, answer.percent) == (-300_000, 25)
    assert goal.started_with == -400_000


def test_the_need_counts_household_months_and_stays_while_a_month_is_filled(savings):
    goal = part_of(savings, target_on=JUNE)
    answer = only(savings.household)
    assert (answer.need, answer.state) == (10_000, "on_track")  # November to June: eight months
    assert "€100.00 a month until June 2027" in answer.words
    set_aside(goal=goal, amount=10_000, on=TODAY, by=None)
    answer = only(savings.household)
    assert (answer.need, answer.this_month, answer.state) == (10_000, 10_000, "on_track")
    assert answer.words.startswith("This month is done.")


def test_states_follow_the_even_line(savings):
    goal = part_of(savings, target_on=JUNE)
    set_aside(goal=goal, amount=20_000, on=TODAY, by=None)
    assert only(savings.household).state == "ahead"
    with time_machine.travel("2027-02-10T12:00:00Z"):
        answer = only(savings.household)
        # Three months went by: 300.00 expected, 200.00 there.
        assert (answer.expected, answer.state) == (30_000, "behind")
        assert answer.need == 12_000
        assert answer.words.startswith("€100.00 behind the plan. €120.00 a month until June 2027")
    with time_machine.travel("2027-07-01T12:00:00Z"):
        answer = only(savings.household)
        assert answer.state == "behind"
        assert answer.words == "The date is over, €600.00 are missing."


def test_a_goal_made_in_the_month_of_its_date_is_not_behind_before_it(savings):
    part_of(savings, target_on=dt.date(2026, 11, 27))
    answer = only(savings.household)
    assert (answer.need, answer.state) == (80_000, "on_track")


def test_months_begin_on_the_households_day(savings):
    household = savings.household
    household.first_month_day = 25
    household.save()
    # By 23 June the month that ends on the 24th is not over: November to May, seven months.
    part_of(savings, target=70_000, target_on=dt.date(2027, 6, 23))
    assert only(household).need == 10_000


def test_the_pace_of_three_full_months_projects_the_end(savings):
    goal = part_of(savings)
    assert only(savings.household).words == "Nothing is set aside yet."
    for back in (3, 2, 1):
        set_aside(goal=goal, amount=10_000, on=add_months(TODAY, -back), by=None)
    answer = only(savings.household)
    assert (answer.saved, answer.state, str(answer.projected)) == (30_000, "undated", "2027-03")
    set_aside(goal=goal, amount=-30_000, on=add_months(TODAY, -1), by=None)
    answer = only(savings.household)
    assert (answer.state, answer.projected) == ("stalled", None)


def test_a_young_part_has_no_pace_before_a_full_month(savings):
    set_aside(goal=part_of(savings), amount=10_000, on=TODAY, by=None)
    answer = only(savings.household)
    assert (answer.projected, answer.words) == (None, "Your pace shows after a full month.")


def test_no_more_is_taken_back_than_was_set_aside(savings):
    goal = part_of(savings)
    first = set_aside(goal=goal, amount=8_000, on=TODAY, by=None)
    set_aside(goal=goal, amount=-5_000, on=TODAY, by=None)
    with pytest.raises(GoalError, match="Only €30.00"):
        set_aside(goal=goal, amount=-3_001, on=TODAY, by=None)
    with pytest.raises(GoalError):
        remove_entry(entry=first)
    assert goal.entries.count() == 2


def test_only_a_part_of_an_account_takes_entries(savings):
    goal = save_goal(
        household=savings.household, name="All", target=1, link="account", account=savings
    )
    with pytest.raises(GoalError):
        set_aside(goal=goal, amount=1, on=TODAY, by=None)


@pytest.mark.parametrize("link", ["account", "part", "envelope", "nonsense"])
def test_what_belongs_to_others_or_to_nobody_is_refused(savings, link):
    other = HouseholdFactory()
    theirs = AccountFactory(household=other)
    category = CategoryFactory(household=other)
    with pytest.raises(GoalError):
        save_goal(
            household=savings.household,
            name="X",
            target=1,
            link=link,
            account=theirs,
            category=category,
        )
    with pytest.raises(GoalError):
        save_goal(household=savings.household, name="X", target=1, link=link)
    assert not Goal.objects.exists()


def test_a_debt_is_no_account_for_a_goal_and_a_target_is_above_zero(savings):
    card = AccountFactory(household=savings.household, kind=Account.Kind.CREDIT_CARD)
    with pytest.raises(GoalError):
        part_of(card)
    with pytest.raises(GoalError):
        part_of(savings, target=0)


def test_a_goal_with_money_set_aside_keeps_its_currency(savings):
    goal = part_of(savings)
    set_aside(goal=goal, amount=100, on=TODAY, by=None)
    dollars = AccountFactory(household=savings.household, currency="USD")
    with pytest.raises(GoalError, match="keeps its currency"):
        part_of(dollars, goal=goal)
    other = AccountFactory(household=savings.household)
    assert part_of(other, goal=goal).account == other
    assert only(savings.household).saved == 100


def test_a_goal_whose_account_is_gone_says_so(savings):
    empty = AccountFactory(household=savings.household)
    part_of(empty, target_on=JUNE)
    delete_account(account=empty)
    answer = only(savings.household)
    assert (answer.state, answer.saved, answer.need) == ("broken", 0, 0)


def test_pause_asks_for_nothing_and_resume_draws_the_line_anew(savings):
    goal = part_of(savings, target_on=JUNE)
    set_aside(goal=goal, amount=24_000, on=TODAY, by=None)
    pause_goal(goal=goal)
    found = household_goals(savings.household)
    assert (found.answers[0].state, found.answers[0].need, found.watched) == ("paused", 0, [])
    with time_machine.travel("2027-03-02T12:00:00Z"):
        resume_goal(goal=goal)
        answer = only(savings.household)
        # 560.00 in the four months from March to June, and not behind for what the pause cost.
        assert (answer.state, answer.need, goal.started_with) == ("on_track", 14_000, 24_000)


def test_goals_move_up_and_down(savings):
    names = ["A", "B", "C"]
    goals = {name: part_of(savings, name=name) for name in names}
    move_goal(goal=goals["C"], step=-1)
    move_goal(goal=goals["A"], step=5)
    order = Goal.objects.for_household(savings.household).values_list("name", flat=True)
    assert list(order) == ["C", "B", "A"]


@pytest.mark.usefixtures("alice", "bob")
def test_a_goal_is_told_to_be_reached_once_to_everybody(savings):
    goal = part_of(savings, target=10_000)
    set_aside(goal=goal, amount=9_999, on=TODAY, by=None)
    assert check_goals(savings.household) == 0
    set_aside(goal=goal, amount=1, on=TODAY, by=None)
    assert check_goals(savings.household) == 1
    assert check_goals(savings.household) == 0
    told = Notification.objects.filter(kind="goal.reached")
    assert told.count() == 2
    assert told[0].params == {"goal": "Holiday", "target": 10_000, "currency": "EUR"}
    goal.refresh_from_db()
    assert goal.reached_at is not None
    # Spending it does not take the day back.
    set_aside(goal=goal, amount=-10_000, on=TODAY, by=None)
    assert only(savings.household).state == "reached"


@pytest.mark.usefixtures("alice")
def test_a_higher_target_is_reached_anew(savings):
    goal = part_of(savings, target=10_000)
    set_aside(goal=goal, amount=10_000, on=TODAY, by=None)
    check_goals(savings.household)
    part_of(savings, target=20_000, goal=goal)
    assert only(savings.household).state != "reached"
    set_aside(goal=goal, amount=10_000, on=TODAY, by=None)
    assert check_goals(savings.household) == 1
    assert Notification.objects.filter(kind="goal.reached").count() == 2


@pytest.mark.usefixtures("alice")
def test_a_transaction_makes_the_house_look(savings, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        save_goal(
            household=savings.household, name="R", target=500_001, link="account", account=savings
        )
    assert not Notification.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        make_transaction(savings, amount=1)
    assert Notification.objects.filter(kind="goal.reached").count() == 1


def test_a_deleted_goal_takes_its_entries_along(savings):
    goal = part_of(savings)
    set_aside(goal=goal, amount=100, on=TODAY, by=None)
    delete_goal(goal=goal)
    assert not GoalEntry.objects.exists()
    assert savings.months.count() == 0  # no money moved


def test_milestones_of_net_worth_have_their_months_and_the_next_one(savings):
    household = savings.household
    for month, amount in ((8, 150_000), (9, 60_000), (10, 60_000)):
        make_transaction(savings, amount=amount, date=dt.date(2026, month, 5))
    found = net_worth_milestones(household)
    assert [(amount, str(month)) for amount, month in found.reached] == [
        *((700_000, "2026-09"), (600_000, "2026-08"))
    ]
    # 770,000 now; 270,000 in three months: 800,000 this month.
    assert (found.worth, found.next, str(found.projected)) == (770_000, 800_000, "2026-11")


def test_a_household_without_accounts_has_no_milestones(household):
    assert net_worth_milestones(household) is None
