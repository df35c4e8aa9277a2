#!/usr/bin/env python3
"""The month page of the budget against its raw SQL, with few and many months before.

    .venv/bin/python benchmarks/budget_speed.py [--rows 100000] [--categories 60] [--rounds 15]

Five years of transactions, every category budgeted with carry-over in every month. In process with
Django's test client; rounds alternate; medians. "its statements" are those that the page itself sends,
sent again bare; "raw SQL" are the same figures asked of the transactions without anything that is kept:
the carry-over from the first month on, the month, and the months that it is compared with.
"""

import argparse
import datetime as dt
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
YEARS = 5

CARRIED = """
SELECT t.month, t.category_id, SUM(t.amount), COUNT(*) FROM ledger_transaction t
JOIN ledger_account a ON a.id = t.account_id
WHERE t.household_id = %s AND t.month BETWEEN %s AND %s AND NOT t.is_split
  AND t.transfer_id IS NULL AND NOT a.is_off_budget
GROUP BY t.month, t.category_id
"""
BUDGETED = """
SELECT month, category_id, amount FROM budget_budgetamount
WHERE household_id = %s AND month BETWEEN %s AND %s
"""


def seed(rows: int, categories: int):
    """A household with `rows` card payments over five years, each month budgeted."""
    from accounts.models import User
    from accounts.services.households import create_household
    from budget.models import BudgetAmount, BudgetPlan, CategoryPlan
    from budget.services.plans import change_plan
    from ledger.models import Account, Category, CategoryGroup, Source, Status, Transaction
    from ledger.services.totals import rebuild_totals

    rng = random.Random(5)
    user = User.objects.create_user("speed@example.org", name="Speed")
    household = create_household(
        user=user, name="Speed", base_currency="EUR", time_zone="UTC", welcomed=True
    )
    account = Account.objects.create(household=household, name="Main", currency="EUR")
    made = []
    for number in range(categories):
        group, _new = CategoryGroup.objects.get_or_create(
            household=household,
            name=f"Group {number % 8}",
            kind="income" if number % 8 == 7 else "expense",
        )
        made.append(
            Category.objects.create(household=household, group=group, name=f"Category {number}")
        )
    today = household.today()
    current = household.current_month()
    days = [today - dt.timedelta(days=back) for back in range(YEARS * 365)]
    months = {day: household.month_of(day).index for day in days}
    for start in range(0, rows, 10_000):
        Transaction.objects.bulk_create(
            Transaction(
                household=household,
                account=account,
                date=(day := days[number * len(days) // rows]),
                month=months[day],
                amount=rng.randint(-9_000, -100),
                status=Status.BOOKED,
                category=rng.choice(made),
                description=f"CARD PAYMENT {number}",
                source=Source.DEMO,
            )
            for number in range(start, min(rows, start + 10_000))
        )
    rebuild_totals(household)
    first = current.index - YEARS * 12
    change_plan(household=household, method=BudgetPlan.Method.LIMITS, first_month=first)
    CategoryPlan.objects.bulk_create(
        CategoryPlan(household=household, category=one, carry="all") for one in made
    )
    BudgetAmount.objects.bulk_create(
        BudgetAmount(household=household, category=one, month=month, amount=15_000)
        for one in made
        for month in range(first, current.index + 1)
    )
    return user, household, current


def begin_with(household, months_before: int, current) -> None:
    """Let the budget begin so many months before the current one."""
    from budget.services.plans import change_plan

    change_plan(household=household, first_month=current.index - months_before)


def timed(act) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


def statements_of(act) -> list[tuple]:
    """The statements that `act` sends."""
    from django.db import connection

    found = []

    def note(execute, sql, params, many, context):
        found.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        act()
    return found


def send(statements: list[tuple]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            cursor.fetchall()


def run(rows: int, categories: int, rounds: int) -> None:
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client

    user, household, current = seed(rows, categories)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client()
    client.force_login(user)
    url = f"/budget/{current}/"

    def page():
        assert client.get(url).status_code == 200

    results = {}
    for before in (1, 12, 60):
        begin_with(household, before, current)
        page()
        own = statements_of(page)
        spans = [(current.index - before, current.index), (current.index - 12, current.index)]
        raw = [(CARRIED, (household.pk, *span)) for span in spans]
        raw.append((BUDGETED, (household.pk, *spans[0])))
        acts = {"page": page, "its statements": lambda s=own: send(s), "raw SQL": lambda s=raw: send(s)}
        times = {name: [] for name in acts}
        for _round in range(rounds):
            for name, act in acts.items():
                times[name].append(timed(act))
        results[before] = {name: statistics.median(values) for name, values in times.items()}
        cold = []
        for _round in range(5):
            cache.clear()
            cold.append(timed(page))
        results[before]["page, nothing kept"] = statistics.median(cold)
        print(f"{before} months before ({len(own)} queries)")
        for name, seconds in results[before].items():
            print(f"  {name:<20}{seconds * 1000:8.1f} ms")
    few, many = results[1], results[60]
    print(f"{rows:,} transactions, {categories} categories, {YEARS} years")
    print(f"page / raw SQL:               {many['page'] / many['raw SQL']:.2f}")
    print(f"page / its statements:        {many['page'] / many['its statements']:.2f}")
    print(f"60 months before / 1 month:   {many['page'] / few['page']:.2f}")
    print(f"60 months before / 12 months: {many['page'] / results[12]['page']:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--categories", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["PLAIN_STATIC"] = "true"
    os.environ["ALLOWED_HOSTS"] = "testserver"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOUSEBOOK_VAR"] = folder
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        run(options.rows, options.categories, options.rounds)


if __name__ == "__main__":
    main()
