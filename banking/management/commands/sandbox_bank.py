"""`manage.py sandbox_bank`: invented banks that answer as TrueLayer does."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from banking.sandbox.oauth import Client
from banking.sandbox.server import SandboxBank


class Command(BaseCommand):
    """Serve the sandbox bank until it is stopped."""

    help = (
        "Serve a demonstration bank on this machine: TrueLayer's auth server, consent pages and "
        "Data API v1 with invented banks and invented money."
    )

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.SANDBOX_BANK_PORT)
        parser.add_argument("--client-id", default=settings.TRUELAYER_CLIENT_ID)
        parser.add_argument(
            "--redirect-uri",
            action="append",
            help="Where people may be sent back to (repeatable; by default this server's callback).",
        )
        parser.add_argument(
            "--state",
            type=Path,
            default=settings.VAR_DIR / "sandbox_bank.sqlite3",
            help="Where consents are kept, so that a restart keeps connections.",
        )
        parser.add_argument(
            "--control",
            action="store_true",
            help="Also serve /_sim/: clock, faults, truth. For tests; anybody who reaches it may use it.",
        )

    def handle(self, *args, host, port, client_id, redirect_uri, state, control, **options):
        if settings.TRUELAYER_ENV != "local":
            raise CommandError("Set TRUELAYER_ENV=local: this server is set up for real banks.")
        uris = tuple(redirect_uri or [settings.TRUELAYER_REDIRECT_URI])
        client = Client(client_id, settings.TRUELAYER_CLIENT_SECRET, uris)
        state.parent.mkdir(parents=True, exist_ok=True)
        server = SandboxBank((host, port), client, path=state, has_control=control)
        self.stdout.write(f"The demonstration bank is at {server.url}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            server.server_close()
