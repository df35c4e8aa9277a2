"""What the room of bills refuses, each with a text fit for people."""

from django.utils.translation import gettext_lazy as _


class BillError(ValueError):
    """A series, occurrence or card cycle cannot be so. `field` is the form's that is to blame."""

    message = _("This cannot be done.")
    field = ""

    def __init__(self, message=None, field: str = ""):
        super().__init__(str(message or self.message))
        self.field = field or self.field


class TakenError(BillError):
    """A transaction is one occurrence of one series."""

    message = _("This transaction belongs to another bill already.")
