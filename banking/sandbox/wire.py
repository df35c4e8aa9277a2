"""The bank's side of HTTP: reading bodies, sending answers with TrueLayer's headers."""

import datetime as dt
import gzip
import json
import logging
import socket
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

logger = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
DATA = "/data/v1"


class Wire(BaseHTTPRequestHandler):
    """One connection; subclasses route. `struck` is a fault that takes effect and is not told of."""

    struck = None
    protocol_version = "HTTP/1.1"
    server_version = "SandboxBank"
    sys_version = ""
    timeout = 60

    def log_message(self, format, *args):
        """Nothing by default: addresses carry codes."""

    def log_request(self, code="-", size="-"):
        logger.info("%s %s %s", self.command, urlsplit(self.path).path.split("/dialog/")[0], code)

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _body(self) -> dict:
        """The fields of a form, a multipart form or a JSON object. Raises ValueError."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            raise ValueError("too large")
        raw = self.rfile.read(length)
        kind = (self.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if not raw:
            return {}
        if kind == "application/json":
            found = json.loads(raw)
            if not isinstance(found, dict):
                raise ValueError("not an object")
            return found
        if kind == "multipart/form-data":
            return _multipart(self.headers["Content-Type"], raw)
        form: dict = {}
        for name, value in parse_qsl(raw.decode("utf-8"), keep_blank_values=True):
            if name in form:
                form[name] = [
                    *(form[name] if isinstance(form[name], list) else [form[name]]),
                    value,
                ]
            else:
                form[name] = value
        return form

    def _bearer(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ").strip()

    def _json(self, status: int, body, headers: dict | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json; charset=utf-8", headers)

    def _html(self, status: int, html: str) -> None:
        self._send(status, html.encode(), "text/html; charset=utf-8")

    def _send(self, status: int, raw: bytes, kind: str, headers: dict | None = None) -> None:
        if self.struck is not None:  # it took effect, and nobody hears of it
            self.close_connection = True
            return
        headers = dict(headers or {})
        if len(raw) > 2048 and "gzip" in self.headers.get("Accept-Encoding", ""):
            raw = gzip.compress(raw, 1)
            headers["Content-Encoding"] = "gzip"
        self._head(status, kind, len(raw), headers)
        self.wfile.write(raw)

    def _head(self, status: int, kind: str, length: int, headers: dict | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "deny")
        self.send_header("Referrer-Policy", "no-referrer")
        if kind.startswith("text/html"):
            policy = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
        else:
            policy = "default-src 'none'; frame-ancestors 'none'"
        self.send_header("Content-Security-Policy", policy)
        if urlsplit(self.path).path.startswith(DATA):
            self.send_header("X-TL-Correlation-Id", getattr(self, "correlation", "-"))
            self.send_header("X-Credentials-Id", getattr(self, "credentials", "-"))
            self.send_header("Cache-Control", "max-age=0")
            stamp = dt.datetime.fromtimestamp(self.server.store.now(), dt.UTC)
            self.send_header("Last-Modified", stamp.strftime("%a, %d %b %Y %H:%M:%S GMT"))
        else:
            self.send_header("Cache-Control", "no-store")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()


def _multipart(kind: str, raw: bytes) -> dict:
    message: Message = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + raw)
    if not message.is_multipart():
        raise ValueError("not multipart")
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True).decode()
        for part in message.get_payload()
    }
