"""Payee, category, tags and notes of rows that come by themselves: from files and from banks.

In this order: what the household's rules say, the category that the bank or file names, what the
categoriser is sure of. What nobody is sure of waits in the inbox without a category.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import cached_property

from accounts.models import Household
from ledger.categoriser.merchants import display_name
from ledger.categoriser.rows import Row
from ledger.models import Account, Category, SortedBy, Transaction, TransactionTag
from ledger.rule_rows import past_rows
from ledger.rules.engine import Decision, RowFacts
from ledger.services.acts import Act
from ledger.services.matching import Match
from ledger.services.memory import categoriser_of
from ledger.services.payee_finder import PayeeFinder
from ledger.services.rule_effects import Effect, plan_transfers, write_effects
from ledger.services.rulebook import engine_for, record_hits
from ledger.services.search import refresh_search_text
from ledger.statement_line import StatementLine
from ledger.text import alias_key

SURE = 90
"""From this certainty on, in per cent, a category is given; below it is only offered."""


@dataclass(slots=True)
class Sorted:
    """What a line becomes. `certainty` is per cent, None unless the categoriser decided."""

    payee_id: int | None = None
    payee_name: str = ""
    category_id: int | None = None
    sorted_by: int = SortedBy.NOBODY
    certainty: int | None = None
    needs_review: bool = True
    notes: str = ""
    tag_ids: tuple[int, ...] = ()
    parts: tuple[tuple[int, int | None, str], ...] = ()
    """(minor units, category id, notes), summing to the line's amount; () for a whole row."""
    decision: Decision | None = None
    """What the rules said."""

    @property
    def transfer_to(self) -> int | None:
        """The account that a rule says the money went to or came from."""
        return self.decision.transfer_to if self.decision and not self.parts else None

    @property
    def needs_more(self) -> bool:
        """Whether something has to be written once the row has its number."""
        return bool(self.tag_ids or self.parts or self.transfer_to)


class Sorter:
    """Sorts the lines of one file or sync on one account."""

    def __init__(self, account: Account):
        self.account = account
        self.household: Household = account.household
        # Texts that differ in numbers alone have one name.
        self._names: dict[str, str] = {}
        self._hits: Counter[int] = Counter()

    @cached_property
    def _payees(self) -> PayeeFinder:
        return PayeeFinder(self.household)

    @cached_property
    def _model(self):
        has_categories = Category.objects.filter(household=self.household).exists()
        return categoriser_of(self.household, keeps=True) if has_categories else None

    @cached_property
    def _engine(self):
        return engine_for(self.household)

    def sort(self, lines: Sequence[StatementLine]) -> list[Sorted]:
        """What each line becomes, in order. Makes payees that are new."""
        if not lines:
            return []
        named = [self._named(line) for line in lines]
        self._payees.learn(named)
        found = [self._sorted(line) for line in named]
        if self._engine:
            for line, one in zip(named, found, strict=True):
                self._ask_rules(line, one)
            record_hits(self.household, self._hits)
            self._hits.clear()
        self._guess(named, found)
        return found

    def _ask_rules(self, line: StatementLine, one: Sorted) -> None:
        """What a rule says comes before what the bank or file names."""
        facts = RowFacts(
            line.description, one.payee_id, one.payee_name, line.amount, self.account.pk, line.date
        )
        decision = self._engine.decide(facts)
        if not decision:
            return
        self._hits.update(decision.rule_ids)
        one.decision = decision
        if decision.payee_id:
            one.payee_id, one.payee_name = decision.payee_id, decision.payee_name
        if decision.category_id:
            one.category_id, one.sorted_by = decision.category_id, SortedBy.RULE
        if decision.parts:
            one.parts = tuple((p.amount, p.category_id, p.notes) for p in decision.parts)
            one.sorted_by = SortedBy.RULE
        one.notes = one.notes or decision.notes
        one.tag_ids = decision.tag_ids
        if decision.category_id or decision.parts or decision.skip_review or one.transfer_to:
            one.needs_review = False

    def _named(self, line: StatementLine) -> StatementLine:
        """With the payee that the text means, where the source names none and nobody taught one."""
        if line.payee:
            return line
        key = alias_key(line.description)
        if key not in self._names:
            name = "" if self._payees.find(line)[0] else display_name(line.description)
            self._names[key] = name if len(name) > 2 else ""
        return line._replace(payee=self._names[key]) if self._names[key] else line

    def _sorted(self, line: StatementLine) -> Sorted:
        payee_id, payee_name = self._payees.find(line)
        category_id = self._payees.category(line.category)
        by = SortedBy.SOURCE if category_id else SortedBy.NOBODY
        return Sorted(
            payee_id=payee_id,
            payee_name=payee_name,
            category_id=category_id,
            sorted_by=by,
            needs_review=category_id is None,
            notes=line.notes,
            parts=self._parts(line),
        )

    def _parts(self, line: StatementLine) -> tuple[tuple[int, int | None, str], ...]:
        """A split that the file has, when it adds up."""
        if not line.parts:
            return ()
        parts = [part for part in line.parts if part.amount]
        if len(parts) < 2 or sum(part.amount for part in parts) != line.amount:
            return ()
        return tuple(
            (part.amount, self._payees.category(part.category), part.notes[:2000]) for part in parts
        )

    def _guess(self, lines: Sequence[StatementLine], found: list[Sorted]) -> None:
        """Give the rest the categories that the categoriser is sure of."""
        open_ones = [
            n
            for n, one in enumerate(found)
            if one.category_id is None and not one.parts and not one.transfer_to
        ]
        if not open_ones or self._model is None:
            return
        rows = [
            Row(lines[n].description, lines[n].amount, lines[n].date, found[n].payee_id)
            for n in open_ones
        ]
        for n, guess in zip(open_ones, self._model.predict_all(rows), strict=True):
            if guess.category is not None and guess.confidence * 100 >= SURE:
                one = found[n]
                one.category_id, one.sorted_by = guess.category, SortedBy.MODEL
                one.certainty = min(99, int(guess.confidence * 100))


