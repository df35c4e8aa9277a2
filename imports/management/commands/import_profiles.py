"""`manage.py import_profiles list|export|load --household H`: remembered mappings as JSON."""

import json
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from accounts.lookup import household_argument
from imports.parsers.bank_profiles import PROFILES
from imports.parsers.csv_mapping import MappingError
from imports.services.profiles import load_profiles, profiles_of, profiles_to_json


class Command(BaseCommand):
    """An exported profile holds column numbers and words of banks, no account and no amount."""

    help = "The remembered mappings of a household's files."

    def add_arguments(self, parser):
        parser.add_argument("act", choices=["list", "export", "load"])
        parser.add_argument("file", nargs="?", default="-", help="- is standard in or output.")
        parser.add_argument("--household", required=True, help="Number, code or name.")

    def handle(self, *args, act, file, household, **options):
        owner = household_argument(household)
        try:
            getattr(self, act)(owner, file)
        except (OSError, MappingError) as error:
            raise CommandError(f"{file}: {error}", returncode=2) from error

    def list(self, household, _file) -> None:
        for profile in profiles_of(household):
            account = profile.account.name if profile.account else "-"
            used = profile.used_at.date()
            self.stdout.write(f"{profile.fingerprint}  {used}  {account}  {profile.name}")
        banks = sorted({profile.name for profile in PROFILES})
        self.stdout.write(f"Known without any: {', '.join(banks)}.")

    def export(self, household, file) -> None:
        text = json.dumps(profiles_to_json(household), indent=1, ensure_ascii=False) + "\n"
        if file == "-":
            self.stdout.write(text)
        else:
            Path(file).write_text(text, encoding="utf-8")

    def load(self, household, file) -> None:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        made = load_profiles(household=household, text=text)
        self.stdout.write(f"{made} mappings.")
