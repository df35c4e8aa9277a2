"""TrueLayer's Data API v1 on the invented lives: envelopes, fields and errors as it has them."""

import datetime as dt
import re
import secrets
from dataclasses import replace

from banking.sandbox.banks import BANKS, Bank, Product
from banking.sandbox.faults import ApiError
from banking.sandbox.life import Life, Movement, digest, life_of, regulars, working_day
from banking.sandbox.oauth import DAY, iso
from banking.sandbox.store import Grant, Store

_DIGITS = {"JPY": 0}
_PATH = re.compile(
    r"^/(?P<kind>accounts|cards)(?:/(?P<id>[^/]+)(?:/(?P<what>balance|standing_orders|direct_debits"
    r"|transactions(?:/pending)?))?)?$"
)
_SCOPE_OF = {
    "balance": "balance",
    "transactions": "transactions",
    "transactions/pending": "transactions",
    "standing_orders": "standing_orders",
    "direct_debits": "direct_debits",
}


def units(minor: int, currency: str) -> float | int:
    """An amount as the JSON of the API has it: a number in units of the currency."""
    digits = _DIGITS.get(currency, 2)
    return minor if digits == 0 else round(minor / 10**digits, digits)


class DataApi:
    """Answers GET /data/v1/...; every method returns the list that goes into `results`."""

    def __init__(self, store: Store, client_id: str, issuer: str):
        self.store = store
        self.client_id = client_id
        self.issuer = issuer

    def grant_of(self, authorization: str) -> Grant:
        """The consent of a bearer token. Raises ApiError."""
        token = authorization.removeprefix("Bearer ").strip()
        for grant in self.store.grants():
            if token and token in grant.old_access:
                raise ApiError("unauthorized")  # only the last access token is valid
            if token and token == grant.access:
                if grant.access_expires_at <= self.store.now():
                    raise ApiError(
                        "invalid_token", f"The token expired at '{iso(grant.access_expires_at)}'"
                    )
                return grant
        raise ApiError("unauthorized")

    def answer(self, grant: Grant, path: str, query: dict, is_attended: bool, faults=()) -> list:
        """The results for `path` (without /data/v1). Raises ApiError."""
        bank = BANKS[grant.provider_id]
        if path == "/me":
            return [self._me(grant, bank)]
        if grant.is_revoked or grant.expires_at < self.store.now():
            raise ApiError("access_denied", details={"reason": "Consent expired or revoked"})
        if grant.customer.startswith("error."):
            raise ApiError(grant.customer.removeprefix("error."))
        if path == "/info":
            self._need(grant, "info")
            return [{"full_name": "Sam Reed", "update_timestamp": iso(self.store.now())}]
        found = _PATH.match(path)
        if not found:
            raise ApiError("access_denied")
        return self._of_accounts(grant, bank, found, query, is_attended, faults)

    def _of_accounts(self, grant, bank, found, query, is_attended, faults) -> list:
        kind, wanted, what = found["kind"], found["id"], found["what"]
        self._need(grant, kind)
        here = [bank.product(key) for key in grant.products]
        here = [product for product in here if product.is_card == (kind == "cards")]
        if not any(product.is_card == (kind == "cards") for product in bank.products):
            raise ApiError("endpoint_not_supported")
        if not wanted:
            self._count(grant, bank, "", kind, is_attended)
            return [self._account(grant, bank, product) for product in here]
        product = next((p for p in here if self.account_id(grant, p) == wanted), None)
        if product is None:
            raise ApiError("account_not_found")
        if not what:
            return [self._account(grant, bank, product)]
        self._need(grant, _SCOPE_OF[what])
        self._count(grant, bank, wanted, what, is_attended)
        if what in ("standing_orders", "direct_debits"):
            if product.is_card or not bank.has_regulars:
                raise ApiError("endpoint_not_supported")
            return self._regulars(grant, product, is_debit=what == "direct_debits")
        life = self.life(grant, product)
        if what == "balance":
            return [self._balance(grant, product, life)]
        if what == "transactions/pending":
            if not bank.has_pending:
                raise ApiError("endpoint_not_supported")
            return self._pending(grant, bank, product, life)
        return self._transactions(grant, bank, product, life, query, faults)

    def life(self, grant: Grant, product: Product) -> Life:
        """What happens on the account."""
        return life_of(BANKS[grant.provider_id], product.key, grant.customer)

    def account_id(self, grant: Grant, product: Product) -> str:
        """32 hexadecimal digits, other ones for every credential, as TrueLayer does it."""
        return digest("account", grant.id, product.key)

    def _need(self, grant: Grant, scope: str) -> None:
        if scope not in grant.scopes:
            raise ApiError("access_denied")

    def _count(self, grant, bank, account_id, endpoint, is_attended) -> None:
        now = self.store.now()
        with self.store.lock:
            total = (grant.provider_id, endpoint)
            self.store.counts[total] = self.store.counts.get(total, 0) + 1
            if is_attended:
                grant.present_at = max(grant.present_at, 0)
                return
            calls = self.store.calls.setdefault((grant.id, account_id, endpoint), [])
            calls[:] = [at for at in calls if at > now - DAY]
            if bank.quota and len(calls) >= bank.quota:
                raise ApiError("provider_request_limit_exceeded")
            calls.append(now)

    # --- Single objects -----------------------------------------------------------------------

    def _me(self, grant: Grant, bank: Bank) -> dict:
        return {
            "client_id": self.client_id,
            "credentials_id": grant.id,
            "consent_status": "Authorised",
            "consent_status_updated_at": iso(grant.updated_at),
            "consent_created_at": iso(grant.created_at),
            "consent_expires_at": iso(grant.expires_at),
            "provider": self._provider(bank),
            "scopes": grant.scopes,
            "privacy_policy": "Feb2019",
        }

    def _provider(self, bank: Bank) -> dict:
        logo = f"{self.issuer}/logos/{bank.id}.svg"
        return {"display_name": bank.name, "logo_uri": logo, "provider_id": bank.id}

    def _account(self, grant: Grant, bank: Bank, product: Product) -> dict:
        number = str(int(digest("number", grant.customer, bank.id, product.key), 16))[:8]
        shared = {
            "update_timestamp": iso(self.store.now()),
            "account_id": self.account_id(grant, product),
            "currency": product.currency,
            "display_name": product.name,
            "provider": self._provider(bank),
        }
        if product.is_card:
            return shared | {
                "card_network": "VISA",
                "card_type": "CREDIT",
                "partial_card_number": number[:4],
                "name_on_card": "S REED",
                "valid_from": "2024-01",
                "valid_to": "2030-01",
            }
        sort_code = f"{number[:2]}-{number[2:4]}-{number[4:6]}"
        return shared | {
            "account_type": "SAVINGS" if product.kind == "savings" else "TRANSACTION",
            "account_number": {
                "iban": f"GB00{bank.id[-4:].upper().rjust(4, 'X')}{sort_code.replace('-', '')}{number}",
                "swift_bic": f"{bank.id[-4:].upper().rjust(4, 'X')}GB00",
                "number": number,
                "sort_code": sort_code,
            },
        }

    def _balance(self, grant: Grant, product: Product, life: Life) -> dict:
        today = self.store.today()
        booked = [move for move in self._booked(grant, product, life) if move.booked_on <= today]
        current = product.opening + sum(move.amount for move in booked)
        held = sum(move.held for move in life.pending(today))
        money = product.currency
        stamp = {"currency": money, "update_timestamp": iso(self.store.now())}
        if not product.is_card:
            return stamp | {
                "available": units(current + held + product.overdraft, money),
                "current": units(current, money),
                "overdraft": units(product.overdraft, money),
            }
        cut = _statement_day(today)
        billed = product.opening + sum(move.amount for move in booked if move.booked_on <= cut)
        return stamp | {
            "available": units(product.credit_limit + current + held, money),
            "current": units(-current, money),
            "credit_limit": units(product.credit_limit, money),
            "last_statement_balance": units(-billed, money),
            "last_statement_date": cut.isoformat(),
            "payment_due": units(max(500, -billed // 20), money),
            "payment_due_date": (cut + dt.timedelta(days=24)).isoformat(),
        }

    # --- Rows ---------------------------------------------------------------------------------

    def _booked(self, grant: Grant, product: Product, life: Life) -> list[Movement]:
        """Booked movements with the oddities that were asked for: late, amended, gone."""
        rows = life.booked(self.store.today())
        odd = grant.changes.get(product.key, {})
        if not odd:
            return rows
        late, gone = set(odd.get("late", ())), set(odd.get("vanish", ()))
        amended = odd.get("amend", {})
        return [
            replace(row, text=amended[row.key]) if row.key in amended else row
            for row in rows
            if row.key not in late and row.key not in gone
        ]

    def _transactions(self, grant, bank, product, life, query, faults) -> list[dict]:
        today = self.store.today()
        first, last = _range(query, today)
        kinds = {fault.kind for fault in faults}
        reach = _months_before(today, bank.max_months)
        minutes_there = (self.store.now() - grant.present_at) / 60
        if first < reach:
            raise ApiError("invalid_date_range")
        if (
            bank.sca_minutes
            and minutes_there > bank.sca_minutes
            and first < today - dt.timedelta(days=90)
        ):
            raise ApiError(
                "sca_exceeded",
                details={
                    "provider_details": f"403 access_denied: should be accessed within "
                    f"{bank.sca_minutes} minutes of PSU Authentication"
                },
            )
        if "ignore_from" in kinds:
            first = reach
        balance = product.opening
        made = []
        for row in self._booked(grant, product, life):
            balance += row.amount
            if first <= row.booked_on <= last:
                made.append(self._row(bank, product, row, row.booked_on, row.amount, balance))
        made.reverse()
        if "duplicate_rows" in kinds:
            made = [row for row in made for _twice in range(2)]
        if "reorder" in kinds:
            made.sort(key=lambda row: digest(row["transaction_id"]))
        return made

    def _pending(self, grant, bank, product, life) -> list[dict]:
        gone = set(grant.changes.get(product.key, {}).get("drop_pending", ()))
        return [
            self._row(bank, product, row, row.day, row.held, None)
            for row in reversed(life.pending(self.store.today()))
            if row.key not in gone
        ]

    def _row(self, bank, product, row: Movement, day: dt.date, amount: int, balance) -> dict:
        is_pending = balance is None
        money = product.currency
        sign = -1 if product.is_card else 1
        salt = "" if bank.stable_ids else secrets.token_hex(4)
        body = {
            "timestamp": f"{day.isoformat()}T00:00:00Z",
            "description": row.text,
            "transaction_type": "CREDIT" if amount > 0 else "DEBIT",
            "transaction_category": row.category,
            "transaction_classification": list(row.classes),
            "amount": units(sign * amount, money),
            "currency": money,
            "transaction_id": digest("p" if is_pending else "s", row.key, salt),
            "meta": {"provider_transaction_category": row.code},
        }
        if row.merchant:
            body["merchant_name"] = row.merchant
            body["meta"]["provider_merchant_name"] = row.merchant.upper()
        if row.reference:
            body["meta"]["provider_reference"] = row.reference
        if bank.stable_ids and not is_pending:
            body["normalised_provider_transaction_id"] = f"txn-{digest('n', row.key)[:17]}"
            body["provider_transaction_id"] = digest("b", row.key)[:20]
        if not is_pending:
            body["running_balance"] = {"currency": money, "amount": units(sign * balance, money)}
        return body

    def _regulars(self, grant, product, *, is_debit: bool) -> list[dict]:
        today = self.store.today()
        made = []
        for one in regulars(product):
            if one.is_direct_debit != is_debit:
                continue
            past, to_come = _occurrences(one.day, today)
            amount = units(-one.amount, product.currency)
            meta = {"provider_account_id": digest("own", product.key)}
            if is_debit:
                made.append(
                    {
                        "direct_debit_id": digest("dd", grant.id, one.name),
                        "timestamp": iso(self.store.now()),
                        "name": one.name,
                        "status": "Active",
                        "previous_payment_timestamp": f"{past.isoformat()}T00:00:00Z",
                        "previous_payment_amount": amount,
                        "currency": product.currency,
                        "meta": meta | {"provider_mandate_identification": one.reference},
                    }
                )
            else:
                made.append(
                    {
                        "frequency": f"IntrvlMnthDay:01:{one.day:02}",
                        "status": "Active",
                        "timestamp": iso(self.store.now()),
                        "currency": product.currency,
                        "meta": meta,
                        "next_payment_date": f"{to_come.isoformat()}T00:00:00+00:00",
                        "next_payment_amount": amount,
                        "first_payment_date": f"{one.since.isoformat()}T00:00:00+00:00",
                        "first_payment_amount": amount,
                        "final_payment_date": "9999-12-31T00:00:00+00:00",
                        "final_payment_amount": 0,
                        "payee": one.name,
                        "reference": one.reference,
                    }
                )
        return made


def _statement_day(today: dt.date) -> dt.date:
    this = today.replace(day=2)
    return this if this <= today else (this - dt.timedelta(days=10)).replace(day=2)


def _occurrences(day: int, today: dt.date) -> tuple[dt.date, dt.date]:
    """The last one up to today and the next one after it, on working days."""
    months = [_months_before(today.replace(day=1), n) for n in (2, 1, 0, -1, -2)]
    days = [working_day(month.replace(day=min(day, 28))) for month in months]
    return max(d for d in days if d <= today), min(d for d in days if d > today)


def _months_before(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 - months
    return dt.date(index // 12, index % 12 + 1, min(day.day, 28))


def _range(query: dict, today: dt.date) -> tuple[dt.date, dt.date]:
    """`from` and `to`, both included; the last 90 days without them. Raises ApiError."""
    try:
        first, last = (
            dt.date.fromisoformat(query[name][:10]) if query.get(name) else default
            for name, default in (("from", today - dt.timedelta(days=90)), ("to", today))
        )
    except ValueError:
        raise ApiError("validation_error") from None
    if first > last:
        raise ApiError("invalid_date_range")
    return first, last
