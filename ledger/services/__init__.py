"""The writes of the ledger. Every write to transactions goes through one of these modules.

Each act locks the household's row, so that writers of one household queue; records what it
changed; refreshes the month totals it touched; and sends `transactions_changed` on commit.
"""
