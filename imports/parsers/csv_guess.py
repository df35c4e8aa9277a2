"""Guessing the mapping of a CSV file, and asking what the file itself cannot say."""

import hashlib
from dataclasses import dataclass, replace

from imports.parsers.base import check_size
from imports.parsers.csv_amount_guess import OUT_FLAGS, AmountGuess, guess_amount
from imports.parsers.csv_date_guess import guess_date, is_newest_first, is_taken_by_dates
from imports.parsers.csv_headers import FOREIGN, header_score, normal, words_of
from imports.parsers.csv_known import known_mapping
from imports.parsers.csv_mapping import CsvMapping, Question
from imports.parsers.csv_profile import (
    Column,
    Table,
    decided_mark,
    describe,
    money_votes,
    named_currency,
)
from imports.parsers.csv_states import SETTLED, kinds_of_states, starts_with, values_of
from imports.parsers.csv_table import DELIMITERS, check_text, find_layout
from imports.parsers.dates import split_date
from imports.parsers.text import decode

SAMPLE_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Guess:
    """A mapping that can be used as it is, and what a person should look at."""

    mapping: CsvMapping
    headers: tuple[str, ...]
    """Names of the columns, "" where there is none."""
    fingerprint: str
    """The same for every export of the same kind, whatever rows it holds."""
    sample: tuple[tuple[str, ...], ...]
    """The first rows below the header, as they stand in the file."""
    questions: tuple[Question, ...]
    rows: int
    """Rows below the header that are not blank."""
    recognised: str = ""
    """The bank or app whose kind of file this is."""


def guess(
    data: bytes,
    *,
    currency: str = "",
    mapping_hint: CsvMapping | None = None,
    delimiters: str = DELIMITERS,
    encoding: str = "",
) -> Guess:
    """Guess how to read `data`. Raises UnreadableFile when it is no table at all.

    `currency` is the account's. `mapping_hint`, a remembered mapping of the same fingerprint,
    wins over the guess; only the lines to skip are looked up again. `delimiters` are those that
    the table may have, `encoding` is what a person says the text is in.
    """
    check_size(data)
    text, encoding = decode(data, mapping_hint.encoding if mapping_hint else encoding or None)
    check_text(text)
    if mapping_hint and mapping_hint.delimiter in text:
        delimiters = mapping_hint.delimiter
    layout = find_layout(text, delimiters)
    table = describe(text, layout)
    mapping = CsvMapping(
        encoding=encoding,
        delimiter=layout.delimiter,
        quote=layout.quote,
        skip=layout.skip,
        has_header=bool(layout.header),
        width=min(layout.width, 501),
    )
    bank, known = known_mapping(table, mapping, currency)
    questions: list[Question] = []
    if known is None:
        known, questions = _Guesser(table, mapping, currency).guess()
    mapping = known
    if mapping_hint and mapping_hint.is_complete:
        mapping = _remembered(mapping_hint, mapping, table)
        questions = []
    headers = tuple(layout.header) + ("",) * (layout.width - len(layout.header))
    return Guess(
        mapping=mapping,
        headers=headers,
        fingerprint=fingerprint(table),
        sample=tuple(tuple(row) for row in table.sample[:SAMPLE_SHOWN]),
        questions=tuple(questions),
        rows=table.rows,
        recognised=bank,
    )


def _remembered(hint: CsvMapping, fresh: CsvMapping, table: Table) -> CsvMapping:
    """`hint` for this file: where its table starts, and the states and flags it had not seen."""
    flags, states = values_of(table, hint.flag), values_of(table, hint.state)
    pending, ignored = kinds_of_states(states)
    return replace(
        hint,
        encoding=fresh.encoding,
        skip=fresh.skip,
        width=fresh.width,
        out_flags=tuple(sorted({*hint.out_flags, *(OUT_FLAGS & flags.keys())})),
        pending_states=tuple(sorted({*hint.pending_states, *pending} - {*hint.ignored_states})),
        ignored_states=tuple(sorted({*hint.ignored_states, *ignored} - {*hint.pending_states})),
    )


