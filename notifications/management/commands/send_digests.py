"""`manage.py send_digests`: send the digests, and all else, that is due."""

from django.core.management.base import BaseCommand

from notifications.services.sending import hurry_digests, send_due


class Command(BaseCommand):
    help = (
        "Send digests and other notifications whose time has come, as the scheduler does every "
        "minute. --now sends the digests that wait for their hour, too."
    )

    def add_arguments(self, parser):
        parser.add_argument("--now", action="store_true", help="Do not wait for anybody's hour.")

    def handle(self, *args, now, **options):
        if now:
            hurry_digests()
        self.stdout.write(f"{send_due()} sent.")
