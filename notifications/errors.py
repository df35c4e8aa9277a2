"""What cannot be done with notifications, each with a text fit for people."""

from django.utils.translation import gettext_lazy as _


class NotificationError(ValueError):
    """Something about notifications is not possible."""

    message = _("This cannot be done.")

    def __init__(self, message=None):
        super().__init__(str(message or self.message))


class AddressError(NotificationError):
    """An address has to be one that Apprise can read and that this server reaches out to."""

    message = _(
        "This is not an address that can be reached from here. It looks like tgram://… or ntfy://…"
    )


class TooManyAddressesError(NotificationError):
    """Each address is a request to somebody for every notification."""

    message = _("Five addresses are the most. Remove one first.")


class NotReachedError(Exception):
    """An address did not take a message. Says nothing more: answers may hold keys."""