def fingerprint(table: Table) -> str:
    """16 hexadecimal digits of the header's names, or of the kinds of columns without a header."""
    if table.layout.header:
        shape = [normal(name) for name in table.layout.header]
        while shape and not shape[-1]:
            shape.pop()
    else:
        shape = ["#"] + [
            "date" if column.is_date else "number" if column.is_number else "text"
            for column in table.columns
        ]
    return hashlib.sha256("\x1f".join(shape).encode()).hexdigest()[:16]


class _Guesser:
    """Gives out the columns of one table, one role after the other."""

    def __init__(self, table: Table, mapping: CsvMapping, currency: str) -> None:
        self.table, self.mapping, self.currency = table, mapping, currency
        self.taken: set[int] = set()
        self.questions: list[Question] = []

    def guess(self) -> tuple[CsvMapping, list[Question]]:
        if len(self.table.columns) > 500:
            return self.mapping, [_no_column("date", self.table)]
        date, voted, question = guess_date(self.table, self.currency)
        self.questions += [question] if question else []
        if date:
            self.taken |= {c.index for c in self.table.columns if is_taken_by_dates(c)} | {
                date.index
            }
        money = guess_amount(self.table, self.taken, is_newest_first(self.table, date, voted))
        self._take_money(money)
        currency = self._guess_currency(money)
        mark = self._guess_mark(money)
        self._ask_sides(money)
        if date is not None:
            self._guess_words()
        state, pending, ignored = self._guess_state()
        self.mapping = replace(
            self.mapping,
            date=date.index if date else None,
            date_format=voted.form or "%Y-%m-%d",
            decimal_mark=mark,
            currency=currency.index if currency else None,
            state=state,
            pending_states=pending,
            ignored_states=ignored,
        )
        self._guess_joins()
        if date is None:
            self.questions.append(_no_column("date", self.table))
        if not money.columns:
            self.questions.append(_no_column("amount", self.table))
        return self.mapping, self.questions

    def _free(self) -> list[Column]:
        return [column for column in self.table.columns if column.index not in self.taken]

    # Money

    def _take_money(self, money: AmountGuess) -> None:
        for column in (*money.columns, money.balance, money.flag):
            if column:
                self.taken.add(column.index)
        both = {"amount": money.amount, "debit": money.debit, "credit": money.credit}
        both |= {"flag": money.flag, "balance": money.balance}
        found = {role: column.index for role, column in both.items() if column}
        self.mapping = replace(
            self.mapping,
            **found,
            out_flags=money.out_flags,
            flip_sign=money.flip_sign,
            debit_is_signed=money.debit_is_signed,
            credit_is_negated=money.credit_is_negated,
        )

    def _guess_currency(self, money: AmountGuess) -> Column | None:
        amount = money.columns[0] if money.columns else None
        best, best_score = None, 0.0
        for column in self._free():
            named = header_score(column.header, "currency")
            if column.currencies * 10 < column.filled * 9 or not (column.filled or named >= 9):
                continue
            near = amount is not None and abs(column.index - amount.index) == 1
            score = named + 3 * near + (0.5 if near and column.index < amount.index else 0)
            amount_words = words_of(amount.header) if amount else frozenset()
            score -= 6 * bool(words_of(column.header) & FOREIGN - amount_words)
            score -= 3 * bool(header_score(column.header, "balance") and not named)
            if score > best_score:
                best, best_score = column, score
        if best:
            self.taken.add(best.index)
        code = named_currency([*money.columns, money.balance])
        self.mapping = replace(self.mapping, fixed_currency=code)
        return best

    def _guess_mark(self, money: AmountGuess) -> str:
        code = self.currency or self.mapping.fixed_currency
        mark = decided_mark(money.columns, money.balance, code)
        if mark:
            return mark
        votes = money_votes(money.columns, code)
        likely = "," if votes[","] > votes["."] else "."
        if max(votes.values()) == 0:
            return "," if self.mapping.delimiter == ";" else "."
        example = next(
            column.first[shape].strip()
            for column in money.columns
            for shape in column.shapes
            if "." in shape or "," in shape
        )
        options = ((".", "A full stop parts the decimals"), (",", "A comma parts the decimals"))
        text = f"How is “{example[:20]}” meant?"
        self.questions.append(Question("decimal_mark", text, options, likely))
        return likely

    def _ask_sides(self, money: AmountGuess) -> None:
        if money.asks_sign:
            options = (("false", "Positive amounts are money in"),
                       ("true", "Positive amounts are money out"))  # fmt: skip
            text = "Are the positive amounts of this file money in or money out?"
            default = "true" if money.flip_sign else "false"
            self.questions.append(Question("flip_sign", text, options, default))
        if money.asks_sides:
            options = tuple(
                (str(column.index), f"Column {column.index + 1}") for column in money.columns
            )
            text = "Which of the two columns is money out?"
            self.questions.append(Question("debit", text, options, str(money.debit.index)))

    # Words

    def _guess_words(self) -> None:
        roles: dict[str, int | None] = {}
        for role, least in (("id", 9), ("category", 6), ("account", 9.5), ("notes", 9)):
            column = self._best_named(role, least)
            if (
                column
                and role == "id"
                and column.different < min(len(self.table.sample), column.filled)
            ):
                column = None
            if column and role == "account" and not self._is_own_account(column):
                column = None
            roles[role] = column.index if column else None
            if column:
                self.taken.add(column.index)
        payee = self._best_named("payee", 6)
        if payee:
            self.taken.add(payee.index)
        roles["payee"] = payee.index if payee else None
        described = self._guess_description(payee)
        self.mapping = replace(self.mapping, description=described, **roles)

    def _is_own_account(self, column: Column) -> bool:
        """The same in every row and near the left edge; the other side's stands further right."""
        return (
            column.different == 1 and column.index <= 3 and column.filled >= self.table.rows * 0.9
        )

    def _best_named(self, role: str, least: float) -> Column | None:
        best, best_score = None, least
        for column in self._free():
            score = header_score(column.header, role)
            if role in ("payee", "category", "notes") and column.filled and not column.is_words:
                continue
            if role == "payee" and header_score(column.header, "description") > score:
                continue
            score += 0.4 * bool(column.filled)
            if score > best_score:
                best, best_score = column, score
        return best

    def _guess_description(self, payee: Column | None) -> tuple[int, ...]:
        """The columns that say what it was for: named ones, else the payee or the longest text."""
        free = [column for column in self._free() if column.filled or not self.table.rows]
        named = []
        for column in free:
            score = header_score(column.header.rstrip("0123456789 "), "description")
            is_words = column.is_words or not column.filled or score >= 9.8
            if score >= 6 and is_words and not column.is_number:
                named.append(
                    (score + min(column.length / 10, 3) - 2 * (column.different < 2), column)
                )
        if named:
            named.sort(key=lambda item: -item[0])
            return tuple(sorted(column.index for _, column in named[:3]))
        if payee:
            return (payee.index,)
        texts = [column for column in free if column.is_words and column.length >= 3]
        texts.sort(key=lambda column: -column.length * min(column.different, 5))
        return (texts[0].index,) if texts else ()

    def _guess_state(self) -> tuple[int | None, tuple[str, ...], tuple[str, ...]]:
        for column in sorted(self._free(), key=lambda c: -header_score(c.header, "state")):
            values = column.values()
            if not values or len(values) > 15:
                continue
            pending, ignored = kinds_of_states(values)
            settled = sum(count for v, count in values.items() if starts_with(v, SETTLED))
            known = settled + sum(values[v] for v in (*pending, *ignored))
            named = header_score(column.header, "state") >= 8
            if (pending or ignored or named) and known * 2 > sum(values.values()):
                return column.index, pending, ignored
        return None, (), ()

    def _guess_joins(self) -> None:
        """Rows with text but neither date nor amount, many of them, each below a transaction."""
        mapping = self.mapping
        if mapping.date is None or not mapping.description:
            return
        money = [c for c in (mapping.amount, mapping.debit, mapping.credit) if c is not None]
        dated = joined = 0
        for row in self.table.sample:
            has_date = split_date(row[mapping.date]) is not None
            dated += has_date
            blank = not row[mapping.date].strip() and not any(row[c].strip() for c in money)
            joined += bool(dated and blank and row[mapping.description[0]].strip())
        self.mapping = replace(mapping, joins_rows=joined * 5 >= dated > 0 and joined > 1)


def _no_column(role: str, table: Table) -> Question:
    options = tuple(
        (str(column.index), column.header or f"Column {column.index + 1}")
        for column in table.columns[:100]
    )
    return Question(role, f"Which column is the {role}?", options, "")
