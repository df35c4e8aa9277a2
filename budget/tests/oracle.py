"""Figures of a budget from the rows alone, from the first month on, without anything that is kept."""

from collections import defaultdict

from django.db.models import Q

from budget.models import BudgetAmount, BudgetMonth, BudgetPlan, CategoryPlan, ExpectedRefund, Share
from core.money import share
from ledger.models import Account, Category, Transaction


def worth(row) -> int:
    """In euros: a dollar is two."""
    return row.amount * (2 if row.account.currency == "USD" else 1)


def own_of(row) -> int:
    """The household's own part of an allocation, in euros."""
    of = Share.objects.filter(transaction=row.pk).first()
    rate = 2 if row.account.currency == "USD" else 1
    if of is None and row.parent_id:
        return rate * _own_of_part(row, Share.objects.filter(transaction=row.parent_id).first())
    if of is None:
        return worth(row)
    if of.own_amount is not None:
        return of.own_amount * rate
    return rate * share(row.amount, [of.own, of.whole - of.own])[0]


def _own_of_part(row, of) -> int:
    if of is None:
        return row.amount
    if of.own_amount is None:
        return share(row.amount, [of.own, of.whole - of.own])[0]
    parts = list(Transaction.objects.filter(parent=row.parent_id).order_by("pk"))
    if len({part.amount > 0 for part in parts}) != 1:
        return row.amount
    own = share(of.own_amount, [abs(part.amount) for part in parts])
    return dict(zip([part.pk for part in parts], own, strict=True))[row.pk]


def rows_on_budget(household):
    return list(
        Transaction.objects.filter(household=household, account__is_off_budget=False)
        .select_related("account", "category__group")
        .order_by("pk")
    )


def balances(household, month: int) -> int:
    """Of the accounts on budget at the end of a month, pending rows included, in euros."""
    accounts = Account.objects.filter(household=household, is_off_budget=False)
    total = sum(a.opening_balance * (2 if a.currency == "USD" else 1) for a in accounts)
    rows = rows_on_budget(household)
    return total + sum(worth(r) for r in rows if r.parent_id is None and r.month <= month)


def spending(household) -> dict[int, dict[int, int]]:
    """Month -> category -> what counts."""
    found = defaultdict(lambda: defaultdict(int))
    for row in rows_on_budget(household):
        if row.is_split or row.transfer_id or row.category_id is None:
            continue
        found[row.month][row.category_id] += own_of(row)
    came = ExpectedRefund.objects.filter(household=household, state="came")
    for one in came.exclude(Q(month=None) & Q(category=None)):
        row = Transaction.objects.filter(pk=one.refund_id).select_related("account").first()
        if row is None or row.is_split or row.transfer_id or row.account.is_off_budget:
            continue
        own = own_of(row)
        category = one.category_id or row.category_id
        if row.category_id:
            found[row.month][row.category_id] -= own
        if category:
            found[row.month if one.month is None else one.month][category] += own
    return found


def budget(household, months: list[int]) -> dict[int, tuple[int, dict[int, int]]]:
    """Month -> (to assign, what each spending category has left)."""
    plan = BudgetPlan.objects.get(household=household)
    envelopes = plan.method == "envelopes"
    spent = spending(household)
    amounts = list(BudgetAmount.objects.filter(household=household))
    kinds = {c.pk: c.group.kind for c in Category.objects.filter(household=household)}
    carry = {p.category_id: p.carry for p in CategoryPlan.objects.filter(household=household)}
    held = {m.month: m.held for m in BudgetMonth.objects.filter(household=household)}
    left: dict[int, int] = {}
    found = {}
    for month in range(plan.first_month, max(months) + 1):
        year = month // 12
        taken = {k: v for k, v in left.items() if v}
        for one in amounts:
            if kinds[one.category_id] == "income":
                continue
            is_year = one.period == "year"
            start = max(one.month, plan.first_month) if is_year else one.month
            if start != month or (is_year and start // 12 != one.month // 12):
                continue
            times = _mondays(household, month) if one.period == "week" else 1
            taken[one.category_id] = taken.get(one.category_id, 0) + one.amount * times
        for category, amount in spent[month].items():
            if kinds[category] == "expense":
                taken[category] = taken.get(category, 0) + amount
        rest = balances(household, month) - sum(taken.values()) - held.get(month, 0)
        found[month] = (rest, {k: v for k, v in taken.items() if v})
        left = {}
        for category, amount in taken.items():
            rule = carry.get(category) or ("unspent" if envelopes else "none")
            in_year = any(
                a.category_id == category
                and a.period == "year"
                and a.month // 12 == year
                and max(a.month, plan.first_month) <= month
                for a in amounts
            )
            keeps_all = rule == "all" or (in_year and month % 12 != 11)
            if keeps_all or (rule == "unspent" and amount > 0):
                left[category] = amount
    return found


def _mondays(household, month: int) -> int:
    from core.months import Month

    first = household.first_month_day
    start, end = Month(month).start(first), Month(month).end(first)
    return sum((start.toordinal() + n) % 7 == 1 for n in range((end - start).days))
