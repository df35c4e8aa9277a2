"""Rules that people's corrections ask for: the same payee got the same category twice."""

from collections import defaultdict
from dataclasses import dataclass

from accounts.models import Household
from ledger.models import Category, Rule, SortedBy, Source, Transaction
from ledger.rule_rows import YEAR, PastRow, past_rows
from ledger.services.rulebook import engine_for
from ledger.text import alias_key

TWICE = 2
MOST = 5


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule to propose: of a payee, or of rows with this text; `count` corrections ask for it."""

    payee_id: int | None
    text: str
    category_id: int
    category_name: str
    count: int

    @property
    def conditions(self) -> dict:
        if self.payee_id:
            asked = {"field": "payee", "op": "is", "value": self.payee_id}
        else:
            asked = {"field": "description", "op": "contains", "value": self.text}
        return {"match": "all", "of": [asked]}

    @property
    def actions(self) -> list:
        return [{"do": "category", "value": self.category_id}]


def suggest_rules(household: Household) -> list[Suggestion]:
    """At most five, the most asked for first: the last two corrections agree, and no rule says so."""
    rows = past_rows(household, since=household.today() - YEAR, confirmed=True, limit=5_000)
    if not rows:
        return []
    typed = set(
        Transaction.objects.filter(
            household=household, source=Source.MANUAL, sorted_by=SortedBy.PERSON, parent=None
        ).values_list("pk", flat=True)
    )
    groups: dict[tuple, list[PastRow]] = defaultdict(list)
    for row in rows:
        key = (row.payee_id, "") if row.payee_id else (None, alias_key(row.description))
        if row.pk not in typed and (row.payee_id or len(key[1]) >= 4):
            groups[key].append(row)
    active = Category.objects.filter(household=household, archived_at=None)
    names = dict(active.values_list("pk", "name"))
    engine = engine_for(household) if Rule.objects.filter(household=household).exists() else None
    found = []
    for (payee_id, text), same in groups.items():
        category_id = same[0].category_id
        agree = len(same) >= TWICE and same[1].category_id == category_id
        if not agree or category_id not in names:
            continue
        if not payee_id:
            # The key is the text without digits and signs: only where it stands so in the rows.
            text = _common(same)
            if len(text) < 4:
                continue
        if engine is not None and engine.decide(same[0].facts).category_id is not None:
            continue
        count = sum(1 for row in same if row.category_id == category_id)
        name = same[0].payee_name if payee_id else text
        found.append(Suggestion(payee_id, name, category_id, names[category_id], count))
    return sorted(found, key=lambda s: (-s.count, s.text))[:MOST]


def _common(rows: list[PastRow]) -> str:
    """The words at the beginning that all these descriptions share."""
    words = rows[0].description.split()
    for row in rows[1:]:
        others = row.description.split()
        same = 0
        while same < min(len(words), len(others)) and (
            words[same].casefold() == others[same].casefold()
        ):
            same += 1
        words = words[:same]
    return " ".join(words)[:100]
