"""Which columns say how much, and which way the money went."""

from dataclasses import dataclass, field

from imports.parsers.csv_headers import (
    CARD_WORDS,
    FOREIGN,
    OTHER_MONEY,
    header_score,
    words_of,
)
from imports.parsers.csv_profile import Column, Table, chain, numbers
from imports.parsers.text import words

OUT_FLAGS = words(
    """d db dr deb debit dbit debet af o out soll s lastschrift belastung debito débit débito dare
    cargo adeudo withdrawal expense ausgabe uit sortie gasto spend - расход списание дебет outgoing
    sent purchase fee borç t terhelés obciążenie výdaj ud ut debe"""
) | {"money out", "paid out"}
"""Lower-case cells that mean money out."""
IN_FLAGS = words(
    """c cr k credit crdt cred kredit bij i in haben h gutschrift credito crédit crédito avere abono
    deposit income einnahme inkomen entrée ingreso + приход зачисление кредит incoming received
    refund alacak j jóváírás uznanie příjem ind innskudd haber interest"""
) | {"money in", "paid in"}
"""Lower-case cells that mean money in."""
SELLER_WORDS = frozenset(["customer", "invoice", "seller", "payout", "payer"])
PAID_BACK = (
    "payment", "thank you", "autopay", "refund", "return", "einzahlung", "zahlung", "gutschrift",
    "paiement", "remboursement", "betaling", "storting", "pago", "abono", "pagamento", "rimborso",
    "devolu", "credit", "wplata", "splata",
)  # fmt: skip


@dataclass(slots=True)
class AmountGuess:
    """The columns of the amount and what is unsure about them."""

    amount: Column | None = None
    debit: Column | None = None
    credit: Column | None = None
    flag: Column | None = None
    out_flags: tuple[str, ...] = ()
    balance: Column | None = None
    flip_sign: bool = False
    debit_is_signed: bool = False
    credit_is_negated: bool = False
    asks_sign: bool = False
    asks_sides: bool = False
    """Debit and credit were told apart only by how often each is used."""
    columns: list[Column] = field(default_factory=list)


def guess_amount(table: Table, taken: set[int], newest_first: bool) -> AmountGuess:
    """Choose the columns of the amount, the direction and the running balance."""
    guess = AmountGuess()
    free = [column for column in table.columns if column.index not in taken]
    guess.balance = _balance(free)
    free = [column for column in free if column is not guess.balance]
    if guess.balance is None:
        guess.balance = _balance_by_chain(table, free, newest_first)
        free = [column for column in free if column is not guess.balance]
    single = _single(table, free, guess.balance, newest_first)
    pair = _pair(table, free)
    if pair and not (single and _is_better(single, pair)):
        guess.debit, guess.credit = pair
    elif single:
        guess.amount = single
    elif not table.layout.header or not any(column.header for column in free):
        guess.asks_sides = _unnamed_pair(table, free, guess)
    if guess.amount and not table.layout.header and _unnamed_pair(table, free, guess):
        guess.amount, guess.asks_sides = None, True
    if guess.amount:
        _guess_flag(table, free, guess)
        if not guess.flag:
            _guess_sign(table, guess, newest_first)
    if guess.debit:
        guess.debit_is_signed = guess.debit.negatives * 2 > guess.debit.amounts > 0
    if guess.credit:
        guess.credit_is_negated = guess.credit.negatives * 2 > guess.credit.amounts > 0
    chosen = (guess.amount, guess.debit, guess.credit)
    guess.columns = [column for column in chosen if column]
    return guess


def _balance(free: list[Column]) -> Column | None:
    scored = [
        (header_score(column.header, "balance"), -column.index, column)
        for column in free
        if column.is_number or not column.filled
    ]
    best = max(scored, default=None, key=lambda item: item[:2])
    return best[2] if best and best[0] >= 5 else None


def _balance_by_chain(table: Table, free: list[Column], newest_first: bool) -> Column | None:
    """Two columns without names of which one follows from the other."""
    counted = [column for column in free if column.is_number and column.amounts > 2][:8]
    for column in counted:
        if not column.decimals:
            continue
        if any(header_score(column.header, role) for role in ("amount", "debit", "credit")):
            continue
        balances = numbers(table, column)
        for other in counted:
            if other is not column and chain(numbers(table, other), balances, newest_first):
                return column
    return None


def _single(
    table: Table, free: list[Column], balance: Column | None, newest_first: bool
) -> Column | None:
    most = max((column.filled for column in free if column.is_number), default=0) or 1
    balances = numbers(table, balance) if balance else []
    best, best_score = None, 3.0
    for column in free:
        named = header_score(column.header, "amount")
        trust = column.amounts * 10 >= column.filled * 3 > 0 and not column.is_date
        alone = named >= 6 and not table.rows
        if not (column.is_number or (named >= 6 and trust) or alone):
            continue
        score = _single_score(table, column, named, most)
        if balances and chain(numbers(table, column), balances, newest_first):
            score += 6
        if score > best_score:
            best, best_score = column, score
    return best


def _single_score(table: Table, column: Column, named: float, most: int) -> float:
    said = words_of(column.header)
    score = named + 6 * column.filled / most
    score -= 5 * bool(said & FOREIGN) + 8 * bool(said & OTHER_MONEY and named < 9)
    score += 3 * bool(column.negatives) + 1.5 * bool(column.decimals)
    score += 1.5 * bool(column.signed_plus)
    if not named:
        # Without a name it has to look like money: integers number or identify something.
        score -= 2 * bool(column.header) + 6 * (not column.decimals and not column.negatives)
    return score


