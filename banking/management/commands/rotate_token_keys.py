"""`manage.py rotate_token_keys`: seal every stored token anew with the newest key."""

from django.core.management.base import BaseCommand, CommandError

from banking.services.vault import reseal_all


class Command(BaseCommand):
    """Put the new key first in TOKEN_KEYS, restart, run this, then take the old key out."""

    help = (
        "Encrypt all bank tokens with the first of TOKEN_KEYS. To rotate: add a new key in front, "
        "restart, run this, remove the old key, restart. `--generate` prints a new key."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--generate", action="store_true", help="Print a new key and do nothing."
        )

    def handle(self, *args, generate, **options):
        if generate:
            from cryptography.fernet import Fernet

            self.stdout.write(Fernet.generate_key().decode())
            return
        done, lost = reseal_all()
        self.stdout.write(f"{done} tokens sealed with the newest key.")
        if lost:
            raise CommandError(
                f"{lost} could not be opened with any of TOKEN_KEYS; their connections need renewal."
            )
