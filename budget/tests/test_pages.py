"""Screens of the budget."""

import datetime as dt
import re

import pytest
from django.core.management import call_command

from accounts.models import Role
from accounts.tests.factories import MembershipFactory
from budget.models import AccountAlert, BudgetAmount, BudgetMonth, BudgetPlan, ExpectedRefund, Share
from budget.month import budget_month
from budget.services.amounts import set_amount
from budget.services.plans import change_plan, plan_for
from budget.services.refunds import expect_refund
from budget.tests.factories import make_budget
from core.months import Month
from ledger.demo.household import make_demo_household
from ledger.tests.factories import PayeeFactory, make_transaction


@pytest.fixture
def house(alice, household, client):
    client.force_login(alice)
    return make_budget(household, first=household.current_month() - 3)


@pytest.fixture
def month(house):
    return house[0].current_month()


def url(month, end=""):
    return f"/budget/{month}/{end}"


def post_amount(client, month, category, amount, version=0, **more):
    facts = {"category": category.pk, "amount": amount, "version": version}
    return client.post(url(month, "amount/"), facts, **more)


HTMX = {"headers": {"HX-Request": "true"}}


def test_budget_leads_to_the_running_month(house, client, month):
    assert client.get("/budget/")["Location"] == url(month)


def test_the_page_answers_first_how_much_is_left_and_for_how_long(house, client, month):
    household, account, _salary, (food, *_rest) = house
    set_amount(household=household, category=food, month=month, amount=50_000, by=None)
    make_transaction(account, amount=-8_800, category=food, date=household.today())
    page = client.get(url(month)).content.decode()
    days = (month.end() - household.today()).days
    answer = re.search(r'class="answer[^>]*>([^<]+)', page)[1]
    assert f"€412.00 left for {days} day" in answer.replace("\xa0", " ")


def test_an_amount_is_set_in_place_and_the_head_follows(house, client, month):
    _household, _account, _salary, (food, *_rest) = house
    answer = post_amount(client, month, food, "123.45", **HTMX)
    assert answer.status_code == 200
    body = answer.content.decode()
    assert f'id="line-{food.pk}"' in body
    assert 'hx-swap-oob="true"' in body
    assert "€123.45" in body
    assert BudgetAmount.objects.get().amount == 12_345


def test_an_amount_is_set_without_script(house, client, month):
    food = house[3][0]
    answer = post_amount(client, month, food, "50")
    assert answer["Location"] == url(month) + f"#line-{food.pk}"
    assert BudgetAmount.objects.get().amount == 5_000


def test_an_empty_amount_takes_the_limit_back(house, client, month):
    food = house[3][0]
    post_amount(client, month, food, "50")
    post_amount(client, month, food, "", version=BudgetAmount.objects.get().version)
    assert not BudgetAmount.objects.exists()


@pytest.mark.parametrize("typed", ["abc", "-5", "1e9", "9" * 30])
@pytest.mark.parametrize("more", [HTMX, {}], ids=["htmx", "plain"])
def test_a_bad_amount_is_said_by_its_field_and_kept(house, client, month, typed, more):
    food = house[3][0]
    answer = post_amount(client, month, food, typed, **more)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert f'id="problem-{food.pk}"' in body
    assert f'value="{typed}"' in body
    assert not BudgetAmount.objects.exists()


@pytest.mark.parametrize("more", [HTMX, {}], ids=["htmx", "plain"])
def test_a_conflict_shows_both_amounts_and_sends_ones_own_again(house, client, month, bob, more):
    household, _account, _salary, (food, *_rest) = house
    set_amount(household=household, category=food, month=month, amount=30_000, by=bob)
    answer = post_amount(client, month, food, "250", version=0, **more)
    assert answer.status_code == 409
    body = answer.content.decode()
    assert "Bob set €300.00 meanwhile" in body
    assert 'value="250"' in body
    assert BudgetAmount.objects.get().amount == 30_000
    form = body[body.index(f'id="line-{food.pk}"') :]
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    assert post_amount(client, month, food, "250", version=version, **more).status_code in (
        200,
        302,
    )
    assert BudgetAmount.objects.get().amount == 25_000


def test_a_viewer_reads_and_does_not_type(house, client, month, vera):
    client.force_login(vera)
    page = client.get(url(month)).content.decode()
    assert "data-budget-input" not in page
    assert post_amount(client, month, house[3][0], "5").status_code == 403


def test_another_households_category_is_not_found(house, client, month, charlie):
    _household, _account, _salary, (other, *_rest) = make_budget(
        charlie.memberships.get().household
    )
    assert post_amount(client, month, other, "5").status_code == 404
    assert client.get(f"/budget/category/{other.pk}/").status_code == 404


