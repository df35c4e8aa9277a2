"""A book's transactions as rows of the ledger: every leg of a transfer one, no split with a leg in it."""

import datetime as dt
import hashlib
from dataclasses import dataclass

from imports.programs import housebook
from imports.programs.book import PENDING, Book, BookPart, BookTransaction, joined
from ledger.models import Status
from ledger.own_id import SHAPE
from ledger.statement_line import StatementLine

MAX_ID = 255


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One row to post. `transfer` is the same on both legs of one, "" when it is none."""

    account: str
    date: dt.date
    amount: int
    external_id: str
    payee: str = ""
    description: str = ""
    notes: str = ""
    category: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()
    parts: tuple[BookPart, ...] = ()
    transfer: str = ""
    status: str = ""
    line: int = 0
    refund_of: str = ""
    known_as: tuple[tuple[str, str], ...] = ()

    @property
    def state(self) -> Status:
        """Pending when the bank has not settled it."""
        return Status.PENDING if self.status == PENDING else Status.BOOKED

    def as_line(self) -> StatementLine:
        """As the matcher takes it."""
        return StatementLine(
            line=self.line,
            date=self.date,
            amount=self.amount,
            description=self.description,
            payee=self.payee,
            external_id=self.external_id,
            pending=self.status == PENDING,
        )

    def part_line(self, part: BookPart) -> StatementLine:
        """A part with a payee of its own, as the finder of payees takes it."""
        return StatementLine(self.line, self.date, part.amount, "", payee=part.payee)


def legs_of(book: Book) -> list[Leg]:
    """The rows of `book`. Their ids say the program: `app:ynab:…`."""
    legs: list[Leg] = []
    for row in book.transactions:
        if any(_is_leg(part) for part in row.parts):
            legs += _taken_apart(book.program, row)
        else:
            legs += _whole(book.program, row)
    return legs


def identity(program: str, own: str) -> str:
    """The external id of a row; long ones are hashed. Ours stay what they are: see ledger.own_id."""
    if SHAPE.fullmatch(own) and program == housebook.name:
        return own
    text = f"app:{program}:{own}"
    if len(text) <= MAX_ID:
        return text
    return f"app:{program}:{hashlib.blake2b(own.encode('utf-8', 'replace'), digest_size=16).hexdigest()}"


def _is_leg(part: BookPart) -> bool:
    return bool(part.transfer_account and (part.transfer_id or part.transfer_amount is not None))


def _text(row: BookTransaction) -> str:
    """A leg has no payee; what stood in its place still says what the transfer was."""
    return row.description or row.payee


def _whole(program: str, row: BookTransaction) -> list[Leg]:
    own = identity(program, row.external_id)
    one_sided = bool(row.transfer_account) and row.transfer_amount is not None
    transfer = f"{row.account}\x00{own}" if one_sided else row.transfer_id
    leg = Leg(
        account=row.account,
        date=row.date,
        amount=row.amount,
        external_id=own,
        payee="" if one_sided else row.payee,
        description=_text(row) if one_sided else row.description,
        notes=row.notes,
        category=row.category,
        group=row.group,
        tags=row.tags,
        parts=row.parts,
        transfer=transfer,
        status=row.status,
        line=row.line,
        refund_of=row.refund_of,
        known_as=row.known_as,
    )
    if not one_sided:
        return [leg]
    return [
        leg,
        _other(program, row, row.external_id, row.transfer_account, row.transfer_amount, transfer),
    ]


def _other(
    program: str, row: BookTransaction, own: str, account: str, amount: int | None, transfer: str
) -> Leg:
    return Leg(
        account=account,
        date=row.date,
        amount=amount or 0,
        external_id=identity(program, f"{own}:other"),
        description=_text(row),
        notes=row.notes,
        tags=row.tags,
        transfer=transfer,
        status=row.status,
        line=row.line,
    )


def _taken_apart(program: str, row: BookTransaction) -> list[Leg]:
    """A split with transfers among its parts: each of them a row, the others one more."""
    legs: list[Leg] = []
    rest = tuple(part for part in row.parts if not _is_leg(part))
    if rest:
        only = rest[0] if len(rest) == 1 else None
        legs.append(
            Leg(
                account=row.account,
                date=row.date,
                amount=sum(part.amount for part in rest),
                external_id=identity(program, row.external_id),
                payee=(only.payee if only else "") or row.payee,
                description=row.description,
                notes=joined(row.notes, only.notes if only else ""),
                category=only.category if only else "",
                group=only.group if only else "",
                tags=row.tags,
                parts=() if only else rest,
                status=row.status,
                line=row.line,
            )
        )
    for number, part in enumerate(row.parts):
        if not _is_leg(part):
            continue
        own = f"{row.external_id}/{number}"
        one_sided = part.transfer_amount is not None
        transfer = f"{row.account}\x00{own}" if one_sided else part.transfer_id
        legs.append(
            Leg(
                account=row.account,
                date=row.date,
                amount=part.amount,
                external_id=identity(program, own),
                description=_text(row),
                notes=joined(row.notes, part.notes),
                tags=row.tags,
                transfer=transfer,
                status=row.status,
                line=row.line,
            )
        )
        if one_sided:
            legs.append(
                _other(program, row, own, part.transfer_account, part.transfer_amount, transfer)
            )
    return legs
