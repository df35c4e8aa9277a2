"""Where the things of another program's book go: this household's accounts and categories."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping

from accounts.models import Household
from imports.errors import ImportRefusedError
from imports.programs.book import Book, BookAccount
from imports.reading import normal_number
from ledger.models import Account, Category, CategoryGroup, Source, Transaction
from ledger.services.accounts import close_account, open_account
from ledger.services.categories import archive_category, make_category, make_group
from ledger.services.matching import CHUNK

LEAVE_OUT, OPEN_NEW = False, True
"""In an account map: nothing of this account is wanted; an account of its own, whatever is here."""
_INTERNAL = frozenset(["internal master category", "hidden categories", "credit card payments"])


class Accounts:
    """Finds or opens the account of each account of a book."""

    def __init__(self, household: Household, book: Book, account_map: Mapping | None) -> None:
        self.household, self.book = household, book
        self.map = dict(account_map or {})
        self.existing = list(Account.objects.for_household(household))
        self.found: dict[str, Account] = {}
        self.left_out: set[str] = set()
        self.made: list[BookAccount] = []
        self.warnings: list[str] = []

    def resolve(self, ids: Mapping[str, list[str]]) -> None:
        """Fill `found`. `ids` are the external ids of each account's rows. Raises ImportRefusedError."""
        found = self.propose(ids)
        for theirs in self.book.accounts:
            if self.map.get(theirs.name) is LEAVE_OUT:
                self.left_out.add(theirs.name)
            elif account := found[theirs.name]:
                self._keep_opening(account, theirs)
                self.found[theirs.name] = account
            else:
                self.found[theirs.name] = self._open(theirs)

    def propose(self, ids: Mapping[str, list[str]]) -> dict[str, Account | None]:
        """The account here for each of theirs by name, None where one would be opened."""
        unknown = self.map.keys() - {account.name for account in self.book.accounts}
        if unknown:
            raise ImportRefusedError(f"The file has no account “{sorted(unknown)[0]}”.")
        found: dict[str, Account | None] = {}
        for theirs in self.book.accounts:
            wanted, account = self.map.get(theirs.name), None
            if wanted is None:
                account = self._at_home(theirs) or self._known(ids.get(theirs.name, []))
                free = [one for one in self.existing if one not in found.values()]
                account = account or self._by_number(theirs, free) or self._by_name(theirs, free)
            elif wanted is not LEAVE_OUT and wanted is not OPEN_NEW:
                account = self._mapped(theirs, str(wanted))
            found[theirs.name] = account
        return found

    def _currency(self, theirs: BookAccount) -> str:
        return theirs.currency or self.household.base_currency

    def _mapped(self, theirs: BookAccount, text: str) -> Account:
        for matches in (
            [one for one in self.existing if text.isdigit() and one.pk == int(text)],
            [one for one in self.existing if one.name.casefold() == text.casefold()],
            [
                one
                for one in self.existing
                if one.number and normal_number(one.number) == normal_number(text)
            ],
        ):
            if len(matches) == 1:
                self._check_currency(matches[0], theirs)
                return matches[0]
        raise ImportRefusedError(f"“{text}” is no account of this household.")

    def _check_currency(self, account: Account, theirs: BookAccount) -> None:
        if account.currency != self._currency(theirs):
            raise ImportRefusedError(
                f"“{theirs.name}” is in {self._currency(theirs)}, “{account.name}” in {account.currency}."
            )

    def _known(self, ids: list[str]) -> Account | None:
        """The account that has rows of this account from an earlier time, whatever it is called now."""
        votes: Counter[int] = Counter()
        for start in range(0, min(len(ids), 2 * CHUNK), 500):
            rows = Transaction.objects.filter(
                household=self.household,
                account__in=self.existing,
                source=Source.APP,
                external_id__in=ids[start : start + 500],
            )
            votes.update(rows.values_list("account_id", flat=True))
            if votes:
                best = votes.most_common(1)[0][0]
                return next(account for account in self.existing if account.pk == best)
        return None

    def _at_home(self, theirs: BookAccount) -> Account | None:
        """The very account, when the book is this household's own."""
        if theirs.home_id is None or self.book.home != self.household.code.hex:
            return None
        return next((one for one in self.existing if one.pk == theirs.home_id), None)

    # Two of theirs never become one by a number or a name: `free` are those that none leads to yet.

    def _by_number(self, theirs: BookAccount, free: list[Account]) -> Account | None:
        number = normal_number(theirs.number)
        for account in free:
            same = number and normal_number(account.number) == number
            if same and account.currency == self._currency(theirs):
                return account
        return None

    def _by_name(self, theirs: BookAccount, free: list[Account]) -> Account | None:
        name = (theirs.title or theirs.name)[:80].casefold()
        for account in free:
            if account.name.casefold() == name and account.currency == self._currency(theirs):
                return account
        return None

    def _keep_opening(self, account: Account, theirs: BookAccount) -> None:
        if theirs.opening_balance and account.opening_balance != theirs.opening_balance:
            self.warnings.append(f"“{account.name}” keeps the opening balance that it has here.")

    def _open(self, theirs: BookAccount) -> Account:
        kind = theirs.kind_hint if theirs.kind_hint in Account.Kind.values else Account.Kind.CURRENT
        exact = self.book.is_exact or theirs.is_off_budget
        facts = {"is_off_budget": theirs.is_off_budget} if exact else {}
        account = open_account(
            household=self.household,
            name=(theirs.title or theirs.name)[:80],
            kind=kind,
            currency=self._currency(theirs),
            opening_balance=theirs.opening_balance,
            opened_on=theirs.opened_on,
            number=theirs.number[:64],
            institution=theirs.institution,
            **facts,
        )
        self.existing.append(account)
        self.made.append(theirs)
        return account

    def close(self, last_days: Mapping[int, dt.date]) -> None:
        """Close what was closed there, among those that were opened for it."""
        for theirs in self.made:
            account = self.found[theirs.name]
            if theirs.is_closed and not account.is_closed:
                on = theirs.closed_on or last_days.get(account.pk) or theirs.opened_on
                close_account(account=account, on=on or self.household.today())


