"""The automatic categoriser: guesses a household's categories from what it did before. Pure."""

from ledger.categoriser.cleaning import clean
from ledger.categoriser.merchants import display_name
from ledger.categoriser.model import Categoriser
from ledger.categoriser.rows import Guess, Row, Why

__all__ = ["Categoriser", "Guess", "Row", "Why", "clean", "display_name"]
