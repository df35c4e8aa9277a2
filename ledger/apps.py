from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class LedgerConfig(AppConfig):
    """Accounts of money, transactions, categories, payees."""

    name = "ledger"
    verbose_name = _("Ledger")

    def ready(self):
        from accounts.archive import register
        from ledger.exports.csv_file import household_csv
        from ledger.search_index import ensure_search_index

        register("csv/transactions.csv", household_csv)

        # Django rebuilds SQLite tables to change them, which drops the index's triggers.
        post_migrate.connect(ensure_search_index, sender=self)
