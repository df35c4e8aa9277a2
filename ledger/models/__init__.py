"""The ledger's rows. Sums start from `Transaction.objects.movements()` or `.allocations()`."""

from ledger.models.accounts import Account
from ledger.models.attachments import Attachment
from ledger.models.categories import Category, CategoryGroup, CategoryKind
from ledger.models.history import Change, ChangeSet, Tombstone
from ledger.models.payees import Payee, PayeeAlias, Tag
from ledger.models.sorting import CategoriserMemory, Rule
from ledger.models.totals import AccountMonth, CategoryMonth, Flow, MonthStamp
from ledger.models.transactions import (
    ImportBatch,
    Reconciliation,
    SortedBy,
    Source,
    Status,
    Transaction,
    TransactionTag,
    Transfer,
    TransferRefusal,
)

__all__ = [
    "Account",
    "AccountMonth",
    "Attachment",
    "CategoriserMemory",
    "Category",
    "CategoryGroup",
    "CategoryKind",
    "CategoryMonth",
    "Change",
    "ChangeSet",
    "Flow",
    "ImportBatch",
    "MonthStamp",
    "Payee",
    "PayeeAlias",
    "Reconciliation",
    "Rule",
    "SortedBy",
    "Source",
    "Status",
    "Tag",
    "Tombstone",
    "Transaction",
    "TransactionTag",
    "Transfer",
    "TransferRefusal",
]
