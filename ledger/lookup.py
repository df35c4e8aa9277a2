"""Find what an operator names on the command line."""

from django.core.management.base import CommandError

from accounts.models import Household
from ledger.models import Account


def account_argument(household: Household, text: str) -> Account:
    """The account with this id, (unique) name or number. Raises CommandError."""
    accounts = list(Account.objects.for_household(household))
    for matches in (
        [a for a in accounts if text.isdigit() and a.pk == int(text)],
        [a for a in accounts if a.name.casefold() == text.casefold()],
        [a for a in accounts if a.number and _plain(a.number) == _plain(text)],
    ):
        if len(matches) == 1:
            return matches[0]
    raise CommandError(f"“{text}” is no account of this household.")


def _plain(number: str) -> str:
    return "".join(char for char in number.upper() if char.isalnum())