def _pair(table: Table, free: list[Column]) -> tuple[Column | None, Column | None] | None:
    """Columns named for money out and money in."""
    debit = _side(free, "debit", "credit", None)
    credit = _side(free, "credit", "debit", debit)
    if debit and credit:
        return (debit, credit) if _are_complementary(table, debit, credit) else None
    only = debit or credit
    if not only or not only.filled or header_score(only.header, "amount") >= 6:
        return None
    others = [column for column in free if header_score(column.header, "amount") >= 6]
    if any(column.is_number for column in others) or only.negatives:
        return None
    return (debit, credit)


def _side(free: list[Column], role: str, other: str, taken: Column | None) -> Column | None:
    best, best_score = None, 5.0
    for column in free:
        score = header_score(column.header, role)
        if column is taken or score <= header_score(column.header, other):
            continue
        trust = score >= 6 and column.amounts * 10 >= column.filled * 3 > 0
        if column.filled and not column.is_number and not trust:
            continue
        said = words_of(column.header)
        if said & FOREIGN or (said & OTHER_MONEY and score < 9):
            continue
        score += 0.5 * bool(column.filled)
        if score > best_score:
            best, best_score = column, score
    return best


def _are_complementary(table: Table, debit: Column, credit: Column) -> bool:
    """At most one of ten rows uses both columns."""
    both = either = 0
    for out, in_ in zip(numbers(table, debit), numbers(table, credit), strict=True):
        either += bool(out or in_)
        both += bool(out and in_)
    return both * 10 <= either


def _is_better(single: Column, pair: tuple[Column | None, Column | None]) -> bool:
    """A signed column named as the amount is used in every row: the pair repeats it."""
    if single in pair or header_score(single.header, "amount") < 6:
        return False
    used = sum(column.filled for column in pair if column)
    return bool(single.negatives) and single.filled * 10 >= used * 9 and single.filled > 0


def _unnamed_pair(table: Table, free: list[Column], guess: AmountGuess) -> bool:
    """Two unsigned columns beside each other of which every row uses one. True when found."""
    counted = [
        column
        for column in free
        if column.is_number and not column.negatives and not column.signed_plus and column.decimals
    ]
    for left, right in zip(counted, counted[1:], strict=False):
        if right.index - left.index != 1 or left.filled + right.filled > table.rows * 1.05:
            continue
        if not _are_complementary(table, left, right):
            continue
        # Households spend more often than they receive.
        guess.debit, guess.credit = (left, right) if left.filled >= right.filled else (right, left)
        return True
    return False


def _guess_flag(table: Table, free: list[Column], guess: AmountGuess) -> None:
    """A column that says in or out, unless the amount's own signs already agree with it."""
    best, best_score = None, 0.0
    for column in free:
        values = column.values()
        filled = sum(values.values())
        if column is guess.amount or not filled or column.filled * 2 < guess.amount.filled:
            continue
        out = sum(count for value, count in values.items() if value in OUT_FLAGS)
        in_ = sum(count for value, count in values.items() if value in IN_FLAGS)
        named = header_score(column.header, "flag")
        is_said = (out and in_) or named >= 8 or all(len(value) > 3 for value in values)
        if (out + in_) * 10 < filled * 8 or not is_said:
            continue
        score = (out + in_) / filled + named / 10
        if score > best_score:
            best, best_score = column, score
    if best is None or _signs_agree(table, guess.amount, best):
        return
    guess.flag = best
    guess.out_flags = tuple(sorted(value for value in best.values() if value in OUT_FLAGS))


def _signs_agree(table: Table, amount: Column, flag: Column) -> bool:
    if not amount.negatives:
        return False
    agree = known = 0
    for row, value in zip(table.sample, numbers(table, amount), strict=True):
        word = row[flag.index].strip().lower()
        if value and (word in OUT_FLAGS or word in IN_FLAGS):
            known += 1
            agree += (word in OUT_FLAGS) == (value < 0)
    return known > 0 and agree * 10 >= known * 8


def _guess_sign(table: Table, guess: AmountGuess, newest_first: bool) -> None:
    """Does the file print money out as positive? Asked where nothing proves it."""
    amount = guess.amount
    if guess.balance and amount.filled > 2:
        follows = chain(numbers(table, amount), numbers(table, guess.balance), newest_first)
        if follows:
            guess.flip_sign = follows < 0
            return
    if amount.credits and not amount.debits and not amount.negatives:
        # Only credits are marked, so what is not marked is a debit.
        guess.flip_sign = True
    elif not amount.amounts or amount.signed_plus:
        return
    elif not amount.negatives:
        guess.asks_sign = True
        guess.flip_sign = _looks_like_card(table) or not table.layout.header
    elif amount.negatives * 2 < amount.amounts and _negatives_pay_back(table, amount):
        guess.asks_sign = guess.flip_sign = True


def _looks_like_card(table: Table) -> bool:
    named = frozenset().union(*(words_of(column.header) for column in table.columns))
    return bool(named & CARD_WORDS) and not named & SELLER_WORDS


def _negatives_pay_back(table: Table, amount: Column) -> bool:
    """Most negative rows speak of payments and refunds: a card's view of the world."""
    negative = [
        " ".join(row).lower()
        for row, value in zip(table.sample, numbers(table, amount), strict=True)
        if value is not None and value < 0
    ]
    positive = [
        " ".join(row).lower()
        for row, value in zip(table.sample, numbers(table, amount), strict=True)
        if value is not None and value > 0
    ]
    paid_back = sum(any(word in text for word in PAID_BACK) for text in negative)
    also = sum(any(word in text for word in PAID_BACK) for text in positive)
    return bool(negative) and paid_back * 10 >= len(negative) * 8 and also * 10 <= len(positive) * 2
