"""`manage.py up`: the whole of Housebook in one terminal, for one machine."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

STOP_SECONDS = 20


class Command(BaseCommand):
    """Migrate, then run web server, worker, scheduler and, where no real banks are set up, the
    demonstration bank, until one of them or the person stops."""

    help = "Prepare the database and run the web server, the worker and the scheduler."

    def add_arguments(self, parser):
        parser.add_argument("--port", type=int, default=urlsplit(settings.SITE_URL).port or 8000)
        parser.add_argument(
            "--host",
            default="127.0.0.1",
            help="Address to listen on. Keep the default unless a TLS proxy stands in front.",
        )
        parser.add_argument(
            "--demo", action="store_true", help="Load the demo household at the first start."
        )
        parser.add_argument("--workers", type=int, default=1, help="Web processes.")

    def handle(self, *args, port, host, demo, workers, **options):
        call_command("migrate", verbosity=0)
        call_command("createcachetable")
        call_command("collectstatic", interactive=False, verbosity=0)
        if demo:
            call_command("seed_demo")
        self.stdout.write(f"Housebook is at {settings.SITE_URL}  (Ctrl-C stops it)")
        commands, environment = _commands(host, port, workers), {}
        if settings.TRUELAYER_ENV == "local":
            bank_port = _free_port(settings.SANDBOX_BANK_PORT)
            environment["SANDBOX_BANK_PORT"] = str(bank_port)
            commands["bank"] = [
                *(sys.executable, "manage.py", "sandbox_bank", "--port", str(bank_port)),
            ]
        sys.exit(_supervise(commands, environment))


def _free_port(wanted: int) -> int:
    """`wanted`, or another port when something listens there already."""
    for port in (wanted, 0):
        with socket.socket() as probe, suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    return wanted


def _commands(host: str, port: int, workers: int) -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "-A", "config", "--quiet"]
    return {
        "web": [
            *(sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"{host}:{port}"),
            *("--worker-class", "gthread", "--threads", "8", "--workers", str(workers)),
            *("--timeout", "60", "--max-requests", "20000", "--max-requests-jitter", "500"),
            *("--log-level", "warning"),
        ],
        "worker": [
            *(*celery, "worker", "--pool", "threads", "--concurrency", "4"),
            *("--without-gossip", "--without-mingle", "--loglevel", "warning"),
        ],
        "scheduler": [
            *(*celery, "beat", "--loglevel", "warning", "--pidfile", ""),
            *("--schedule", settings.CELERY_BEAT_SCHEDULE_FILENAME),
        ],
    }


def _supervise(commands: dict[str, list[str]], more: dict[str, str]) -> int:
    """Run all commands; when one ends, or a signal comes, end all. Returns the exit code."""
    stopping = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.append(True))
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **more}
    # Sessions of their own: Ctrl-C reaches this process only, which then stops them in order.
    children = {
        name: subprocess.Popen(  # noqa: S603 commands of ours
            command, env=environment, cwd=settings.BASE_DIR, start_new_session=True
        )
        for name, command in commands.items()
    }
    code = 0
    while not stopping:
        time.sleep(0.2)
        for name, child in children.items():
            if child.poll() is not None:
                sys.stderr.write(f"The {name} process ended with code {child.returncode}.\n")
                code = child.returncode or 1
                stopping.append(True)
    _stop(children.values())
    return code


def _stop(children) -> None:
    for child in children:
        with suppress(ProcessLookupError):
            child.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
