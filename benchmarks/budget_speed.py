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


def timed(act) -> float:
    """Seconds; where the database is this process, those of its own work, whatever else runs."""
    from django.db import connection

    clock = time.process_time if connection.vendor == "sqlite" else time.perf_counter
    before = clock()
    act()
    return clock() - before


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

    def page_of(month):
        def page():
            assert client.get(f"/budget/{month}/").status_code == 200

        return page

    first = current - YEARS * 12
    acts, queries = {}, 0
    for before in (1, 12, 59):
        month = first + before
        page = page_of(month)
        page()
        own = statements_of(page)
        queries = max(queries, len(own))
        spans = [(first.index, month.index), (month.index - 12, month.index)]
        raw = [(CARRIED, (household.pk, *span)) for span in spans]
        raw.append((BUDGETED, (household.pk, *spans[0])))
        acts[before, "page"] = page
        acts[before, "its statements"] = lambda s=own: send(s)
        acts[before, "raw SQL"] = lambda s=raw: send(s)
    times = {key: [] for key in acts}
    for _round in range(rounds):
        for key, act in acts.items():
            times[key].append(timed(act))
    found = {key: statistics.median(values) for key, values in times.items()}
    for _round in range(5):
        cache.clear()
        times.setdefault((59, "page, nothing kept"), []).append(timed(acts[59, "page"]))
    found[59, "page, nothing kept"] = statistics.median(times[59, "page, nothing kept"])
    print(f"{rows:,} transactions, {categories} categories, {YEARS} years, {queries} queries")
    for (before, name), seconds in found.items():
        print(f"  {before:>2} months before: {name:<20}{seconds * 1000:8.1f} ms")
    print(f"page / raw SQL:               {found[59, 'page'] / found[59, 'raw SQL']:.2f}")
    print(f"page / its statements:        {found[59, 'page'] / found[59, 'its statements']:.2f}")
    print(f"59 months before / 1 month:   {found[59, 'page'] / found[1, 'page']:.2f}")
    print(f"59 months before / 12 months: {found[59, 'page'] / found[12, 'page']:.2f}")


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
