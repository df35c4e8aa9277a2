"""From a file that is imported to mails in files, with real processes: every alert once.

Runs on SQLite without Redis, and, when the suite runs on servers, on PostgreSQL and Redis.
"""

import email
import email.policy
import time

import pytest

from tests.house import REDIS, SERVER, House, until

HOUSES = ["server"] if SERVER and REDIS else ["embedded"]

SETUP = """
import datetime as dt
from accounts.models import User
from accounts.services.households import create_household
from budget.models import AccountAlert, Goal
from budget.services.amounts import set_amount
from budget.services.goals import save_goal
from budget.services.plans import plan_for
from core.months import add_months
from ledger.models import Category
from ledger.services.accounts import open_account
from ledger.services.categories import add_starter_categories
from ledger.services.naming import find_or_make_payee
from ledger.services.transactions import add_transaction
from notifications.kinds import chosen_kinds
from notifications.models import Preference
from recurring.models import Series
from recurring.schedule import monthly
from recurring.services.series import save_series

user = User.objects.create_user("t@example.org", name="T", locale="en-GB")
household = create_household(user=user, name="Told", base_currency="EUR", time_zone="UTC", first_month_day=1)
for kind in chosen_kinds():
    Preference.objects.create(user=user, household=household, kind=kind.code, mail="now")
add_starter_categories(household=household)
today = household.today()
main = open_account(household=household, name="Main", kind="current", currency="EUR", opening_balance=200000)
pot = open_account(household=household, name="Pot", kind="savings", currency="EUR")
AccountAlert.objects.create(household=household, account=main, below=100000)
plan = plan_for(household)
plan.large_amount = 70000
plan.save()
for name, amount in (("Groceries", 10000), ("Eating out", 5000)):
    category = Category.objects.get(household=household, name=name)
    set_amount(household=household, category=category, month=household.current_month(), amount=amount, by=user)
save_goal(household=household, name="Roof", target=5000, link=Goal.Link.ACCOUNT, account=pot)

def bill(name, amount, day, paid=(), **facts):
    payee = find_or_make_payee(household=household, name=name)
    for date in paid:
        add_transaction(account=main, date=date, amount=amount, payee=payee, by=user)
    schedule = monthly(day.day, starts_on=day)
    return save_series(
        household=household, by=user, name=name, kind="subscription", account=main,
        payee=payee, currency="EUR", amount=amount,
        is_fixed=True, rule=schedule.rule, starts_on=day, **facts)

bill("Soon", -1234, today + dt.timedelta(days=2), remind_days=5)
due = today - dt.timedelta(days=8)
bill("Gone", -2345, add_months(due, -1), paid=[add_months(due, -1)], late_days=5)
months = [add_months(today, -2), add_months(today, -1)]
bill("Dearer", -3000, months[0], paid=months, amount_low=2000, amount_high=6000)
Series.objects.update(made_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
"""

# What each of them says; no two share it.
TOLD = [
    "Groceries: €15.00 left",
    "Eating out: €10.00 over",
    "A large transaction: −€800.00",
    "Main is low",
    "Roof",
    "Soon is due",
    "Gone was not seen",
    "Dearer costs more",
]


@pytest.fixture(params=HOUSES)
def house(request, tmp_path):
    made = House(tmp_path, on_server=request.param == "server", EMAIL_URL="", LOG_LEVEL="INFO")
    yield made
    made.close()


def subjects_and_texts(house) -> list[str]:
    """The plain text of each mail, its subject first."""
    texts = []
    for path in sorted((house.folder / "mail").glob("*.log")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = mail.get_body(("plain",))
        texts.append(f"{mail['subject']}\n{body.get_content() if body else ''}")
    return texts


def test_every_alert_of_an_import_is_mailed_once(house):
    house.shell(SETUP)
    today = house.shell(
        "from accounts.models import Household as H; print(H.objects.get().today())"
    )
    main, pot = house.folder / "main.csv", house.folder / "pot.csv"
    head = "Date,Payee,Category,Amount\n"
    rows = [
        f"{today},Shop,Groceries,-85.00",
        f"{today},Grill,Eating out,-60.00",
        f"{today},Furniture,Furniture and repairs,-800.00",
        f"{today},Dearer,,-40.00",
        f"{today},Landlord,Rent and mortgage,-300.00",
    ]
    main.write_text(head + "\n".join(rows) + "\n")
    pot.write_text(f"{head}{today},Saved,,60.00\n")
    house.worker(2)
    for file, account in ((main, "Main"), (pot, "Pot")):
        house.manage("import_statement", str(file), "--household", "Told", "--account", account)

    def missing() -> list[str]:
        said = "\n".join(subjects_and_texts(house))
        return [words for words in TOLD if words not in said]

    try:
        until(lambda: not missing(), "not everything was told", 120)
    except AssertionError:
        assert missing() == [], subjects_and_texts(house)
    # More rows, and everything looked at again: nothing is told twice.
    main.write_text(head + "\n".join([*rows, f"{today},Kiosk,,-1.00"]) + "\n")
    house.manage("import_statement", str(main), "--household", "Told", "--account", "Main")
    house.shell(
        "from accounts.models import Household; from core.queue import enqueue\n"
        "for name in ('budget.evaluate', 'recurring.refresh'):\n"
        "    enqueue(name, Household.objects.get().pk)"
    )
    time.sleep(6)
    said = subjects_and_texts(house)
    assert [words for words in TOLD if sum(words in text for text in said) != 1] == []
