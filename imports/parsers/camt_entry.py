"""One CAMT entry (Ntry) to a StatementLine or a Problem."""

import datetime as dt
import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

from core.money import MAX_MINOR, exponent
from imports.parsers.base import Entry, raw
from imports.parsers.ofx_rows import iso, read_day
from ledger.statement_line import LinePart, Problem, StatementLine

_DECIMAL = re.compile(r"\+?(\d{1,20})(?:[.,](\d{0,20}))?|\+?[.](\d{1,20})")
_CHUNK = 140
"""The longest Ustrd: a text of this length goes on in the next one."""
# What stands in a field that must not be empty.
_NO_REFERENCE = frozenset(
    ["NOTPROVIDED", "NOTAVAILABLE", "NONREF", "NOREF", "NONE", "NULL", "NA", "UNKNOWN", ""]
)
_NO_NAME = frozenset(
    ["NOTPROVIDED", "NOTAVAILABLE", "NA", "NONE", "NULL", "UNKNOWN", "UNBEKANNT", ""]
    + ["KEINEINFORMATIONVORHANDEN", "NICHTVORHANDEN", "NICHTANGEGEBEN", "NONCOMMUNIQUE"]
)


class Left:
    """An entry that moved no money and is left out."""


class Undated(NamedTuple):
    """An entry without a date: its line with a placeholder, or the problem that it is."""

    line: StatementLine
    problem: Problem


# Reading elements whose tags are local names


def child(element: Element | None, path: str) -> Element | None:
    """The first element at `path`, None when there is none."""
    return None if element is None else element.find(path)


def children(element: Element | None, path: str) -> list[Element]:
    """All elements at `path`."""
    return [] if element is None else element.findall(path)


def text_at(element: Element | None, *paths: str) -> str:
    """The first text that is not blank at one of `paths`, on one line."""
    if element is None:
        return ""
    for path in paths:
        for found in element.findall(path):
            if text := _line(found.text):
                return text
    return ""


def _line(text: str | None) -> str:
    return " ".join(text.split()) if text else ""


# Amounts


def minor_units(text: str, currency: str) -> int | None:
    """Minor units of an XML decimal, exactly; None when it is none or does not fit.

    A comma before other than three digits is taken for a decimal mark: some programs print it.
    """
    text = text.strip()
    match = _DECIMAL.fullmatch(text)
    if match is None or not text.isascii():
        return None
    whole, fraction = match[1] or "0", match[2] or match[3] or ""
    if "," in text and len(fraction) == 3:
        return None
    places = exponent(currency)
    if fraction[places:].strip("0"):
        return None
    minor = int(whole + fraction[:places].ljust(places, "0"))
    return minor if minor <= MAX_MINOR else None


def _why_no_amount(text: str, currency: str) -> str:
    if not text:
        return "The amount is missing."
    match = _DECIMAL.fullmatch(text)
    if (
        match
        and "," not in text
        and len((match[2] or match[3] or "").rstrip("0")) > exponent(currency)
    ):
        return f"The amount has more decimals than {currency or 'its currency'} has."
    return "The amount cannot be read."


# The entry


def read_entry(
    entry: Element, number: int, currency: str, own: str, owner: str
) -> Entry | Left | Undated:
    """The line of an Ntry. `own` and `owner` are the account's number and name.

    The sign is CdtDbtInd's, also for reversals: RvslInd explains the direction, it is no minus.
    """
    status = text_at(entry, "Sts", "Sts/Cd", "Sts/Prtry").upper()
    if status == "INFO":
        return Left()
    amount = child(entry, "Amt")
    printed = _line(amount.text) if amount is not None else ""
    code = iso(amount.get("Ccy", "")) if amount is not None else ""
    if amount is not None and amount.get("Ccy", "").strip() and not code:
        return _problem(entry, number, "The currency is not known.")
    code = code or currency
    minor = minor_units(printed, code)
    if minor is None:
        return _problem(entry, number, _why_no_amount(printed, code))
    sign = _sign(entry)
    if not sign:
        return _problem(entry, number, "It does not say whether money came in or went out.")
    day, reason = _day(entry)
    if reason:
        return _problem(entry, number, reason)
    details = [*children(entry, "NtryDtls/TxDtls"), *children(entry, "TxDtls")]
    is_reversal = text_at(entry, "RvslInd").lower() in ("true", "1")
    names = [_other_side(detail, sign, own, owner, is_reversal) for detail in details]
    payee = names[0] if len(set(names)) == 1 else ""
    line = StatementLine(
        line=number,
        date=day or dt.date.min,
        amount=sign * minor,
        description=_description(entry, details) or payee or _code(entry, details),
        payee=payee,
        external_id=_reference(entry, details),
        currency=code,
        pending=status in ("PDNG", "FUTR"),
        parts=_parts(details, names, sign * minor, code) if len(details) > 1 else (),
    )
    return line if day else Undated(line, _problem(entry, number, "The date is missing."))


def _problem(entry: Element, number: int, reason: str) -> Problem:
    return Problem(number, reason, raw(" ".join(text for text in entry.itertext() if text.strip())))


def _sign(element: Element | None) -> int:
    return {"CRDT": 1, "DBIT": -1}.get(text_at(element, "CdtDbtInd").upper(), 0)


