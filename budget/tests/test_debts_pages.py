"""Pages of debts; they work without a script."""

from decimal import Decimal

import pytest

from budget.models import BudgetPlan, Debt
from budget.services.debts import save_debt
from ledger.models import Account
from ledger.tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def debt(household):
    return save_debt(
        household=household, name="Card", balance=100_000, rate=Decimal("18.9"), minimum=5_000
    )


def form_data(**changes):
    return {
        "name": "Car",
        "account": "",
        "balance": "7,900.00",
        "currency": "EUR",
        "rate": "6.49",
        "minimum": "189.50",
        "minimum_percent": "",
        "payment_day": "15",
        **changes,
    }


def test_an_empty_page_says_what_to_do_and_offers_accounts_that_owe(client, alice, household):
    AccountFactory(
        household=household, name="Visa", kind=Account.Kind.CREDIT_CARD, opening_balance=-10_000
    )
    client.force_login(alice)
    text = client.get("/debts/").content.decode()
    assert "No debts noted" in text
    assert "Visa" in text


def test_a_debt_is_typed(client, alice):
    client.force_login(alice)
    assert client.post("/debts/add/", form_data())["Location"] == "/debts/"
    made = Debt.objects.get()
    assert (made.balance, made.rate, made.minimum, made.payment_day) == (
        *(790_000, Decimal("6.49"), 18_950, 15),
    )


def test_a_debt_follows_an_account(client, alice, household):
    account = AccountFactory(
        household=household, kind=Account.Kind.LOAN, currency="CHF", opening_balance=-1_000
    )
    client.force_login(alice)
    prefilled = client.get(f"/debts/add/?account={account.pk}").content.decode()
    assert f'<option value="{account.pk}" selected>' in prefilled
    client.post("/debts/add/", form_data(account=account.pk, balance="", rate="3,85 %"))
    made = Debt.objects.get()
    assert (made.account, made.currency, made.rate) == (account, "CHF", Decimal("3.85"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"rate": ""}, "rate"),
        ({"rate": "-1"}, "rate"),
        ({"rate": "1000"}, "rate"),
        ({"rate": "NaN"}, "rate"),
        ({"balance": ""}, "balance"),
        ({"balance": "-5"}, "balance"),
        ({"minimum": ""}, "minimum"),
        ({"minimum": "-1"}, "minimum"),
        ({"minimum_percent": "101"}, "minimum_percent"),
        ({"payment_day": "32"}, "payment_day"),
        ({"account": "999999"}, "account"),
        ({"currency": "XXX"}, "currency"),
    ],
)
def test_bad_input_is_told_by_its_field_and_makes_nothing(client, alice, changes, field):
    client.force_login(alice)
    answer = client.post("/debts/add/", form_data(**changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not Debt.objects.exists()


def test_the_page_begins_with_the_answer_and_shows_both_ways(client, vera, debt):
    client.force_login(vera)
    text = client.get("/debts/").content.decode()
    assert "Free of debt in" in text
    for word in ("Snowball", "Avalanche", "Interest saved", "18.9 %", "One payment of €50.00 more"):
        assert word in text


def test_more_a_month_and_another_payment_work_without_a_script(client, vera, debt):
    client.force_login(vera)
    before = client.get("/debts/").context["debts"]
    after = client.get("/debts/?extra=100&more=75").context["debts"]
    assert after.best.free_on < before.best.free_on
    assert [change.label for change in after.changes] == [
        *("One payment of €75.00 more", "€75.00 more each month")
    ]
    assert client.get("/debts/?extra=-1").status_code == 422
    assert client.get("/debts/?extra=much&more=").status_code == 422
    assert client.get("/debts/?extra=&more=").context["debts"].changes == []


def test_editors_keep_what_they_pay_beside(client, bob, debt):
    client.force_login(bob)
    assert client.get("/debts/?extra=100").context["can_keep"]
    client.post("/debts/extra/", {"extra": "100"})
    assert BudgetPlan.objects.get().debt_extra == 10_000
    page = client.get("/debts/")
    assert (page.context["debts"].extra, page.context["can_keep"]) == (10_000, False)
    client.post("/debts/extra/", {"extra": "-3"})
    assert BudgetPlan.objects.get().debt_extra == 10_000


@pytest.mark.parametrize("way", ["", "minimum", "snowball", "avalanche", "nonsense"])
def test_payments_stand_by_year_and_a_year_opens(client, vera, debt, way):
    client.force_login(vera)
    page = client.get(f"/debts/{debt.pk}/?way={way}")
    years = page.context["years"]
    assert b"debt-month" not in page.content
    opened = client.get(f"/debts/{debt.pk}/?way={way}&year={years[0].year}").content
    assert opened.count(b"debt-month") == len(years[0].months)


def test_a_debt_that_never_ends_says_so(client, vera, household):
    endless = save_debt(
        household=household, name="Trap", balance=1_000_000, rate=Decimal(24), minimum=1_000
    )
    client.force_login(vera)
    assert "never ends by its least payment" in client.get("/debts/").content.decode()
    page = client.get(f"/debts/{endless.pk}/?way=minimum")
    assert "With these payments it never ends." in page.content.decode()
    assert sum(len(year.months) for year in page.context["years"]) == 120


def test_a_paid_off_debt_has_no_payments(client, vera, household):
    paid = save_debt(household=household, name="Gone", balance=0, rate=Decimal(5), minimum=100)
    client.force_login(vera)
    assert "Paid off." in client.get(f"/debts/{paid.pk}/").content.decode()
    assert "You owe nothing." in client.get("/debts/").content.decode()


def test_a_debt_is_changed_and_deleted(client, alice, debt):
    client.force_login(alice)
    client.post(f"/debts/{debt.pk}/edit/", form_data(minimum_percent="3"))
    debt.refresh_from_db()
    assert (debt.name, debt.minimum_percent) == ("Car", Decimal(3))
    assert client.get(f"/debts/{debt.pk}/edit/").status_code == 200
    client.post(f"/debts/{debt.pk}/delete/")
    assert not Debt.objects.exists()


def test_each_currency_has_its_plan(client, alice, household, debt):
    save_debt(
        household=household,
        name="Yen",
        balance=50_000,
        currency="JPY",
        rate=Decimal(1),
        minimum=1_000,
    )
    client.force_login(alice)
    assert "?currency=JPY" in client.get("/debts/").content.decode()
    page = client.get("/debts/?currency=JPY&extra=500")
    assert (page.context["debts"].extra, page.context["can_keep"]) == (500, False)


def test_the_account_of_a_debt_leads_to_its_plan(client, alice, household):
    account = AccountFactory(household=household, kind=Account.Kind.LOAN, opening_balance=-1_000)
    client.force_login(alice)
    assert b"See when it is paid off" not in client.get(f"/accounts/{account.pk}/").content
    save_debt(household=household, name="Car", account=account, rate=Decimal(5), minimum=100)
    assert b"See when it is paid off" in client.get(f"/accounts/{account.pk}/").content


@pytest.mark.parametrize("rate", ["0", "99", "999"])
def test_debts_beyond_all_bounds_break_no_page(client, vera, household, rate):
    debts = [
        save_debt(household=household, name=str(n), balance=10**15, rate=Decimal(rate), minimum=n)
        for n in (1, 2)
    ]
    client.force_login(vera)
    for url in ("/debts/", "/debts/?extra=9999999999999&more=1"):
        assert client.get(url).status_code == 200
    for way in ("minimum", "avalanche"):
        assert client.get(f"/debts/{debts[0].pk}/?way={way}&year=2027").status_code == 200
