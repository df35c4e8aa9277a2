"""Balances of the next days: pure arithmetic over plain data, in whole minor units.

What is known comes exactly, card statements on their due day, the rest is drawn from the
household's own past.
"""
