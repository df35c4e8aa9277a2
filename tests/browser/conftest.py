"""Journeys run against the real thing: `manage.py up` with web server, worker and scheduler.

One server for the whole session, in a folder of its own; DATABASE_URL and REDIS_URL are honoured.
Each test signs up people of its own.
"""

import base64
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
SIGN_UPS = 15
"""The real limit holds here, too: twenty sign-ups an hour from one address, counted in the cache."""
FORGET = "from django.core.cache import cache; cache.clear()"
PASSWORD = "correct horse battery staple"


class Server:
    """A running Housebook: its address, its folder, its commands."""

    def __init__(self, folder: Path, port: int):
        # Passkeys need a name, not an address.
        self.url = f"http://localhost:{port}"
        self.folder = folder
        self.environment = {
            **os.environ,
            "HOUSEBOOK_VAR": str(folder),
            "PORT": str(port),
            "SITE_URL": self.url,
            "SECRET_KEY": "browser-tests-only",
            "EMAIL_VERIFICATION": "optional",
            "SIGNUP_OPEN": "true",
            "TRUELAYER_ENV": "local",
            "TOKEN_KEYS": base64.urlsafe_b64encode(b"browser-tests-only-for-bank-keys").decode(),
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=ROOT,
            env=self.environment,
        )

    def manage(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=check,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def wait(self) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server ended at start"
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):  # noqa: S310 ours
                    return
            except OSError:
                time.sleep(0.3)
        raise AssertionError("the server did not answer")

    def mailed(self, pattern: str) -> str:
        """The newest match in the mails, undoing what mail does to long lines."""
        mails = sorted((self.folder / "mail").iterdir(), key=lambda path: path.stat().st_mtime)
        texts = [path.read_text().replace("=\n", "").replace("=3D", "=") for path in mails]
        return [m.group() for text in texts if (m := re.search(pattern, text))][-1]

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(40)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Server(tmp_path_factory.mktemp("var"), port)
    running.wait()
    yield running
    assert running.stop() == 0, "the server did not stop cleanly"


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser, server):
    """Make pages; at the end none may have broken the CSP or thrown an error."""
    complaints: list[str] = []
    contexts = []

    def make(*, with_axe=False, **options):
        options.setdefault("viewport", {"width": 1280, "height": 900})
        context = browser.new_context(base_url=server.url, **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if with_axe:  # axe puts inline styles into the page, which the policy then blocks
            return page
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type == "error" and re.search("Content Security|TypeError", message.text)
                else None
            ),
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page):
    return new_page()


_count = iter(range(1, 10_000))


@pytest.fixture
def sign_up(server):
    """Sign somebody up through the form; returns the e-mail."""

    def act(page, name="Dana Birch") -> str:
        number = next(_count)
        if number % SIGN_UPS == 0:
            server.manage("shell", "--no-imports", "-c", FORGET)
        email = f"dana{number}-{os.getpid()}@example.org"
        page.goto("/auth/signup/")
        page.get_by_label("Your name").fill(name)
        page.get_by_label("Email", exact=False).first.fill(email)
        page.locator("input[type=password]").first.fill(PASSWORD)
        page.locator("form button[type=submit]").last.click()
        page.wait_for_url(re.compile(r"/(welcome/.*)?$"))
        return email

    return act
