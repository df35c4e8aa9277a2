"""The kinds of things that people are told: rooms above register theirs when they start."""

from collections.abc import Callable
from dataclasses import dataclass

from notifications.models import Level, Sending


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads, in the language that is active."""

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """`describe` turns a notification's params into words, amounts in the reader's locale.

    `label` and `group` are lazy translations ("Over a limit", "Budget"); `mail` and `push` are what
    a person who chose nothing gets; `icon` is of the sprite.
    """

    code: str
    label: str
    group: str
    describe: Callable[[dict], Words]
    icon: str = "bell"
    level: Level = Level.INFO
    mail: Sending = Sending.NOW
    push: Sending = Sending.OFF


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Make kinds known. A code stands once."""
    for kind in kinds:
        _kinds[kind.code] = kind


def all_kinds() -> list[Kind]:
    """Every kind, in the order of registration."""
    return list(_kinds.values())


def kind_of(code: str) -> Kind | None:
    """The kind called `code`; None when its room is gone."""
    return _kinds.get(code)
