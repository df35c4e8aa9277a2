class RatesError(Exception):
    """A file of exchange rates could not be read. The message says why."""
