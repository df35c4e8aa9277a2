"""What can be spent until money comes in: the answer and how it comes about."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Household
from core.explanation import Explanation, Term
from core.formatting import format_day, format_money
from core.money import share
from ledger.balances import AccountBalance, account_balances
from ledger.models import Account
from recurring.cards import card_statement
from recurring.due import Due, DueItem, due_before_payday
from recurring.models import CardCycle, Series

EVERYDAY = (Account.Kind.CURRENT, Account.Kind.CASH)


@dataclass(frozen=True, slots=True)
class SafeToSpend:
    """`amount` for the days up to `until` (which is not one of them), never below zero, and what
    that is for each of them, rounded down. `missing` is what bills and the like need beyond what is there.
    """

    amount: int
    per_day: int
    missing: int
    currency: str
    until: dt.date
    days: int
    is_payday: bool
    explanation: Explanation

    @property
    def text(self) -> str:
        """The answer in a sentence."""
        words = {
            "amount": format_money(self.amount or self.missing, self.currency),
            "day": format_day(self.until, "d MMM"),
            "daily": format_money(self.per_day, self.currency),
        }
        if self.missing:
            return _("You are %(amount)s short of what is due before %(day)s.") % words
        if self.days == 1:
            return _("You can spend %(amount)s today.") % words
        return _("You can spend %(amount)s until %(day)s, %(daily)s a day.") % words


def safe_to_spend(
    household: Household,
    today: dt.date,
    *,
    set_aside: Sequence[Term] = (),
    balances: Sequence[AccountBalance] | None = None,
) -> SafeToSpend:
    """What is on current accounts and in cash, less the bills, transfers and card statements that
    leave them before the next pay-day (without one, before the household's next month).

    `set_aside` is what goals and envelopes hold of that money, as sizes in the household's currency.
    Savings, accounts off budget and other currencies are left out, and named. Three queries, one
    for cards and four more for each card; one less with `balances`.
    """
    if balances is None:
        balances = account_balances(household, today)
    everyday = {i.account.pk: i for i in balances if _left_out(i.account, household) == ""}
    due = due_before_payday(household, today)
    cycles = {
        cycle.account_id: cycle
        for cycle in CardCycle.objects.filter(
            household=household, account__closed_on=None
        ).select_related("account")
    }
    terms = [
        *(_account_term(item) for item in everyday.values()),
        *_bills(due, everyday, cycles, household),
        *_statements(cycles.values(), everyday, due, household),
        *(Term(t.label, t.count, -t.amount, t.currency, t.url) for t in set_aside),
    ]
    left_out = [
        Term(f"{i.account.name}: {reason}", 1, i.balance, i.account.currency)
        for i in balances
        if (reason := _left_out(i.account, household)) and not i.account.is_closed
    ]
    return _answer(sum(term.amount for term in terms), due, terms, left_out)


def _left_out(account: Account, household: Household) -> str:
    """Why its balance is not for spending; "" when it is."""
    if account.is_closed:
        return _("closed")
    if account.is_off_budget:
        return _("off budget")
    if account.kind == Account.Kind.CREDIT_CARD:
        return _("what is due of it counts")
    if account.kind not in EVERYDAY:
        return account.get_kind_display().lower()
    if account.currency != household.base_currency:
        return _("in another currency")
    return ""


def _account_term(item: AccountBalance) -> Term:
    account = item.account
    url = reverse("ledger:account_detail", args=[account.pk])
    return Term(account.name, 1, item.balance, account.currency, url)


def _bills(due: Due, everyday: dict, cycles: dict, household: Household) -> list[Term]:
    """What leaves everyday accounts, late and missing ones too. Bills that a card pays come with its
    statement; so does a transfer to a card that has one."""
    bills, moves = [], []
    for item in due.items:
        series = item.series
        if series.currency != household.base_currency:
            continue
        if series.account_id is not None and series.account_id not in everyday:
            continue
        if series.kind != Series.Kind.TRANSFER:
            bills.append(item)
        elif series.other_account_id not in everyday and series.other_account_id not in cycles:
            moves.append(item)
    day = {"day": format_day(due.until, "d MMM")}
    return [
        *_term(_("Bills before %(day)s") % day, bills, household.base_currency),
        *_term(_("Transfers before %(day)s") % day, moves, household.base_currency),
    ]


def _term(label: str, items: list[DueItem], currency: str) -> list[Term]:
    if not items:
        return []
    amount = sum(item.occurrence.amount for item in items)
    return [Term(label, len(items), amount, currency, reverse("recurring:bill_list"))]


def _statements(
    cycles: Iterable[CardCycle], everyday: dict, due: Due, household: Household
) -> list[Term]:
    """What of card statements is to be paid before pay-day from an everyday account, or from one that
    nobody named."""
    terms = []
    for cycle in cycles:
        is_ours = cycle.paid_from_id is None or cycle.paid_from_id in everyday
        if cycle.account.currency != household.base_currency or not is_ours:
            continue
        one = card_statement(cycle, due.today)
        amount = one.open if one.due_on < due.until else 0
        if one.next_due_on < due.until:
            amount += max(0, one.predicted)
        if amount:
            label = _("Statement of %(card)s") % {"card": cycle.account.name}
            url = reverse("recurring:card_cycle", args=[cycle.account_id])
            terms.append(Term(label, 1, -amount, household.base_currency, url))
    return terms


def _answer(total: int, due: Due, terms: list[Term], left_out: list[Term]) -> SafeToSpend:
    amount = max(0, total)
    explanation = Explanation(
        _("Safe to spend"),
        _("What is on your current accounts and in cash, less what leaves them before %(day)s.")
        % {"day": format_day(due.until, "d MMM")},
        format_money(amount, due.currency),
        terms,
        left_out,
    )
    days = max(1, due.days)
    return SafeToSpend(
        amount=amount,
        per_day=share(amount, [1] * days)[-1],  # the last share is the smallest
        missing=max(0, -total),
        currency=due.currency,
        until=due.until,
        days=days,
        is_payday=due.is_payday,
        explanation=explanation,
    )