class Categories:
    """Finds or makes categories by group and name."""

    def __init__(self, household: Household, book: Book) -> None:
        self.household = household
        self.income = {(one.name, one.group): one.is_income for one in book.categories}
        self._made: dict[int, Category] = {}
        self._ids: dict[tuple[str, str], int] = {}
        self._groups = {
            group.name.casefold(): group
            for group in CategoryGroup.objects.filter(household=household)
        }
        self._here = list(Category.objects.for_household(household))

    @property
    def made(self) -> int:
        """How many are new."""
        return len(self._made)

    def find(self, name: str, group: str) -> int | None:
        """The id of this category, made when there is none; None for no name."""
        if not name:
            return None
        if (name, group) not in self._ids:
            self._ids[name, group] = self._find(name[:60], group[:60], name, group)
        return self._ids[name, group]

    def _find(self, name: str, group: str, *whole: str) -> int:
        is_income = self.income.get(whole, False)
        named = [one for one in self._here if one.name.casefold() == name.casefold()]
        same = [one for one in named if one.group.name.casefold() == group.casefold()]
        kind = "income" if is_income else "expense"
        if not same and not group:
            same = sorted(named, key=lambda one: one.group.kind != kind)
        if same:
            return same[0].pk
        target = self._group(group or ("Income" if is_income else "Spending"), kind)
        twin = next((one for one in named if one.group_id == target.pk), None)
        if twin is None:
            twin = make_category(group=target, name=name)
            self._here.append(twin)
            self._made[twin.pk] = twin
        return twin.pk

    def _group(self, name: str, kind: str) -> CategoryGroup:
        for candidate in (name, f"{name[:49]} ({kind})"):
            found = self._groups.get(candidate.casefold())
            if found is None:
                found = make_group(household=self.household, name=candidate, kind=kind)
                self._groups[candidate.casefold()] = found
            if found.kind == kind:
                return found
        return found

    def make_all(self, book: Book) -> None:
        """Also those that nothing carries, but not what programs keep for themselves."""
        for one in book.categories:
            if one.group.casefold() not in _INTERNAL:
                pk = self.find(one.name, one.group)
                if one.is_archived and pk in self._made:
                    archive_category(category=self._made[pk])
