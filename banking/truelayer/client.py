"""HTTP to TrueLayer: time-outs, sizes, retries and errors in one place.

Every data call reads its answer with decimal numbers (never floats), stops after MAX_BYTES or
MAX_SECONDS, and is logged by endpoint, status and correlation id: no token, no account, no row.
"""

import datetime as dt
import json
import logging
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx

from banking.truelayer.errors import (
    ConfigurationError,
    RateLimitedError,
    TransientError,
    TrueLayerError,
    error_for,
)

logger = logging.getLogger(__name__)

SCOPES = (
    *("accounts", "balance", "cards", "transactions"),
    *("direct_debits", "standing_orders", "offline_access"),
)
MAX_BYTES = 64 * 1024 * 1024
MAX_SECONDS = 120
PAUSE_SECONDS = (0.1, 0.5)
"""Before a second try, by chance between these."""
LONGEST_WAIT = 10
"""Seconds of Retry-After that are waited out on the spot; longer ones are for the schedule."""


@dataclass(frozen=True, slots=True)
class Config:
    """Where TrueLayer is and who we are there. Addresses without a slash at their end."""

    auth_url: str
    api_url: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    connect_seconds: float = 5
    read_seconds: float = 60
    providers: str = ""

    def __post_init__(self):
        for url in (self.auth_url, self.api_url):
            parts = urlsplit(url)
            is_near = parts.hostname in ("127.0.0.1", "localhost", "::1")
            if parts.scheme != "https" and not (parts.scheme == "http" and is_near):
                raise ConfigurationError("address_without_tls")


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the token endpoint gives. `refresh` is "" when it gave none."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class Extension:
    """The outcome of a renewal: new tokens, or an address to send the customer to."""

    tokens: Tokens | None
    link: str = ""


