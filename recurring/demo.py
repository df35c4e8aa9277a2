"""Bills for the demo household."""

from accounts.models import Household
from recurring.models import CardCycle, Series
from recurring.services.finding import detect
from recurring.services.refresh import refresh
from recurring.services.series import accept
from recurring.services.cards import save_cycle
from recurring.suggestions import SURE
from ledger.models import Account

LEFT_OPEN = 2
"""Suggestions that stay, so that there is one to look at."""


def make_bills(household: Household) -> int:
    """Find what repeats in the household's history and accept it, but for the last ones found; settle
    its credit cards. Returns how many series are expected. Safe to run twice."""
    today = household.today()
    detect(household=household, today=today)
    found = list(Series.objects.for_household(household).suggested().select_related("household"))
    sure = [series for series in found if (series.confidence or 0) >= SURE]
    for series in sure[:-LEFT_OPEN]:
        accept(series=series, by=None)
    cards = Account.objects.for_household(household).open()
    for card in cards.filter(kind=Account.Kind.CREDIT_CARD, card_cycle=None):
        save_cycle(account=card, statement_day=31, due_days=9, pays=CardCycle.Pays.FULL)
    refresh(household=household, today=today)
    return Series.objects.for_household(household).active().count()
