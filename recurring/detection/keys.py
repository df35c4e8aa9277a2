"""Which payments may belong together: the words of a description that name the other side."""

import re
from functools import lru_cache
from typing import NamedTuple

from ledger.categoriser.cleaning import clean, folded
from ledger.categoriser.merchants import find

_MONTHS = frozenset(
    """january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec januar februar marz maerz mai juni juli oktober
    dezember okt dez janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre
    enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre""".split()
)
# Banks' words that may stand in front of the name, where they name nobody.
_EMPTY = frozenset(
    """the la le les das der die el il sto vir virement permanent zelle ach debit credit direct dep ppd
    payment online monthly sepa transfer order standing bill recurring lohn gehalt salaire salary bonus
    payroll wages pay web from und and for to von an de mandat gutschrift""".split()
)
_AUTOMATIC = re.compile(
    r"direct debit|\bdd\b|\bddr?\b|lastschrift|prlv|prelevement|standing order|\bsto\b|\bs/o\b|dauerauftrag|permanent|\bach\b|recurring|"
    r"subscri|\babo\b|abonn|mandat|incasso|domiciliac|adeudo|addebito|autopay|auto ?pay|autogiro|bill ?pay|member|mitglied|beitrag|"
    r"premium|insuranc|versicher|assuranc|\brent\b|miete|loyer|mortgage|\bloan\b|kredit|salary|gehalt|\blohn\b|salaire|payroll|"
    r"paycheck|wages|pension|rente\b|direct dep|allowance|kindergeld|licen[cs]e|rundfunk|council tax|annual|yearly|monthly|monat"
)
_REGULAR = frozenset(
    """streaming subscriptions insurance electricity water mobile internet rent mortgage loan salary
    benefits music gym education charity fees credit_card interest tax dividends""".split()
)
_HABITS = frozenset(
    """groceries eating_out fuel fast_food coffee parking taxi public_transport clothing bars alcohol
    food_delivery online_shopping diy tolls pharmacy hotels flights beauty books electronics home
    sporting_goods culture gifts""".split()
)
_PLEASURES = frozenset("streaming subscriptions music games gym books charity culture".split())


class Key(NamedTuple):
    """`fine` names the other side; `coarse` is shared by the ways in which it is written."""

    fine: str
    coarse: str
    concept: str
    leaning: int
    """1 for what recurs by its nature, -1 for habits (shops, restaurants), else 0."""
    automatic: bool
    """The text says that the money goes by itself: direct debit, standing order, wages."""


_DIGIT_FIRST = re.compile(r"\b\d(?=[^\W\d_]{4})")


def name_in(description: str) -> str:
    """The text with names that begin with a digit (1Password) made words, for digits are noise."""
    return _DIGIT_FIRST.sub("n", description)


@lru_cache(maxsize=50_000)
def key_of(description: str, payee: str = "") -> Key:
    words = clean(name_in(payee or description)).split()
    kept = [word for word in words if word not in _MONTHS] or words
    fine = " ".join(kept)
    known = find(fine)
    concept = known.concept if known else ""
    if known and known.name and known.concept != "salary":
        coarse = known.name.casefold()
    else:
        naming = [word for word in kept if word not in _EMPTY and len(word) > 2]
        coarse = naming[0] if naming else fine
    automatic = bool(_AUTOMATIC.search(folded(description)))
    # A shop's membership is no habit.
    leaning = (concept in _REGULAR) - (concept in _HABITS and not automatic)
    return Key(fine, coarse, concept, leaning, automatic)


def kind_of(key: Key, income: bool, fixed: bool) -> str:
    """What a household would call it."""
    if income:
        return "income"
    if key.concept in _PLEASURES:
        return "subscription"
    return "subscription" if fixed and not key.leaning else "bill"


def share_a_word(one: str, other: str) -> bool:
    """Whether two names have a word of some length in common."""
    return any(len(word) > 2 for word in set(one.split()) & set(other.split()) - _EMPTY)
