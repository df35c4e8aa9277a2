"""Tokens at rest: encrypted with MultiFernet (cryptography), the newest of TOKEN_KEYS first."""

import os
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class SealedError(Exception):
    """A stored token cannot be opened with any of TOKEN_KEYS."""


def stored_token_key(folder: Path) -> str:
    """The embedded mode's key: made once, in a file that only its owner can read."""
    path = folder / "token_key"
    if not path.exists():
        # Whole or not at all: another process may be at its first start, too.
        handle, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(handle, "w") as file:
            file.write(Fernet.generate_key().decode())
        with suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text().strip()


@lru_cache(maxsize=8)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _current() -> MultiFernet:
    return _box(tuple(settings.TOKEN_KEYS) or (stored_token_key(settings.VAR_DIR),))


def seal(text: str) -> str:
    """`text` encrypted; "" stays ""."""
    return _current().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises SealedError."""
    if not sealed:
        return ""
    try:
        return _current().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SealedError from None


def reseal(sealed: str) -> str:
    """The same text under the newest key. Raises SealedError."""
    if not sealed:
        return ""
    try:
        return _current().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise SealedError from None


class SealedField(models.TextField):
    """A text column that holds `seal`ed text. Read and written only through the vault's functions.

    The column's value stays sealed on the instance, so that nothing prints, serialises or archives
    a token by accident.
    """

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("blank", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)