def _day(entry: Element) -> tuple[dt.date | None, str]:
    """The day of booking as printed, else of value, else what is wrong."""
    for element in ("BookgDt", "ValDt"):
        printed = text_at(entry, f"{element}/Dt", f"{element}/DtTm", element)
        if printed:
            day = read_day(printed)
            return day, "" if day else "The date cannot be read."
    for path in ("TxDtTm", "AccptncDtTm", "TradDt", "TradActvtyCtrctlSttlmDt"):
        for element in entry.findall(f"NtryDtls/TxDtls/RltdDts/{path}"):
            if day := read_day(_line(element.text)):
                return day, ""
    return None, ""


def _plain(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum())


def _reference(entry: Element, details: list[Element]) -> str:
    """The bank's own reference of the entry, "" when it is a filler."""
    found = text_at(entry, "AcctSvcrRef")
    if not _is_reference(found) and len(details) == 1:
        found = text_at(details[0], "Refs/AcctSvcrRef")
    return found[:255] if _is_reference(found) else ""


def _is_reference(text: str) -> bool:
    plain = _plain(text)
    return plain not in _NO_REFERENCE and bool(plain.strip("0"))


# The other side


def _other_side(detail: Element, sign: int, own: str, owner: str, is_reversal: bool) -> str:
    """The name of the creditor of money out, of the debtor of money in.

    A returned payment keeps the roles of the first one. Banks that name one side only may
    name it in the wrong role: it is taken when its account is not this one.
    """
    roles = ("Cdtr", "Dbtr") if (sign < 0) != is_reversal else ("Dbtr", "Cdtr")
    parties = child(detail, "RltdPties")
    if parties is None:
        return ""
    for place, role in enumerate(roles):
        account = "".join(text_at(parties, f"{role}Acct/Id/IBAN", f"{role}Acct/Id/Othr/Id").split())
        if own and account.upper() == own.upper():
            continue
        if place and not account and not is_reversal:
            continue
        for element in (f"Ultmt{role}", role):
            found = text_at(
                parties, f"{element}/Nm", f"{element}/Pty/Nm", f"{element}/Agt/FinInstnId/Nm"
            )
            is_me = place and owner and _plain(found) == _plain(owner)
            if _plain(found) not in _NO_NAME and not is_me:
                return found[:255]
    return ""


# What it was for


def _description(entry: Element, details: list[Element]) -> str:
    """All that is said of the entry and of its details, nothing twice."""
    said: list[str] = []
    if len(details) == 1:
        said += _remittance(details[0])
    said.append(text_at(entry, "AddtlNtryInf"))
    if len(details) > 1 and not said[-1]:
        said += [text for detail in details for text in _remittance(detail)][:20]
    kept: list[str] = []
    for text in said:
        if text and not any(text in other for other in kept):
            kept.append(text)
    return " ".join(kept)


def _remittance(detail: Element) -> list[str]:
    """The unstructured text in one, then references and remarks."""
    free = last = ""
    for element in detail.findall("RmtInf/Ustrd"):
        chunk = (element.text or "").strip("\r\n")
        # A text cut at the limit goes on without a blank.
        free += chunk if free and len(last) >= _CHUNK else f" {chunk}"
        last = chunk
    said = [_line(free)]
    for strd in detail.findall("RmtInf/Strd"):
        said.append(text_at(strd, "CdtrRefInf/Ref", "CdtrRefInf/CdtrRef"))
        said += [_line(element.text) for element in strd.findall("RfrdDocInf/Nb")]
        said += [_line(element.text) for element in strd.findall("AddtlRmtInf")]
    said.append(text_at(detail, "AddtlTxInf"))
    return [text for text in said if text]


def _code(entry: Element, details: list[Element]) -> str:
    """What is left to name an entry by: the payer's reference or the kind of booking."""
    for detail in details:
        found = text_at(detail, "Refs/EndToEndId")
        if _is_reference(found):
            return found
    named = text_at(entry, "BkTxCd/Prtry/Cd")
    parts = ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")
    return named or " ".join(filter(None, (text_at(entry, f"BkTxCd/Domn/{p}") for p in parts)))


# Batches


def _parts(
    details: list[Element], names: list[str], amount: int, currency: str
) -> tuple[LinePart, ...]:
    """The details of a batch, when their amounts are stated and add up to the entry."""
    amounts = []
    for detail in details:
        minor = _detail_amount(detail, currency)
        if minor is None:
            return ()
        amounts.append(minor)
    own_signs = [_sign(detail) or (1 if amount >= 0 else -1) for detail in details]
    entry_signs = [1 if amount >= 0 else -1] * len(details)
    for signs in (own_signs, entry_signs):
        signed = [sign * minor for sign, minor in zip(signs, amounts, strict=True)]
        if sum(signed) == amount:
            break
    else:
        return ()
    return tuple(
        LinePart(minor, "", " ".join(filter(None, [name, *_remittance(detail)])))
        for minor, name, detail in zip(signed, names, details, strict=True)
    )


def _detail_amount(detail: Element, currency: str) -> int | None:
    for path in ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"):
        element = child(detail, path)
        if element is not None and iso(element.get("Ccy", "")) in ("", currency):
            return minor_units(element.text or "", currency)
    return None
