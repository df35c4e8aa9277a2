"""Forms of the ledger: they validate and shape, services act."""
