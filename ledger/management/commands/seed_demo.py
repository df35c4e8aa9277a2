"""`manage.py seed_demo`: a believable household to look around in."""

import datetime as dt

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Household, User
from accounts.services.deletion import delete_household
from ledger.demo.household import make_demo_household

EMAIL = "demo@housebook.example"
PASSWORD = "look-around-freely"  # noqa: S105 printed at every start, for data that is invented


class Command(BaseCommand):
    """Does nothing when the household is there; `--reset` makes it anew."""

    help = "Load the demo household, and the person who can look at it."

    def add_arguments(self, parser):
        parser.add_argument("--transactions", type=int, default=0, help="Fill up to so many.")
        parser.add_argument("--email", default=EMAIL)
        parser.add_argument("--password", default=PASSWORD)
        parser.add_argument("--household", default="Demo household", help="Its name.")
        parser.add_argument("--today", type=dt.date.fromisoformat, help="Its last day.")
        parser.add_argument("--reset", action="store_true", help="Delete it first.")

    def handle(self, *args, transactions, email, password, household, today, reset, **options):
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User(email=email, name="Robin Demo", locale="en-GB")
            try:
                validate_password(password, user)
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
            user.set_password(password)
            user.save()
        known = Household.objects.filter(name=household, memberships__user=user, is_demo=True)
        if reset:
            for found in known:
                delete_household(found)
        if reset or not known.exists():
            make_demo_household(user=user, today=today, name=household, rows=transactions)
        if email == EMAIL and password == PASSWORD:
            self.stdout.write(f"Sign in as {EMAIL} with the password {PASSWORD}")
