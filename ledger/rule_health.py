"""Which rules do nothing, and which say different things of the same rows."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import Household
from ledger.models import Rule
from ledger.rule_rows import YEAR, PastRow, past_rows
from ledger.rules.language import RuleError, read_actions
from ledger.services.rulebook import engine_of, text_of

SAMPLE = 5_000
"""How many of the last year's newest transactions the rules are asked of."""
SECONDS = 2
"""What patterns may take while somebody waits for the page."""


@dataclass(frozen=True, slots=True)
class Health:
    """What is to be said of one rule. Names are of other rules."""

    matches: int = 0
    is_dead: bool = False
    """It holds for no row, and never did."""
    shadowed_by: str = ""
    """It holds, but this earlier rule has always said everything already."""
    conflicts_with: str = ""
    conflict_rows: int = 0
    names_what_is_gone: bool = False
    is_slow: bool = False

    @property
    def is_well(self) -> bool:
        troubled = self.is_dead or self.shadowed_by or self.conflicts_with
        return not (troubled or self.names_what_is_gone or self.is_slow)


def rule_health(
    household: Household, rules: Sequence[Rule], rows: Sequence[PastRow] | None = None
) -> dict[int, Health]:
    """The health of each active rule, over a sample of the last year."""
    active = [rule for rule in rules if rule.is_active]
    if not active:
        return {}
    if rows is None:
        rows = past_rows(household, since=household.today() - YEAR, limit=SAMPLE)
    engine = engine_of(household, [text_of(rule) for rule in active], pattern_seconds=SECONDS)
    names = {rule.pk: rule.name for rule in active}
    sorts = {rule.pk: _shape(rule) for rule in active}
    matches, fired = Counter(), Counter()
    before: dict[int, Counter] = defaultdict(Counter)
    clashes: dict[int, Counter] = defaultdict(Counter)
    for row in rows:
        facts = row.facts
        holds = engine.matching(facts)
        if not holds:
            continue
        matches.update(holds)
        did = engine.decide(facts).rule_ids
        fired.update(did)
        for place, pk in enumerate(holds):
            for other in holds[:place]:
                if pk not in did:
                    before[pk][other] += 1
                if sorts[pk] and sorts[other] and sorts[pk] != sorts[other]:
                    clashes[pk][other] += 1
    found = {}
    for rule in active:
        pk = rule.pk
        shadow = before[pk].most_common(1) if matches[pk] and not fired[pk] else []
        clash = clashes[pk].most_common(1)
        found[pk] = Health(
            matches=matches[pk],
            is_dead=bool(rows) and not matches[pk] and not rule.hits,
            shadowed_by=names[shadow[0][0]] if shadow else "",
            conflicts_with=names[clash[0][0]] if clash else "",
            conflict_rows=clash[0][1] if clash else 0,
            names_what_is_gone=pk in engine.broken,
            is_slow=pk in engine.slow,
        )
    return found


def _shape(rule: Rule):
    """What the rule makes of a row's category, to compare."""
    try:
        actions = read_actions(rule.actions)
    except RuleError:
        return None
    return next(
        ((a.do, a.value) for a in actions if a.do in ("category", "split", "transfer")), None
    )
