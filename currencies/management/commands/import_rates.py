"""`manage.py import_rates [FILE]`: exchange rates of the European Central Bank."""

import datetime as dt
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from currencies.errors import RatesError
from currencies.services import fetch_rates, store_rates


class Command(BaseCommand):
    help = (
        "Keep exchange rates from a file (eurofxref-hist.csv or .zip, *.xml), or fetch RATES_URL."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?")
        parser.add_argument("--since", type=dt.date.fromisoformat, help="ISO day")

    def handle(self, *args, file, since, **options):
        try:
            count = store_rates(Path(file).read_bytes(), since) if file else fetch_rates()
        except (RatesError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} rates kept")
