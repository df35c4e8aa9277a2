"""A living access token for a connection. Only the holder of its lease gets here."""

import datetime as dt
import logging

from django.utils import timezone

from banking.gateway import truelayer
from banking.models import Connection
from banking.services.leases import Lease
from banking.truelayer.client import Tokens
from banking.truelayer.errors import ReconnectNeededError, TransientError
from core.vault import SealedError, seal, unseal

logger = logging.getLogger(__name__)
MARGIN = dt.timedelta(minutes=5)


def fresh_token(connection: Connection, lease: Lease, *, force: bool = False) -> str:
    """An access token with at least five minutes to live; refreshed when needed or with `force`.

    New tokens are stored before anybody uses them. Raises TrueLayerError; ReconnectNeededError
    when the consent is over or a refreshed token was lost on its way.
    """
    now = timezone.now()
    is_fresh = connection.token_expires_at and connection.token_expires_at - now > MARGIN
    try:
        if is_fresh and not force:
            return unseal(connection.access_token)
        old = unseal(connection.refresh_token)
    except SealedError:
        raise ReconnectNeededError("tokens_unreadable") from None
    if not old:
        raise ReconnectNeededError("invalid_grant")
    lease.renew()
    try:
        tokens = truelayer().refresh(old)
    except TransientError as error:
        # Either it never arrived, and the old token lives, or the reply was lost and it is dead:
        # the next try finds out (`invalid_grant` then), and never more than one try a run.
        logger.warning("refresh of connection %s failed: %s", connection.pk, error.code)
        raise
    store_tokens(connection, lease, tokens)
    return tokens.access


def store_tokens(connection: Connection, lease: Lease, tokens: Tokens) -> None:
    """Keep tokens, sealed, on the row and the instance. Raises LeaseLostError."""
    facts = sealed(tokens)
    lease.store(**facts)
    for name, value in facts.items():
        setattr(connection, name, value)


def sealed(tokens: Tokens) -> dict:
    """The columns of a connection for `tokens`. Without a new refresh token the old one stays."""
    now = timezone.now()
    facts = {
        "access_token": seal(tokens.access),
        "token_expires_at": now + dt.timedelta(seconds=tokens.expires_in),
        "refreshed_at": now,
    }
    if tokens.refresh:
        facts["refresh_token"] = seal(tokens.refresh)
    return facts
