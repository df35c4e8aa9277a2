"""`manage.py export_household HOUSEHOLD -o FILE`: everything of a household as one zip."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.archive import write_archive
from accounts.lookup import household_argument


class Command(BaseCommand):
    """Writes beside the target and renames, so that a broken export leaves no half file."""

    help = "Export a household as one archive."

    def add_arguments(self, parser):
        parser.add_argument("household", help="Number, code or name.")
        parser.add_argument("-o", "--output", type=Path, required=True)

    def handle(self, *args, household, output, **options):
        found = household_argument(household)
        partial = output.with_suffix(".part")
        try:
            with partial.open("wb") as file:
                manifest = write_archive(found, file)
            partial.rename(output)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise CommandError(str(error)) from error
        self.stdout.write(f"{output}: {sum(manifest['tables'].values())} rows")
