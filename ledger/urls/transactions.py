from django.urls import path

from ledger.views import (
    attachments,
    duplicates,
    editing,
    history,
    inbox,
    offers,
    shaping,
    transactions,
)

urlpatterns = [
    # /transactions/
    path("transactions/", transactions.transaction_list, name="transaction_list"),
    path("transactions/add/", transactions.transaction_add, name="transaction_add"),
    path("transactions/totals/", transactions.transaction_totals, name="transaction_totals"),
    path("transactions/export/", transactions.transaction_export, name="transaction_export"),
    path("transactions/bulk/", history.transaction_bulk, name="transaction_bulk"),
    path("transactions/payees/", transactions.payee_suggest, name="payee_suggest"),
    path("transactions/inbox/", inbox.inbox_page, name="inbox"),
    path("transactions/inbox/answer/", inbox.inbox_answer, name="inbox_answer"),
    path("transactions/transfers/", offers.transfer_offer_list, name="transfer_offers"),
    path(
        "transactions/transfers/answer/", offers.transfer_offer_answer, name="transfer_offer_answer"
    ),
    path("transactions/duplicates/", duplicates.duplicate_list, name="duplicates"),
    path("transactions/duplicates/answer/", duplicates.duplicate_answer, name="duplicate_answer"),
    path("transactions/duplicates/sure/", duplicates.duplicate_join, name="duplicate_join"),
    path("transactions/transfer/", shaping.transfer_add, name="transfer_add"),
    # /transactions/<pk>/
    path("transactions/<int:pk>/", editing.transaction_edit, name="transaction_edit"),
    path("transactions/<int:pk>/inline/", editing.transaction_inline, name="transaction_inline"),
    path(
        "transactions/<int:pk>/delete/", transactions.transaction_delete, name="transaction_delete"
    ),
    path(
        "transactions/<int:pk>/duplicate/",
        transactions.transaction_duplicate,
        name="transaction_duplicate",
    ),
    path("transactions/<int:pk>/split/", shaping.transaction_split, name="transaction_split"),
    path("transactions/<int:pk>/transfer/", shaping.transfer_link, name="transfer_link"),
    path("transactions/<int:pk>/transfer/make/", shaping.transfer_make, name="transfer_make"),
    path("transactions/<int:pk>/transfer/end/", shaping.transfer_unlink, name="transfer_unlink"),
    path("transactions/<int:pk>/refund/", shaping.refund_link, name="refund_link"),
    path("transactions/<int:pk>/refund/end/", shaping.refund_unlink, name="refund_unlink"),
    path("transactions/<int:pk>/attachments/", attachments.attachment_add, name="attachment_add"),
    path("attachments/<int:pk>/", attachments.attachment, name="attachment"),
    path("attachments/<int:pk>/remove/", attachments.attachment_remove, name="attachment_remove"),
    # /trash/, /history/, /search/
    path("trash/", history.trash, name="trash"),
    path("trash/restore/", history.trash_restore, name="trash_restore"),
    path("history/", history.change_list, name="change_list"),
    path("history/<int:pk>/undo/", history.change_undo, name="change_undo"),
    path("search/", history.search, name="search"),
]
