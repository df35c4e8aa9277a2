"""What was decided about a payee before, latest last."""

from ledger.categoriser.rows import Category

KEPT = 16
MOST_PAYEES = 20_000
FADES = 0.7


class Past:
    """One payee's decisions: the last of them, and how many there ever were of each category."""

    __slots__ = ("counts", "last")

    def __init__(self):
        self.last: list[tuple[Category, int, bool, tuple]] = []
        self.counts: dict[Category, int] = {}

    @property
    def length(self) -> int:
        return sum(self.counts.values())

    @property
    def correction(self) -> Category | None:
        """The category of the last decision, if that corrected a guess."""
        return self.last[-1][0] if self.last and self.last[-1][2] else None

    def shares(self, amount: int) -> dict[Category, float]:
        """How much each category is due: recent decisions and those of a like amount count more."""
        weights: dict[Category, float] = {}
        weight = 1.0
        for category, past_amount, *_rest in reversed(self.last):
            like = weight * likeness(amount, past_amount)
            weights[category] = weights.get(category, 0.0) + like
            weight *= FADES
        whole = sum(weights.values()) or 1.0
        return {category: weight / whole for category, weight in weights.items()}


def likeness(one: int, other: int) -> float:
    """1 for equal amounts down to little for those of another sign or size."""
    if one == other:
        return 1.0
    if (one < 0) != (other < 0):
        return 0.1
    small, large = sorted((abs(one) + 50, abs(other) + 50))
    return 0.15 + 0.6 * small / large


class History:
    """The pasts of all payees, the least lately seen forgotten first."""

    def __init__(self):
        self.pasts: dict[str, Past] = {}

    def get(self, key: str) -> Past | None:
        return self.pasts.get(key)

    def learn(
        self, key: str, category: Category, amount: int, corrected: bool = False, step: tuple = ()
    ) -> None:
        past = self.pasts.pop(key, None) or Past()
        self.pasts[key] = past
        past.last.append((category, amount, corrected, step))
        del past.last[:-KEPT]
        past.counts[category] = past.counts.get(category, 0) + 1
        if len(self.pasts) > MOST_PAYEES:
            del self.pasts[next(iter(self.pasts))]

    def unlearn(self, key: str, category: Category, amount: int) -> tuple:
        """Take back the last such decision. Its step, if it is among those still kept."""
        past = self.pasts.get(key)
        if past is None or category not in past.counts:
            return ()
        step = ()
        past.counts[category] -= 1
        if not past.counts[category]:
            del past.counts[category]
        for index in range(len(past.last) - 1, -1, -1):
            if past.last[index][:2] == (category, amount):
                step = past.last.pop(index)[3]
                break
        if not past.counts:
            del self.pasts[key]
        return step

    def dump(self) -> list:
        return [
            [
                key,
                [list(entry) for entry in past.last],
                [list(pair) for pair in past.counts.items()],
            ]
            for key, past in self.pasts.items()
        ]

    def load(self, stored: list) -> None:
        for key, last, counts in stored:
            past = self.pasts[key] = Past()
            past.last = [(*entry[:3], tuple(entry[3])) for entry in last]
            past.counts = dict(map(tuple, counts))
