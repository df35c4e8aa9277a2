"""Limits of our own beside allauth's: counted in the shared cache, so they hold across processes."""

from django.core.cache import cache

from accounts.errors import TooOftenError


def ensure_not_too_often(name: str, key: object, *, most: int, seconds: int) -> None:
    """Count one use of `name` by `key`; raise TooOftenError beyond `most` in `seconds`."""
    slot = f"limit:{name}:{key}"
    cache.add(slot, 0, timeout=seconds)
    try:
        count = cache.incr(slot)
    except ValueError:  # it ran out between the two calls
        return
    if count > most:
        raise TooOftenError
