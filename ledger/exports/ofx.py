"""OFX 1.02 (SGML), the format that banks send: for programs that take statements.

Open Financial Exchange specification 1.0.2, chapters 2 (header, escapes), 11.4 (bank statements)
and 11.4.3 (credit cards). One STMTRS or CCSTMTRS for each account. FITID is `ledger.own_id`, so that
the file is recognised when it is imported here again.

Left out, because the format has no place for them: pending rows, categories, parts, notes, tags.
Lengths are the specification's: NAME 32, MEMO 255, ACCTID 22, BANKID 9.
"""

import datetime as dt
from collections.abc import Iterator

from django.utils import timezone

from core.money import to_decimal
from ledger.exports.rows import Book, Row
from ledger.exports.texts import cut, one_line
from ledger.models import Account

_HEADER = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:UTF-8\r\n"
    "CHARSET:NONE\r\nCOMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)
_STATUS = "<STATUS>\r\n<CODE>0\r\n<SEVERITY>INFO\r\n</STATUS>\r\n"
_BANK = "HOUSEBOOK"
_TYPES = {Account.Kind.SAVINGS: "SAVINGS", Account.Kind.LOAN: "CREDITLINE"}


def write(book: Book) -> Iterator[str]:
    """The book as one OFX file: bank accounts, then credit cards."""
    span = book.span or (book.first, book.last)
    today = book.household.today()
    end = book.last or max(span[1] or today, today)
    start = book.first or span[0] or end
    balances = book.booked_balances(end)
    numbers = _numbers(book.accounts)
    yield _HEADER
    yield "<OFX>\r\n<SIGNONMSGSRSV1>\r\n<SONRS>\r\n" + _STATUS
    yield f"<DTSERVER>{timezone.now():%Y%m%d%H%M%S}\r\n<LANGUAGE>ENG\r\n"
    yield "</SONRS>\r\n</SIGNONMSGSRSV1>\r\n"
    for is_card, messages in ((False, "BANKMSGSRSV1"), (True, "CREDITCARDMSGSRSV1")):
        chosen = [a for a in book.accounts if (a.kind == Account.Kind.CREDIT_CARD) is is_card]
        if not chosen:
            continue
        yield f"<{messages}>\r\n"
        prefix = "CC" if is_card else ""
        for account in chosen:
            yield f"<{prefix}STMTTRNRS>\r\n<TRNUID>{account.pk}\r\n{_STATUS}<{prefix}STMTRS>\r\n"
            yield f"<CURDEF>{account.currency}\r\n" + _from(account, numbers[account.pk])
            yield f"<BANKTRANLIST>\r\n<DTSTART>{_day(start)}\r\n<DTEND>{_day(end)}\r\n"
            for row in book.rows(account):
                if not row.is_pending:
                    yield _entry(row, account)
            balance = to_decimal(balances[account.pk], account.currency)
            yield f"</BANKTRANLIST>\r\n<LEDGERBAL>\r\n<BALAMT>{balance:f}\r\n"
            yield f"<DTASOF>{_day(end)}\r\n</LEDGERBAL>\r\n</{prefix}STMTRS>\r\n"
            yield f"</{prefix}STMTTRNRS>\r\n"
        yield f"</{messages}>\r\n"
    yield "</OFX>\r\n"


def _numbers(accounts: list[Account]) -> dict[int, str]:
    """ACCTID of each account: its number, whose last 22 characters imports compare; else our own."""
    numbers: dict[int, str] = {}
    for account in accounts:
        number = "".join(c for c in account.number.upper() if c.isascii() and c.isalnum())[-22:]
        known = {(numbers[a.pk], a.currency) for a in accounts if a.pk in numbers}
        if not number or (number, account.currency) in known:
            number = f"HB{account.pk}"
        numbers[account.pk] = number
    return numbers


def _from(account: Account, number: str) -> str:
    if account.kind == Account.Kind.CREDIT_CARD:
        return f"<CCACCTFROM>\r\n<ACCTID>{number}\r\n</CCACCTFROM>\r\n"
    kind = _TYPES.get(account.kind, "CHECKING")
    return (
        f"<BANKACCTFROM>\r\n<BANKID>{_BANK}\r\n<ACCTID>{number}\r\n<ACCTTYPE>{kind}\r\n"
        "</BANKACCTFROM>\r\n"
    )


def _day(day: dt.date) -> str:
    """Noon in Greenwich: the same day in every time zone that a reader may move it to."""
    return day.isoformat().replace("-", "") + "120000"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _entry(row: Row, account: Account) -> str:
    kind = "XFER" if row.transfer_id else "CREDIT" if row.amount > 0 else "DEBIT"
    lines = [
        "<STMTTRN>",
        f"<TRNTYPE>{kind}",
        f"<DTPOSTED>{_day(row.date)}",
        f"<TRNAMT>{to_decimal(row.amount, account.currency):f}",
        f"<FITID>{row.own_id}",
    ]
    text = one_line(row.description)
    name = cut(one_line(row.payee) or text, 32)
    if name:
        lines.append(f"<NAME>{_escaped(name)}")
    if text and text != name:
        lines.append(f"<MEMO>{_escaped(cut(text, 255))}")
    lines.append("</STMTTRN>\r\n")
    return "\r\n".join(lines)
