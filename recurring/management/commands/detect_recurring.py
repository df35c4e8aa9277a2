"""`manage.py detect_recurring`: what repeats in the history of households?"""

from django.core.management.base import BaseCommand

from accounts.lookup import household_argument
from accounts.models import Household
from recurring.models import Series
from recurring.services.finding import detect, find
from recurring.words import schedule_words


class Command(BaseCommand):
    """Suggests what it finds; with --dry-run it only prints."""

    help = "Find bills, subscriptions and regular income in transactions, and suggest them."

    def add_arguments(self, parser):
        parser.add_argument("--household", help="Number, code or name; default: all.")
        parser.add_argument("--dry-run", action="store_true", help="Print and change nothing.")

    def handle(self, *args, household, dry_run, **options):
        chosen = [household_argument(household)] if household else Household.objects.order_by("pk")
        for one in chosen:
            today = one.today()
            found = find(household=one, today=today)
            self.stdout.write(f"{one.pk} {one.name}: {len(found)} series")
            for series in found:
                self.stdout.write(f"  {self._line(series)}")
            if not dry_run:
                detect(household=one, today=today)
                count = Series.objects.for_household(one).suggested().count()
                self.stdout.write(f"  {count} to accept or dismiss")

    def _line(self, series) -> str:
        last = series.last_seen.isoformat()
        words = schedule_words(series.schedule)
        size = "always" if series.is_fixed_amount else "about"
        return (
            f"{series.confidence:3} %  {series.kind:12} {series.name}: {words}, {size} "
            f"{series.amount} minor units, {len(series.payments)} times, last {last}"
        )
