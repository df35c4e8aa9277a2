"""What a bank calls a purchase, and what the household calls it."""

from collections.abc import Sequence

from django.db.models import Count

from accounts.models import Household
from banking.classification import category_names
from banking.models import BankCategory
from ledger.models import Category
from ledger.statement_line import StatementLine


class Labels:
    """Maps a bank's words to names of the household's categories, remembering new words."""

    def __init__(self, household: Household):
        self.household = household
        self._known: dict[str, str] | None = None

    def applied(self, lines: Sequence[StatementLine]) -> list[StatementLine]:
        """`lines` with the household's category names in place of the bank's words ("" for none)."""
        words = {line.category for line in lines if line.category}
        if not words:
            return list(lines)
        if self._known is None:
            self._known = {
                label: name or ""
                for label, name in BankCategory.objects.filter(
                    household=self.household
                ).values_list("label", "category__name")
            }
        unknown = words - self._known.keys()
        if unknown:
            self._learn(unknown)
        return [
            line._replace(category=self._known[line.category]) if line.category else line
            for line in lines
        ]

    def _learn(self, words: set[str]) -> None:
        """Guess the household's category for words that are new to it, and keep the guess."""
        own = {
            name.casefold(): pk
            for name, pk in Category.objects.filter(
                household=self.household, archived_at=None
            ).values_list("name", "pk")
        }
        rows = []
        for word in sorted(words):
            wanted = next((name for name in category_names(word) if name.casefold() in own), None)
            pk = own[wanted.casefold()] if wanted else None
            rows.append(BankCategory(household=self.household, label=word, category_id=pk))
            self._known[word] = wanted or ""
        BankCategory.objects.bulk_create(rows, ignore_conflicts=True)


def labels_of(household: Household):
    """The household's words with their categories, unmapped ones first."""
    return (
        BankCategory.objects.filter(household=household)
        .select_related("category__group")
        .annotate(is_mapped=Count("category"))
        .order_by("is_mapped", "label")
    )


def map_label(*, row: BankCategory, category: Category | None) -> None:
    """Say what a bank's word means from the next sync on. The past stays as it is."""
    row.category = category
    row.save(update_fields=["category"])
