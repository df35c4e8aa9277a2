"""Divide a row's amount as a rule says: the parts always sum to the row. Pure."""

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from ledger.rules.language import Split


def divide(split: Split, amount: int, exponent: int) -> list[int] | None:
    """Minor units for each part, with the amount's sign; 0 for a part that gets nothing.

    None when this amount cannot be divided so: fixed amounts that are more than it, or (without a
    rest) not exactly it, or fewer than two parts that get something.
    """
    whole = abs(amount)
    if split.by == "percent":
        sizes = _by_percent([part.share for part in split.parts], whole)
    else:
        sizes = _by_amount([part.share for part in split.parts], whole, exponent)
    if sizes is None or sum(1 for size in sizes if size) < 2:
        return None
    return sizes if amount > 0 else [-size for size in sizes]


def _by_amount(shares: list[Decimal | None], whole: int, exponent: int) -> list[int] | None:
    scale = Decimal(10) ** exponent
    sizes = [
        None if share is None else int((share * scale).to_integral_value(ROUND_DOWN))
        for share in shares
    ]
    rest = whole - sum(size for size in sizes if size is not None)
    if rest < 0 or (rest and None not in sizes):
        return None
    return [rest if size is None else size for size in sizes]


def _by_percent(shares: list[Decimal | None], whole: int) -> list[int]:
    """Largest remainder first; of equal ones the earlier part."""
    left = Fraction(100) - sum(Fraction(share) for share in shares if share is not None)
    exact = [
        Fraction(whole, 100) * (left if share is None else Fraction(share)) for share in shares
    ]
    sizes = [int(size) for size in exact]
    order = sorted(range(len(sizes)), key=lambda n: (sizes[n] - exact[n], n))
    for n in order[: whole - sum(sizes)]:
        sizes[n] += 1
    return sizes
