"""TrueLayer's auth server: codes, tokens, refresh with rotation, deletion, providers, renewal."""

import datetime as dt
import secrets
from dataclasses import dataclass

from banking.sandbox.banks import BANKS, EVERYTHING, banks_shown
from banking.sandbox.store import Grant, Store, Visit
from banking.sandbox.tokens import (
    challenge_of,
    new_access_token,
    new_credentials_id,
    new_refresh_token,
)

CODE_SECONDS = 300
DAY = 86_400
REFRESH_IDLE_DAYS = 30


@dataclass(frozen=True, slots=True)
class Client:
    """The program that may use the bank, as it is registered at TrueLayer's console."""

    id: str
    secret: str
    redirect_uris: tuple[str, ...]
    token_seconds: int = 3600


@dataclass(frozen=True, slots=True)
class AuthError(Exception):
    """An error of the auth server: `{"error": ...}`, the description often left out."""

    code: str
    description: str = ""
    status: int = 400

    def body(self) -> dict:
        return {"error": self.code} | (
            {"error_description": self.description} if self.description else {}
        )


class AuthServer:
    """Everything that happens at auth.truelayer.com, and at /connections/extend."""

    def __init__(self, store: Store, client: Client, issuer: str):
        self.store = store
        self.client = client
        self.issuer = issuer

    # --- The link -----------------------------------------------------------------------------

    def begin(self, query: dict[str, str]) -> Visit:
        """A customer comes by an auth link. Raises AuthError when the link is not right."""
        if query.get("client_id") != self.client.id:
            raise AuthError("unauthorized_client", "Unknown client or client not enabled")
        if query.get("redirect_uri") not in self.client.redirect_uris:
            raise AuthError("invalid_request", "Invalid redirect_uri")
        if query.get("response_type") != "code":
            raise AuthError("invalid_request", "response_type must be code")
        scopes = query.get("scope", "").split()
        if not scopes or set(scopes) - set(EVERYTHING):
            raise AuthError("invalid_scope", "Invalid scope")
        if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
            raise AuthError("invalid_request", "code_challenge_method must be S256")
        if query.get("response_mode", "query") not in ("query", "form_post"):
            raise AuthError("invalid_request", "Invalid response_mode")
        visit = self.store.begin_visit(query)
        chosen = query.get("provider_id", "")
        if chosen:
            if chosen not in {bank.id for bank in banks_shown(query.get("providers", ""))}:
                raise AuthError("invalid_request", "Invalid provider_id")
            visit.provider_id = chosen
            self.store.put("visit", visit)
        return visit

    def allow(self, visit: Visit, products: list[str]) -> str:
        """The customer agrees. Returns the code that goes back with them."""
        now = self.store.now()
        bank = BANKS[visit.provider_id]
        grant = self.store.things["grant"].get(visit.grant_id)
        if grant is None:
            grant = Grant(
                new_credentials_id(), bank.id, visit.customer,
                visit.query["scope"].split(), products, now, now, 0, now,
            )  # fmt: skip
        grant.products = products
        grant.updated_at = grant.present_at = now
        grant.expires_at = now + bank.consent_days * DAY
        grant.is_revoked = False
        visit.grant_id = grant.id
        visit.code = secrets.token_hex(32)
        visit.code_expires_at = now + CODE_SECONDS
        visit.is_over = True
        self.store.put("grant", grant)
        self.store.put("visit", visit)
        return visit.code

    # --- Tokens -------------------------------------------------------------------------------

    def token(self, form: dict[str, str]) -> dict:
        """POST /connect/token. Raises AuthError."""
        kind = form.get("grant_type")
        if not kind:
            raise AuthError("invalid_request")
        self._check_client(form)
        if kind == "authorization_code":
            return self._by_code(form)
        if kind == "refresh_token":
            return self._by_refresh(form)
        if kind == "client_credentials":
            raise AuthError("invalid_scope")
        raise AuthError("unsupported_grant_type")

    def _check_client(self, form: dict) -> None:
        known = secrets.compare_digest(str(form.get("client_secret", "")), self.client.secret)
        if form.get("client_id") != self.client.id or not known:
            raise AuthError("invalid_client")

    def _by_code(self, form: dict[str, str]) -> dict:
        visit = self.store.visit_of_code(form.get("code", ""))
        if visit is None or visit.code_expires_at < self.store.now():
            raise AuthError("invalid_grant")
        if form.get("redirect_uri") != visit.query["redirect_uri"]:
            raise AuthError("invalid_grant")
        challenge = visit.query.get("code_challenge")
        if challenge and challenge != challenge_of(form.get("code_verifier", "")):
            raise AuthError("invalid_grant")
        visit.code = ""
        self.store.put("visit", visit)
        return self._issue(self.store.things["grant"][visit.grant_id])

    def _by_refresh(self, form: dict[str, str]) -> dict:
        grant = self.grant_of_refresh(form.get("refresh_token", ""))
        now = self.store.now()
        if grant is None or grant.is_revoked or grant.expires_at < now:
            raise AuthError("invalid_grant")
        if grant.refresh_used_at + REFRESH_IDLE_DAYS * DAY < now:
            raise AuthError("invalid_grant")
        return self._issue(grant)

    def grant_of_refresh(self, token: str) -> Grant | None:
        """The consent whose living refresh token this is."""
        return next(
            (grant for grant in self.store.grants() if token and grant.refresh == token), None
        )

    def _issue(self, grant: Grant) -> dict:
        now = self.store.now()
        lives = self.client.token_seconds
        self.store.tokens_issued += 1
        if grant.access:
            grant.old_access = [*grant.old_access[-3:], grant.access]
        grant.access = new_access_token(
            grant, client_id=self.client.id, issuer=self.issuer, now=now, lives=lives
        )
        grant.access_expires_at = now + lives
        grant.refresh_used_at = now
        body = {
            "access_token": grant.access,
            "expires_in": lives,
            "token_type": "Bearer",
            "scope": " ".join(grant.scopes),
        }
        if "offline_access" in grant.scopes:
            grant.refresh = body["refresh_token"] = new_refresh_token()
        self.store.put("grant", grant)
        return body

    # --- The rest -----------------------------------------------------------------------------

    def delete(self, bearer: str) -> None:
        """DELETE /api/delete: the credential goes. Raises AuthError."""
        grant = next((g for g in self.store.grants() if bearer and g.access == bearer), None)
        if grant is None or grant.is_revoked:
            raise AuthError("unauthorized", status=401)
        grant.is_revoked = True
        grant.access = grant.refresh = ""
        self.store.put("grant", grant)

    def debug(self, form: dict[str, str]) -> dict:
        """POST /api/debug."""
        wanted = form.get("access_token", "")
        grant = next((g for g in self.store.grants() if wanted and g.access == wanted), None)
        if grant is None:
            raise AuthError("invalid_request", "Invalid request")
        return {
            "credentials_id": grant.id,
            "debug_id": f"{grant.provider_id}|{secrets.token_hex(8)}",
            "provider_id": grant.provider_id,
        }

    def providers(self, query: dict[str, str]) -> list[dict]:
        """GET /api/providers: a bare array."""
        wanted = set(query.get("scopes", "").split())
        now = iso(self.store.now())
        return [
            {
                "provider_id": bank.id,
                "display_name": bank.name,
                "country": bank.country,
                "logo_url": f"{self.issuer}/logos/{bank.id}.svg",
                "scopes": list(bank.scopes),
                "availability": {"recommended_status": "healthy", "updated_at": now},
            }
            for bank in BANKS.values()
            if not bank.is_secret
            and wanted <= set(bank.scopes)
            and query.get("country", bank.country).lower() in (bank.country, "gb")
        ]

    def reauthorise(self, form: dict) -> dict:
        """POST /v1/reauthuri, the older way to renew."""
        visit = self._renewal(form)
        return {"result": f"{self.issuer}/dialog/{visit.id}", "success": True}

    def extend(self, form: dict) -> tuple[int, dict]:
        """POST /connections/extend. Returns status and body; errors are problem+json."""
        names = {
            "client_id": "ClientId", "client_secret": "ClientSecret", "user": "User",
            "refresh_token": "RefreshToken", "redirect_uri": "RedirectUri",
            "user_has_reconfirmed_consent": "UserHasReconfirmedConsent",
        }  # fmt: skip
        missing = {
            label: [f"The {label} field is required."]
            for name, label in names.items()
            if not form.get(name)
        }
        if missing:
            return 400, _problem(400, "One or more validation errors occurred.", errors=missing)
        try:
            self._check_client(form)
            visit = self._renewal(form)
        except AuthError:
            return 401, _problem(401, "Unauthorized", "Refresh token missing or invalid.")
        grant = self.store.things["grant"][visit.grant_id]
        if grant.customer.endswith("eternal"):
            grant.updated_at = self.store.now()
            grant.expires_at = grant.updated_at + BANKS[grant.provider_id].consent_days * DAY
            self.store.drop("visit", visit.id)
            return 200, {"action_needed": "no_action_needed", **self._issue(grant)}
        link = f"{self.issuer}/dialog/{visit.id}"
        return 200, {"action_needed": "authentication_needed", "user_input_link": link}

    def _renewal(self, form: dict) -> Visit:
        grant = self.grant_of_refresh(form.get("refresh_token", ""))
        if grant is None or grant.is_revoked:
            raise AuthError("invalid_request", "Invalid refresh_token", 401)
        if form.get("redirect_uri") not in self.client.redirect_uris:
            raise AuthError("invalid_request", "Invalid redirect_uri")
        query = {
            "redirect_uri": form["redirect_uri"],
            "scope": " ".join(grant.scopes),
            "state": str(form.get("state") or ""),
            "response_mode": str(form.get("response_mode") or "query"),
        }
        if form.get("code_challenge"):
            query["code_challenge"] = str(form["code_challenge"])
        return self.store.begin_visit(query, provider_id=grant.provider_id, grant_id=grant.id)


def _problem(status: int, title: str, detail: str = "", **more) -> dict:
    trace = secrets.token_hex(16)
    body = {"type": f"https://docs.truelayer.com/docs/error-types#{status}", "title": title}
    body |= {"status": status, "trace_id": trace, "instance": f"/traces/{trace}"}
    return body | ({"detail": detail} if detail else {}) | more


def iso(epoch: float) -> str:
    stamp = dt.datetime.fromtimestamp(epoch, dt.UTC)
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
