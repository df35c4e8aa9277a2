"""Detection of recurring payments in a household's history. Pure."""

from recurring.detection.finding import find_series
from recurring.detection.shapes import FoundSeries, Payment, PriceChange

__all__ = ["FoundSeries", "Payment", "PriceChange", "find_series"]
