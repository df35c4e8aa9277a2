"""Which Apprise addresses are taken, and messages that arrive at a server of this machine."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.db import connection

from accounts.archive import archive_file
from core.vault import unseal
from notifications.addresses import accept
from notifications.errors import AddressError, TooManyAddressesError
from notifications.models import Address, Delivery
from notifications.services.wishes import add_address, remove_address, send_test

BOT = "tgram://123456789:abcdefg_hijklmnop/12315544"


@pytest.fixture
def receiver(settings):
    """A web server that takes messages, and answers with `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):  # noqa: N802 the library's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.got.append((self.path, json.loads(body)))
            self.send_response(self.server.status)
            self.end_headers()

        def log_message(self, *args):
            pass

    settings.NOTIFY_SCHEMAS = ["json"]
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.got, server.status = [], 200
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def place(server, name: str) -> str:
    return f"json://127.0.0.1:{server.server_port}/{name}"


@pytest.mark.parametrize(
    ("url", "service"),
    [
        (BOT, "Telegram"),
        ("ntfys://my-topic?priority=high", "ntfy"),
        ("ntfys://ntfy.sh/my-topic", "ntfy"),
        ("discord://1234/abcd", "Discord"),
        ("https://discord.com/api/webhooks/1234/abcd", "Discord"),
        (
            "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
            "Slack",
        ),
        (f"pover://{'u' * 30}@{'t' * 30}", "Pushover"),
    ],
)
def test_public_services_are_taken(url, service):
    assert accept(f"  {url} ").service == service


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "://", "http://localhost/", "https://evil.example/hook", "file:///etc/passwd"),
        *("json://127.0.0.1/", "jsons://10.0.0.1/", "xml://localhost", "form://localhost"),
        *("syslog://", "dbus://", "gnome://", "mailto://u:p@localhost:25", "matrix://u:p@host"),
        *("gotify://localhost/token", "signal://localhost/+4912345678/+4912345678"),
        *("ntfy://localhost/topic", "ntfys://10.0.0.1/topic", "ntfy://ntfy.sh@localhost/topic"),
        *("ntfy://10.0.0.1/topic?mode=cloud", "ntfys://topic?attach=http://localhost/"),
        *("discord://1234/abcd?template=/etc/passwd", f"{BOT}?cto=9999", f"{BOT}?retry=99"),
        "https://discord.com/api/webhooks/1234/abcd?template=/etc/passwd",
        *(f"{BOT} json://localhost/", f"{BOT}\njson://localhost/", BOT + "a" * 500),
    ],
)
def test_what_reaches_into_networks_or_files_is_not(url):
    with pytest.raises(AddressError):
        accept(url)


def test_the_operator_opens_services(settings):
    settings.NOTIFY_SCHEMAS = ["json", "ntfys"]
    assert accept("json://127.0.0.1/").schema == "json"
    assert accept("ntfys://10.0.0.1/topic").service == "ntfy"
    with pytest.raises(AddressError):
        accept("xml://127.0.0.1/")
    settings.NOTIFY_SCHEMAS = ["*"]
    assert accept("xml://127.0.0.1/").schema == "xml"


def test_an_address_is_sealed_and_in_no_archive(household, alice, settings):
    address = add_address(user=alice, household=household, url=BOT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT url, service, schema FROM notifications_address")
        ((sealed, service, schema),) = cursor.fetchall()
    assert (service, schema) == ("Telegram", "tgram")
    assert "123456789" not in sealed
    assert unseal(sealed) == BOT
    with archive_file(household) as file:
        assert address.url.encode() not in file.read()


def test_five_addresses_are_the_most(household, alice):
    for number in range(5):
        add_address(user=alice, household=household, url=f"ntfys://topic{number}")
    with pytest.raises(TooManyAddressesError):
        add_address(user=alice, household=household, url="ntfys://topic6")


def test_a_message_arrives_at_each_address_once(tell, later, receiver, household, alice, bob):
    for user, name in ((alice, "a"), (alice, "b"), (bob, "c")):
        add_address(user=user, household=household, url=place(receiver, name))
    assert tell("@everyone", kind="t.push", url="/budget/") == 2
    tell("@everyone", kind="t.push", url="/budget/")
    assert later() == []
    assert sorted(path for path, _body in receiver.got) == ["/a", "/b", "/c"]
    body = receiver.got[0][1]
    assert body["title"] == "@\u200beveryone"
    assert "€12,345.67" in body["message"]
    assert "http://localhost:8000/budget/" in body["message"]
    assert not mail.outbox


def test_an_address_that_fails_is_marked_and_holds_up_nothing(tell, receiver, household, alice):
    broken = add_address(user=alice, household=household, url="json://127.0.0.1:9/x")
    works = add_address(user=alice, household=household, url=place(receiver, "a"))
    tell(kind="t.push")
    assert len(receiver.got) == 1
    broken.refresh_from_db()
    works.refresh_from_db()
    assert broken.failed_at
    assert not works.failed_at
    receiver.status = 500
    tell("Rent", kind="t.push")
    works.refresh_from_db()
    assert works.failed_at
    assert Delivery.objects.filter(state="sent").count() == 1


def test_an_address_of_a_service_that_was_closed_again_is_not_called(
    tell, receiver, household, alice, settings
):
    add_address(user=alice, household=household, url=place(receiver, "a"))
    settings.NOTIFY_SCHEMAS = []
    tell(kind="t.push")
    assert receiver.got == []


def test_a_removed_address_takes_what_waits_with_it(tell, receiver, household, alice, later):
    receiver.status = 500
    address = add_address(user=alice, household=household, url=place(receiver, "a"))
    tell(kind="t.push")
    remove_address(address)
    assert not Address.objects.exists()
    assert not Delivery.objects.exists()


def test_a_test_goes_to_mail_and_every_address(
    receiver, household, alice, bob, django_capture_on_commit_callbacks
):
    add_address(user=alice, household=household, url=place(receiver, "a"))
    with django_capture_on_commit_callbacks(execute=True):
        send_test(user=alice, household=household)
    assert [path for path, _body in receiver.got] == ["/a"]
    assert [one.to[0] for one in mail.outbox] == ["alice@example.org"]


def test_no_key_or_content_is_logged(tell, receiver, household, alice, caplog):
    import logging

    receiver.status = 500
    add_address(user=alice, household=household, url=place(receiver, "secret-key"))
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.DEBUG)
    try:
        tell(kind="t.push")
    finally:
        root.setLevel(before)
    assert "was not sent" in caplog.text
    assert "secret-key" not in caplog.text
    assert "Groceries" not in caplog.text
