"""The texts of MT940: who and what for, from the :86: of a row in every form that banks write.

Three forms: numbered fields (?20..?29, German, Polish and Luxembourg banks), words between slashes
(/EREF/ /REMI/ /NAME/, Dutch banks), and free text that is wrapped in the middle of a word.
"""

import re
from typing import NamedTuple

FULL_LINES = (65, 64)
"""A line of 65 characters goes on in the next without a blank; some banks break after 64."""
SHORT_LINE = 50
"""A line below this was not broken because it was full."""
FULL_FIELD = 27
"""The same for a numbered field."""

_NUMBERED = re.compile(r"\s*\d{0,3}([?>~@^|&*])(?:00|1\d|2\d|3[0-4])")
_SEPA = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|RREF|RTRN|MDAT|BREF|PURP|ANAM)\+"
)
_SLASHED = re.compile(
    r"/(EREF|KREF|MREF|MARF|RREF|PREF|CRED|CSID|NAME|IBAN|BIC|REMI|TRTP|ISDT|SVCL|ADDR|PURP|CNTP"
    r"|BENM|ORDP|ULTB|ULTD|RTRN|ACCW|TRCD|INIT|OCMT|CHGS|ID|EXCH|TDDN|IPH)/"
)
_OTHER_SIDE = re.compile(r"(?:^|[ /;])(?:NAAM|OD): {0,2}([^;/\n]{1,140})")
_REFERENCES = ("EREF", "KREF", "MREF", "MARF", "RREF", "PREF", "CRED", "CSID", "DEBT", "RTRN")
_EMPTY = frozenset(["", "NOTPROVIDED", "NONREF", "NOT PROVIDED"])


class Details(NamedTuple):
    """What the texts of one row say."""

    text: str = ""
    """What it was for."""
    payee: str = ""
    kind: str = ""
    """The bank's word for the sort of booking: "DAUERAUFTRAG"."""
    references: str = ""

    def description(self, kind: str = "") -> str:
        """All in one line: sort, other side, purpose, references."""
        payee = "" if self.payee.casefold() in self.text.casefold() else self.payee
        said = [self.kind or kind, payee, self.text, self.references]
        return squeezed(" ".join(part for part in said if part))


def squeezed(text: str) -> str:
    """`text` with single blanks between its words."""
    return " ".join(text.split())


def read_details(blocks: list[list[str]]) -> Details:
    """Read the :86: blocks of one row, each a list of its lines."""
    if not blocks:
        return Details()
    direct = "".join(line for block in blocks for line in block)
    if match := _NUMBERED.match(direct):
        lines = [line for block in blocks for line in block]
        return _numbered(_unwrapped(lines, match[1]), match[1])
    text = " ".join(join_lines(block) for block in blocks).strip()
    first = _SLASHED.search(text)
    if first and not text[: first.start()].strip("0123456789 "):
        return _slashed(text)
    found = _OTHER_SIDE.search(text)
    payee = found[1].lstrip().split("  ")[0].strip() if found else ""
    return Details(squeezed(text), payee)


def join_lines(lines: list[str]) -> str:
    """Lines as one; a full one was broken where it happened to end."""
    full = _width(lines)
    # Two columns of 32 are no line that was full.
    in_columns = full == FULL_LINES[1] and any("   " in line for line in lines)
    return _join(lines, FULL_LINES[0] if in_columns else full)


def _width(lines: list[str]) -> int:
    return FULL_LINES[0] if any(len(line) >= FULL_LINES[0] for line in lines) else FULL_LINES[1]


def _join(pieces: list[str], full: int) -> str:
    joined = []
    for piece in pieces:
        joined.append(piece)
        if len(piece) < full:
            joined.append(" ")
    return "".join(joined).strip()


def _unwrapped(lines: list[str], mark: str) -> str:
    """Lines of numbered fields as one. They break anywhere, and a blank at the end gets lost."""
    joined, full = [], _width(lines)
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        joined.append(line)
        is_cut = len(line) == full - 1 or len(line) < SHORT_LINE
        if is_cut and not following.startswith(mark) and not line.endswith(mark):
            joined.append(" ")
    return "".join(joined)


def _numbered(text: str, mark: str) -> Details:
    """Fields such as ?00 sort, ?20 to ?29 and ?60 to ?63 purpose, ?32 and ?33 name."""
    fields: dict[int, str] = {}
    cuts = re.split(re.escape(mark) + r"([0-3]\d|[67]\d)", text)
    for number, value in zip(cuts[1::2], cuts[2::2], strict=True):
        fields.setdefault(int(number), value)
    numbers = [*range(20, 30), *range(60, 64)]
    purpose = _join([fields[number] for number in numbers if number in fields], FULL_FIELD)
    payee = _join([fields[number] for number in (32, 33) if number in fields], FULL_FIELD)
    text, said = _sepa(purpose)
    return Details(
        text=squeezed(text),
        payee=squeezed(payee) or said.get("ABWA", ""),
        kind=squeezed(fields.get(0, "")),
        references=_references(said),
    )


def _sepa(purpose: str) -> tuple[str, dict[str, str]]:
    """The purpose itself (SVWZ+ or what no word precedes), and what the other words precede."""
    cuts = _SEPA.split(purpose)
    said: dict[str, str] = {}
    for word, value in zip(cuts[1::2], cuts[2::2], strict=True):
        said.setdefault(word, squeezed(value))
    return f"{cuts[0]} {said.pop('SVWZ', '')}", said


def _slashed(text: str) -> Details:
    cuts = _SLASHED.split(text)
    said: dict[str, str] = {}
    for word, value in zip(cuts[1::2], cuts[2::2], strict=True):
        if value := value.strip("/ "):
            said.setdefault(word, squeezed(value))
    # /CNTP/ has four parts: account, BIC, name, city.
    other = said.get("CNTP", "").split("/")
    payee = said.get("NAME", "") or (other[2] if len(other) > 2 else "")
    purpose = said.get("REMI", "")
    for word in ("USTD//", "STRD/CUR/", "STRD/ISO/", "STRD//", "USTD/"):
        purpose = purpose.removeprefix(word)
    if not payee and not purpose:
        return Details(squeezed(text))
    return Details(purpose, payee.strip(), said.get("TRTP", ""), _references(said))


def _references(said: dict[str, str]) -> str:
    kept = [(word, said.get(word, "")) for word in _REFERENCES]
    return " ".join(f"{word} {value}" for word, value in kept if value.upper() not in _EMPTY)


def read_notes(lines: list[str]) -> Details:
    """The :NS: of a row: 01 to 14 purpose, 15 and 16 name, 17 sort."""
    fields = numbered_lines(lines)
    kind = squeezed(fields.get(17, ""))
    # Some banks write an account number there.
    if sum(map(str.isdigit, kind)) * 2 > len(kind):
        kind = ""
    return Details(
        text=squeezed(" ".join(fields[n] for n in range(1, 15) if n in fields)),
        payee=squeezed(_join([fields[n] for n in (15, 16) if n in fields], FULL_FIELD)),
        kind=kind,
    )


def numbered_lines(lines: list[str]) -> dict[int, str]:
    """Lines that begin with two digits, by these."""
    found: dict[int, str] = {}
    for line in lines:
        if line[:2].isascii() and line[:2].isdigit():
            found.setdefault(int(line[:2]), line[2:])
    return found
