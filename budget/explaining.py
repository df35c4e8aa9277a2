"""The words and figures of a month's head, each with the rows that made it."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from budget.adjustments import UNSORTED_IN, UNSORTED_OUT
from budget.envelope import Worked
from budget.figures import Figure, Group, Line
from core.explanation import Explanation, Term
from core.formatting import format_day, format_money, format_month


class Explaining:
    """Says what a worked month (`budget.month`) means."""

    def __init__(self, month, worked: Worked, groups: Sequence[Group], income: Group):
        self.month, self.worked, self.income = month, worked, income
        self.plan = month.house.plan
        self.by_envelopes = self.plan.method == self.plan.Method.ENVELOPES
        self.currency = month.household.base_currency
        self.lines: list[Line] = [line for group in groups for line in group.lines]
        # In envelopes, money out without a category lowers what is to be assigned.
        counted = [line for line in self.lines if line.category or not self.by_envelopes]
        self.left = sum(line.available for line in counted)
        self.limit = sum(line.limit for line in self.lines)
        self.spent = sum(line.spent for line in self.lines)
        self.has_budget = any(line.is_budgeted for line in self.lines)
        self.to_assign = worked.to_assign - month.row.held
        self.tone = "wrong" if self.has_budget and self.left < 0 else ""

    def money(self, minor: int) -> str:
        return format_money(minor, self.currency)

    def answer(self) -> str:
        """What the page is opened for, in one sentence."""
        name = format_month(self.month.period.month)
        amounts = {"month": name, "spent": self.money(self.spent)}
        if not self.has_budget:
            if self.spent:
                return _("You spent %(spent)s in %(month)s, and nothing is budgeted yet.") % amounts
            return _("Nothing is budgeted for %(month)s yet.") % amounts
        amounts["left"] = self.money(abs(self.left))
        if not self.month.is_current:
            if self.month.period.start > self.month.today:
                return _("%(left)s are budgeted for %(month)s.") % amounts
            if self.left < 0:
                return _("You spent %(left)s more than you had in %(month)s.") % amounts
            return _("You had %(left)s left at the end of %(month)s.") % amounts
        days = (self.month.period.end - self.month.today).days
        amounts["days"] = days
        if self.left < 0:
            return (
                ngettext(
                    "You are %(left)s over, with %(days)d day to go.",
                    "You are %(left)s over, with %(days)d days to go.",
                    days,
                )
                % amounts
            )
        return (
            ngettext(
                "You have %(left)s left for %(days)d day.",
                "You have %(left)s left for %(days)d days.",
                days,
            )
            % amounts
        )

    def projection(self) -> str:
        """How the month ends if it goes on as months do; "" when it is over or has not begun."""
        if self.month.later is None:
            return ""
        ends = sum(line.projected for line in self.lines if line.projected is not None)
        facts = {
            "spent": self.money(ends),
            "day": format_day(self.month.period.last, "d MMMM"),
            "rest": self.money(abs(self.limit - ends)),
        }
        if not self.has_budget:
            return _("At this pace you will have spent %(spent)s by %(day)s.") % facts
        if ends > self.limit:
            return _("At this pace: %(spent)s spent by %(day)s, %(rest)s over.") % facts
        return _("At this pace: %(spent)s spent by %(day)s, %(rest)s to spare.") % facts

    def figures(self) -> list[Figure]:
        """Of the head, in order."""
        return [self._left(), self._budgeted(), self._spent(), self._income()]

    def _figure(self, key, label, amount, note, formula, counted, left_out=(), tone="") -> Figure:
        text = self.money(amount)
        url = self.month.list_url("kind=ordinary&scope=on_budget")
        explanation = Explanation(label, formula, text, list(counted), list(left_out), url)
        return Figure(key, label, amount, text, note, explanation, tone)

    def _terms(self, lines: Sequence[Line], amount) -> list[Term]:
        terms = [
            Term(self.name(line), line.count, amount(line), self.currency, line.url)
            for line in lines
            if amount(line) or line.count
        ]
        return sorted(terms, key=lambda term: -abs(term.amount))

    def name(self, line: Line) -> str:
        """A line's name; one that is counted otherwise than booked says so."""
        if line.category is None:
            name = _("Uncategorised")
        else:
            name = line.category.name
        if line.differs:
            return _("%(name)s (booked %(booked)s, counted %(counted)s)") % {
                "name": name,
                "booked": self.money(line.booked),
                "counted": self.money(line.spent),
            }
        return name

    def _left_out(self) -> list[Term]:
        """What is in this month and in no figure, with the reason."""
        words = {
            "off_budget": _("On accounts off budget"),
            "no_rate": _("In a currency without a rate of that day"),
        }
        found = [
            Term(words[reason], tally.count, tally.amount, currency)
            for (at, reason, currency), tally in sorted(self.month.activity.left_out.items())
            if at == self.month.index
        ]
        moved = self.month.activity.transfers[self.month.index]
        if moved.count:
            label = _("Transfers between your accounts")
            found.append(Term(label, moved.count, moved.amount, self.currency))
        return found

    def _left(self) -> Figure:
        if self.limit > 0:
            note = _("of %(limit)s") % {"limit": self.money(self.limit)}
        else:
            note = _("nothing budgeted")
        return self._figure(
            "left",
            _("Left"),
            self.left,
            note,
            _("Carried over, plus budgeted, less spent, over all categories."),
            self._terms(self.lines, lambda line: line.available),
            self._left_out(),
            "wrong" if self.left < 0 else "",
        )

    def _budgeted(self) -> Figure:
        amount = sum(line.budgeted for line in self.lines)
        expected = self.income.budgeted
        if expected:
            rest = self.money(abs(expected - amount))
            if amount > expected:
                note = _("%(rest)s more than you expect to come in") % {"rest": rest}
            else:
                note = _("%(rest)s of the expected income not budgeted") % {"rest": rest}
        else:
            note = _("no income expected yet")
        return self._figure(
            "budgeted",
            _("Budgeted"),
            amount,
            note,
            _("What you planned for each category; a week's amount for each week that begins."),
            self._terms(self.lines, lambda line: line.budgeted),
        )

    def _spent(self) -> Figure:
        pending = sum(line.pending for line in self.lines)
        before = sum(line.last_month for line in self.lines)
        note = _("%(difference)s against %(month)s") % {
            "difference": format_money(self.spent - before, self.currency, sign=True),
            "month": format_month(self.month.period.month - 1, "LLLL"),
        }
        formula = _("Everything in spending categories, less refunds, and uncategorised money out.")
        if pending:
            formula += " " + _("%(pending)s of it is not settled yet.") % {
                "pending": self.money(pending)
            }
        counted = self._terms(self.lines, lambda line: line.spent)
        return self._figure(
            "spent", _("Spent"), self.spent, note, formula, counted, self._left_out()
        )

    def _income(self) -> Figure:
        expected = self.income.budgeted
        note = _("nothing expected yet")
        if expected:
            note = _("of %(expected)s expected") % {"expected": self.money(expected)}
        return self._figure(
            "income",
            _("Came in"),
            self.income.spent,
            note,
            _("Everything in income categories, and uncategorised money in."),
            self._terms(self.income.lines, lambda line: line.spent),
            self._left_out(),
        )

    def assign(self) -> Figure | None:
        """What is to be assigned, with its lines; in envelopes only."""
        if not self.by_envelopes:
            return None
        notes = {
            -1: _("more is in envelopes than on your accounts"),
            0: _("every amount has a job"),
            1: _("waits for a job"),
        }
        sign = (self.to_assign > 0) - (self.to_assign < 0)
        return self._figure(
            "to_assign",
            _("To assign"),
            self.to_assign,
            notes[sign],
            _(
                "What was left to assign before, plus what came in, less what is in envelopes since. "
                "With the envelopes it makes what is on your accounts on budget."
            ),
            self.assign_terms(),
            (),
            "wrong" if sign < 0 else "",
        )

    def assign_terms(self) -> list[Term]:
        """The lines that money to assign is made of; those of zero are not named."""
        before, free = self.worked.before, self.worked.facts.unassigned
        activity, index = self.month.activity, self.month.index
        unsorted = sum(
            activity.booked[index][key].count
            for key in (UNSORTED_IN, UNSORTED_OUT)
            if key in activity.booked[index]
        )
        received = sum(line.count for line in self.income.lines if line.category)
        lines = [
            (_("Left to assign before"), 1, before.to_assign),
            (_("Overspent before, taken from here"), 1, before.overspent),
            (_("Came back from envelopes"), 1, before.returned),
            (_("Income"), received, free["income"]),
            (_("Without a category, in and out"), unsorted, free["unsorted"]),
            (
                _("Transfers: accounts off budget, other months, exchange"),
                activity.transfers[index].count,
                free["transfers"],
            ),
            (_("The others' part of what you share"), 1, free["shared"]),
            (_("Refunds that count in another month or category"), 1, free["refund"]),
            (_("Put into envelopes"), 1, -sum(self.worked.facts.budgeted.values())),
            (_("Kept for next month"), 1, -self.month.row.held),
        ]
        return [Term(label, n, amount, self.currency) for label, n, amount in lines if amount]
