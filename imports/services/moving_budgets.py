"""What another program had planned becomes the budget here, month by month."""

from collections import defaultdict

from accounts.models import Household, User
from budget.errors import BeforeTheFirstMonthError
from budget.services.amounts import fill
from core.months import Month
from imports.programs.book import Book
from imports.services.moving_targets import Categories


def keep_budgets(
    household: Household, book: Book, categories: Categories, by: User | None
) -> tuple[int, list[str]]:
    """Budget what `book` says (minor units of the household's currency); what is budgeted here stays.

    Returns how many amounts are new, and what there is to say about the others.
    """
    months: dict[Month, dict[int, int]] = defaultdict(dict)
    for one in book.budgets:
        key = categories.find(one.category, one.group)
        if key is not None and one.amount > 0:
            month = months[Month.of(one.month.year, one.month.month)]
            month[key] = month.get(key, 0) + one.amount
    kept, too_early = 0, 0
    for month, amounts in sorted(months.items()):
        try:
            kept += fill(household=household, month=month, amounts=amounts, by=by)
        except BeforeTheFirstMonthError:
            too_early += len(amounts)
    if not too_early:
        return kept, []
    return kept, [f"{too_early} budgeted amounts are of months before your envelopes begin."]
