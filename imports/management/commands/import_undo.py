"""`manage.py import_undo BATCH --household H`: take an import back."""

import json
import sys

from django.core.management.base import BaseCommand, CommandError

from accounts.lookup import household_argument
from ledger.errors import LedgerError
from ledger.models import ImportBatch
from ledger.services.batches import undo_batch

KEPT, UNKNOWN = 1, 2


class Command(BaseCommand):
    """Exit codes: 0 all rows went, 1 some were edited since and stay (or it was undone before), 2 there
    is no such import."""

    help = "Undo an import: what it made and nobody touched since goes."

    def add_arguments(self, parser):
        parser.add_argument("batch", type=int, help="Its number, from import_list.")
        parser.add_argument("--household", required=True, help="Number, code or name.")
        parser.add_argument("--json", action="store_true", help="One JSON object.")

    def handle(self, *args, batch, **options):
        household = household_argument(options["household"])
        found = ImportBatch.objects.filter(household=household, pk=batch).first()
        if found is None:
            raise CommandError(f"This household has no import {batch}.", returncode=UNKNOWN)
        try:
            undone = undo_batch(batch=found, by=None)
        except LedgerError as error:
            raise CommandError(str(error), returncode=KEPT) from error
        facts = {"batch": batch, "removed": undone.removed, "kept": len(undone.kept_ids)}
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write(f"import {batch}: removed {facts['removed']}, kept {facts['kept']}")
        if undone.kept_ids:
            sys.exit(KEPT)
