"""Put the plan into a household: its accounts, categories, payees and transactions."""

import datetime as dt
import random
from collections.abc import Iterable

from accounts.models import Household, User
from accounts.services.households import create_household
from core.months import add_months
from ledger.demo import additions
from ledger.demo.plan import OPENING, Planned, plan
from ledger.models import (
    Account,
    Category,
    ChangeSet,
    Payee,
    Source,
    Status,
    Transaction,
    TransactionTag,
    Transfer,
)
from ledger.services.accounts import open_account
from ledger.services.acts import act
from ledger.services.bulk import NewRow, insert_rows
from ledger.services.categories import add_starter_categories
from ledger.services.naming import find_or_make_tags
from ledger.services.totals import rebuild_totals
from ledger.text import search_text

_ACCOUNTS = (
    ("current", "Current account", Account.Kind.CURRENT, "Sparda Bank", "cat-1"),
    ("joint", "Joint account", Account.Kind.CURRENT, "Sparda Bank", "cat-11"),
    ("card", "Credit card", Account.Kind.CREDIT_CARD, "Barclays", "cat-9"),
    ("savings", "Savings", Account.Kind.SAVINGS, "ING", "cat-2"),
    ("cash", "Cash", Account.Kind.CASH, "", "cat-5"),
    ("house", "House", Account.Kind.PROPERTY, "", "cat-14"),
    ("mortgage", "Mortgage", Account.Kind.LOAN, "Sparda Bank", "cat-16"),
)


def make_demo_household(
    *, user: User, today: dt.date | None = None, name: str = "Demo household", rows: int = 0
) -> Household:
    """A demo household that `user` owns and now looks at; `rows` adds plain rows up to that many.

    The same for the same day. Takes about a second, and some more for each 100,000 rows.
    """
    household = create_household(
        user=user,
        name=name,
        base_currency="EUR",
        time_zone="Europe/Berlin",
        is_demo=True,
        welcomed=True,
    )
    today = today or household.today()
    add_starter_categories(household=household)
    start = add_months(today.replace(day=1), -23)
    accounts = {
        key: open_account(
            household=household,
            name=label,
            kind=kind,
            currency="EUR",
            opening_balance=OPENING[key],
            opened_on=start,
            institution=bank,
            colour=colour,
        )
        for key, label, kind, bank, colour in _ACCOUNTS
    }
    with act(household=household, by=user, kind=ChangeSet.Kind.ADD):
        _Writer(household, accounts, today).write(sorted(plan(today)))
        if rows:
            _fill(household, accounts, today, rows)
        rebuild_totals(household)
    for addition in additions:
        addition(household, user, today)
    return household


class _Writer:
    """Writes planned movements with everything that hangs on them."""

    def __init__(self, household: Household, accounts: dict, today: dt.date):
        self.household, self.accounts, self.today = household, accounts, today
        self.categories = {c.name: c for c in Category.objects.filter(household=household)}
        self.payees: dict[str, Payee] = {}
        self.tags = {}

    def write(self, planned: list[Planned]) -> None:
        names = sorted({row.payee for row in planned if row.payee})
        made = Payee.objects.bulk_create(Payee(household=self.household, name=n) for n in names)
        self.payees = {payee.name: payee for payee in made}
        transfers = Transfer.objects.bulk_create(
            Transfer(household=self.household) for row in planned if row.to
        )
        supply = iter(transfers)
        rows, legs = [], []
        for item in planned:
            transfer = next(supply) if item.to else None
            rows.append(self._row(item, item.account, item.amount, transfer))
            if transfer:
                legs.append(self._row(item, item.to, -item.amount, transfer))
        Transaction.objects.bulk_create([*rows, *legs], batch_size=500)
        self._parts(planned, rows)
        self._links(planned, rows)

    def _row(self, item: Planned, account: str, amount: int, transfer) -> Transaction:
        young = (self.today - item.date).days < 3 and account in ("card", "joint") and not transfer
        return Transaction(
            household=self.household,
            account=self.accounts[account],
            date=item.date,
            month=self.household.month_of(item.date).index,
            amount=amount,
            status=Status.PENDING if young else Status.BOOKED,
            description=item.text,
            payee=self.payees.get(item.payee),
            category=None if item.parts or transfer else self.categories.get(item.category),
            notes=item.notes,
            is_split=bool(item.parts),
            transfer=transfer,
            source=Source.DEMO,
            search_text=search_text(item.text, item.payee, item.notes),
        )

    def _parts(self, planned: list[Planned], rows: list[Transaction]) -> None:
        Transaction.objects.bulk_create(
            Transaction(
                household=self.household,
                account=row.account,
                date=row.date,
                month=row.month,
                amount=amount,
                status=row.status,
                parent=row,
                category=self.categories[category],
                source=Source.DEMO,
            )
            for item, row in zip(planned, rows, strict=True)
            for amount, category in item.parts
        )

    def _links(self, planned: list[Planned], rows: list[Transaction]) -> None:
        by_text = {item.text: row for item, row in zip(planned, rows, strict=True)}
        refunds = []
        for item, row in zip(planned, rows, strict=True):
            if item.refund_of in by_text and row.amount > 0:
                row.refund_of = by_text[item.refund_of]
                refunds.append(row)
            if item.tag:
                if item.tag not in self.tags:
                    self.tags[item.tag] = find_or_make_tags(
                        household=self.household, names=[item.tag]
                    )[0]
                TransactionTag.objects.create(transaction=row, tag=self.tags[item.tag])
        Transaction.objects.bulk_update(refunds, ["refund_of"])


def _fill(household: Household, accounts: dict, today: dt.date, rows: int) -> None:
    """Plain card payments over ten years, until the household has `rows` whole transactions."""
    rng = random.Random(rows)  # noqa: S311 invented shopping
    missing = rows - Transaction.objects.for_household(household).movements().count()
    payees = list(
        Payee.objects.filter(household=household).order_by("pk").values_list("pk", "name")
    )
    spending = Category.objects.filter(household=household, group__kind="expense")
    categories = list(spending.order_by("pk").values_list("pk", flat=True))
    places = [accounts[key].pk for key in ("current", "joint", "card", "savings", "cash")]
    days = [today - dt.timedelta(days=back) for back in range(3650)]
    months = {day: household.month_of(day).index for day in days}

    def one(number: int) -> NewRow:
        day = days[number * 3650 // missing]
        payee_id, name = payees[min(int(rng.paretovariate(0.9)) - 1, len(payees) - 1)]
        text = f"CARD PAYMENT {name} {number % 9973}"
        # Small change, evenly in and out, so that the household stays believable at any size.
        amount = rng.randint(-4_000, 3_990) or 1
        return NewRow(
            household.pk,
            rng.choice(places),
            day,
            months[day],
            amount,
            Status.BOOKED.value,
            text,
            payee_id,
            rng.choice(categories),
            "",
            Source.DEMO.value,
            None,
            "",
            None,
            1,
            search_text(text, name),
        )

    for chunk in _chunks(range(missing), 20_000):
        insert_rows([one(number) for number in chunk])


def _chunks(numbers: range, size: int) -> Iterable[range]:
    return (numbers[start : start + size] for start in range(0, len(numbers), size))
