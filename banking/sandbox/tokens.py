"""Codes and tokens, in the shapes that TrueLayer's have."""

import base64
import hashlib
import hmac
import json
import secrets

from banking.sandbox.store import Grant

_SIGNING = secrets.token_bytes(32)


def new_refresh_token() -> str:
    """64 upper-case hexadecimal digits, as in TrueLayer's own example."""
    return secrets.token_hex(32).upper()


def new_credentials_id() -> str:
    """32 bytes as base64, with its + / and =."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def new_access_token(grant: Grant, *, client_id: str, issuer: str, now: float, lives: int) -> str:
    """A JWT (RFC 7519) with the claims of TrueLayer's. HS256, where the real ones are RS256."""
    head = {"alg": "HS256", "typ": "at+jwt", "kid": "sandbox"}
    claims = {
        "nbf": int(now),
        "exp": int(now) + lives,
        "iss": issuer,
        "aud": "data_api",
        "client_id": client_id,
        "sub": grant.id,
        "auth_time": int(grant.present_at),
        "idp": "local",
        "jti": secrets.token_hex(16),
        "iat": int(now),
        "connector_id": grant.provider_id,
        "scope": grant.scopes,
        "amr": ["pwd"],
    }
    body = ".".join(_segment(json.dumps(part).encode()) for part in (head, claims))
    signature = hmac.new(_SIGNING, body.encode(), hashlib.sha256).digest()
    return f"{body}.{_segment(signature)}"


def _segment(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of `verifier` (RFC 7636)."""
    return _segment(hashlib.sha256(verifier.encode()).digest())
