"""What people may not do, each with a text fit for them."""

from django.utils.translation import gettext_lazy as _


class PeopleError(ValueError):
    """A rule about people would be broken."""

    message = _("This cannot be done.")

    def __init__(self, message=None):
        super().__init__(str(message or self.message))


class LastOwnerError(PeopleError):
    """A household has at least one owner."""

    message = _("A household needs an owner. Make somebody else owner first.")


class InvitationError(PeopleError):
    """An invitation works once, for its address, for seven days."""

    message = _("This invitation is no longer valid. Ask for a new one.")


class TooOftenError(PeopleError):
    """Something is limited in time."""

    message = _("That was too often. Wait an hour, then try again.")
