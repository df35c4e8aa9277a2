"""What households call the things that merchants are known for."""

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from ledger.categoriser.cleaning import folded
from ledger.categoriser.rows import Category

_FILE = Path(__file__).parent / "data" / "concepts.tsv"
_SIGNS = re.compile(r"[^\w]+|_")
_JOINERS = frozenset("and und et y e en i & or the of for de".split())
_PART = 2.5
"""By how many places a name that is only part of the category's falls behind."""


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            concept, names = line.split("\t")
            table[concept] = tuple(names.split("|"))
    return table


def all_concepts() -> tuple[str, ...]:
    return tuple(_table())


def names_of(concept: str) -> tuple[str, ...]:
    """What households call this concept, the closest first, wider categories that hold it last."""
    return _table().get(concept, ())


@lru_cache(maxsize=4_000)
def _words(name: str) -> str:
    words = _SIGNS.sub(" ", folded(name)).split()
    return " ".join(word for word in words if word not in _JOINERS)


@lru_cache(maxsize=8_000)
def distance(concept: str, category_name: str) -> float | None:
    """How far a category of this name is from the concept; None when they have nothing in common."""
    mine = _words(category_name)
    parts = [part for piece in re.split(r"[/>:|]", category_name) if (part := _words(piece))]
    best = None
    for place, name in enumerate(_folded_names(concept)):
        if name == mine:
            found = float(place)
        elif parts and name == parts[-1]:
            found = place + 0.5
        elif f" {name} " in f" {mine} ":
            found = place + _PART + (0 if parts and f" {name} " in f" {parts[-1]} " else 4)
        else:
            continue
        best = found if best is None else min(best, found)
    return best


@cache
def _folded_names(concept: str) -> tuple[str, ...]:
    return tuple(_words(name) for name in names_of(concept))


def matches(concept: str, names: Mapping[Category, str]) -> dict[Category, float]:
    """The household's categories that may mean the concept: 1 for the closest, less for others."""
    found = {}
    for category, name in names.items():
        away = distance(concept, name)
        if away is not None:
            found[category] = away
    if not found:
        return {}
    order = sorted(found, key=lambda category: (found[category], str(category)))[:3]
    return {category: 1 / 3**place for place, category in enumerate(order)}
