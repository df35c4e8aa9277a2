"""Money: transactions, accounts, categories, payees."""

app_name = "ledger"
urlpatterns = []
