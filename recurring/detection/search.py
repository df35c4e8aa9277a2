"""The search in one payee's payments: take the best chain that convinces, look at the rest again."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median_low

from recurring.detection.chains import Chain, Row, apart, best_chain
from recurring.detection.evidence import NEAR, Surroundings, figures, sureness
from recurring.detection.rhythms import (
    FOUR_WEEKLY,
    MONTHLY,
    RHYTHMS,
    Fit,
    Rhythm,
    due,
    fit,
    month_index,
    slots_of,
)

ENOUGH = 0.4
"""From this probability on a chain counts."""
_MOST_IN_ONE_PLACE = 8
_CROWD = 40
_CROWDED_DAYS = 5.5
_DAILY = 3
_NEAR_DAYS = 5
_RARE = 0.9
"""Three charges 28 days apart are sooner monthly ones around February."""
_IN_STEP = Fit(0.0, 1, "", False, 0)


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
    if len(rows) < 2:
        return []
    found: list[Candidate] = []
    taken: dict[int, Row] = {}
    around = _Around(rows)
    for pool, modes in _pools(rows):
        pool = [row for row in pool if row.place not in taken]
        for _ in range(_MOST_IN_ONE_PLACE):
            candidates = _candidates(pool, (around, taken), modes, income, tried is None)
            if tried is not None:
                tried += candidates
            chosen = next((c for c in candidates if c.sureness >= ENOUGH), None)
            if chosen is None:
                break
            found.append(chosen)
            taken |= {row.place: row for row in chosen.rows}
            pool = [row for row in pool if row.place not in taken]
    return found


def _pools(rows: list[Row]) -> Iterator[tuple[list[Row], tuple[bool, ...]]]:
    """Rows to be searched together, and whether strictly by amount, freely, or both."""
    if not _is_crowd(rows):
        yield rows, (True, False)
        return
    by_name, by_size = defaultdict(list), defaultdict(list)
    for row in rows:
        by_name[row.key.fine].append(row)
    if len(by_name) > 1:
        for name in sorted(by_name):
            if not _is_crowd(by_name[name]):
                yield by_name[name], (True, False)
    # A shop that is visited all the time: only equal amounts can be told from the rest.
    for row in rows:
        by_size[row.size].append(row)
    for size in sorted(by_size):
        pool = by_size[size]
        if len(pool) > 2 and pool[-1].ordinal - pool[0].ordinal > len(pool) * _DAILY:
            yield pool, (True,)


def _is_crowd(rows: list[Row]) -> bool:
    span = rows[-1].ordinal - rows[0].ordinal + 1
    return len(rows) > _CROWD and span <= len(rows) * _CROWDED_DAYS


def _candidates(pool, around, modes, income, hurried) -> list[Candidate]:
    """What might recur in the pool, the chain that explains most first."""
    if len(pool) < 2:
        return []
    candidates = [
        candidate
        for rhythm in RHYTHMS
        for part in (pool, *_by_day(pool, rhythm))
        for strict in modes
        if (candidate := _candidate(part, around, rhythm, strict, income, hurried)) is not None
    ]
    return sorted(candidates, key=lambda candidate: -candidate.worth)


def _by_day(pool: list[Row], rhythm: Rhythm) -> list[list[Row]]:
    """The payments around one day of the month, for each of the two days that have most of them.

    Where more comes than once a month, a chain must not wander from one day to the other.
    """
    months = (pool[-1].ordinal - pool[0].ordinal) // 30 + 1
    if rhythm != MONTHLY or not months < len(pool) <= 12 * months:
        return []
    found = []
    rest = pool
    for _ in range(2):
        if len(rest) < 3:
            break
        counts = Counter(month_index(row.ordinal)[1] for row in rest)
        around = [
            sum(counts[(day + n) % 31 or 31] * (4 - abs(n)) for n in range(-3, 4))
            for day in range(1, 32)
        ]
        day = around.index(max(around)) + 1
        near = [row for row in rest if _days_off(row.ordinal, day) <= _NEAR_DAYS]
        found.append(near)
        rest = [row for row in rest if _days_off(row.ordinal, day) > _NEAR_DAYS]
    return found


def _days_off(ordinal: int, day: int) -> int:
    index, _ = month_index(ordinal)
    return min(abs(ordinal - due(near, day)) for near in (index - 1, index, index + 1))


def _candidate(
    pool, around, rhythm: Rhythm, strict: bool, income: bool, hurried: bool
) -> Candidate | None:
    """The best chain in one rhythm; `hurried` leaves those out that no date could save."""
    least = 2 if rhythm.months >= 6 else 3
    if len(pool) < least:
        return None
    if pool[-1].ordinal - pool[0].ordinal < (least - 1) * (rhythm.period - rhythm.slack):
        return None
    chain = best_chain(pool, rhythm, strict)
    if chain is None or len(chain.rows) < least:
        return None
    chain = without_trial(chain)
    if len(chain.rows) < least:
        return None
    besides = _besides(*around, chain, rhythm)
    if hurried and sureness(figures(chain, rhythm, _IN_STEP, besides, income)) < ENOUGH:
        return None
    ordinals = [row.ordinal for row in chain.rows]
    fitted = fit(rhythm, ordinals, chain.slots)
    chain = chain._replace(slots=slots_of(rhythm, fitted, ordinals, chain.slots))
    evidence = figures(chain, rhythm, fitted, besides, income)
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
    offs = [apart(one.size, other.size) for one, other in steps]
    uneven = sum(min(1.1, 0.7 + off) for off in offs if off > NEAR)
    missing = max(0, chain.slots[-1] + 1 - count)
    return (
        count * (1.7 - rhythm.strict * fitted.off)
        - 1.1 * missing
        - uneven
        - _RARE * (rhythm is FOUR_WEEKLY)
    )


class _Around:
    """A payee's payments by name, so that those beside a chain are counted without a walk."""

    def __init__(self, rows: list[Row]) -> None:
        self.ordinals: dict[str, list[int]] = defaultdict(list)
        self.sizes: dict[str, list[tuple[int, int, Row]]] = defaultdict(list)
        for row in rows:
            self.ordinals[row.key.fine].append(row.ordinal)
            self.sizes[row.key.fine].append((row.size, row.place, row))
        for sizes in self.sizes.values():
            sizes.sort(key=lambda found: found[:2])

    def like(self, name: str, size: int) -> list[Row]:
        """The rows of about a size, by date."""
        sizes = self.sizes[name]
        low = bisect_left(sizes, size - size // 20, key=lambda found: found[0])
        high = bisect_right(sizes, size + size // 20, key=lambda found: found[0])
        near = [row for _, _, row in sizes[low:high] if apart(row.size, size) <= NEAR]
        return sorted(near, key=lambda row: row.place)

    def during(self, name: str, first: int, last: int) -> int:
        ordinals = self.ordinals[name]
        return bisect_right(ordinals, last) - bisect_left(ordinals, first)


def _besides(around: _Around, taken: dict[int, Row], chain: Chain, rhythm: Rhythm) -> Surroundings:
    """What else there is of the chain's payee; `taken` are rows of series found before."""
    mine = {row.place for row in chain.rows}
    first, last = chain.rows[0].ordinal - 3, chain.rows[-1].ordinal + 3
    usual = median_low([row.size for row in chain.rows])
    name = chain.rows[len(chain.rows) // 2].key.fine
    # Equal amounts at any time: what came in step for a while by chance came out of step as well.
    like = around.like(name, usual)
    same = [row for row in like if row.place not in mine and row.place not in taken]
    gone = {
        row.place
        for row in (*taken.values(), *chain.rows, *same)
        if row.key.fine == name and first <= row.ordinal <= last
    }
    others = around.during(name, first, last) - len(gone)
    count = len(same)
    # A second subscription at the same payee on another day is no disorder.
    if len(chain.rows) <= count * 2 <= len(chain.rows) * 8:
        twin = best_chain(same, rhythm, True)
        if twin and len(twin.rows) * 2 >= len(chain.rows) and len(twin.rows) > 2:
            fitted = fit(rhythm, [row.ordinal for row in twin.rows], twin.slots)
            if fitted.off <= (2.0 if rhythm.months else 0.4):
                count -= len(twin.rows)
    return Surroundings(count, others)
