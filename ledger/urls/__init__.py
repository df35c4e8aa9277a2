"""Money: transactions, accounts, categories, payees, rules."""

from ledger.urls import accounts, rules, transactions

app_name = "ledger"
urlpatterns = [*transactions.urlpatterns, *accounts.urlpatterns, *rules.urlpatterns]
