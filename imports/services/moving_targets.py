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
from ledger.services.categories import make_category, make_group
from ledger.services.matching import CHUNK

LEAVE_OUT = False
"""In an account map: nothing of this account is wanted."""
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
        unknown = self.map.keys() - {account.name for account in self.book.accounts}
        if unknown:
            raise ImportRefusedError(f"The file has no account “{sorted(unknown)[0]}”.")
        for theirs in self.book.accounts:
            if self.map.get(theirs.name) is LEAVE_OUT:
                self.left_out.add(theirs.name)
                continue
            account = self._mapped(theirs) or self._known(ids.get(theirs.name, []))
            if account is None:
                account = self._by_number(theirs) or self._by_name(theirs)
                self._keep_opening(account, theirs)
            self.found[theirs.name] = account or self._open(theirs)

    def _currency(self, theirs: BookAccount) -> str:
        return theirs.currency or self.household.base_currency

    def _mapped(self, theirs: BookAccount) -> Account | None:
        wanted = self.map.get(theirs.name)
        if wanted is None:
            return None
        text = str(wanted)
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
                self._keep_opening(matches[0], theirs)
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

    @property
    def _free(self) -> list[Account]:
        """Those that no account of theirs leads to yet: two of theirs never become one by a name."""
        taken = {account.pk for account in self.found.values()}
        return [account for account in self.existing if account.pk not in taken]

    def _by_number(self, theirs: BookAccount) -> Account | None:
        number = normal_number(theirs.number)
        for account in self._free:
            same = number and normal_number(account.number) == number
            if same and account.currency == self._currency(theirs):
                return account
        return None

    def _by_name(self, theirs: BookAccount) -> Account | None:
        for account in self._free:
            same = account.name.casefold() == theirs.name[:80].casefold()
            if same and account.currency == self._currency(theirs):
                return account
        return None

    def _keep_opening(self, account: Account | None, theirs: BookAccount) -> None:
        if account and theirs.opening_balance and account.opening_balance != theirs.opening_balance:
            self.warnings.append(f"“{account.name}” keeps the opening balance that it has here.")

    def _open(self, theirs: BookAccount) -> Account:
        kind = theirs.kind_hint if theirs.kind_hint in Account.Kind.values else Account.Kind.CURRENT
        facts = {"is_off_budget": True} if theirs.is_off_budget else {}
        account = open_account(
            household=self.household,
            name=theirs.name[:80],
            kind=kind,
            currency=self._currency(theirs),
            opening_balance=theirs.opening_balance,
            opened_on=theirs.opened_on,
            number=theirs.number[:64],
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
                on = last_days.get(account.pk) or theirs.opened_on or self.household.today()
                close_account(account=account, on=on)


class Categories:
    """Finds or makes categories by group and name."""

    def __init__(self, household: Household, book: Book) -> None:
        self.household = household
        self.income = {(one.name, one.group): one.is_income for one in book.categories}
        self.made = 0
        self._ids: dict[tuple[str, str], int] = {}
        self._groups = {
            group.name.casefold(): group
            for group in CategoryGroup.objects.filter(household=household)
        }
        self._here = list(Category.objects.for_household(household))

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
            self.made += 1
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
                self.find(one.name, one.group)
