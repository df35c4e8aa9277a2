"""`manage.py truelayer_check`: is this server set up to connect banks, and if not, why?"""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from banking import gateway
from banking.truelayer.errors import (
    ConfigurationError,
    ReconnectNeededError,
    TransientError,
    TrueLayerError,
)
from core.vault import SealedError, seal, unseal


class Command(BaseCommand):
    """Checks settings, keys, both hosts, and whether TrueLayer knows the client."""

    help = "Test the configuration for TrueLayer and say what is wrong."

    def handle(self, *args, **options):
        self.problems = 0
        if not settings.TRUELAYER_ENV:
            raise CommandError("TRUELAYER_ENV is empty: banks are switched off.")
        self._say(True, f"environment: {settings.TRUELAYER_ENV}")
        for name in ("TRUELAYER_CLIENT_ID", "TRUELAYER_CLIENT_SECRET"):
            self._say(bool(getattr(settings, name)), f"{name} is set", f"{name} is empty")
        is_sandbox_id = settings.TRUELAYER_CLIENT_ID.startswith("sandbox-")
        self._say(
            is_sandbox_id == (settings.TRUELAYER_ENV != "live"),
            "the client id belongs to this environment",
            "the client id belongs to the other environment (sandbox ids begin with “sandbox-”)",
        )
        uri = settings.TRUELAYER_REDIRECT_URI
        is_fitting = uri.startswith(settings.SITE_URL) and uri.endswith("/banks/callback/")
        self._say(
            is_fitting,
            f"redirect address: {uri} (register exactly this one)",
            f"redirect address {uri} does not lead to {settings.SITE_URL}/banks/callback/",
        )
        try:
            self._say(unseal(seal("test")) == "test", "tokens can be sealed and opened")
        except (SealedError, ValueError):
            self._say(False, "", "TOKEN_KEYS holds something that is no Fernet key")
        try:
            client = gateway.truelayer()
        except ConfigurationError:
            self._say(False, "", "the addresses of TrueLayer must begin with https://")
        else:
            self._ask(client)
        if self.problems:
            raise CommandError(f"{self.problems} problems.")
        self.stdout.write("All is well.")

    def _ask(self, client) -> None:
        try:
            count = len(client.providers())
            self._say(count > 0, f"{count} banks can be connected", "no bank can be connected")
        except TrueLayerError as error:
            self._say(False, "", f"{gateway.auth_host()} did not list banks: {error}")
        try:
            # A refresh token that cannot exist: a client that is known hears invalid_grant.
            client.refresh("0" * 64)
        except ReconnectNeededError:
            self._say(True, "TrueLayer knows the client id and secret")
        except ConfigurationError as error:
            self._say(False, "", f"TrueLayer refuses the client id or secret ({error.code})")
        except TrueLayerError as error:
            self._say(False, "", f"the client could not be checked: {error}")
        try:
            client.data("none").me()
        except TransientError as error:
            self._say(False, "", f"the Data API did not answer: {error}")
        except TrueLayerError:
            self._say(True, "the Data API answers")

    def _say(self, is_fine: bool, fine: str, wrong: str = "") -> None:
        self.problems += not is_fine
        mark = self.style.SUCCESS("ok   ") if is_fine else self.style.ERROR("wrong")
        self.stdout.write(f"{mark} {fine if is_fine else wrong}")
