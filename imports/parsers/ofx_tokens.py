"""OFX text to a flat stream of opened, closed and filled elements, whatever its grammar.

SGML of OFX 1.x leaves out end tags, XML of 2.x does not, and banks mix them. Neither an SGML nor
an XML parser is used: the text is cut at every "<" once, so time grows with the size only.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from imports.parsers.base import UnreadableFile
from imports.parsers.text import words

OPEN, CLOSE, LEAF = "open", "close", "leaf"
MAX_DEPTH = 200

CONTAINERS = words(
    """OFX SIGNONMSGSRSV1 SONRS STATUS FI BANKMSGSRSV1 CREDITCARDMSGSRSV1 INVSTMTMSGSRSV1
    STMTTRNRS CCSTMTTRNRS INVSTMTTRNRS STMTRS CCSTMTRS INVSTMTRS BANKACCTFROM CCACCTFROM
    INVACCTFROM BANKACCTTO CCACCTTO BANKTRANLIST BANKTRANLISTP STMTTRN STMTTRNP PAYEE
    CURRENCY ORIGCURRENCY LEDGERBAL AVAILBAL BALLIST BAL INVTRANLIST INVBANKTRAN INVTRAN
    INVBUY INVSELL SECID INVPOSLIST INVBAL INVOOLIST INV401K INV401KBAL SECLISTMSGSRSV1
    SECLIST SECINFO SIGNUPMSGSRSV1 ACCTINFOTRNRS ACCTINFORS ACCTINFO INTRATRNRS INTRARS
    XFERINFO"""
)
"""Elements that hold elements, even where a text stands in front of the first of them."""

LEAVES = words(
    """CODE SEVERITY MESSAGE DTSERVER LANGUAGE ORG FID TRNUID CURDEF BANKID BRANCHID ACCTID
    ACCTKEY ACCTTYPE BROKERID DTSTART DTEND TRNTYPE DTPOSTED DTUSER DTAVAIL DTTRAN TRNAMT
    FITID CORRECTFITID CORRECTACTION SRVRTID CHECKNUM REFNUM SIC PAYEEID NAME EXTDNAME MEMO
    MEMO2 CURRATE CURSYM BALAMT DTASOF TOTAL UNITS UNITPRICE COMMISSION FEES DTTRADE
    DTSETTLE UNIQUEID UNIQUEIDTYPE SECNAME TICKER AVAILCASH INCOMETYPE BUYTYPE SELLTYPE
    TFERACTION SUBACCTSEC SUBACCTFUND INV401KSOURCE"""
)
"""Elements that hold text, even where it is missing and no end tag says so."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.\-]{0,63}")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,30});")


class Token(NamedTuple):
    kind: str
    name: str
    text: str
    line: int


def tokens(body: str, first_line: int = 1) -> Iterator[Token]:
    """The elements of `body`, with the line that each starts on.

    Raises UnreadableFile for a document type or an entity declaration: no bank sends one, and
    they are how XML is made to explode.
    """
    pieces = _without_comments(body).split("<")
    line = first_line + pieces[0].count("\n")
    leaf: Token | None = None
    for piece in pieces[1:]:
        inside, closed, text = piece.partition(">")
        name = _name(inside[:300]) if closed else ""
        if name:
            if leaf is not None:
                yield leaf
                leaf = None
            token = _token(name, inside, text, line)
            if token.kind == LEAF:
                leaf = token
            else:
                yield token
        elif inside[:8].upper().startswith(("!DOCTYPE", "!ENTITY")):
            raise UnreadableFile(f"Line {line}: a document type is not allowed in OFX.")
        elif leaf is not None and not inside.startswith(("?", "!")):
            # A bare "<" within a text: "A < B". Grown once per piece, cut when it is read.
            leaf = _longer(leaf, piece)
        line += piece.count("\n")
    if leaf is not None:
        yield leaf


def _longer(leaf: Token, piece: str) -> Token:
    """The leaf with "<" and more text. Nobody writes 4,000 characters; more would take for ever."""
    return leaf._replace(text=f"{leaf.text}<{piece[:4000]}") if len(leaf.text) < 4000 else leaf


@lru_cache(maxsize=1024)
def _name(inside: str) -> str:
    """The element's name, with "/" in front for an end tag; "" when it is not a tag."""
    slash = "/" if inside.startswith("/") else ""
    words = inside[len(slash) :].split(None, 1)
    name = words[0].rstrip("/") if words else ""
    if not _NAME.fullmatch(name):
        return ""
    # Attributes are not OFX, but XML writers add them; "< B & C >" is a text.
    if len(words) > 1 and "=" not in words[1] and words[1].strip() != "/":
        return ""
    return slash + name.upper()


def _token(name: str, inside: str, text: str, line: int) -> Token:
    if name.startswith("/"):
        return Token(CLOSE, name[1:], "", line)
    if name in CONTAINERS:
        return Token(OPEN, name, "", line)
    if name in LEAVES or inside.endswith("/") or (text and not text.isspace()):
        return Token(LEAF, name, text, line)
    return Token(OPEN, name, "", line)


def _without_comments(body: str) -> str:
    """Comments go, CDATA becomes plain text; their line ends stay, so lines keep their numbers."""
    if "<!" not in body:
        return body
    parts, at = [], 0
    while (start := body.find("<!", at)) >= 0:
        if body.startswith("<!--", start):
            end, mark = body.find("-->", start), 3
        elif body[start : start + 9].upper() == "<![CDATA[":
            end, mark = body.find("]]>", start), 3
        else:
            parts.append(body[at : start + 2])
            at = start + 2
            continue
        parts.append(body[at:start])
        if end < 0:
            at = len(body)
            break
        inside = (
            body[start + 9 : end] if body[start + 2] == "[" else "\n" * body.count("\n", start, end)
        )
        parts.append(inside.replace("&", "&amp;").replace("<", "&lt;"))
        at = end + mark
    parts.append(body[at:])
    return "".join(parts)


def text_of(value: str) -> str:
    """The text of an element for people: entities read, twice where a bank escaped twice."""
    value = value.strip()
    for _ in range(2):
        if "&" not in value:
            break
        value = _ENTITY.sub(lambda match: html.unescape(match[0]), value)
    return " ".join(value.replace("\x00", "").split())
