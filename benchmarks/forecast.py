#!/usr/bin/env python3
"""How good the forecast would have been: back-test over the past of a household.

    .venv/bin/python benchmarks/forecast.py [--households 6] [--dice 40] [--every 14] [--no-bills]
    .venv/bin/python benchmarks/forecast.py --household NUMBER   (of the database that is set up)

For every so many days of the last months it pretends that the day is today: later transactions are
taken away, bills are found in what is left and taken as they are found, and the forecast is held
against what came. All of that within a database transaction that is rolled back.

Prints for 30, 60 and 90 days: how often the balance came to lie within the 10-90 band; the median
absolute error of the likely balance as a share of a month's spending; and the same of two simple
forecasts, "it stays as it is" and "it goes on as on an average day of the last year". Without
--household these are demo households with other dice, in a database of their own. The forecast was
fitted on the dice 20 to 25.
"""

import argparse
import datetime as dt
import os
import statistics
import sys
import tempfile
from collections import defaultdict
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

HORIZONS = (30, 60, 90)
LAST_DAY = dt.date(2026, 11, 20)


class Scores:
    """What was forecast against what came, of one kind of curve."""

    def __init__(self):
        self.inside = defaultdict(list)
        self.errors = defaultdict(list)

    def add(self, horizon, came, curve, simple, monthly):
        inside = curve.low[horizon] <= came <= curve.high[horizon]
        self.inside[horizon].append(inside)
        for name, value in {"forecast": curve.likely[horizon], **simple}.items():
            self.errors[name, horizon].append(abs(came - value) / monthly)

    def print(self, title):
        print(f"{title}: {len(self.inside[HORIZONS[0]])} forecasts")
        print("  days  in the band   median error in % of a month's spending")
        for horizon in HORIZONS:
            share = 100 * statistics.mean(self.inside[horizon])
            errors = {
                name: 100 * statistics.median(values)
                for (name, at), values in self.errors.items()
                if at == horizon
            }
            texts = "  ".join(f"{name} {error:5.1f}" for name, error in errors.items())
            print(f"  {horizon:4}  {share:8.0f} %    {texts}")


def back_test(household, last, every, scores, *, bills=True) -> None:
    """Forecasts from every `every` days on which there was a year before and 90 days after."""
    from django.db import transaction

    from ledger.models import Transaction

    first = Transaction.objects.filter(household=household).earliest("date").date
    truth = Truth(household, first, last)
    day = first + dt.timedelta(days=365)
    while day <= last - dt.timedelta(days=max(HORIZONS)):
        with transaction.atomic():
            compare(household, day, truth, scores, bills)
            transaction.set_rollback(True)
        day += dt.timedelta(days=every)


class Truth:
    """Balances as they came, and what is spent in a month."""

    def __init__(self, household, first, last):
        from ledger.balances import balances_by_day
        from ledger.models import Account, Transaction

        accounts = Account.objects.for_household(household)
        self.by_account = {a.pk: dict(balances_by_day(a, first, last)) for a in accounts}
        spent = Transaction.objects.filter(
            household=household,
            parent=None,
            transfer=None,
            amount__lt=0,
            account__is_off_budget=False,
        )
        months = max(1, (last - first).days // 30)
        self.monthly = -sum(spent.values_list("amount", flat=True)) // months


def compare(household, day, truth, scores, bills) -> None:
    from insights.forecast import forecast

    go_back(household, day, bills)
    made = forecast(household, day, days=max(HORIZONS))
    counted = [account.pk for account in made.counted]
    lines = [(("All accounts",), made.total, total_of(truth, counted))]
    for one in made.accounts:
        if one.account.pk in counted:
            titles = ("Single accounts", f"  {one.account.name}")
            lines.append((titles, one.curve, truth.by_account[one.account.pk]))
    for titles, curve, came in lines:
        if len(set(came.values())) == 1:
            continue
        year = day - dt.timedelta(days=364)
        for horizon in HORIZONS:
            simple = {
                "as it is": came[day],
                "average": came[day] + (came[day] - came[year]) * horizon // 364,
            }
            on = day + dt.timedelta(days=horizon)
            for title in titles:
                scores[title].add(horizon, came[on], curve, simple, truth.monthly)


def total_of(truth, keys) -> dict:
    return {
        day: sum(truth.by_account[key][day] for key in keys) for day in truth.by_account[keys[0]]
    }


def go_back(household, day, bills) -> None:
    """Take away what came after `day`, and find the bills that could be found then."""
    from ledger.models import Transaction
    from ledger.services.totals import rebuild_totals
    from recurring.models import CardCycle, Occurrence, Series
    from recurring.services.finding import detect
    from recurring.services.refresh import refresh

    Occurrence.objects.filter(household=household).delete()
    Series.objects.filter(household=household).delete()
    rows = Transaction.objects.filter(household=household, date__gt=day)
    rows.filter(parent__isnull=False).delete()
    rows.update(refund_of=None)
    rows.delete()
    rebuild_totals(household)
    if not bills:
        CardCycle.objects.filter(household=household).delete()
        return
    detect(household=household, today=day)
    found = Series.objects.filter(household=household, state=Series.State.SUGGESTED)
    numbers = list(found.values_list("pk", flat=True))
    found.update(state=Series.State.ACTIVE)
    refresh(household=household, today=day, whole=numbers)


def demo_households(number, first):
    """Demo households, each with dice of its own."""
    from accounts.models import User
    from ledger.demo import household as demo
    from ledger.demo.plan import plan
    from ledger.models import Account
    from recurring.services.cards import save_cycle

    user = User.objects.create(email="backtest@housebook.example", name="Back-test")
    for seed in range(first, first + number):
        demo.plan = partial(plan, seed=seed)
        made = demo.make_demo_household(user=user, today=LAST_DAY, name=f"Dice {seed}")
        card = Account.objects.get(household=made, kind=Account.Kind.CREDIT_CARD)
        payer = Account.objects.get(household=made, name="Current account")
        save_cycle(account=card, statement_day=31, due_days=9, paid_from=payer)
        yield made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--household", type=int)
    parser.add_argument("--households", type=int, default=6)
    parser.add_argument("--dice", type=int, default=40, help="Of the first demo household.")
    parser.add_argument("--every", type=int, default=14)
    parser.add_argument("--no-bills", action="store_true", help="As if nobody knew of any bill.")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    scores = defaultdict(Scores)
    test = partial(back_test, every=options.every, scores=scores, bills=not options.no_bills)
    with tempfile.TemporaryDirectory() as folder:
        if options.household is None:
            os.environ["HOUSEBOOK_VAR"] = folder
        import django

        django.setup()
        from django.core.management import call_command

        from accounts.models import Household

        if options.household is not None:
            household = Household.objects.get(pk=options.household)
            test(household, household.today())
        else:
            call_command("migrate", verbosity=0)
            call_command("createcachetable")
            for household in demo_households(options.households, options.dice):
                test(household, LAST_DAY)
        for title, score in scores.items():
            score.print(title)


if __name__ == "__main__":
    main()
