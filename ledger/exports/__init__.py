"""Transactions as files for other programs."""
