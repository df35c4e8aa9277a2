"""`manage.py copy_budget`: budget in one month what was budgeted in another."""

from django.core.management.base import BaseCommand, CommandError

from accounts.lookup import household_argument
from budget.errors import BudgetError
from budget.services.amounts import copy_month
from core.months import Month


class Command(BaseCommand):
    """Amounts that are set already stay unless --overwrite."""

    help = "Copy a month's budget into another month."

    def add_arguments(self, parser):
        parser.add_argument("--household", required=True, help="Number, code or name.")
        parser.add_argument("--from", dest="source", help="2026-10; default: the month before.")
        parser.add_argument("--to", dest="target", help="2026-11; default: the current month.")
        parser.add_argument("--overwrite", action="store_true")

    def handle(self, *args, household, source, target, overwrite, **options):
        found = household_argument(household)
        try:
            to = Month.parse(target) if target else found.current_month()
            of = Month.parse(source) if source else to - 1
            count = copy_month(household=found, source=of, target=to, by=None, overwrite=overwrite)
        except BudgetError as error:
            raise CommandError(str(error)) from error
        except ValueError as error:
            raise CommandError("A month is written like 2026-11.") from error
        self.stdout.write(f"{count} amounts copied from {of} to {to}")
