"""Regular expressions of people, kept within their time. Pure."""

import re

import regex

MAX_LENGTH = 300
ROW_SECONDS = 0.05
"""What one pattern may take on one row; it is not asked again in a run where it took longer."""
TEXT_LIMIT = 1000
"""Characters of a text that patterns are asked of: no bank writes more."""

_COUNT = re.compile(r"(?<!\\)\{(\d*),?(\d*)\}")
_BRACES = re.compile(r"(?<!\\)\{[^}]*[a-z<][^}]*\}", re.IGNORECASE)
_CALLS = re.compile(r"\(\?(?:R|&|P>|[0-9]|[+-][0-9])|\\L<")
_SAFE_PRODUCT = 2_000


class PatternError(ValueError):
    """A pattern that is not taken; `reason` is "pattern" (wrong) or "slow" (dangerous)."""

    def __init__(self, reason: str, text: str):
        self.reason = reason
        super().__init__(text)


def compile_pattern(text: str):
    """The pattern, case aside. Raises PatternError when it is none."""
    if len(text) > MAX_LENGTH:
        raise PatternError("pattern", f"A pattern has {MAX_LENGTH} characters at most.")
    if _CALLS.search(text) or _fuzzy(text):
        raise PatternError(
            "slow", "This pattern calls itself or matches loosely: it may never end."
        )
    product = 1
    for low, high in _COUNT.findall(text):
        product *= max(int(low or 1), int(high or 1), 1)
    if product > _SAFE_PRODUCT:
        raise PatternError("slow", "This pattern repeats too often.")
    try:
        return regex.compile(text, regex.IGNORECASE | regex.VERSION0)
    except (regex.error, OverflowError, RecursionError, ValueError, IndexError, KeyError) as error:
        raise PatternError("pattern", f"This is not a pattern: {error}") from error


def _fuzzy(text: str) -> bool:
    """Whether braces say how many errors are allowed (\\p{L} and \\N{...} are braces of characters)."""
    bare = re.sub(r"\\[pPNx]\{[^}]*\}", "", text)
    return bool(_BRACES.search(bare))


def check_pattern(text: str):
    """As `compile_pattern`, and tried on texts that make bad patterns run for ever."""
    compiled = compile_pattern(text)
    for probe in _probes(text):
        try:
            compiled.search(probe, timeout=ROW_SECONDS)
        except TimeoutError:
            raise PatternError(
                "slow", "This pattern takes too long: a repeat within a repeat, most likely."
            ) from None
    return compiled


def _probes(text: str):
    bare = re.sub(r"\\.|\(\?[a-zA-Z:=!<]*", "", text)
    literal = "".join(dict.fromkeys(char for char in bare if char.isalnum() or char in " -_/"))
    seeds = [*literal[:12], "a", "A", "0", " ", "-", "ab", "a ", "0 ", literal, bare]
    for seed in dict.fromkeys(seed for seed in seeds if seed):
        yield (seed * 64)[:64] + "\x00"
        # With all that the pattern asks for somewhere: else it gives up before it begins.
        yield f"{(seed * 64)[:64]}\x00{literal}"
        yield (seed * 500)[:500] + "\x00!"


def is_tame(text: str) -> bool:
    """Whether the pattern cannot take long on a short text: no choices, two repeats at most.

    Asking the clock costs eight times what such a pattern costs.
    """
    bare = re.sub(r"\\.", "", text)
    return not set("(|") & set(bare) and sum(map(bare.count, "*+?{")) <= 2


_SHORT = 200


class Search:
    """A pattern in one run: False from the row on where it took too long."""

    __slots__ = ("is_tame", "pattern", "stopped", "watch")

    def __init__(self, text: str, watch):
        self.watch = watch
        self.stopped = ""
        self.is_tame = is_tame(text)
        try:
            self.pattern = compile_pattern(text)
        except PatternError as error:
            self.pattern, self.stopped = None, error.reason

    def __call__(self, text: str) -> bool:
        if self.stopped:
            return False
        if self.watch.is_over:
            self.stopped = "budget"
            return False
        if self.is_tame and len(text) <= _SHORT:
            return self.pattern.search(text) is not None
        try:
            with self.watch:
                return self.pattern.search(text[:TEXT_LIMIT], timeout=ROW_SECONDS) is not None
        except TimeoutError:
            self.stopped = "slow"
            return False
