"""What the ledger refuses, each with a text fit for people."""

from django.utils.translation import gettext_lazy as _


class LedgerError(ValueError):
    """A rule of the ledger would be broken."""

    message = _("This cannot be done.")

    def __init__(self, message=None):
        super().__init__(str(message or self.message))


class PartsDoNotAddUpError(LedgerError):
    """The parts of a split sum to their transaction's amount."""

    message = _("The parts do not add up to the amount of the transaction.")


class ReconciledError(LedgerError):
    """A reconciled row keeps its date, amount and account, and is not deleted."""

    message = _("This transaction is reconciled. Reopen its reconciliation to change it.")


class TransferError(LedgerError):
    """A transfer has two legs, on two accounts, of opposite sign, equal in one currency."""

    message = _("These two do not make a transfer.")


class ConflictError(LedgerError):
    """Somebody else changed the row since it was read."""

    message = _("Somebody changed this in the meantime. Look at it again before you save.")


class ForeignRowError(LedgerError):
    """Everything that belongs to a transaction is of its household."""

    message = _("This belongs to another household.")


class ClosedAccountError(LedgerError):
    """A closed account takes no new transactions."""

    message = _("This account is closed.")


class RefundError(LedgerError):
    """A refund is money in that pays back money out, both of this household."""

    message = _("A refund links money in to money out.")


class ReconciliationError(LedgerError):
    """A reconciliation ends when the ticked rows sum to the statement's balance."""

    message = _("The ticked transactions do not add up to the statement's balance.")


class NothingToUndoError(LedgerError):
    """This act was undone before, or its traces are gone."""

    message = _("There is nothing left to undo here.")
