"""Pages of the ledger. Every view carries one decorator of `accounts.access`."""
