"""The same rows as a file of every format: one small function for each."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

import openpyxl

from core.money import to_decimal


class Row(NamedTuple):
    """What a bank would say of one movement."""

    date: dt.date
    amount: int
    """Minor units of the file's currency."""
    text: str
    id: str = ""


Rows = Sequence[Row]
NUMBER = "DE89370400440532013000"
"""The account of every file that names one."""
CURRENCY = "EUR"


def _printed(amount: int, currency: str) -> str:
    return f"{to_decimal(amount, currency):f}"


def _xml(text: str) -> str:
    return escape(text)


def write_csv(rows: Rows, currency: str = CURRENCY, *, encoding: str = "utf-8") -> bytes:
    """A table as many banks write it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    has_ids = any(row.id for row in rows)
    writer.writerow(["Date", "Description", "Amount", *(["Transaction ID"] if has_ids else [])])
    for row in rows:
        cells = [row.date.isoformat(), row.text, _printed(row.amount, currency)]
        writer.writerow([*cells, *([row.id] if has_ids else [])])
    return buffer.getvalue().encode(encoding)


def write_xlsx(rows: Rows, currency: str = CURRENCY) -> bytes:
    """The same table as a workbook: days and numbers are typed, texts are texts."""
    book = openpyxl.Workbook()
    sheet = book.active
    has_ids = any(row.id for row in rows)
    sheet.append(["Date", "Description", "Amount", *(["Transaction ID"] if has_ids else [])])
    for number, row in enumerate(rows, 2):
        sheet.cell(number, 1, row.date)
        for column, text in ((2, row.text), (4, row.id)):
            if text:
                # Not through the value's setter: it makes formulas of texts with "=".
                cell = sheet.cell(number, column, "x")
                cell.value, cell._value = "x", text
        sheet.cell(number, 3, to_decimal(row.amount, currency))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write_ofx(rows: Rows, currency: str = CURRENCY) -> bytes:
    """OFX 1 with the header that most banks send."""
    body = "".join(
        f"<STMTTRN><TRNTYPE>OTHER<DTPOSTED>{row.date:%Y%m%d}120000[-5:EST]"
        f"<TRNAMT>{_printed(row.amount, currency)}"
        f"{f'<FITID>{_xml(row.id)}' if row.id else ''}<MEMO>{_xml(row.text)}</STMTTRN>\n"
        for row in rows
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:UTF-8\nCHARSET:NONE\n\n<OFX>"
        f"<BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>{currency}<BANKACCTFROM><BANKID>37040044"
        f"<ACCTID>{NUMBER}<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST>\n{body}</BANKTRANLIST>"
        f"<LEDGERBAL><BALAMT>{_printed(_sum(rows), currency)}<DTASOF>20300101</LEDGERBAL>"
        "</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n"
    ).encode()


def write_qif(rows: Rows, currency: str = CURRENCY) -> bytes:
    """QIF as American programs write it. It knows neither account, nor currency, nor id."""
    records = "".join(
        f"D{row.date:%m/%d/%Y}\nT{_printed(row.amount, currency)}\nM{row.text}\n^\n" for row in rows
    )
    return f"!Type:Bank\n{records}".encode()


def write_camt(rows: Rows, currency: str = CURRENCY) -> bytes:
    """CAMT.053 with opening and closing balance."""
    entries = "".join(
        f'<Ntry><Amt Ccy="{currency}">{_printed(abs(row.amount), currency)}</Amt>'
        f"<CdtDbtInd>{'DBIT' if row.amount < 0 else 'CRDT'}</CdtDbtInd><Sts>BOOK</Sts>"
        f"<BookgDt><Dt>{row.date}</Dt></BookgDt>"
        f"{f'<AcctSvcrRef>{_xml(row.id)}</AcctSvcrRef>' if row.id else ''}"
        f"<AddtlNtryInf>{_xml(row.text)}</AddtlNtryInf></Ntry>\n"
        for row in rows
    )
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">'
        f"{_printed(abs(total), currency)}</Amt><CdtDbtInd>{'DBIT' if total < 0 else 'CRDT'}"
        f"</CdtDbtInd><Dt><Dt>2030-01-01</Dt></Dt></Bal>"
        for code, total in (("OPBD", 0), ("CLBD", _sum(rows)))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt>'
        f"<Acct><Id><IBAN>{NUMBER}</IBAN></Id><Ccy>{currency}</Ccy></Acct>{balances}{entries}"
        "</Stmt></BkToCstmrStmt></Document>\n"
    ).encode()


def write_mt940(rows: Rows, currency: str = CURRENCY) -> bytes:
    """MT940 with free text, whose lines are 65 characters as SWIFT wants."""
    body = ""
    for row in rows:
        amount = _printed(abs(row.amount), currency).replace(".", ",")
        amount = amount if "," in amount else f"{amount},"
        mark = "D" if row.amount < 0 else "C"
        reference = f"//{row.id}" if row.id else ""
        lines = [row.text[at : at + 65] for at in range(0, len(row.text), 65)]
        body += f":61:{row.date:%y%m%d%m%d}{mark}{amount}NTRFNONREF{reference}\n"
        body += f":86:{chr(10).join(lines)}\n"
    total = _sum(rows)
    closing = _printed(abs(total), currency).replace(".", ",")
    return (
        f":20:STARTUMS\n:25:{NUMBER}\n:28C:1/1\n:60F:C000101{currency}0,\n{body}"
        f":62F:{'D' if total < 0 else 'C'}300101{currency}{closing}\n-\n"
    ).encode()


def _sum(rows: Rows) -> int:
    return sum(row.amount for row in rows)


WRITERS: dict[str, Callable[..., bytes]] = {
    "ofx": write_ofx,
    "camt": write_camt,
    "mt940": write_mt940,
    "qif": write_qif,
    "xlsx": write_xlsx,
    "csv": write_csv,
}
"""One for each of the registry's formats."""
