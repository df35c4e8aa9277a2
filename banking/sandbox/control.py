"""The control surface, for tests: /_sim/... Never part of TrueLayer's, and off unless asked for.

GET  /_sim/state                            clock, grants (no tokens), counts of calls by provider and
                                            endpoint, and of tokens issued
GET  /_sim/faults                           {"left"}: how often faults will strike yet
POST /_sim/clock   {"at": epoch?, "forward": seconds?, "stop": bool?}
POST /_sim/faults  {"kind", "endpoint", "times", "skip", "provider_id", "details": {...}}   DELETE: none any more
POST /_sim/changes {"credentials_id", "product", "late"|"vanish"|"drop_pending": [keys], "amend": {key: text}}
POST /_sim/grants  {"provider_id", "customer", "products"?: [keys]} -> tokens, without the consent pages
POST /_sim/expire  {"credentials_id"}       the consent is over now
GET  /_sim/truth?credentials_id=&product=   what the bank has: booked and pending, minor units, money in positive
POST /_sim/reset
"""

import secrets

from banking.sandbox.banks import BANKS, EVERYTHING
from banking.sandbox.data import DataApi
from banking.sandbox.faults import KINDS
from banking.sandbox.oauth import DAY, AuthServer
from banking.sandbox.store import Fault, Grant
from banking.sandbox.tokens import new_credentials_id


class Control:
    """Moves the clock, breaks things, and tells the truth."""

    def __init__(self, auth: AuthServer, data: DataApi):
        self.auth = auth
        self.data = data
        self.store = auth.store

    def answer(self, method: str, path: str, query: dict, body: dict) -> dict:
        """Raises KeyError, ValueError and TypeError for what it does not understand."""
        return getattr(self, f"_{method.lower()}_{path.removeprefix('/_sim/')}")(query, body) or {}

    def _get_state(self, query, body) -> dict:
        return {
            "now": self.store.now(),
            "counts": {" ".join(key): n for key, n in self.store.counts.items()},
            "tokens": self.store.tokens_issued,
            "grants": [
                {"credentials_id": g.id, "provider_id": g.provider_id, "products": g.products,
                 "expires_at": g.expires_at, "is_revoked": g.is_revoked}
                for g in self.store.grants()
            ],
        }  # fmt: skip

    def _post_clock(self, query, body) -> dict:
        self.store.set_clock(**body)
        return {"now": self.store.now()}

    def _post_faults(self, query, body) -> dict:
        if body["kind"] not in KINDS:
            raise ValueError(body["kind"])
        fault = Fault(secrets.token_hex(6), **body)
        self.store.put("fault", fault)
        return {"id": fault.id}

    def _get_faults(self, query, body) -> dict:
        return {"left": sum(fault.times for fault in self.store.faults())}

    def _delete_faults(self, query, body) -> dict:
        for fault in self.store.faults():
            self.store.drop("fault", fault.id)
        return {}

    def _post_changes(self, query, body) -> dict:
        grant = self.store.things["grant"][body.pop("credentials_id")]
        grant.changes[body.pop("product")] = body
        self.store.put("grant", grant)
        return {}

    def _post_grants(self, query, body) -> dict:
        bank = BANKS[body["provider_id"]]
        now = self.store.now()
        products = body.get("products") or [product.key for product in bank.products]
        grant = Grant(
            new_credentials_id(), bank.id, body.get("customer", "sam"), list(EVERYTHING), products,
            now, now, now + bank.consent_days * DAY, now,
        )  # fmt: skip
        self.store.put("grant", grant)
        return {"credentials_id": grant.id, **self.auth._issue(grant)}

    def _post_expire(self, query, body) -> dict:
        grant = self.store.things["grant"][body["credentials_id"]]
        grant.expires_at = self.store.now() - 1
        self.store.put("grant", grant)
        return {}

    def _get_truth(self, query, body) -> dict:
        grant = self.store.things["grant"][query["credentials_id"]]
        product = BANKS[grant.provider_id].product(query["product"])
        life = self.data.life(grant, product)
        gone = set(grant.changes.get(product.key, {}).get("drop_pending", ()))
        return {
            "account_id": self.data.account_id(grant, product),
            "opening": product.opening,
            "booked": [
                {"key": m.key, "date": m.booked_on.isoformat(), "amount": m.amount, "text": m.text}
                for m in self.data._booked(grant, product, life)
            ],
            "pending": [
                {"key": m.key, "date": m.day.isoformat(), "amount": m.held, "text": m.text}
                for m in life.pending(self.store.today())
                if m.key not in gone
            ],
        }

    def _post_reset(self, query, body) -> dict:
        self.store.clear()
        return {}
