"""The identifier that Housebook's own files carry, by which they are recognised when they return.

Pure: readers of formats that have no place for identifiers look for its shape.
"""

import re
import uuid

SHAPE = re.compile(r"hb-([0-9a-f]{12})-([1-9][0-9]{0,17})")


def own_id(code: uuid.UUID, pk: int) -> str:
    """The identifier of transaction `pk` in exported files. Stays the same for ever.

    The household's `code` is in it, so that a file of one household stays unknown to another.
    """
    return f"hb-{code.hex[:12]}-{pk}"


def own_pk(code: uuid.UUID, text: str) -> int | None:
    """The number of the transaction that `own_id` made `text` of; None for any other text."""
    match = SHAPE.fullmatch(text)
    return int(match[2]) if match and match[1] == code.hex[:12] else None