class TrueLayer:
    """The auth server. `data()` makes the Data API's client for one access token."""

    def __init__(self, config: Config, http: httpx.Client | None = None):
        self.config = config
        self.http = http or httpx.Client(
            timeout=httpx.Timeout(config.read_seconds, connect=config.connect_seconds),
            follow_redirects=False,
            headers={"User-Agent": "Housebook", "Accept": "application/json"},
        )

    def close(self) -> None:
        self.http.close()

    def auth_link(
        self, *, state: str, nonce: str, challenge: str = "", provider_id: str = ""
    ) -> str:
        """Where the customer goes to consent. One link is for one use. Spaces are %20."""
        query = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "scope": " ".join(SCOPES),
            "redirect_uri": self.config.redirect_uri,
            "state": state,
            "nonce": nonce,
        }
        if challenge:
            query |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        providers = self.config.providers
        if provider_id:
            query["provider_id"] = provider_id
            if provider_id not in providers.split():
                providers = f"{providers} {provider_id}".strip()
        if providers:
            query["providers"] = providers
        return f"{self.config.auth_url}/?{urlencode(query, quote_via=quote)}"

    def exchange(self, *, code: str, verifier: str = "") -> Tokens:
        """The tokens for a code (single use, five minutes). Raises TrueLayerError."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.config.redirect_uri,
        }
        if verifier:
            form["code_verifier"] = verifier
        return self._token(form)

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens. The old refresh token may be dead afterwards: store these before use.

        Never retried here: a reply that was lost may have used the token up. Raises
        ReconnectNeededError when the consent is over.
        """
        return self._token({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _token(self, form: dict) -> Tokens:
        body = self._call(
            "POST",
            f"{self.config.auth_url}/connect/token",
            data=form | self._credentials(),
        )
        return _tokens(body)

    def _credentials(self) -> dict:
        return {
            "client_id": self.config.client_id,
            "client_secret": self.config.client_secret,
        }

    def delete(self, access_token: str) -> None:
        """Revoke the connection at TrueLayer. Raises TrueLayerError."""
        self._call(
            "DELETE",
            f"{self.config.auth_url}/api/delete",
            headers={"Authorization": f"Bearer {access_token}"},
            is_empty_fine=True,
        )

    def extend(
        self, *, refresh_token: str, user_id: str, name: str, email: str, state: str, challenge: str
    ) -> Extension:
        """Renew the consent, also one that is over; credentials and accounts stay the same."""
        body = {
            "user_has_reconfirmed_consent": True,
            "user": {"id": user_id, "name": name, "email": email},
            "refresh_token": refresh_token,
            "redirect_uri": self.config.redirect_uri,
            "state": state,
        }
        if challenge:
            body["code_challenge"] = challenge
        answer = self._call(
            "POST",
            f"{self.config.api_url}/connections/extend",
            json=body | self._credentials(),
        )
        if (answer.get("action_needed") or answer.get("action_type")) == "no_action_needed":
            return Extension(_tokens(answer))
        link = str(answer.get("user_input_link") or "")
        if not link.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise TransientError("unusable_link")
        return Extension(None, link)

    def providers(self) -> list[dict]:
        """The banks that can be connected: the objects of GET /api/providers."""
        body = self._call(
            "GET",
            f"{self.config.auth_url}/api/providers",
            params={"clientId": self.config.client_id},
            is_list=True,
        )
        return [one for one in body if isinstance(one, dict) and one.get("provider_id")]

    def data(
        self,
        access_token: str,
        *,
        psu_ip: str = "",
        before: Callable[[str], None] = lambda endpoint: None,
        after: Callable[[str, int, str], None] = lambda endpoint, status, code: None,
    ) -> "DataApi":
        """The Data API with this token. `psu_ip` is the customer's address when, and only when,
        they are there. `before(endpoint)` may raise; `after(endpoint, status, code)` hears of
        every request that was sent, retries too (endpoints as in `DataApi`)."""
        return DataApi(self, access_token, psu_ip, before, after)

    def _call(self, method: str, url: str, *, is_empty_fine=False, is_list=False, **request) -> Any:
        answer = send(self.http, method, url, **request)
        if answer.status >= 400:
            raise answer.error()
        if is_empty_fine:
            return None
        body = answer.body()
        if not isinstance(body, list if is_list else dict):
            raise TransientError("unexpected_answer", status=answer.status)
        return body


class DataApi:
    """GET /data/v1/..., a method for each endpoint. All raise TrueLayerError."""

    def __init__(self, auth: TrueLayer, access_token: str, psu_ip: str, before, after):
        self._auth = auth
        self._token = access_token
        self._psu_ip = psu_ip
        self._before = before
        self._after = after
        # Somebody who waits is worth two more tries; an unattended try costs one of four a day.
        self._tries = 3 if psu_ip else 2

    def me(self) -> dict:
        """The connection: credentials_id, consent_expires_at (may be absent), provider."""
        return self._one("me", "/me")

    def accounts(self) -> list[dict]:
        return self._many("accounts", "/accounts")

    def cards(self) -> list[dict]:
        return self._many("cards", "/cards")

    def balance(self, kind: str, account_id: str) -> dict:
        return self._one("balance", f"/{kind}/{quote(account_id, safe='')}/balance")

    def transactions(self, kind: str, account_id: str, first: dt.date, last: dt.date) -> list[dict]:
        """Booked rows from `first` to `last`, both included. `kind` is accounts or cards."""
        return self._many(
            "transactions",
            f"/{kind}/{quote(account_id, safe='')}/transactions",
            {"from": first.isoformat(), "to": last.isoformat()},
        )

    def pending(self, kind: str, account_id: str) -> list[dict]:
        path = f"/{kind}/{quote(account_id, safe='')}/transactions/pending"
        return self._many("pending", path)

    def standing_orders(self, account_id: str) -> list[dict]:
        path = f"/accounts/{quote(account_id, safe='')}/standing_orders"
        return self._many("standing_orders", path)

    def direct_debits(self, account_id: str) -> list[dict]:
        path = f"/accounts/{quote(account_id, safe='')}/direct_debits"
        return self._many("direct_debits", path)

    def _one(self, endpoint: str, path: str) -> dict:
        found = self._many(endpoint, path)
        if len(found) != 1:
            raise TransientError("unexpected_answer", status=200)
        return found[0]

    def _many(self, endpoint: str, path: str, params: dict | None = None) -> list[dict]:
        for left in reversed(range(self._tries)):
            try:
                return self._try(endpoint, path, params)
            except (TransientError, RateLimitedError) as error:
                if not left or not self._is_worth_waiting(error):
                    raise
                pause = random.uniform(*PAUSE_SECONDS)  # noqa: S311 jitter
                time.sleep(max(error.retry_after, pause))
        raise AssertionError("the last try returns or raises")

    def _is_worth_waiting(self, error: TrueLayerError) -> bool:
        if isinstance(error, RateLimitedError):
            return 0 < error.retry_after <= LONGEST_WAIT and not error.is_daily
        return error.retry_after <= LONGEST_WAIT

    def _try(self, endpoint: str, path: str, params: dict | None) -> list[dict]:
        self._before(endpoint)
        headers = {
            "Authorization": f"Bearer {self._token}",
            "X-Client-Correlation-Id": str(uuid.uuid4()),
        }
        if self._psu_ip:
            headers["X-PSU-IP"] = self._psu_ip
        url = f"{self._auth.config.api_url}/data/v1{path}"
        status, code = 0, ""
        try:
            answer = send(self._auth.http, "GET", url, headers=headers, params=params)
            status = answer.status
            if status != 200:
                raise answer.error()
            body = answer.body()
            results = body.get("results") if isinstance(body, dict) else None
            is_done = isinstance(body, dict) and body.get("status", "Succeeded") == "Succeeded"
            if not is_done or not isinstance(results, list):
                raise TransientError("unexpected_answer", status=status)
            return [row for row in results if isinstance(row, dict)]
        except TrueLayerError as error:
            code = error.code
            logger.warning(
                "truelayer %s: %s, HTTP %s, correlation %s",
                endpoint, error.code, error.status, error.correlation_id or "-",
            )  # fmt: skip
            raise
        finally:
            self._after(endpoint, status, code)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response that was read to its end."""

    status: int
    raw: bytes = field(repr=False)
    correlation_id: str = ""
    retry_after: int = 0

    def body(self) -> Any:
        """The JSON with decimal numbers. Raises TransientError when it is none."""
        try:
            return json.loads(self.raw, parse_float=Decimal)
        except (ValueError, RecursionError, InvalidOperation):
            raise TransientError(
                "not_json", status=self.status, correlation_id=self.correlation_id
            ) from None

    def error(self) -> TrueLayerError:
        """The error that this answer is."""
        try:
            body = json.loads(self.raw)
        except (ValueError, RecursionError):
            body = None
        code = str(body.get("error") or "") if isinstance(body, dict) else ""
        if not code and isinstance(body, dict) and self.status == 401:
            code = "invalid_grant"  # the renewal's problem+json has no code
        return error_for(
            self.status,
            code,
            correlation_id=self.correlation_id,
            retry_after=self.retry_after,
        )


def send(http: httpx.Client, method: str, url: str, **request) -> Answer:
    """One request, read within MAX_BYTES and MAX_SECONDS. Raises TransientError."""
    deadline = time.monotonic() + MAX_SECONDS
    try:
        with http.stream(method, url, **request) as response:
            pieces, size = [], 0
            for piece in response.iter_bytes():
                pieces.append(piece)
                size += len(piece)
                if size > MAX_BYTES:
                    raise TransientError("answer_too_large", status=response.status_code)
                if time.monotonic() > deadline:
                    raise TransientError("too_slow", status=response.status_code)
            return Answer(
                response.status_code,
                b"".join(pieces),
                response.headers.get("X-TL-Correlation-Id", "")[:64],
                _seconds(response.headers.get("Retry-After", "")),
            )
    except httpx.TimeoutException:
        raise TransientError("timeout") from None
    except httpx.HTTPError:
        raise TransientError("no_connection") from None


def _seconds(text: str) -> int:
    """Retry-After in seconds; 0 for none and for dates, which TrueLayer does not send."""
    return min(int(text), 86_400) if text.isdigit() else 0


def _tokens(body: dict) -> Tokens:
    access = body.get("access_token")
    if not isinstance(access, str) or not access:
        raise TransientError("unexpected_answer", status=200)
    try:
        lives = int(body.get("expires_in") or 3600)
    except (TypeError, ValueError):
        lives = 3600
    return Tokens(access, str(body.get("refresh_token") or ""), max(30, min(lives, 86_400)))