def test_the_empty_month_is_filled_by_one_click(house, client, month):
    household, account, _salary, (food, *_rest) = house
    make_transaction(account, amount=-9_000, category=food, date=(month - 1).start())
    assert b"Fill from averages" in client.get(url(month)).content
    client.post(url(month, "fill/"), {"how": "average-3"})
    assert BudgetAmount.objects.get(category=food).amount == 9_000
    assert b"Fill from averages" not in client.get(url(month)).content


@pytest.mark.parametrize("how", ["copy", "average-6", "average-12", "templates"])
def test_every_way_of_filling_answers(house, client, month, how):
    assert client.post(url(month, "fill/"), {"how": how})["Location"] == url(month)


def test_an_unknown_way_of_filling_is_not_found(house, client, month):
    assert client.post(url(month, "fill/"), {"how": "magic"}).status_code == 404


def test_money_moves_between_envelopes(house, client, month):
    household, account, salary, (food, fun, _rent) = house
    change_plan(household=household, method=BudgetPlan.Method.ENVELOPES)
    make_transaction(account, amount=90_000, category=salary, date=household.today())
    page = client.get(url(month)).content.decode()
    assert "€900.00 to assign" in page
    client.post(url(month, "move/"), {"source": "", "target": food.pk, "amount": "400"})
    client.post(url(month, "move/"), {"source": food.pk, "target": fun.pk, "amount": "150"})
    client.post(url(month, "hold/"), {"amount": "100"})
    found = budget_month(household, month)
    assert [found.lines[c.pk].available for c in (food, fun)] == [25_000, 15_000]
    assert found.to_assign == 40_000
    answer = client.post(url(month, "move/"), {"source": food.pk, "target": food.pk, "amount": "1"})
    assert answer.status_code == 422
    assert b"two different envelopes" in answer.content


def test_every_figure_explains_itself_and_adds_up(house, client, month):
    household, account, salary, (food, fun, _rent) = house
    set_amount(household=household, category=food, month=month, amount=50_000, by=None)
    for category, amount in ((food, -900), (fun, -70), (salary, 5_000), (None, -11), (None, 13)):
        make_transaction(account, amount=amount, category=category, date=household.today())
    found = budget_month(household, month)
    for figure in found.figures:
        assert sum(term.amount for term in figure.explanation.counted) == figure.amount, figure.key
        assert client.get(url(month, f"why/{figure.key}/")).status_code == 200
    assert client.get(url(month, "why/nonsense/")).status_code == 404


def test_the_link_of_a_line_shows_the_transactions_that_were_counted(house, client, month):
    household, account, _salary, (food, *_rest) = house
    make_transaction(account, amount=-900, category=food, date=household.today())
    make_transaction(account, amount=-70, date=household.today())
    found = budget_month(household, month)
    for key in (food.pk, 0):
        page = client.get(found.lines[key].url).content.decode()
        assert page.count("data-row-check") == found.lines[key].count


def test_a_note_is_kept(house, client, month):
    client.post(url(month, "note/"), {"note": "Car <repaired>"})
    assert BudgetMonth.objects.get().note == "Car <repaired>"
    assert b"Car &lt;repaired&gt;" in client.get(url(month)).content


def test_the_settings_change_the_plan(house, client):
    household, account, salary, _spending = house
    payee = PayeeFactory(household=household, name="Acme")
    make_transaction(account, amount=9_000, payee=payee, category=salary, date=household.today())
    facts = {"method": "envelopes", "first_month": "2026-10", "near_percent": "90"}
    facts |= {"period": "pay_day", "pay_day_payee": payee.pk, "pay_day_least": "50"}
    assert client.post("/budget/settings/", facts).status_code == 302
    plan = plan_for(household)
    assert (plan.method, plan.period, plan.near_percent) == ("envelopes", "pay_day", 90)
    assert (plan.first_month, plan.pay_day_payee) == (Month.of(2026, 10).index, payee)
    assert b"Your periods" in client.get("/budget/settings/").content


@pytest.mark.parametrize(
    "wrong",
    [{"first_month": "2026-13"}, {"near_percent": "0"}, {"period": "pay_day"}, {"method": ""}],
)
def test_bad_settings_change_nothing(house, client, wrong):
    facts = {"method": "limits", "first_month": "2026-10", "near_percent": "80", "period": "month"}
    before = plan_for(house[0]).version
    assert client.post("/budget/settings/", {**facts, **wrong}).status_code == 422
    assert plan_for(house[0]).version == before


def test_a_category_is_planned_on_its_page(house, client):
    food = house[3][0]
    facts = {"period": "week", "carry": "all", "template": "weekly", "template_amount": "60"}
    assert client.post(f"/budget/category/{food.pk}/", facts).status_code == 302
    food.refresh_from_db()
    plan = food.budget_plan
    assert (plan.period, plan.carry, plan.template_amount) == ("week", "all", 6_000)
    answer = client.post(f"/budget/category/{food.pk}/", {**facts, "template_amount": ""})
    assert answer.status_code == 422