def complete(account: Account, running: Act, rows: Sequence[tuple[Match, Sorted]]) -> None:
    """Write what could not come with the rows themselves: tags, parts, transfers. Inside the act."""
    rows = [(match, found) for match, found in rows if found.needs_more]
    if not rows:
        return
    stored = Transaction.objects.movements().filter(account=account)
    by_id = stored.filter(external_id__in={m.line.external_id for m, _f in rows} - {""})
    by_key = stored.filter(content_key__in={m.content_key for m, _f in rows} - {None})
    numbers = dict(by_id.values_list("external_id", "pk"))
    keys = {
        (key, nth): pk for key, nth, pk in by_key.values_list("content_key", "occurrence", "pk")
    }
    found_of: dict[int, Sorted] = {}
    for match, found in rows:
        pk = numbers.get(match.line.external_id) or keys.get((match.content_key, match.occurrence))
        if pk:
            found_of[pk] = found
    TransactionTag.objects.bulk_create(
        [
            TransactionTag(transaction_id=pk, tag_id=tag)
            for pk, found in found_of.items()
            for tag in found.tag_ids
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    _split({pk: found for pk, found in found_of.items() if found.parts})
    _transfer(account, running, {pk: one for pk, one in found_of.items() if one.transfer_to})


def _transfer(account: Account, running: Act, found: dict[int, Sorted]) -> None:
    """Join rows with their other side on the account that a rule names, as for the past."""
    if not found:
        return
    rows = past_rows(account.household, ids=list(found))
    effects = [
        Effect(row, found[row.pk].decision, {}, transfer_to=found[row.pk].transfer_to)
        for row in rows
    ]
    effects, pairs = plan_transfers(account.household, effects)
    if pairs:
        write_effects(running, effects, pairs)


def _split(found: dict[int, Sorted]) -> None:
    wholes = Transaction.objects.filter(pk__in=found, is_split=False, transfer=None)
    rows = list(wholes)
    wholes.update(is_split=True, category=None)
    parts = Transaction.objects.bulk_create(
        Transaction(
            household_id=whole.household_id,
            account_id=whole.account_id,
            date=whole.date,
            month=whole.month,
            amount=amount,
            status=whole.status,
            parent=whole,
            category_id=category_id,
            notes=notes,
            source=whole.source,
            sorted_by=whole.sorted_by if category_id else SortedBy.NOBODY,
        )
        for whole in rows
        for amount, category_id, notes in found[whole.pk].parts
    )
    refresh_search_text([part.pk for part in parts])
