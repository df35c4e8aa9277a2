"""What a rule would change of the transactions that are here, before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Household
from core.formatting import format_money
from ledger.models import Account, Category, Tag
from ledger.rule_rows import PastRow, past_rows
from ledger.rules.engine import RuleText
from ledger.services.rule_effects import Effect, effect_of, plan_transfers
from ledger.services.rulebook import engine_of

SHOWN = 50
REACH = 50_000
"""How many of the newest transactions are looked at."""
SECONDS = 5
"""What patterns may take while somebody waits for the page."""


@dataclass(frozen=True, slots=True)
class Line:
    """A fact of a row: before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A transaction that would change."""

    row: PastRow
    currency: str
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """How many rows match and would change, the first of them, and what is counted by kind."""

    asked: int
    matches: int
    changes: int
    rows: tuple[PreviewRow, ...]
    protected: int
    """Matches whose category a person chose, which stays."""
    slow: bool
    is_whole: bool
    """Whether all transactions were looked at."""


def preview_rule(
    household: Household,
    conditions: dict,
    actions: list,
    *,
    overwrite: bool = False,
    rows: Sequence[PastRow] | None = None,
) -> Preview:
    """What this draft would change if it were applied to the past, alone. Raises nothing: a draft
    that cannot be read changes nothing."""
    engine = engine_of(household, [RuleText(0, conditions, actions)], pattern_seconds=SECONDS)
    rows = past_rows(household, limit=REACH) if rows is None else rows
    effects: list[Effect] = []
    matches = protected = 0
    for row in rows:
        decision = engine.decide(row.facts)
        if not decision:
            continue
        matches += 1
        wants = decision.category_id or decision.parts or decision.transfer_to
        if wants and row.is_persons and not overwrite and row.category_id != decision.category_id:
            protected += 1
        if effect := effect_of(row, decision, overwrite=overwrite):
            effects.append(effect)
    effects, _pairs = plan_transfers(household, effects)
    names = _Names(household)
    return Preview(
        asked=len(rows),
        matches=matches,
        changes=len(effects),
        rows=tuple(names.row(effect) for effect in effects[:SHOWN]),
        protected=protected,
        slow=bool(engine.slow),
        is_whole=len(rows) < REACH,
    )


class _Names:
    """Texts of what effects change."""

    def __init__(self, household: Household):
        self.accounts = {a.pk: a for a in Account.objects.for_household(household)}
        self.categories = dict(
            Category.objects.filter(household=household).values_list("pk", "name")
        )
        self.tags = dict(Tag.objects.filter(household=household).values_list("pk", "name"))

    def row(self, effect: Effect) -> PreviewRow:
        row = effect.row
        currency = self.accounts[row.account_id].currency
        lines = tuple(self._lines(effect, currency))
        title = row.payee_name or row.description
        return PreviewRow(row, currency, title, lines)

    def _category(self, pk: int | None) -> str:
        return self.categories.get(pk, "") if pk else ""

    def _lines(self, effect: Effect, currency: str):
        row, decision, facts = effect.row, effect.decision, effect.facts
        before = self._category(row.category_id)
        if effect.payee_name is not None:
            yield Line(_("Payee"), row.payee_name, effect.payee_name)
        if effect.splits:
            parts = ", ".join(
                f"{format_money(part.amount, currency)} {self._category(part.category_id)}".strip()
                for part in decision.parts
            )
            yield Line(_("Split"), before, parts)
        elif "category_id" in facts:
            yield Line(_("Category"), before, self._category(facts["category_id"]))
        if effect.transfer_to:
            yield Line(_("Transfer to"), before, self.accounts[effect.transfer_to].name)
        if effect.tag_ids or effect.tag_names:
            new = [self.tags.get(pk, "") for pk in effect.tag_ids] + list(effect.tag_names)
            old = [self.tags.get(pk, "") for pk in sorted(row.tags)]
            yield Line(_("Tags"), ", ".join(old), ", ".join(old + new))
        if "notes" in facts:
            yield Line(_("Notes"), row.notes, facts["notes"])
        if "needs_review" in facts:
            yield Line(_("Inbox"), _("To look at"), _("Looked at"))
