"""Multinomial naive Bayes over words, word pairs, sign and size; learns and forgets at once."""

from math import exp, log

from ledger.categoriser.rows import Category

SMOOTHING = 0.1
MOST_WORDS = 60_000


class Bayes:
    """Counts of tokens for each category."""

    def __init__(self):
        self.words: dict[str, dict[Category, int]] = {}
        self.totals: dict[Category, int] = {}
        self.rows: dict[Category, int] = {}

    def learn(self, tokens: list[str], category: Category) -> None:
        for token in tokens:
            counts = self.words.setdefault(token, {})
            counts[category] = counts.get(category, 0) + 1
        self.totals[category] = self.totals.get(category, 0) + len(tokens)
        self.rows[category] = self.rows.get(category, 0) + 1
        if len(self.words) > MOST_WORDS:
            self._forget_rare()

    def unlearn(self, tokens: list[str], category: Category) -> None:
        for token in tokens:
            counts = self.words.get(token)
            if counts and category in counts:
                counts[category] -= 1
                self.totals[category] -= 1
                if not counts[category]:
                    del counts[category]
                if not counts:
                    del self.words[token]
        if category in self.rows:
            self.rows[category] -= 1
            if not self.rows[category]:
                del self.rows[category]
                self.totals.pop(category, None)

    def log_shares(self, tokens: list[str]) -> dict[Category, float]:
        """log P(category | tokens) of every category seen."""
        if not self.rows:
            return {}
        size = SMOOTHING * (len(self.words) + 1)
        known = [counts for token in tokens if (counts := self.words.get(token))]
        scores = {}
        all_rows = sum(self.rows.values())
        for category, rows in self.rows.items():
            rest = log((self.totals[category] + size) / SMOOTHING)
            scores[category] = log(rows / all_rows) - len(known) * rest
        for counts in known:
            for category, count in counts.items():
                scores[category] += log(count / SMOOTHING + 1)
        best = max(scores.values())
        whole = best + log(sum(exp(score - best) for score in scores.values()))
        return {category: score - whole for category, score in scores.items()}

    def telling_words(self, tokens: list[str], category: Category, most: int = 3) -> list[str]:
        """The tokens that speak for `category` above all others."""
        found = []
        for token in tokens:
            counts = self.words.get(token, {})
            if mine := counts.get(category):
                found.append((mine / sum(counts.values()) * log(mine + 1), token))
        return [token for _weight, token in sorted(found, key=lambda pair: -pair[0])[:most]]

    def dump(self) -> list:
        return [
            [
                [token, [list(pair) for pair in counts.items()]]
                for token, counts in self.words.items()
            ],
            [list(pair) for pair in self.totals.items()],
            [list(pair) for pair in self.rows.items()],
        ]

    def load(self, stored: list) -> None:
        words, totals, rows = stored
        self.words = {token: dict(map(tuple, counts)) for token, counts in words}
        self.totals = dict(map(tuple, totals))
        self.rows = dict(map(tuple, rows))

    def _forget_rare(self) -> None:
        """Words seen once, oldest first, until a tenth of the room is free."""
        spare = len(self.words) - MOST_WORDS * 9 // 10
        once = [token for token, counts in self.words.items() if sum(counts.values()) == 1]
        for token in once[:spare]:
            (category,) = self.words.pop(token)
            self.totals[category] -= 1
