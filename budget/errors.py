"""What a budget refuses, each with a text fit for people."""

from django.utils.translation import gettext_lazy as _


class BudgetError(ValueError):
    """A rule of the budget would be broken."""

    message = _("This cannot be done.")

    def __init__(self, message=None):
        super().__init__(str(message or self.message))


class AmountConflictError(BudgetError):
    """Somebody else changed the amount since it was read; `theirs` is the row as it is now."""

    message = _("Somebody changed this amount in the meantime.")

    def __init__(self, theirs):
        super().__init__()
        self.theirs = theirs


class ForeignCategoryError(BudgetError):
    """A budget holds its own household's categories only."""

    message = _("This belongs to another household.")


class BeforeTheFirstMonthError(BudgetError):
    """Envelopes are filled from the first month on."""

    message = _("Your envelopes begin later. Change the first month in the settings of the budget.")


class MoveError(BudgetError):
    """Money moves between two different envelopes of monthly categories, by more than zero."""

    message = _("Choose two different envelopes and an amount above zero.")


class ShareError(BudgetError):
    """One's own part is at least nothing and at most the whole."""

    message = _("Your part is between nothing and the whole amount.")


class RefundError(BudgetError):
    """A refund is expected for money that went out, and is at most that much."""

    message = _("A refund is expected for money out, and is at most that much.")


class GoalError(BudgetError):
    """A goal counts something of its own household that is there, and holds what was set aside."""

    message = _("Choose what this goal counts.")


class PictureError(BudgetError):
    """A picture is a PNG, JPEG or WebP that can be opened, of a size that is no burden."""

    message = _("This picture cannot be kept here.")


class DebtError(BudgetError):
    """A debt is its own household's, and stands once for an account."""

    message = _("Choose one of your accounts.")
