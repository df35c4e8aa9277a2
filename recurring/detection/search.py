"""The search in one payee's payments: take the best chain that convinces, look at the rest again."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import median_low

from recurring.detection.chains import Chain, Row, apart, best_chain
from recurring.detection.evidence import NEAR, Surroundings, figures, sureness
from recurring.detection.rhythms import RHYTHMS, Fit, Rhythm, fit

ENOUGH = 0.5
"""From this probability on a chain counts."""
_MOST_IN_ONE_PLACE = 8
_CROWD = 40
_CROWDED_DAYS = 3.5
_DAILY = 3


@dataclass(slots=True)
class Candidate:
    """A chain, its rhythm and what speaks for it."""

    rhythm: Rhythm
    rows: list[Row]
    slots: list[int]
    fit: Fit
    evidence: tuple
    sureness: float
    worth: float
    anchor: int
    """The ordinal of the payment in slot 0."""
    had_trial: bool = False
    other_day: int = 0
    """The second day of the month for what comes twice in it."""

    @property
    def size(self) -> int:
        return median_low([row.size for row in self.rows])


def search(rows: list[Row], income: bool, tried: list[Candidate] | None = None) -> list[Candidate]:
    """The series among one payee's payments in date order. `tried` collects what was looked at."""
    found: list[Candidate] = []
    if len(rows) < 2:
        return found
    for pool, strict in _pools(rows):
        taken = {row.place for candidate in found for row in candidate.rows}
        found += _extract([row for row in pool if row.place not in taken], strict, income, tried)
    return found


def _pools(rows: list[Row]):
    span = rows[-1].ordinal - rows[0].ordinal + 1
    if len(rows) <= _CROWD or span > len(rows) * _CROWDED_DAYS:
        yield rows, True
        yield rows, False
        return
    # A shop that is visited all the time: only equal amounts can be told from the rest.
    by_size = defaultdict(list)
    for row in rows:
        by_size[row.size].append(row)
    for size in sorted(by_size):
        pool = by_size[size]
        if len(pool) > 2 and pool[-1].ordinal - pool[0].ordinal > len(pool) * _DAILY:
            yield pool, True


def _extract(rows, strict, income, tried) -> list[Candidate]:
    found = []
    while len(rows) > 1 and len(found) < _MOST_IN_ONE_PLACE:
        candidates = [
            candidate
            for rhythm in RHYTHMS
            if (candidate := _candidate(rows, rhythm, strict, income)) is not None
        ]
        if tried is not None:
            tried += candidates
        candidates.sort(key=lambda candidate: -candidate.worth)
        chosen = next((c for c in candidates if c.sureness >= ENOUGH), None)
        if chosen is None:
            break
        found.append(chosen)
        taken = {row.place for row in chosen.rows}
        rows = [row for row in rows if row.place not in taken]
    return found


def _candidate(rows: list[Row], rhythm: Rhythm, strict: bool, income: bool) -> Candidate | None:
    least = 2 if rhythm.months >= 6 else 3
    if rows[-1].ordinal - rows[0].ordinal < (least - 1) * (rhythm.period - rhythm.slack):
        return None
    chain = best_chain(rows, rhythm, strict)
    if chain is None or len(chain.rows) < least:
        return None
    chain = without_trial(chain)
    if len(chain.rows) < least:
        return None
    fitted = fit(rhythm, [row.ordinal for row in chain.rows], chain.slots)
    evidence = figures(chain, rhythm, fitted, _besides(rows, chain, rhythm), income)
    return Candidate(
        rhythm, chain.rows, chain.slots, fitted, evidence, sureness(evidence),
        _worth(chain, rhythm, fitted), chain.rows[0].ordinal,
    )  # fmt: skip


def without_trial(chain: Chain) -> Chain:
    """The chain without a first charge of next to nothing."""
    if len(chain.rows) > 2 and chain.rows[0].size * 2 < chain.rows[1].size:
        first = chain.slots[1]
        return Chain(chain.rows[1:], [slot - first for slot in chain.slots[1:]])
    return chain


def _worth(chain: Chain, rhythm: Rhythm, fitted: Fit) -> float:
    count = len(chain.rows)
    steps = zip(chain.rows, chain.rows[1:], strict=False)
    uneven = sum(min(1.0, 2 * apart(one.size, other.size)) for one, other in steps)
    missing = chain.slots[-1] + 1 - count
    return count * (1.7 - rhythm.strict * fitted.off) - 1.1 * missing - uneven


def _besides(rows: list[Row], chain: Chain, rhythm: Rhythm) -> Surroundings:
    taken = {row.place for row in chain.rows}
    first, last = chain.rows[0].ordinal, chain.rows[-1].ordinal
    usual = median_low([row.size for row in chain.rows])
    name = chain.rows[len(chain.rows) // 2].key.fine
    rest = [
        row
        for row in rows
        if first - 3 <= row.ordinal <= last + 3 and row.place not in taken and row.key.fine == name
    ]
    same = [row for row in rest if apart(row.size, usual) <= NEAR]
    others = len(rest) - len(same)
    count = len(same)
    # A second subscription at the same payee on another day is no disorder.
    if count * 2 >= len(chain.rows):
        twin = best_chain(same, rhythm, True)
        if twin and len(twin.rows) * 2 >= len(chain.rows):
            fitted = fit(rhythm, [row.ordinal for row in twin.rows], twin.slots)
            if fitted.off <= (2.0 if rhythm.months else 0.4):
                count -= len(twin.rows)
    return Surroundings(count, others)
