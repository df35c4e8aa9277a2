#!/usr/bin/env python3
"""Server time and queries of the main pages at several sizes, against a bare page of 50 rows.

    .venv/bin/python benchmarks/page_speed.py [--sizes 1000 10000 100000] [--rounds 15]

In process with Django's test client; rounds alternate between the pages; medians. The bare page (F) is a
signed-in list of 50 rows with a plain template and the same middleware.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

BARE = """<!doctype html><title>rows</title><table>{% for row in rows %}<tr><td>{{ row.date }}</td>
<td>{{ row.payee.name }}</td><td>{{ row.category.name }}</td><td>{{ row.account.name }}</td>
<td>{{ row.amount }}</td></tr>{% endfor %}</table>"""


def bare_page():
    """The floor: session, user and 50 rows with their names, nothing else."""
    from django.contrib.auth.decorators import login_required
    from django.http import HttpResponse
    from django.template import engines

    from ledger.models import Transaction

    template = engines["django"].from_string(BARE)

    @login_required
    def bare(request):
        rows = Transaction.objects.filter(household=request.household, parent=None)
        rows = rows.select_related("payee", "category", "account").newest_first()[:50]
        return HttpResponse(template.render({"rows": rows}))

    return bare


def measure(client, url: str) -> tuple[float, int]:
    from django.db import connection

    queries = []

    def count(execute, *arguments):
        queries.append(1)
        return execute(*arguments)

    with connection.execute_wrapper(count):
        assert client.get(url).status_code == 200, url
    before = time.perf_counter()
    client.get(url)
    return time.perf_counter() - before, len(queries)


def run(size: int, rounds: int) -> dict[str, float]:
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from accounts.models import Household, User
    from accounts.services.households import look_at

    name = f"Size {size}"
    call_command("seed_demo", household=name, transactions=size)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    user = User.objects.get(email="demo@housebook.example")
    look_at(user=user, household=Household.objects.get(name=name))
    client = Client()
    client.force_login(user)
    pages = {
        "bare (F)": "/bare/",
        "overview": "/",
        "list, first page": "/transactions/",
        "list, last page": "/transactions/?end",
        "search, rare word": "/transactions/?q=ersattung",
        "search, rare hit": "/transactions/?q=mar+azul",
        "search, frequent word": "/transactions/?q=card",
    }
    times: dict[str, list[float]] = {page: [] for page in pages}
    counts = {}
    for _round in range(rounds):
        for page, url in pages.items():
            seconds, counts[page] = measure(client, url)
            times[page].append(seconds)
    medians = {page: statistics.median(values) for page, values in times.items()}
    floor = medians["bare (F)"]
    print(f"{size:,} transactions")
    for page, median in medians.items():
        print(
            f"  {page:<24}{median * 1000:7.1f} ms  {median / floor:5.2f} x F  {counts[page]:3} queries"
        )
    return medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
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
        from django.urls import path

        from config import urls

        urls.urlpatterns.append(path("bare/", bare_page()))
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        results = {size: run(size, options.rounds) for size in options.sizes}
        small, large = min(results), max(results)
        for page in ("overview", "list, first page"):
            ratio = results[large][page] / results[small][page]
            print(f"{page}: {large:,} takes {ratio:.2f} x of {small:,}")


if __name__ == "__main__":
    main()
