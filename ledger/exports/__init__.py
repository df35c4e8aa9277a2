"""Transactions as files for other programs: docs/how-to/export.md.

`rows` reads, one module for each format writes, `registry` lists them, `selection` says what.
"""
