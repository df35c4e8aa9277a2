"""Money: transactions, accounts, categories, payees."""

from ledger.urls import accounts, transactions

app_name = "ledger"
urlpatterns = [*transactions.urlpatterns, *accounts.urlpatterns]
