"""Finding an IBAN (ISO 13616) in the lines that banks print above a table."""

import re

_CANDIDATE = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![a-z])"
)
_LETTERS = {chr(ord("A") + index): str(10 + index) for index in range(26)}


def is_iban(text: str) -> bool:
    """15 to 34 letters and digits whose check digits are right (ISO 7064, modulo 97)."""
    code = text.replace(" ", "").upper()
    if not 15 <= len(code) <= 34 or not code.isascii() or not code.isalnum():
        return False
    turned = "".join(_LETTERS.get(sign, sign) for sign in code[4:] + code[:4])
    return code[:2].isalpha() and code[2:4].isdigit() and int(turned) % 97 == 1


def find_iban(text: str) -> str:
    """The first IBAN in `text` without its blanks, else ""."""
    for match in _CANDIDATE.finditer(text[:20_000]):
        words = match[0].split(" ")
        # What follows the IBAN may look like its next group: leave words off until it fits.
        for count in range(len(words), 0, -1):
            if is_iban(code := "".join(words[:count])):
                return code
    return ""
