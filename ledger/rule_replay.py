"""A draft held against the categories that people confirmed in the last twelve months."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Household
from ledger.models import Account, Category
from ledger.rule_rows import YEAR, PastRow, past_rows
from ledger.rules.engine import RuleText
from ledger.services.rulebook import engine_of

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Miss:
    """A row that a person sorted otherwise."""

    row: PastRow
    currency: str
    person: str
    rule: str


@dataclass(frozen=True, slots=True)
class Replay:
    """How often the draft says what people said."""

    confirmed: int
    decided: int
    right: int
    misses: tuple[Miss, ...]

    @property
    def precision(self) -> int | None:
        """Of what it sorts, the per cent that is right; None when it sorts nothing."""
        return (100 * self.right + self.decided // 2) // self.decided if self.decided else None

    @property
    def coverage(self) -> int | None:
        """The per cent of all confirmed rows that it sorts; None when nobody confirmed any."""
        return (
            (100 * self.decided + self.confirmed // 2) // self.confirmed if self.confirmed else None
        )


def replay_rules(
    household: Household, rules: Sequence[RuleText], rows: Sequence[PastRow] | None = None
) -> Replay:
    """What `rules` would have made of the rows that people sorted themselves."""
    if rows is None:
        rows = past_rows(household, since=household.today() - YEAR, confirmed=True)
    engine = engine_of(household, rules)
    wrong: list[tuple[PastRow, int]] = []
    decided = right = 0
    for row in rows:
        category_id = engine.decide(row.facts).category_id
        if category_id is None:
            continue
        decided += 1
        if category_id == row.category_id:
            right += 1
        elif len(wrong) < SHOWN:
            wrong.append((row, category_id))
    names = dict(Category.objects.filter(household=household).values_list("pk", "name"))
    currencies = dict(Account.objects.for_household(household).values_list("pk", "currency"))
    misses = tuple(
        Miss(row, currencies[row.account_id], names[row.category_id], names[category_id])
        for row, category_id in wrong
    )
    return Replay(len(rows), decided, right, misses)


def replay_draft(household: Household, conditions: dict, actions: list) -> Replay:
    """As `replay_rules`, of one rule that is not saved."""
    return replay_rules(household, [RuleText(0, conditions, actions)])
