"""Numbers that arrive as text from outside."""


def row_id(text: str) -> int:
    """The number of a row as a form or address names it; 0, which no row has, for anything else.

    At most 18 digits, so that every database takes it. `isdigit` alone lets "²" through.
    """
    text = str(text)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
