"""From "connect a bank" to an account that fills itself: consent, way back, choosing accounts."""

import base64
import datetime as dt
import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Household, Membership, Role, User
from accounts.services.audit import record
from banking import gateway
from banking.errors import BankingError, CallbackError, NoBanksError
from banking.models import Connection, ConsentRequest
from banking.services.access import sealed
from banking.truelayer.client import Tokens
from banking.truelayer.errors import (
    TransientError,
    TrueLayerError,
)
from core.queue import enqueue
from core.vault import SealedError, seal, unseal

logger = logging.getLogger(__name__)

CONSENT_MINUTES = 30
"""How long somebody may take at their bank."""
State = Connection.State


def hash_state(state: str) -> str:
    """What is stored of a consent request's state."""
    return hashlib.sha256(state.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Leaving:
    """Where to send a person, the hash to keep in their session, and the bank's name."""

    link: str
    state_hash: str
    bank: str


def _challenge(verifier: str) -> str:
    """The S256 code challenge of RFC 7636."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def begin_consent(
    *, household: Household, by: User, provider_id: str, connection: Connection | None = None
) -> Leaving:
    """A link to the bank, for a new connection or, with `connection`, to renew that one.

    Raises NoBanksError, BankingError for an unknown bank or one that is down, TrueLayerError.
    """
    if not gateway.is_configured():
        raise NoBanksError
    bank = gateway.bank_named(provider_id)
    if bank is None and connection is None:
        raise BankingError(_("This bank cannot be connected."))
    if bank and bank["is_down"] and connection is None:
        raise BankingError(_("This bank is not available at the moment. Try again later."))
    name = bank["name"] if bank else connection.provider_name
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    request = ConsentRequest(
        household=household,
        user=by,
        connection=connection,
        is_renewal=connection is not None,
        provider_id=provider_id,
        provider_name=name,
        state_hash=hash_state(state),
        verifier=seal(verifier),
    )
    link = ""
    if connection is not None:
        link = _extend(connection, by, state, _challenge(verifier))
        if not link:
            return Leaving("", "", name)
    if link in ("", "anew"):
        link = gateway.truelayer().auth_link(
            state=state,
            nonce=secrets.token_urlsafe(16),
            challenge=_challenge(verifier),
            provider_id=provider_id,
        )
    ConsentRequest.objects.filter(
        household=household, made_at__lt=timezone.now() - dt.timedelta(days=1)
    ).delete()
    request.save()
    record("bank consent begun", household=household, actor=by, target=name)
    return Leaving(link, request.state_hash, name)


def _extend(connection: Connection, by: User, state: str, challenge: str) -> str:
    """Renew by TrueLayer's extension. Returns a link to go to, "" when it is renewed already, and
    "anew" when this bank or consent needs a new link. Raises TransientError."""
    try:
        refresh = unseal(connection.refresh_token)
    except SealedError:
        refresh = ""
    if not refresh:
        return "anew"
    try:
        extension = gateway.truelayer().extend(
            refresh_token=refresh,
            user_id=str(connection.household.code),
            name=by.get_full_name() or by.email,
            email=by.email,
            state=state,
            challenge=challenge,
        )
    except TransientError:
        raise
    except TrueLayerError as error:
        logger.info("connection %s cannot be extended: %s", connection.pk, error.code)
        return "anew"
    if extension.tokens is None:
        return extension.link
    _renewed(connection, extension.tokens)
    return ""


def _renewed(connection: Connection, tokens: Tokens, psu_ip: str = "") -> None:
    """Take new tokens for a connection that exists, from whoever had its lease, and look again."""
    now = timezone.now()
    with atomic():
        Connection.objects.filter(pk=connection.pk).update(
            **sealed(tokens),
            state=State.CONNECTING,
            consented_at=now,
            failures=0,
            error_code="",
            lease=None,
            leased_until=None,
            next_sync_at=now + dt.timedelta(minutes=1),
        )
        enqueue("banking.discover", connection.pk, psu_ip)


_DECLINED = {
    "access_denied": _("You cancelled at your bank. Nothing was connected."),
    "temporarily_unavailable": _("The bank is not available at the moment. Try again later."),
    "server_error": _("Something went wrong at the bank. Try again later."),
}


def take_callback(
    *, user: User, hashes: Sequence[str], query: dict[str, str], psu_ip: str
) -> Connection | None:
    """What came back from the bank: checks state, session, person and household; exchanges the code.

    Returns the connection, or None when another request is just making it (browsers call twice).
    Raises CallbackError and BankingError with words for the person.
    """
    request = _request_of(user, hashes, query.get("state", ""))
    with atomic():
        is_first = ConsentRequest.objects.filter(pk=request.pk, used_at=None).update(
            used_at=timezone.now()
        )
    if not is_first:
        if request.connection_id or not query.get("error"):
            return request.connection
        raise CallbackError
    if query.get("error") or not query.get("code"):
        error = query.get("error", "")
        raise BankingError(
            _DECLINED.get(error) or _("You came back without the bank's permission.")
        )
    try:
        verifier = unseal(request.verifier)
        tokens = gateway.truelayer().exchange(code=query["code"], verifier=verifier)
    except (TrueLayerError, SealedError) as error:
        logger.warning("consent request %s: no tokens: %s", request.pk, error)
        raise BankingError(_("The bank's permission did not arrive. Start again.")) from None
    return _keep(request, tokens, psu_ip)


def _request_of(user: User, hashes: Sequence[str], state: str) -> ConsentRequest:
    hashed = hash_state(state)
    request = (
        ConsentRequest.objects.select_related("household", "connection")
        .filter(state_hash=hashed, user=user)
        .first()
    )
    if request is None or hashed not in hashes:
        raise CallbackError
    if timezone.now() - request.made_at > dt.timedelta(minutes=CONSENT_MINUTES):
        raise CallbackError(_("That took longer than half an hour. Start again."))
    is_owner = Membership.objects.filter(
        user=user, household=request.household, role=Role.OWNER
    ).exists()
    if not is_owner:
        raise CallbackError
    return request


def _keep(request: ConsentRequest, tokens: Tokens, psu_ip: str) -> Connection:
    now = timezone.now()
    with atomic():
        connection = request.connection
        if connection is None:
            connection = Connection.objects.create(
                household=request.household,
                made_by=request.user,
                environment=settings.TRUELAYER_ENV,
                provider_id=request.provider_id,
                provider_name=request.provider_name,
                consented_at=now,
                next_sync_at=now + dt.timedelta(minutes=1),
                **sealed(tokens),
            )
            enqueue("banking.discover", connection.pk, psu_ip)
        else:
            _renewed(connection, tokens, psu_ip)
        ConsentRequest.objects.filter(pk=request.pk).update(connection=connection, verifier="")
        record(
            "bank connected", household=request.household, actor=request.user,
            target=request.provider_name,
        )  # fmt: skip
    return connection
