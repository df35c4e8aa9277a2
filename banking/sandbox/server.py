"""The bank's HTTP server: routes, faults and headers."""

import json
import logging
import re
import secrets
import time
from http.server import ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from banking.sandbox import pages
from banking.sandbox.banks import BANKS, banks_shown
from banking.sandbox.control import Control
from banking.sandbox.data import DataApi
from banking.sandbox.faults import DATA, ApiError
from banking.sandbox.oauth import AuthError, AuthServer, Client
from banking.sandbox.store import Fault, Store
from banking.sandbox.wire import DATA as DATA_PATH
from banking.sandbox.wire import Wire

logger = logging.getLogger(__name__)


class SandboxBank(ThreadingHTTPServer):
    """The bank on a socket. `serve_forever()` runs it, `shutdown()` ends it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: tuple[str, int],
        client: Client,
        *,
        path: Path | None = None,
        has_control: bool = False,
        has_slowness: bool = True,
    ):
        super().__init__(address, _Handler)
        self.url = f"http://{address[0]}:{self.server_address[1]}"
        self.store = Store(path)
        self.auth = AuthServer(self.store, client, self.url)
        self.data = DataApi(self.store, client.id, self.url)
        self.control = Control(self.auth, self.data) if has_control else None
        self.has_slowness = has_slowness

    def fault_for(self, path: str, provider_id: str = "") -> Fault | None:
        """The transport fault that strikes this request, counted down."""
        return next(iter(self._strike(path, provider_id, is_data=False)), None)

    def data_faults(self, path: str, provider_id: str) -> list[Fault]:
        """The faults of rows that strike this request."""
        return self._strike(path, provider_id, is_data=True)

    def _strike(self, path: str, provider_id: str, *, is_data: bool) -> list[Fault]:
        struck = []
        with self.store.lock:
            for fault in self.store.faults():
                is_here = re.search(fault.endpoint, path) and (
                    not fault.provider_id or fault.provider_id == provider_id
                )
                if (fault.kind in DATA) != is_data or not is_here or fault.times == 0:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                else:
                    fault.times -= fault.times > 0
                    struck.append(fault)
                self.store.put("fault", fault)
                if struck and not is_data:
                    break
        return struck


class _Handler(Wire):
    server: SandboxBank

    def do_GET(self):
        self._route()

    def do_POST(self):
        self._route()

    def do_DELETE(self):
        self._route()

    # --- Routing ------------------------------------------------------------------------------

    def _route(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        self.struck = None
        try:
            form = self._body()
        except ValueError:
            return self._json(400, {"error": "invalid_request"})
        path = parts.path if parts.path == "/" else parts.path.rstrip("/")
        try:
            if path.startswith("/_sim/"):
                return self._control(path, query, form)
            if path.startswith(f"{DATA_PATH}/"):
                return self._data(path.removeprefix(DATA_PATH), query, form)
            return self._auth(path, query, form)
        except AuthError as error:
            return self._json(error.status, error.body())

    def _control(self, path: str, query: dict, form: dict) -> None:
        if self.server.control is None:
            return self._json(404, {"error": "not_found"})
        try:
            with self.server.store.lock:
                answer = self.server.control.answer(self.command, path, query, form)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return self._json(400, {"error": "not understood", "why": repr(error)[:200]})
        return self._json(200, answer)

    def _auth(self, path: str, query: dict, form: dict) -> None:
        auth, route = self.server.auth, (self.command, path)
        if route == ("GET", "/"):
            return self._begin(query)
        if path.startswith("/dialog/"):
            return self._dialog(path.removeprefix("/dialog/"), form)
        if route == ("GET", "/style.css"):
            return self._send(200, pages.STYLE.encode(), "text/css; charset=utf-8")
        if path.startswith("/logos/"):
            return self._send(200, _logo(path), "image/svg+xml")
        if route == ("GET", "/healthz"):
            return self._json(200, {"status": "ok"})
        fault = self.server.fault_for(path, self._provider_of(form))
        if fault and fault.kind != "lost_reply":
            return self._break(fault)
        self.struck = fault
        with self.server.store.lock:
            if route == ("POST", "/connect/token"):
                return self._json(200, auth.token(form))
            if route == ("GET", "/api/providers"):
                return self._json(200, auth.providers(query))
            if route == ("DELETE", "/api/delete"):
                auth.delete(self._bearer())
                return self._send(200, b"", "application/json")
            if route == ("POST", "/api/debug"):
                return self._json(200, auth.debug(form))
            if route == ("POST", "/v1/reauthuri"):
                return self._json(200, auth.reauthorise(form))
            if route == ("POST", "/connections/extend"):
                status, body = auth.extend(form)
                kind = "application/json" if status == 200 else "application/problem+json"
                return self._send(status, json.dumps(body).encode(), kind)
        return self._json(404, {"error": "not_found"})

    def _provider_of(self, form: dict) -> str:
        with self.server.store.lock:
            grant = self.server.auth.grant_of_refresh(str(form.get("refresh_token", "")))
        return grant.provider_id if grant else ""

    # --- The customer's pages -----------------------------------------------------------------

    def _begin(self, query: dict) -> None:
        try:
            with self.server.store.lock:
                visit = self.server.auth.begin(query)
        except AuthError as error:
            text = f"<h1>This link does not work</h1><p>{error.description or error.code}</p>"
            return self._html(400, pages.page("This link does not work", text))
        self.send_response(302)
        self.send_header("Location", f"/dialog/{visit.id}")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def _dialog(self, key: str, form: dict) -> None:
        store = self.server.store
        with store.lock:
            visit = store.visit(key)
            if visit is None:
                text = "<h1>This page is over</h1><p>Go back to the app and start again.</p>"
                return self._html(410, pages.page("This page is over", text))
            if self.command != "POST":
                return self._html(200, pages.dialog(visit))
            if form.get("act") == "cancel":
                visit.is_over = True
                store.put("visit", visit)
                return self._back(visit, {"error": "access_denied"})
            error = self._step(visit, form)
            store.put("visit", visit)
            bank = BANKS.get(visit.provider_id)
            is_ready = bank and visit.customer and form.get("act") == "allow"
            if (
                error
                or not is_ready
                or (bank.asks_second_factor and not visit.passed_second_factor)
            ):
                return self._html(422 if error else 200, pages.dialog(visit, error))
            wanted = form.get("product", [])
            wanted = [wanted] if isinstance(wanted, str) else wanted
            products = [product.key for product in bank.products if product.key in wanted]
            if not products:
                return self._html(422, pages.dialog(visit, "Choose at least one account."))
            code = self.server.auth.allow(visit, products)
            return self._back(visit, {"code": code, "scope": visit.query["scope"]})

    def _step(self, visit, form: dict) -> str:
        """Take what the customer typed. Returns what is wrong with it."""
        if form.get("bank"):
            shown = {bank.id for bank in banks_shown(visit.query.get("providers", ""))}
            if form["bank"] not in shown:
                return "Choose one of these banks."
            visit.provider_id = form["bank"]
        elif form.get("act") == "login":
            name = str(form.get("username", "")).strip()[:40]
            word = str(form.get("password", ""))
            if not name or not word:
                return "Type a name and a password."
            if visit.provider_id == "mock" and not _is_mock_user(name, word):
                return "The mock bank knows john and doe."
            grant = self.server.store.things["grant"].get(visit.grant_id)
            visit.customer = grant.customer if grant else _customer(name, word)
        elif form.get("act") == "confirm":
            if str(form.get("otp", "")).strip() != pages.second_factor(visit):
                return "This is not the code."
            visit.passed_second_factor = True
        return ""

    def _back(self, visit, answer: dict) -> None:
        address, html = pages.way_back(visit, answer)
        if html:
            return self._html(200, html)
        self.send_response(303)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    # --- The Data API -------------------------------------------------------------------------

    def _data(self, path: str, query: dict, form: dict) -> None:
        self.correlation = secrets.token_hex(8)
        data = self.server.data
        try:
            with self.server.store.lock:
                grant = data.grant_of(self.headers.get("Authorization", ""))
            self.credentials = grant.id
            fault = self.server.fault_for(f"{DATA_PATH}{path}", grant.provider_id)
            if fault:
                return self._break(fault)
            bank = BANKS[grant.provider_id]
            if bank.slow_seconds and self.server.has_slowness:
                time.sleep(bank.slow_seconds)
            if path == "/batch/transactions" and self.command == "POST":
                return self._batch(form)
            if path.startswith("/results/"):
                return self._results(grant, path.removeprefix("/results/"))
            if query.pop("async", "") == "true":
                task = secrets.token_hex(16)
                self.server.store.tasks[task] = (path, json.dumps(query))
                return self._queued(task)
            faults = self.server.data_faults(f"{DATA_PATH}{path}", grant.provider_id)
            is_attended = bool(self.headers.get("X-PSU-IP"))
            results = data.answer(grant, path, query, is_attended, faults)
        except ApiError as error:
            return self._api_error(error)
        return self._json(200, {"results": results, "status": "Succeeded"})

    def _queued(self, task: str) -> None:
        address = f"{self.server.url}{DATA_PATH}/results/{task}"
        self._json(202, {"results_uri": address, "status": "Queued", "task_id": task})

    def _batch(self, form: dict) -> None:
        task = secrets.token_hex(16)
        self.server.store.tasks[task] = ("/batch", json.dumps(form))
        self._queued(task)

    def _results(self, grant, task: str) -> None:
        if task not in self.server.store.tasks:
            raise ApiError("account_not_found")
        path, asked = self.server.store.tasks[task]
        query = json.loads(asked)
        if path != "/batch":
            results = self.server.data.answer(grant, path, query, is_attended=False)
            return self._json(200, {"results": results, "status": "Succeeded", "task_id": task})
        return self._json(
            200,
            {
                "status": "Succeeded",
                "task_id": task,
                "request": {name: query.get(name) for name in ("from", "to")},
                "results": {
                    kind: self._whole(grant, kind, query) for kind in ("accounts", "cards")
                },
            },
        )

    def _whole(self, grant, kind: str, query: dict) -> list[dict]:
        data = self.server.data
        try:
            accounts = data.answer(grant, f"/{kind}", {}, is_attended=True)
        except ApiError:
            return []
        made = []
        for account in accounts:
            path = f"/{kind}/{account['account_id']}"

            def ask(what, path=path):
                try:
                    return data.answer(grant, f"{path}/{what}", query, is_attended=False)
                except ApiError:
                    return []

            made.append(
                {
                    "account_id": account["account_id"],
                    "transactions": ask("transactions"),
                    "pending_transactions": ask("transactions/pending"),
                    "balance": next(iter(ask("balance")), {}),
                }
            )
        return made

    def _api_error(self, error: ApiError) -> None:
        more = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
        self._json(error.status, error.body(), more)

    # --- Things that go wrong -----------------------------------------------------------------

    def _break(self, fault: Fault) -> None:
        details = fault.details
        if fault.kind == "error":
            return self._api_error(
                ApiError(
                    details.get("code", "provider_error"),
                    retry_after=int(details.get("retry_after", 0)),
                    details=details.get("error_details"),
                )
            )
        if fault.kind == "timeout":
            time.sleep(float(details.get("seconds", 5)))
            self.close_connection = True
            return None
        if fault.kind == "cut":
            self._head(200, "application/json", 5000)
            self.wfile.write(b'{"results":[{"description":"')
            self.close_connection = True
            return None
        if fault.kind == "garbage":
            return self._send(200, b"{]\x00 this is not JSON", "application/json")
        if fault.kind == "html":
            return self._send(504, b"<html><h1>504 Gateway Time-out</h1></html>", "text/html")
        if fault.kind == "running":
            return self._json(200, {"results": [], "status": "Running"})
        return self._json(500, {"error": "internal_server_error"})


def _is_mock_user(name: str, word: str) -> bool:
    """The users of TrueLayer's mock bank."""
    if name.startswith("error."):
        return word == "error"
    number = name.removeprefix("john")
    known = name.startswith("john") and (not number or number.isdigit())
    return known and word in (f"doe{number}", f"iban{number}", "eternal")


def _customer(name: str, word: str) -> str:
    return f"{name}/eternal" if word == "eternal" else name


def _logo(path: str) -> bytes:
    letter = path.rpartition("/")[2].removeprefix("ob-")[:1].upper()
    letter = letter if letter.isalnum() else "B"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
        'rx="8" fill="#2a5bd7"/><text x="16" y="22" font-size="18" text-anchor="middle" '
        f'font-family="sans-serif" fill="#fff">{letter}</text></svg>'
    ).encode()
