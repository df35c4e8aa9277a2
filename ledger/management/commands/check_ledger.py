"""`manage.py check_ledger`: does everything hold that must always hold?"""

import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand

from accounts.lookup import household_argument
from ledger.invariants import check


class Command(BaseCommand):
    """Read-only. Exit code 1 when a rule is broken; names rows, never amounts or texts."""

    help = "Verify the ledger's invariants."

    def add_arguments(self, parser):
        parser.add_argument("--household", help="Number, code or name; default: all.")
        parser.add_argument("--json", action="store_true", help="For machines.")

    def handle(self, *args, household, **options):
        found = check(household_argument(household) if household else None)
        if options["json"]:
            self.stdout.write(json.dumps([asdict(damage) for damage in found]))
        else:
            for damage in found:
                self.stdout.write(f"{damage.rule}: {damage.table} {damage.pk}: {damage.message}")
            self.stdout.write(f"{len(found)} broken" if found else "The ledger is sound.")
        if found:
            sys.exit(1)
