"""Reading what other programs of personal finance export. Pure.

Not called `apps`: that module is Django's.
"""
