"""A new server belongs to who can read its console, not to the first visitor."""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts.models import User


def needs_setup_token() -> bool:
    """On a server without any user. The embedded mode listens to its own machine only."""
    return not settings.EMBEDDED and not User.objects.exists()


def setup_token() -> str:
    """Follows from the secret key, so that every process knows it; dead once a user exists."""
    return salted_hmac("housebook.setup", "first user", algorithm="sha256").hexdigest()[:32]


def is_setup_token(text: str) -> bool:
    """Whether somebody typed the right one."""
    return constant_time_compare(text.strip(), setup_token())
