"""The client against a socket that answers anything: the right class of error, and nothing leaks."""

import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from banking.truelayer import client as client_module
from banking.truelayer.client import Config, TrueLayer
from banking.truelayer.errors import (
    AccessDeniedError,
    AccountGoneError,
    BadRequestError,
    ConfigurationError,
    DateRangeError,
    NotSupportedError,
    RateLimitedError,
    ReconnectNeededError,
    ScaExceededError,
    TransientError,
)

TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0LXRva2Vu.c2lnbmF0dXJl"


class Oddity(ThreadingHTTPServer):
    """Answers every request by `answer(handler)`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, dict]] = []
        self.answer = lambda handler: None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def says(self, status, body=b"", headers=None, kind="application/json", length=None):
        def answer(handler):
            handler.send_response(status)
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(body) if length is None else length))
            for name, value in (headers or {}).items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        self.answer = answer


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.server.asked.append((self.path, dict(self.headers)))
        self.close_connection = True
        self.server.answer(self)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(client_module, "PAUSE_SECONDS", (0, 0))
    odd = Oddity()
    threading.Thread(target=odd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield odd
    odd.shutdown()
    odd.server_close()


@pytest.fixture
def truelayer(server):
    made = TrueLayer(
        Config(
            server.url, server.url, "client", "the-client-secret", f"{server.url}/back",
            read_seconds=0.3,
        )
    )  # fmt: skip
    yield made
    made.close()


def accounts(truelayer, **facts):
    return truelayer.data(TOKEN, **facts).accounts()


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "invalid_grant", ReconnectNeededError),
        (400, "invalid_date_range", DateRangeError),
        (400, "validation_error", BadRequestError),
        (400, "invalid_client", ConfigurationError),
        (401, "invalid_token", ReconnectNeededError),
        (401, "", ReconnectNeededError),
        (403, "access_denied", AccessDeniedError),
        (403, "sca_exceeded", ScaExceededError),
        (403, "something new", AccessDeniedError),
        (404, "account_not_found", AccountGoneError),
        (409, "request_conflict", TransientError),
        (429, "provider_too_many_requests", RateLimitedError),
        (429, "", RateLimitedError),
        (500, "internal_server_error", TransientError),
        (501, "endpoint_not_supported", NotSupportedError),
        (502, "", TransientError),
        (503, "provider_error", TransientError),
        (504, "provider_timeout", TransientError),
    ],
)
def test_each_error_is_of_the_class_of_who_mends_it(server, truelayer, status, code, kind):
    body = b'{"error":"%s","error_description":"?"}' % code.encode() if code else b"<html>"
    server.says(status, body)
    with pytest.raises(kind) as caught:
        accounts(truelayer)
    assert type(caught.value) is kind
    assert caught.value.status == status


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b'"text"', b"{}", b'{"results": null}', b'{"results": {}}',
        b'{"results": [', b"<html><body>hello", b"\xff\xfe\x00", b"[" * 100_000,
        b'{"results": [], "status": "Failed"}',
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_for_later(server, truelayer, body):
    server.says(200, body)
    with pytest.raises(TransientError):
        accounts(truelayer)


def test_rows_of_the_wrong_type_are_left_out(server, truelayer):
    server.says(200, b'{"results": [1, null, "x", {"account_id": "a"}], "status": "Succeeded"}')
    assert accounts(truelayer) == [{"account_id": "a"}]


def test_half_a_body_silence_and_a_closed_door_are_for_later(server, truelayer):
    server.says(200, b'{"results": [', length=5000)
    with pytest.raises(TransientError, match="no_connection"):
        accounts(truelayer)
    server.answer = lambda handler: time.sleep(1)
    with pytest.raises(TransientError, match="timeout"):
        accounts(truelayer)
    server.shutdown()
    server.server_close()
    with pytest.raises(TransientError, match="no_connection"):
        accounts(truelayer)


def test_an_endless_answer_is_cut(server, truelayer, monkeypatch):
    monkeypatch.setattr(client_module, "MAX_BYTES", 1_000_000)
    server.says(200, b" " * 2_000_000)
    with pytest.raises(TransientError, match="answer_too_large"):
        accounts(truelayer)


def test_a_dripping_answer_is_cut(server, truelayer, monkeypatch):
    monkeypatch.setattr(client_module, "MAX_SECONDS", 0.2)

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        for _byte in range(30):
            handler.wfile.write(b" ")
            time.sleep(0.05)

    server.answer = drip
    with pytest.raises(TransientError, match="too_slow"):
        accounts(truelayer)


def test_a_short_retry_after_is_waited_out_and_a_long_one_is_not(server, truelayer):
    begun = time.monotonic()
    server.says(429, b'{"error":"provider_too_many_requests"}', {"Retry-After": "1"})
    with pytest.raises(RateLimitedError):
        accounts(truelayer)
    assert time.monotonic() - begun >= 1
    assert len(server.asked) == 2
    server.says(429, b'{"error":"provider_too_many_requests"}', {"Retry-After": "3600"})
    with pytest.raises(RateLimitedError) as caught:
        accounts(truelayer)
    assert (caught.value.retry_after, len(server.asked)) == (3600, 3)


def test_the_person_waiting_is_told_of_and_worth_a_third_try(server, truelayer):
    server.says(503, b'{"error":"provider_error"}')
    heard = []
    with pytest.raises(TransientError):
        accounts(truelayer, psu_ip="192.0.2.7", after=lambda *facts: heard.append(facts))
    assert [headers["X-PSU-IP"] for _path, headers in server.asked] == ["192.0.2.7"] * 3
    assert heard == [("accounts", 503, "provider_error")] * 3
    assert len({headers["X-Client-Correlation-Id"] for _path, headers in server.asked}) == 3
    server.asked.clear()
    with pytest.raises(TransientError):
        accounts(truelayer)
    assert len(server.asked) == 2
    assert "X-PSU-IP" not in server.asked[0][1]


def test_a_refresh_is_never_tried_twice(server, truelayer):
    """A reply that was lost may have used the token up."""
    server.says(500, b"{}")
    with pytest.raises(TransientError):
        truelayer.refresh("old")
    assert len(server.asked) == 1


def test_no_token_secret_or_row_in_errors_logs_or_prints(server, truelayer, caplog):
    caplog.set_level(logging.DEBUG)
    server.says(503, b'{"error":"provider_error","error_description":"PRIVATE ROW"}')
    said = []
    for call in (
        lambda: accounts(truelayer),
        lambda: truelayer.refresh("the-refresh-token"),
        lambda: truelayer.exchange(code="the-code", verifier="the-verifier"),
        lambda: truelayer.delete(TOKEN),
    ):
        with pytest.raises(TransientError) as caught:
            call()
        said.append(f"{caught.value!r} {caught.value}")
    said += [caplog.text, repr(truelayer.config)]
    for secret in (TOKEN, "the-refresh", "the-code", "the-verifier", "client-secret", "PRIVATE"):
        assert not [text for text in said if secret in text], secret


def test_account_ids_cannot_lead_elsewhere(server, truelayer):
    server.says(200, b'{"results": [{}], "status": "Succeeded"}')
    truelayer.data(TOKEN).balance("accounts", "../../me?x=")
    assert server.asked[0][0] == "/data/v1/accounts/..%2F..%2Fme%3Fx%3D/balance"


def test_only_tls_or_this_machine():
    for url in ("http://auth.truelayer.com", "ftp://x", "//x", ""):
        with pytest.raises(ConfigurationError):
            Config(url, "https://api.truelayer.com", "c", "s", "https://me/back")


def test_the_link_has_everything_the_auth_server_wants(truelayer):
    link = truelayer.auth_link(state="S", nonce="N", challenge="C", provider_id="ob-larch")
    for part in (
        "response_type=code", "client_id=client", "state=S", "nonce=N", "code_challenge=C",
        "code_challenge_method=S256", "provider_id=ob-larch", "providers=ob-larch",
        "scope=accounts%20balance%20cards%20transactions%20direct_debits%20standing_orders%20"
        "offline_access",
    ):  # fmt: skip
        assert part in link
