"""Find what an operator names on the command line."""

import uuid

from django.core.management.base import CommandError

from accounts.models import Household


def household_argument(text: str) -> Household:
    """The household with this number, code or (unique) name. Raises CommandError."""
    if text.isdigit():
        found = Household.objects.filter(pk=int(text))
    else:
        try:
            found = Household.objects.filter(code=uuid.UUID(text))
        except ValueError:
            found = Household.objects.filter(name=text)
    matches = list(found[:2])
    if len(matches) != 1:
        reason = "is the name of several households" if matches else "is no household"
        raise CommandError(f"“{text}” {reason}.")
    return matches[0]
