"""The kinds of things that people are told: rooms above register theirs when they start."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.models import Level, Notification, Sending

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads, in the language that is active."""

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """`describe` turns a notification's params into words, amounts in the reader's locale.

    `label` and `group` are lazy translations ("Over a limit", "Budget"); `mail` and `push` are what
    a person who chose nothing gets; `icon` is of the sprite; one that `is_chosen` False stands in
    nobody's settings.
    """

    code: str
    label: str
    group: str
    describe: Callable[[dict], Words]
    icon: str = "bell"
    level: Level = Level.INFO
    mail: Sending = Sending.NOW
    push: Sending = Sending.OFF
    is_chosen: bool = True


def _describe_test(params: dict) -> Words:
    return Words(
        _("A test from Housebook"),
        _("If you can read this, notifications reach you here."),
    )


TEST = Kind(
    code="test",
    label=gettext_lazy("Test"),
    group=gettext_lazy("Housebook"),
    describe=_describe_test,
    icon="send",
    is_chosen=False,
)

_kinds: dict[str, Kind] = {TEST.code: TEST}


def register(*kinds: Kind) -> None:
    """Make kinds known. A code stands once."""
    for kind in kinds:
        _kinds[kind.code] = kind


def chosen_kinds() -> list[Kind]:
    """Every kind that people can choose about, in the order of registration."""
    return [kind for kind in _kinds.values() if kind.is_chosen]


def kind_of(code: str) -> Kind | None:
    """The kind called `code`; None when its room is gone."""
    return _kinds.get(code)


def words_of(notification: Notification) -> Words:
    """What it says, for the person who is spoken to. Plain text: whoever shows it escapes it.

    One that cannot be put into words (its room is gone, or was changed) says so little that nobody
    is misled, and stops nothing else.
    """
    kind = kind_of(notification.kind)
    if kind is not None:
        try:
            return kind.describe(notification.params)
        except (KeyError, TypeError, ValueError) as error:
            logger.error(  # noqa: TRY400 the traceback holds contents
                "notification %s has no words: %s", notification.pk, type(error).__name__
            )
    return Words(_("Something was noted in Housebook"))
