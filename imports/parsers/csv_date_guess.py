"""Which column is the date of a CSV file, and whether its day or its month comes first."""

from imports.parsers.csv_headers import LATE_DATES, header_score, words_of
from imports.parsers.csv_mapping import Question
from imports.parsers.csv_profile import Column, Table
from imports.parsers.dates import DateVote, order_of, read_parts, split_date, vote


def guess_date(table: Table, currency: str) -> tuple[Column | None, DateVote, Question | None]:
    """The column of the booking date, its form, and what to ask when the form is undecidable."""
    most = max((column.dates for column in table.columns), default=0)
    best, best_score = None, 0.0
    for column in table.columns:
        score = _score(table, column, most)
        if score > best_score:
            best, best_score = column, score
    if best is None:
        return None, DateVote(), None
    voted = vote(best.date_cells, prefer=_preferred_order(table, currency))
    return best, voted, _settle_order(table, best, voted)


def is_taken_by_dates(column: Column) -> bool:
    """A column of dates is nothing else; eight digits without a name may also be a number."""
    named = header_score(column.header, "date") > 0
    return column.is_date and (not column.compact_dates or named)


def _score(table: Table, column: Column, most: int) -> float:
    named = header_score(column.header, "date")
    only_named = not table.rows and named >= 5
    partly = named >= 6 and column.dates * 10 >= column.filled * 3 > 0
    if not (column.is_date or only_named or partly):
        return 0.0
    score = 1 + named + 20 * column.dates / (most or 1)
    score -= 6 * bool(words_of(column.header) & LATE_DATES)
    score -= 15 * (column.compact_dates * 2 > column.dates and not named)
    return score - column.index / 100


def _settle_order(table: Table, date: Column, voted: DateVote) -> Question | None:
    """Another date column may tell what this one cannot; else ask."""
    if not voted.other:
        return None
    for column in table.columns:
        if column is date or not column.is_date or not column.date_cells:
            continue
        other = vote(column.date_cells)
        if other.form in (voted.form, voted.other) and not other.other:
            voted.form, voted.other = other.form, ""
            return None
    spoken = {"%d": "day first", "%m": "month first"}
    example = next((cell.strip() for cell in date.date_cells if split_date(cell)), "")
    forms = sorted((voted.form, voted.other))
    options = tuple((form, f"{spoken[form[:2]]} ({form})") for form in forms)
    text = f"Is “{example[:20]}” written day first or month first?"
    return Question("date_format", text, options, voted.form)


def _preferred_order(table: Table, currency: str) -> str:
    """Only the United States write the month first; their files show dollars or their words."""
    text = " ".join(" ".join(row) for row in table.sample[:50])
    headers = " ".join(table.layout.header)
    if currency in ("USD", "PHP") or "USD" in headers or "($)" in headers:
        return "mdy"
    if currency or any(sign in text + headers for sign in "€£₹") or table.layout.delimiter == ";":
        return "dmy"
    american = ("$" in text, "USD" in text, "Check" in headers, "Withdrawal" in headers)
    return "mdy" if any(american) else "dmy"


def is_newest_first(table: Table, date: Column | None, voted: DateVote) -> bool:
    """Do the dates of the first rows fall more often than they rise?"""
    if date is None or not voted.form:
        return False
    order = order_of(voted.form)
    found = [split_date(row[date.index]) for row in table.sample]
    days = [day for parts in found if parts and (day := read_parts(parts, order))]
    rises = sum(a < b for a, b in zip(days, days[1:], strict=False))
    falls = sum(a > b for a, b in zip(days, days[1:], strict=False))
    return falls > rises
