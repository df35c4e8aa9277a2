"""`manage.py sync_banks`: sync connections now, in this process."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from banking.errors import NotNowError, words_of
from banking.models import Connection, SyncRun
from banking.services import schedule


class Command(BaseCommand):
    """Sync one connection, those that are due, or all that are active."""

    help = "Sync bank connections now and say what came of it."

    def add_arguments(self, parser):
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--connection", type=int, help="Only this connection's number.")
        which.add_argument("--due", action="store_true", help="Only those whose time has come.")
        parser.add_argument("--dry-run", action="store_true", help="Only say which it would be.")

    def handle(self, *args, connection, due, dry_run, **options):
        rows = Connection.objects.filter(state=Connection.State.ACTIVE).order_by("next_sync_at")
        if connection is not None:
            rows = Connection.objects.filter(pk=connection)
            if not rows.exists():
                raise CommandError(f"There is no connection {connection}.")
        elif due:
            rows = Connection.objects.due(timezone.now()).order_by("next_sync_at")
        failed = 0
        for one in rows:
            label = f"connection {one.pk} ({one.provider_id})"
            if dry_run:
                self.stdout.write(f"{label}: {one.get_state_display()}, due {one.next_sync_at}")
            else:
                failed += not self._sync(one, label)
        if failed:
            raise CommandError(f"{failed} of them did not work.")

    def _sync(self, connection: Connection, label: str) -> bool:
        try:
            run = schedule.request_sync(
                connection=connection, by=None, trigger=SyncRun.Trigger.COMMAND
            )
        except NotNowError:
            self.stderr.write(f"{label}: {connection.get_state_display()}, not synced")
            return False
        schedule.run_sync(run.pk)
        run.refresh_from_db()
        if not run.is_over:
            self.stdout.write(f"{label}: another worker is at it")
            return True
        self.stdout.write(
            f"{label}: {run.get_state_display()}; added {run.added}, settled {run.settled}, "
            f"changed {run.amended}, removed {run.removed}, recognised {run.joined}, "
            f"known {run.known}"
            + (f"; {words_of(run.error_code, run.remedy)}" if run.error_code else "")
        )
        return run.state == SyncRun.State.DONE
