"""Other places than mail, through Apprise: which addresses are taken, and how they are reached.

An address makes this server send a request. So only services with a fixed place on the internet are
taken, unless the operator opens others (NOTIFY_SCHEMAS): else a member could have the server call
machines of its own network, or read its files into a message.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from notifications.errors import AddressError, NotReachedError

PUBLIC = frozenset(
    {
        *("tgram", "discord", "slack", "pover", "ntfy", "ntfys", "pbul", "prowl", "join"),
        *("simplepush", "spush", "threema", "gchat"),
    }
)
"""Apprise's names of services whose address is not of the person's choosing."""
_HARMLESS = frozenset({"priority", "silent", "sound", "topic"})
"""What may follow the "?": others name files, other servers, or make a worker wait."""
SECONDS = 10
"""How long a service may take to connect, and to answer."""
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Accepted:
    """An address that can be reached: its service's name, and Apprise's short name for it."""

    url: str
    service: str
    schema: str


def accept(text: str) -> Accepted:
    """Read an address that a person typed. Raises AddressError; makes no request.

    Some services give out web addresses (Discord's and Slack's webhooks): these are taken, too.
    """
    url = text.strip()
    if len(url) > LONGEST or any(char.isspace() or not char.isprintable() for char in url):
        raise AddressError
    plugin = _plugin(url)
    if plugin is None:
        raise AddressError
    schema = _schema(url)
    return Accepted(url, str(plugin.service_name), plugin.schema if schema == "https" else schema)


def push(url: str, title: str, text: str) -> None:
    """Send a message of plain text to an accepted address. Raises NotReachedError."""
    from apprise import NotifyFormat

    plugin = _plugin(url)
    if plugin is None:  # the operator closed the service again
        raise NotReachedError
    plugin.socket_connect_timeout = plugin.socket_read_timeout = SECONDS
    plugin.retry, plugin.wait = 0, 0.0
    # A payee that is called "@everyone" wakes nobody: the sign is followed by a space of no width.
    title, text = (words.replace("@", "@\u200b") for words in (title, text))
    if not plugin.notify(
        body=text or title, title=title if text else "", body_format=NotifyFormat.TEXT
    ):
        raise NotReachedError


def _schema(url: str) -> str:
    return url.partition("://")[0].lower() if "://" in url else ""


def _plugin(url: str):
    """Apprise's object for the address, None for one that is not taken.

    Nothing of Apprise that the operator did not open is even asked to read it. Imported here: it
    takes its time, and most processes never need it.
    """
    from apprise import Apprise, AppriseAsset

    schema = _schema(url)
    is_open = "*" in settings.NOTIFY_SCHEMAS or schema in settings.NOTIFY_SCHEMAS
    found = _native(url) if schema == "https" else url
    if not found or not (is_open or schema == "https" or _is_harmless(url)):
        return None
    asset = AppriseAsset(
        app_id="Housebook",
        app_desc=_("Your household's book of account"),
        app_url=settings.SITE_URL,
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        plugin_paths=[],
        secure_logging=True,
    )
    plugin = Apprise.instantiate(found, asset=asset, suppress_exceptions=True)
    # ntfy on a server of one's own is not the public one.
    is_elsewhere = getattr(plugin, "mode", "") == "private" and plugin.host.lower() != "ntfy.sh"
    return None if is_elsewhere and not is_open else plugin


def _is_harmless(url: str) -> bool:
    query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    names = {name.lower().lstrip("+-:") for name, _value in query}
    return _schema(url) in PUBLIC and names <= _HARMLESS


def _native(url: str) -> dict | None:
    """What Apprise makes of a web address that one of the public services gave out."""
    from apprise import NotificationManager

    if urlsplit(url).query:
        return None
    manager = NotificationManager()
    for schema in sorted(PUBLIC):
        if found := manager[schema].parse_native_url(url):
            return found
    return None
