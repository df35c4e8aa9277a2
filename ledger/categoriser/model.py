"""The categoriser of one household: learns each decision at once and guesses the next ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from math import exp, log

from ledger.categoriser import calibration, concepts, merchants
from ledger.categoriser.bayes import Bayes
from ledger.categoriser.cleaning import clean
from ledger.categoriser.history import History, Past
from ledger.categoriser.linear import Linear, pieces
from ledger.categoriser.rows import Category, Guess, Row, Why

_NONE = Guess(None, 0.0, Why("nothing"))
_FEW_ROWS = 50
_VERSION = 1


@dataclass(slots=True)
class _Evidence:
    """All that is known about a row, gathered once."""

    key: str
    tokens: list[str]
    past: Past | None
    brand: Past | None
    bayes: dict[Category, float]
    known: merchants.Known | None
    named: dict[Category, float]
    concept: Past | None
    shares: dict[Category, float]
    brand_shares: dict[Category, float]
    concept_shares: dict[Category, float]
    pieces: list[str]
    linear: dict[Category, float]


class Categoriser:
    """Guesses categories for one household. `names` are its categories with what it calls them."""

    def __init__(self, names: Mapping[Category, str] | None = None):
        self.names: dict[Category, str] = dict(names or {})
        self.bayes = Bayes()
        self.linear = Linear()
        self.payees = History()
        self.brands = History()
        self.concepts = History()
        self.sureness = calibration.Sureness()
        self.rows = 0

    def set_names(self, names: Mapping[Category, str]) -> None:
        """The household's categories as they are now; only these are guessed if any are given."""
        self.names = dict(names)

    def learn(self, row: Row, category: Category, corrected: bool | None = None) -> None:
        """`row` is of `category`. A correction is followed by the next row of the payee.

        Without `corrected`, a decision is taken as a correction when it was not the guess.
        """
        evidence = self._gather(row)
        ranked = self._rank(row, evidence)
        if ranked:
            guessed = self._chosen(ranked, evidence)
            self.sureness.learn(self._sureness(ranked, guessed, evidence), guessed == category)
            if corrected is None:
                corrected = guessed != category
        step = self.linear.learn(evidence.pieces, category)
        self.payees.learn(evidence.key, category, row.amount, bool(corrected), step)
        for history, key in self._wider(row, evidence):
            history.learn(key, category, row.amount)
        self.bayes.learn(evidence.tokens, category)
        self.rows += 1

    def unlearn(self, row: Row, category: Category) -> None:
        """Take back what `learn` was told. How sure to be stays as experience made it."""
        evidence = self._gather(row)
        keys = (evidence.key, clean(row.description))
        known = [key for key in keys if (past := self.payees.get(key)) and category in past.counts]
        if not known:
            return
        step = self.payees.unlearn(known[0], category, row.amount)
        if step:
            self.linear.undo(evidence.pieces, category, *step)
        for history, key in self._wider(row, evidence):
            history.unlearn(key, category, row.amount)
        self.bayes.unlearn(evidence.tokens, category)
        self.rows -= 1

    def predict(self, row: Row) -> Guess:
        evidence = self._gather(row)
        ranked = self._rank(row, evidence)
        if not ranked:
            return _NONE
        chosen = self._chosen(ranked, evidence)
        sure = self.sureness.of(self._sureness(ranked, chosen, evidence))
        return Guess(chosen, sure, self._why(row, chosen, evidence))

    def predict_all(self, rows: Iterable[Row]) -> list[Guess]:
        return [self.predict(row) for row in rows]

    def dump(self) -> dict:
        """All that was learnt, fit for JSON; the categories' names are not part of it."""
        return {
            "version": _VERSION,
            "rows": self.rows,
            "bayes": self.bayes.dump(),
            "linear": self.linear.dump(),
            "payees": self.payees.dump(),
            "brands": self.brands.dump(),
            "concepts": self.concepts.dump(),
            "sureness": self.sureness.dump(),
        }

    @classmethod
    def load(cls, stored: dict, names: Mapping[Category, str] | None = None) -> "Categoriser":
        """The categoriser of a dump. One of another version must be taught anew: ValueError."""
        if stored.get("version") != _VERSION:
            raise ValueError("a dump of another version")
        made = cls(names)
        made.rows = stored["rows"]
        for part in ("bayes", "linear", "payees", "brands", "concepts", "sureness"):
            getattr(made, part).load(stored[part])
        return made

    def _gather(self, row: Row) -> _Evidence:
        cleaned = clean(row.description)
        key = f"#{row.payee}" if row.payee is not None else cleaned
        tokens = _tokens(cleaned, row)
        known = merchants.find(cleaned)
        past = self.payees.get(key) or self.payees.get(cleaned)
        brand = self.brands.get(_brand(cleaned, known))
        concept = self.concepts.get(f"{known.concept}{row.amount > 0:d}") if known else None
        found = pieces(cleaned, tokens)
        linear = self.linear.scores(found)
        return _Evidence(
            pieces=found,
            linear=linear,
            key=key,
            tokens=tokens,
            past=past,
            brand=brand,
            bayes=self.bayes.log_shares(tokens),
            known=known,
            named=concepts.matches(known.concept, self.names) if known and self.names else {},
            concept=concept,
            shares=past.shares(row.amount) if past else {},
            brand_shares=brand.shares(row.amount) if brand else {},
            concept_shares=concept.shares(row.amount) if concept else {},
        )

    def _wider(self, row: Row, evidence: _Evidence) -> list[tuple[History, str]]:
        """The histories of the brand and of the kind of shop."""
        cleaned = clean(row.description)
        found = [(self.brands, _brand(cleaned, evidence.known))]
        if evidence.known:
            found.append((self.concepts, f"{evidence.known.concept}{row.amount > 0:d}"))
        return found

    def _rank(
        self, row: Row, evidence: _Evidence
    ) -> list[tuple[float, Category, tuple[float, ...]]]:
        """The possible categories with score and features, best first."""
        possible = dict.fromkeys(nlargest(4, evidence.bayes, key=evidence.bayes.__getitem__))
        possible.update(
            dict.fromkeys(nlargest(3, evidence.linear, key=evidence.linear.__getitem__))
        )
        for more in (evidence.shares, evidence.brand_shares, evidence.named):
            possible.update(dict.fromkeys(more))
        if evidence.concept_shares:
            possible[max(evidence.concept_shares, key=evidence.concept_shares.__getitem__)] = None
        if self.names:
            possible = {category: None for category in possible if category in self.names}
        weights = calibration.shipped()["choice"]
        ranked = []
        for category in possible:
            features = self._choice(row, category, evidence)
            ranked.append((calibration.dot(weights, features), category, features))
        ranked.sort(key=lambda found: (-found[0], str(found[1])))
        return ranked

    def _choice(self, row: Row, category: Category, evidence: _Evidence) -> tuple[float, ...]:
        past = evidence.past
        new = past is None
        unseen = category not in self.bayes.rows
        bayes = -6.0 if unseen else max(-10.0, evidence.bayes[category])
        share = evidence.shares.get(category, 0.0)
        brand = evidence.brand_shares.get(category, 0.0)
        named = evidence.named.get(category, 0.0)
        linear = max(-2.0, min(2.0, evidence.linear.get(category, 0.0)))
        few = 1 / (1 + self.rows / _FEW_ROWS)
        all_same = bool(past) and len(past.counts) == 1 and category in past.counts
        equal = (
            [found for found, amount, *_rest in past.last if amount == row.amount] if past else []
        )
        return (
            bayes,
            bayes * new,
            share,
            float(bool(past) and bool(past.last) and past.last[-1][0] == category),
            all_same * min(1.0, past.length / 5) if past else 0.0,
            brand,
            brand * new,
            named * new,
            named * new * few,
            evidence.concept_shares.get(category, 0.0) * new,
            named * new * unseen,
            named * new * bool(evidence.known and evidence.known.name),
            float(unseen),
            log((self.bayes.rows.get(category, 0) + 0.5) / (self.rows + 10)) * new,
            equal.count(category) / len(equal) if equal else 0.0,
            linear,
            linear * new,
        )

    def _chosen(self, ranked, evidence: _Evidence) -> Category:
        """The best, unless the payee's last decision was a correction: that is followed."""
        pinned = evidence.past.correction if evidence.past else None
        if pinned is not None and (not self.names or pinned in self.names):
            return pinned
        return ranked[0][1]

    def _sureness(self, ranked, chosen: Category, evidence: _Evidence) -> tuple[float, ...]:
        best = next(found for found in ranked if found[1] == chosen)
        rival = max((found[0] for found in ranked if found[1] != chosen), default=best[0] - 6.0)
        whole = sum(exp(found[0] - ranked[0][0]) for found in ranked)
        chance = exp(best[0] - ranked[0][0]) / whole
        chance = min(0.9995, max(0.0005, chance))
        past = evidence.past
        last = [found[0] for found in past.last[-5:]] if past else []
        new = float(past is None)
        odds = log(chance / (1 - chance))
        bayes = max(-8.0, evidence.bayes.get(chosen, -8.0))
        return (
            1.0,
            odds,
            odds * new,
            max(-6.0, min(6.0, best[0] - rival)),
            last.count(chosen) / len(last) if last else 0.0,
            float(len(last) >= 3 and len(past.counts) == 1),
            new,
            log(1 + past.length) if past else 0.0,
            float(past is not None and len(past.counts) > 1),
            bayes,
            evidence.named.get(chosen, 0.0) * new,
            float(bool(past) and past.correction == chosen),
        )

    def _why(self, row: Row, chosen: Category, evidence: _Evidence) -> Why:
        past = evidence.past
        if past and (times := past.counts.get(chosen)):
            return Why("history", payee=merchants.display_name(row.description), times=times)
        known = evidence.known
        if known and known.name and evidence.brand and (times := evidence.brand.counts.get(chosen)):
            return Why("history", payee=known.name, times=times)
        if known and chosen in evidence.named:
            return Why("known merchant", payee=known.name or known.pattern)
        words = self.bayes.telling_words([t for t in evidence.tokens if t[0] != "@"], chosen)
        return Why("words", words=tuple(words)) if words else Why("usual")


def _brand(cleaned: str, known: merchants.Known | None) -> str:
    return known.name if known and known.pattern else cleaned.split(" ", 1)[0]


def _tokens(cleaned: str, row: Row) -> list[str]:
    words = cleaned.split()[:10]
    pairs = [f"{one} {other}" for one, other in zip(words, words[1:], strict=False)]
    sign = "+" if row.amount > 0 else "-"
    size = f"@{sign}{abs(row.amount).bit_length()}"
    tokens = [*words, *pairs, f"@{sign}", size]
    if row.provider:
        tokens.append(f"@p {row.provider.casefold()}")
    return tokens
