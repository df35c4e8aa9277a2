"""`manage.py import_folder`: take in what lies in the watched folder, once."""

import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.lookup import household_argument
from imports.services.folder import import_folder, make_folders


class Command(BaseCommand):
    """Exit codes: 0 everything came in, 1 a file was put into `failed/`. The scheduler does the
    same every minute when IMPORT_FOLDER is set."""

    help = "Import the files in IMPORT_FOLDER/<household code>/<account>/."

    def add_arguments(self, parser):
        parser.add_argument("--folder", default=settings.IMPORT_FOLDER, help="Instead of it.")

        parser.add_argument("--make", metavar="H", help="Only make the folders of a household.")

    def handle(self, *args, folder, make, **options):
        if not folder:
            raise CommandError("Set IMPORT_FOLDER, or say --folder.")
        if not Path(folder).is_dir():
            raise CommandError(f"{folder} is no folder.")
        if make:
            for path in make_folders(Path(folder), household_argument(make)):
                self.stdout.write(str(path))
            return
        failed = 0
        for taken in import_folder(Path(folder)):
            failed += not taken.is_done
            out = self.stdout if taken.is_done else self.stderr
            out.write(f"{taken.path}: {taken.text.splitlines()[0]}")
        if failed:
            sys.exit(1)
