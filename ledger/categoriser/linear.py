"""A linear classifier over pieces of words that corrects itself by each mistake.

Passive-aggressive (Crammer et al. 2006): a row that is not told apart from its strongest rival by a
margin of one moves both just so far. Weights are whole numbers, so that a step can be taken back
without a trace.
"""

from ledger.categoriser.rows import Category

UNIT = 10_000
MOST_PIECES = 60_000
FIRMNESS = 1.0
"""The share of the way to the margin that one row may move the weights."""


def pieces(cleaned: str, tokens: list[str]) -> list[str]:
    """The tokens and all runs of four letters, the gaps between words included."""
    text = f" {cleaned[:40]} "
    runs = dict.fromkeys(f"_{text[at : at + 4]}" for at in range(len(text) - 3))
    return [*dict.fromkeys(tokens), *runs]


class Linear:
    """Weights of pieces for each category."""

    def __init__(self):
        self.weights: dict[str, dict[Category, int]] = {}

    def scores(self, found: list[str]) -> dict[Category, float]:
        """How much speaks for each category: about 1 for the right one when all is clear."""
        scores: dict[Category, int] = {}
        for piece in found:
            if weights := self.weights.get(piece):
                for category, weight in weights.items():
                    scores[category] = scores.get(category, 0) + weight
        return {category: score / UNIT for category, score in scores.items()}

    def learn(self, found: list[str], category: Category) -> tuple[Category | None, int]:
        """The rival that lost and how far each weight moved: what `undo` needs."""
        scores = self.scores(found)
        mine = scores.pop(category, 0.0)
        rival = max(scores, key=lambda other: (scores[other], str(other)), default=None)
        short = 1.0 - mine + (scores[rival] if rival is not None else 0.0)
        step = round(FIRMNESS * short * UNIT / (2 * len(found)))
        if step <= 0:
            return None, 0
        self._move(found, category, step)
        if rival is not None:
            self._move(found, rival, -step)
        while len(self.weights) > MOST_PIECES:
            del self.weights[next(iter(self.weights))]
        return rival, step

    def undo(self, found: list[str], category: Category, rival: Category | None, step: int) -> None:
        if step:
            self._move(found, category, -step)
            if rival is not None:
                self._move(found, rival, step)

    def _move(self, found: list[str], category: Category, step: int) -> None:
        for piece in found:
            weights = self.weights.pop(piece, None) or {}
            weight = weights.get(category, 0) + step
            if weight:
                weights[category] = weight
            else:
                weights.pop(category, None)
            if weights:
                self.weights[piece] = (
                    weights  # the last moved stand last: the first are forgotten first
                )

    def dump(self) -> list:
        return [
            [piece, [list(pair) for pair in found.items()]] for piece, found in self.weights.items()
        ]

    def load(self, stored: list) -> None:
        self.weights = {piece: dict(map(tuple, found)) for piece, found in stored}
