"""`manage.py import_list --household H`: what came in, newest first."""

import json

from django.core.management.base import BaseCommand

from accounts.lookup import household_argument
from ledger.models import ImportBatch


class Command(BaseCommand):
    help = "List a household's imports: number, when, what, how many rows."

    def add_arguments(self, parser):
        parser.add_argument("--household", required=True, help="Number, code or name.")
        parser.add_argument("--limit", type=int, default=50)
        parser.add_argument("--json", action="store_true", help="One JSON object an import.")

    def handle(self, *args, **options):
        household = household_argument(options["household"])
        batches = ImportBatch.objects.filter(household=household).order_by("-pk")
        for batch in batches[: max(0, options["limit"])]:
            facts = {
                "batch": batch.pk,
                "made": batch.made_at.isoformat(timespec="minutes"),
                "source": batch.source,
                "file": batch.name,
                "new": batch.added,
                "duplicate": batch.duplicates,
                "error": batch.rejected,
                "undone": batch.undone_at.isoformat(timespec="minutes")
                if batch.undone_at
                else None,
            }
            if options["json"]:
                self.stdout.write(json.dumps(facts))
                continue
            self.stdout.write(
                f"{batch.pk:>6}  {facts['made']}  {batch.source:<6}  new {batch.added}, "
                f"duplicate {batch.duplicates}, error {batch.rejected}  {batch.name}"
                + (f"  (undone {facts['undone']})" if batch.undone_at else "")
            )
