"""`manage.py setup_token`: what the first person on a new server has to type."""

from django.core.management.base import BaseCommand

from accounts.first_run import needs_setup_token, setup_token


class Command(BaseCommand):
    """Only who can run commands on the server can make the first account."""

    help = "Print the token for the first sign-up."

    def handle(self, *args, **options):
        if needs_setup_token():
            self.stdout.write(setup_token())
        else:
            self.stdout.write(
                "Nobody needs a token: there is an account already, or none is asked."
            )
