"""Which payee and category a statement line means."""

from collections.abc import Iterable

from django.utils.functional import cached_property

from accounts.models import Household
from ledger.models import Category, Payee, PayeeAlias
from ledger.statement_line import StatementLine
from ledger.text import alias_key


class PayeeFinder:
    """Finds payees by alias, makes those that a source names, and maps category names."""

    def __init__(self, household: Household):
        self.household = household

    @cached_property
    def _payees(self) -> dict[str, tuple[int, str]]:
        found = {
            alias_key(name): (pk, name)
            for pk, name in Payee.objects.filter(household=self.household).values_list("pk", "name")
        }
        found.update(
            (key, (payee_id, name))
            for key, payee_id, name in PayeeAlias.objects.filter(
                household=self.household
            ).values_list("key", "payee_id", "payee__name")
        )
        return found

    @cached_property
    def _categories(self) -> dict[str, int]:
        return {
            name.casefold(): pk
            for pk, name in Category.objects.filter(household=self.household).values_list(
                "pk", "name"
            )
        }

    def learn(self, lines: Iterable[StatementLine]) -> None:
        """Make the payees that `lines` name in a field of their own and that are not here."""
        names: dict[str, str] = {}
        for name in {line.payee for line in lines if line.payee}:
            clean = " ".join(name.split())[:120]
            key = alias_key(clean)
            if key and key not in self._payees:
                names.setdefault(key, clean)
        if not names:
            return
        by_name = {}
        for clean in names.values():
            by_name.setdefault(clean, Payee(household=self.household, name=clean))
        Payee.objects.bulk_create(by_name.values(), batch_size=1000)
        for key, clean in names.items():
            self._payees[key] = (by_name[clean].pk, clean)

    def find(self, line: StatementLine) -> tuple[int | None, str]:
        """The payee's id and name, or (None, "")."""
        return self._payees.get(alias_key(line.payee or line.description), (None, ""))

    def category(self, name: str) -> int | None:
        """The household's category of this name, if it has one."""
        if not name:
            return None
        # "Food:Groceries" is how files write a group and its category.
        short = name.rpartition(":")[2].strip()
        return self._categories.get(name.casefold()) or self._categories.get(short.casefold())