def test_a_transaction_is_shared_and_a_refund_expected_from_its_page(house, client):
    account = house[1]
    row = make_transaction(account, amount=-8_000, category=house[3][0])
    page = client.get(f"/transactions/{row.pk}/").content.decode()
    assert f"/budget/share/{row.pk}/" in page
    assert f"/budget/refund/{row.pk}/" in page
    client.post(f"/budget/share/{row.pk}/", {"own_amount": "30", "with_whom": "Kim"})
    assert Share.objects.get().own_amount == -3_000
    client.post(f"/budget/refund/{row.pk}/", {"amount": "20"})
    assert ExpectedRefund.objects.get().amount == 2_000
    assert b"should come back" in client.get(f"/transactions/{row.pk}/").content
    assert client.post(f"/budget/share/{row.pk}/", {"own": "5", "whole": "2"}).status_code == 422
    assert client.post(f"/budget/refund/{row.pk}/", {"amount": "900"}).status_code == 422
    client.post(f"/budget/share/{row.pk}/", {"act": "end"})
    assert not Share.objects.exists()


def test_a_refund_that_came_is_given_to_a_month_and_category(house, client, month):
    household, account, _salary, (food, fun, _rent) = house
    row = make_transaction(account, amount=-8_000, category=food, date=(month - 1).start())
    expected = expect_refund(expense=row, amount=2_000, by=None)
    back = make_transaction(account, amount=2_000, category=fun, date=household.today())
    assert b"That is it" in client.get("/budget/refunds/").content
    act = f"/budget/refunds/{expected.pk}/"
    assert client.post(act, {"act": "came", "refund": ""}).status_code == 422
    facts = {"act": "came", "refund": back.pk, "month": str(month - 1), "category": food.pk}
    assert client.post(act, facts).status_code == 302
    assert budget_month(household, month - 1).lines[food.pk].spent == 6_000
    client.post(act, {"act": "again"})
    client.post(act, {"act": "give_up"})
    expected.refresh_from_db()
    assert expected.state == ExpectedRefund.State.GIVEN_UP


def test_low_balance_alerts_are_typed_in_the_accounts_currency(house, client):
    account = house[1]
    assert client.post("/budget/alerts/", {f"below-{account.pk}": "100"}).status_code == 302
    assert AccountAlert.objects.get().below == 10_000
    answer = client.post("/budget/alerts/", {f"below-{account.pk}": "many"})
    assert (answer.status_code, AccountAlert.objects.get().below) == (422, 10_000)
    client.post("/budget/alerts/", {f"below-{account.pk}": ""})
    assert not AccountAlert.objects.exists()


@pytest.mark.parametrize("path", ["2026-00", "2026-13", "0001-01", "9999-12", "1800", "abc"])
def test_months_that_no_calendar_has_are_not_found(house, client, path):
    assert client.get(f"/budget/{path}/").status_code == 404


def test_the_year_shows_what_each_month_had(house, client, month):
    household, account, _salary, (food, *_rest) = house
    set_amount(household=household, category=food, month=month, amount=50_000, by=None)
    make_transaction(account, amount=-61_700, category=food, date=household.today())
    page = client.get(f"/budget/{month.year}/").content.decode()
    assert "617.00" in page
    assert "500.00" in page


@pytest.mark.parametrize("method", BudgetPlan.Method.values)
def test_the_month_page_asks_at_most_fifteen_times(
    alice, client, method, django_assert_max_num_queries
):
    client.force_login(alice)
    household = make_demo_household(user=alice)
    change_plan(household=household, method=method)
    now = household.current_month()
    for month in (now, now - 1, now + 1):
        client.get(url(month))
        with django_assert_max_num_queries(15):
            assert client.get(url(month)).status_code == 200


def test_the_demo_household_has_one_category_over_and_one_near(alice, client):
    household = make_demo_household(user=alice, today=dt.date(2026, 11, 21))
    lines = budget_month(household, Month.of(2026, 11), today=dt.date(2026, 11, 21)).lines.values()
    states = [line.state for line in lines]
    assert states.count("over") == 1
    assert states.count("near") >= 1


def test_the_command_copies_a_month(house, capsys, month):
    household, _account, _salary, (food, *_rest) = house
    set_amount(household=household, category=food, month=month - 1, amount=7_000, by=None)
    call_command("copy_budget", household=str(household.pk))
    assert "1 amounts copied" in capsys.readouterr().out
    assert BudgetAmount.objects.get(category=food, month=month.index).amount == 7_000


def test_a_member_of_two_households_types_in_the_one_looked_at(house, client, alice, month):
    other = MembershipFactory(user=alice, role=Role.EDITOR).household
    _household, _account, _salary, (food, *_rest) = make_budget(other)
    assert post_amount(client, month, food, "5").status_code == 404
