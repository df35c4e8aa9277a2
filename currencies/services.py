"""Keep exchange rates."""

import datetime as dt
from decimal import Decimal

import httpx
from django.conf import settings
from django.db.transaction import atomic

from currencies.ecb import MAX_BYTES, read_rates
from currencies.errors import RatesError
from currencies.models import Rate

TIMEOUT = 20
BATCH = 2000


@atomic
def store_rates(data: bytes, since: dt.date | None = None) -> int:
    """Keep the rates of a file of the European Central Bank, from the day `since` on.

    Typed rates stay. Returns how many rates the file gave. Raises RatesError, and keeps nothing.
    """
    rows = {
        (currency, on): Rate(currency=currency, on=on, per_euro=rate)
        for on, currency, rate in read_rates(data)
        if since is None or on >= since
    }
    typed = Rate.objects.filter(source=Rate.Source.TYPED)
    for key in typed.values_list("currency", "on"):
        rows.pop(key, None)
    Rate.objects.bulk_create(
        rows.values(),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["currency", "on"],
        update_fields=["per_euro", "source"],
    )
    return len(rows)


def type_rate(*, currency: str, on: dt.date, per_euro: Decimal) -> Rate:
    """A rate that somebody typed; it wins over the bank's."""
    rate, _ = Rate.objects.update_or_create(
        currency=currency,
        on=on,
        defaults={"per_euro": per_euro, "source": Rate.Source.TYPED},
    )
    return rate


def fetch_rates() -> int:
    """Fetch RATES_URL and keep what it says. Returns how many rates. Raises RatesError."""
    if not settings.RATES_URL:
        return 0
    try:
        with httpx.stream("GET", settings.RATES_URL, timeout=TIMEOUT) as response:
            response.raise_for_status()
            data = b""
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > MAX_BYTES:
                    raise RatesError("The answer is too large.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise RatesError(f"The rates could not be fetched: {type(error).__name__}.") from error
    return store_rates(data)
