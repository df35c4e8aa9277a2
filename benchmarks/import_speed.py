#!/usr/bin/env python3
"""Import of a CSV file by command against the raw load of the same final rows.

    .venv/bin/python benchmarks/import_speed.py [--rows 10000 100000] [--runs 3] [--sorting]

Makes a scratch SQLite file, or with DATABASE_URL a scratch PostgreSQL database. Raw load: COPY, or
executemany, of the same rows into the same indexed table (its search index included). Runs alternate;
the figures are medians; what counts are the ratios of one run.
"""

import argparse
import datetime as dt
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def write_statement(path: Path, rows: int) -> None:
    """A believable statement: ten years, some six hundred merchants, most of them rare."""
    rng = random.Random(7)
    weights = [1 / (n + 1) ** 1.05 for n in range(600)]
    shops = rng.choices(
        [f"MERCHANT {n:03d} {w}" for n in range(600) for w in ("GMBH",)], weights, k=rows
    )
    start, balance = dt.date(2016, 1, 1), 0
    with path.open("w") as file:
        file.write("Date,Description,Amount,Balance\n")
        for number, shop in enumerate(shops):
            amount = (
                rng.randint(-20_000, -100) if rng.random() < 0.95 else rng.randint(100_000, 400_000)
            )
            balance += amount
            day = start + dt.timedelta(days=number * 3650 // rows)
            file.write(
                f"{day},CARD {rng.randint(1000, 9999)} {shop} {day:%d%m},{amount / 100:.2f},{balance / 100:.2f}\n"
            )


def child(arguments: list[str]) -> tuple[float, float, str]:
    """Seconds, peak MB and output of a command of ours."""
    before = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    output = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{arguments} failed")
    return time.perf_counter() - before, usage.ru_maxrss / 1024, output


def raw_load() -> None:
    """Load the rows of the last import again, as they are, and print the seconds that took."""
    import django

    django.setup()
    from django.db import connection, transaction

    from ledger.models import Transaction
    from ledger.services.bulk import NewRow, insert_rows

    source = Transaction.objects.order_by("pk").values_list(*NewRow._fields)
    rows = [NewRow(*row) for row in source]
    with transaction.atomic():
        Transaction.objects.all()._raw_delete("default")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ledger_transaction")
    before = time.perf_counter()
    with transaction.atomic():
        for start in range(0, len(rows), 5000):
            insert_rows(rows[start : start + 5000])
    print(time.perf_counter() - before)


def empty() -> None:
    """Take out every transaction and what goes with it."""
    import django

    django.setup()
    from django.db import connection, transaction

    from ledger.models import AccountMonth, CategoryMonth, ImportBatch, Transaction

    with transaction.atomic():
        for model in (Transaction, AccountMonth, CategoryMonth, ImportBatch):
            model.objects.all()._raw_delete("default")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ledger_transaction")


def prepare() -> None:
    """A household with one account."""
    import django

    django.setup()
    from accounts.models import Household
    from ledger.models import Account

    household = Household.objects.create(name="Benchmark")
    Account.objects.create(household=household, name="Main", currency="EUR")


def prepare_sorting() -> None:
    """A second household with categories, 200 rules and two thousand decisions to learn from."""
    import django

    django.setup()
    import random as dice

    from accounts.models import Household, User
    from ledger.models import Account, Category, Rule, SortedBy, Transaction
    from ledger.services.categories import add_starter_categories
    from ledger.services.memory import categoriser_of
    from ledger.services.statements import post_lines
    from ledger.statement_line import StatementLine

    household = Household.objects.create(name="Sorted")
    user = User.objects.create_user("sorted@example.org", name="S")
    household.memberships.create(user=user, role="owner")
    add_starter_categories(household=household)
    Account.objects.create(household=household, name="Main", currency="EUR")
    other = Account.objects.create(household=household, name="Other", currency="EUR")
    categories = list(Category.objects.filter(household=household))
    dice.seed(5)
    Rule.objects.bulk_create(
        Rule(
            household=household,
            name=f"Rule {n}",
            position=n,
            conditions={"match": "all", "of": [
                {"field": "description", "op": "contains", "value": f"MERCHANT {n:03d} "}
            ]},
            actions=[{"do": "category", "value": dice.choice(categories).pk}],
        )
        for n in range(200)
    )  # fmt: skip
    day = dt.date(2015, 1, 1)
    lines = [
        StatementLine(
            n, day + dt.timedelta(days=n % 300), -100 - n, f"CARD {n} MERCHANT {n % 600:03d} GMBH"
        )
        for n in range(2000)
    ]
    post_lines(account=other, lines=lines, source="csv", by=user)
    for pk in Transaction.objects.filter(account=other).values_list("pk", flat=True):
        category = categories[pk % 600 % len(categories)]
        Transaction.objects.filter(pk=pk).update(category=category, sorted_by=SortedBy.PERSON)
    categoriser_of(
        household, keeps=True
    )  # what it learnt outlives the rows, which go before each run


def measure_sorting(rows: int, runs: int, folder: Path) -> None:
    """The same file into the household that sorts and into the one that does not."""
    path = folder / f"{rows}.csv"
    child([__file__, "--step", "sorting"])
    start, _mb, _out = child(["manage.py", "import_statement", "--help"])
    seconds = {"Benchmark": [], "Sorted": []}
    for _run in range(runs):
        for name, found in seconds.items():
            child([__file__, "--step", "empty"])
            command = ["manage.py", "import_statement", str(path), "--household", name]
            found.append(child([*command, "--account", "Main"])[0] - start)
    plain, sorting = (statistics.median(found) for found in seconds.values())
    print(f"{rows:>9,} rows with 200 rules and the categoriser: {sorting / plain:.2f} x without")


def measure(rows: int, runs: int, folder: Path) -> float:
    path = folder / f"{rows}.csv"
    write_statement(path, rows)
    imported = [
        "manage.py",
        "import_statement",
        str(path),
        "--household",
        "Benchmark",
        "--account",
        "Main",
    ]
    first, again, raw, memory = [], [], [], []
    start, _mb, _out = child(["manage.py", "import_statement", "--help"])
    for _run in range(runs):
        child([__file__, "--step", "empty"])
        seconds, mb, output = child(imported)
        assert f"new {rows}," in output, output
        first.append(seconds - start)
        memory.append(mb)
        seconds, mb, output = child(imported)
        assert "new 0," in output, output
        again.append(seconds - start)
        raw.append(float(child([__file__, "--step", "raw"])[2]))
    t_first, t_again, t_raw = map(statistics.median, (first, again, raw))
    print(
        f"{rows:>9,} rows: raw load {t_raw:.2f} s, import {t_first:.2f} s = {t_first / t_raw:.2f} x, "
        f"again {t_again:.2f} s = {t_again / t_first:.2f} x of the first, peak {max(memory):.0f} MB"
    )
    return t_first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--step", choices=["raw", "empty", "prepare", "sorting"])
    parser.add_argument("--sorting", action="store_true", help="Also with rules and categoriser.")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if options.step:
        steps = {"raw": raw_load, "empty": empty, "prepare": prepare, "sorting": prepare_sorting}
        steps[options.step]()
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["HOUSEBOOK_VAR"] = str(folder / "var")
        print("PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite")
        child(["manage.py", "migrate", "-v0"])
        child(["manage.py", "createcachetable"])
        child([__file__, "--step", "prepare"])
        times = {rows: measure(rows, options.runs, folder) for rows in options.rows}
        if options.sorting:
            measure_sorting(max(times), options.runs, folder)
        sizes = sorted(times)
        if len(sizes) > 1:
            print(
                f"{sizes[-1]:,} rows take {times[sizes[-1]] / times[sizes[0]]:.1f} x of {sizes[0]:,}"
            )


if __name__ == "__main__":
    main()
