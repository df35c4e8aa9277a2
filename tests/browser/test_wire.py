"""The web server itself: bodies without end, slow clients, and workers that are killed in a POST."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
import uuid
from urllib.parse import urlsplit

import httpx
import pytest

from tests.browser.conftest import PASSWORD
from tests.browser.test_journeys import begin

pytestmark = pytest.mark.browser
ROUNDS = 100 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 8


def raw(server, head: str, body=(), seconds: float = 10) -> tuple[str, int]:
    """Send bytes as they are; the status line, and how much of the body was sent until it came."""
    parts = urlsplit(server.url)
    sent = 0
    with socket.create_connection((parts.hostname, parts.port), timeout=seconds) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode())
        wire.settimeout(0.05)
        answer = b""
        for piece in (*body, b""):
            try:
                answer = wire.recv(200)
            except TimeoutError:
                pass
            except ConnectionError:
                break
            if answer:
                break
            try:
                wire.sendall(piece)
            except (BrokenPipeError, ConnectionError):
                break
            sent += len(piece)
        wire.settimeout(seconds)
        try:
            answer = answer or wire.recv(200)
        except ConnectionError:
            answer = answer or b"closed"
    return answer.split(b"\r\n")[0].decode(), sent


POST = (
    "POST /imports/new/ HTTP/1.1\nHost: localhost\nContent-Type: multipart/form-data; boundary=x\n"
)


def test_a_body_that_is_too_large_or_endless_is_refused_unread(server):
    megabyte = b"x" * 1_000_000
    status, sent = raw(server, f"{POST}Content-Length: {100 * 2**20}\n\n", [megabyte] * 100)
    assert " 413 " in status
    assert sent < 10_000_000
    chunk = b"%x\r\n%s\r\n" % (len(megabyte), megabyte)
    status, sent = raw(server, f"{POST}Transfer-Encoding: chunked\n\n", [chunk] * 100)
    assert " 413 " in status
    assert sent < 10_000_000


def test_slow_clients_block_nobody_and_leave_nothing(server):
    """Three of them send a kilobyte a second; others are served at once."""
    stop = threading.Event()

    def drip():
        parts = urlsplit(server.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as wire:
            wire.sendall(f"{POST}Content-Length: 1000000\n\n".replace("\n", "\r\n").encode())
            while not stop.wait(0.25):
                try:
                    wire.sendall(b"x" * 256)
                except ConnectionError:
                    return

    clients = [threading.Thread(target=drip) for _n in range(3)]
    for one in clients:
        one.start()
    try:
        time.sleep(1)
        for _n in range(10):
            assert httpx.get(f"{server.url}/readyz", timeout=3).status_code == 200
    finally:
        stop.set()
        for one in clients:
            one.join()
    media = server.folder / "media"
    assert list(media.rglob("*.upload*")) == []


class Person:
    """Somebody signed in over plain HTTP."""

    def __init__(self, url: str, email: str):
        self.http = httpx.Client(base_url=url, timeout=20, follow_redirects=False)
        self.post("/auth/login/", login=email, password=PASSWORD, remember="on")

    def post(self, path: str, **form):
        page = self.http.get(path)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        data = {**form, "csrfmiddlewaretoken": token[1] if token else ""}
        return self.http.post(path, data=data)

    def form(self, path: str, **form) -> dict:
        """A whole form with its token, to be sent more than once."""
        page = self.http.get(path).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        return {**form, "csrfmiddlewaretoken": token}


def web_workers(server) -> list[int]:
    """The processes that answer requests: children of the web server's master."""
    listed = subprocess.run(
        ["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[1:]
    rows = [line.split(None, 2) for line in listed]
    port = f":{urlsplit(server.url).port}"
    web = {
        pid: parent for pid, parent, command in rows if "gunicorn" in command and port in command
    }
    return [int(pid) for pid, parent in web.items() if parent in web]


def test_a_web_process_killed_in_a_post_leaves_one_row_after_a_replay(server, new_page, sign_up):
    """Forms for a transaction and a transfer are sent, the process dies at some moment, and the
    browser's reload sends the same form again."""
    page = new_page()
    email = sign_up(page)
    begin(page)
    person = Person(server.url, email)
    code = (
        "from ledger.models import Account; from accounts.models import User; "
        f"u = User.objects.get(email='{email}'); h = u.memberships.get().household; "
        "a = Account.objects.get(household=h); "
        "b = Account.objects.create(household=h, name='Second', currency=a.currency); "
        "print(a.pk, b.pk)"
    )
    first, second = server.manage("shell", "--no-imports", "-c", code).stdout.split()
    counts = {}
    for number in range(ROUNDS):
        name = f"Kill {number}"
        if number % 2:
            path = "/transactions/transfer/"
            form = {"source": first, "target": second, "amount": "5", "notes": name}
        else:
            path, form = "/transactions/add/", {"account": first, "amount": "-5", "notes": name}
        data = person.form(path, **form, date="2026-11-03", submission=str(uuid.uuid4()))
        sender = threading.Thread(target=_send, args=(person.http, path, data))
        sender.start()
        time.sleep(number * 0.013 % 0.09)
        for pid in web_workers(server):
            os.kill(pid, signal.SIGKILL)
        sender.join()
        for _attempt in range(50):
            if _send(person.http, path, data):
                break
            time.sleep(0.2)
        counts[name] = 2 if number % 2 else 1
    code = (
        "from collections import Counter; from ledger.models import Transaction; import json; "
        "print(json.dumps(Counter(Transaction.objects.filter(notes__startswith='Kill ')"
        ".values_list('notes', flat=True))))"
    )
    assert json.loads(server.manage("shell", "--no-imports", "-c", code).stdout) == counts
    assert server.manage("check_ledger").returncode == 0


def _send(http: httpx.Client, path: str, data: dict) -> bool:
    try:
        return http.post(path, data=data).status_code == 302
    except httpx.HTTPError:
        return False
