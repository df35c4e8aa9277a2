"""The one door to TrueLayer: its client, made from the settings, one for each process."""

import os
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from banking.truelayer.client import Config, TrueLayer

_PROVIDERS_SECONDS = 60 * 60


def is_configured() -> bool:
    """Whether banks can be connected at all."""
    return bool(settings.TRUELAYER_AUTH_URL and settings.TRUELAYER_CLIENT_ID)


def config() -> Config:
    """What the settings say. Raises ConfigurationError for an address without TLS."""
    return Config(
        auth_url=settings.TRUELAYER_AUTH_URL.rstrip("/"),
        api_url=settings.TRUELAYER_API_URL.rstrip("/"),
        client_id=settings.TRUELAYER_CLIENT_ID,
        client_secret=settings.TRUELAYER_CLIENT_SECRET,
        redirect_uri=settings.TRUELAYER_REDIRECT_URI,
        read_seconds=settings.BANK_TIMEOUT_SECONDS,
        providers=settings.TRUELAYER_PROVIDERS,
    )


def truelayer() -> TrueLayer:
    """The client of this process. Threads may share it; a forked child makes its own."""
    return _client(os.getpid(), config())


@lru_cache(maxsize=2)
def _client(pid: int, config: Config) -> TrueLayer:
    return TrueLayer(config)


def banks() -> list[dict]:
    """The banks that can be connected: {id, name, country, logo, is_down}, by name.

    Kept for an hour. Raises TrueLayerError.
    """
    key = f"banks:{settings.TRUELAYER_ENV}:{settings.TRUELAYER_CLIENT_ID}"
    found = cache.get(key)
    if found is None:
        found = sorted(
            (_bank(one) for one in truelayer().providers()),
            key=lambda bank: bank["name"].casefold(),
        )
        cache.set(key, found, _PROVIDERS_SECONDS)
    return found


def _bank(provider: dict) -> dict:
    availability = provider.get("availability")
    status = availability.get("recommended_status") if isinstance(availability, dict) else ""
    return {
        "id": str(provider["provider_id"])[:64],
        "name": str(provider.get("display_name") or provider["provider_id"])[:120],
        "country": str(provider.get("country") or "")[:8].upper(),
        "is_down": status == "unavailable",
    }


def bank_named(provider_id: str) -> dict | None:
    """One of `banks()`. Raises TrueLayerError."""
    return next((bank for bank in banks() if bank["id"] == provider_id), None)


def environment_label() -> str:
    """What to tell people of where the banks are; "" for real ones."""
    return {
        "local": _("Demonstration bank"),
        "sandbox": _("TrueLayer sandbox"),
    }.get(settings.TRUELAYER_ENV, "")


def auth_host() -> str:
    """The host that people are sent to."""
    return urlsplit(settings.TRUELAYER_AUTH_URL).netloc
