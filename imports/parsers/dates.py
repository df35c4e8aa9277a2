"""Reading a printed date, and finding out the order of its parts over a whole column.

A cell such as 05/01/15 is never decided alone. Times after the date, weekdays before it and
ordinal endings are passed over; the date stays as printed, no time zone moves it.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from imports.parsers.text import words

_MONTHS = """
january january januar janvier enero gennaio januari janeiro styczen leden januar tammikuu yanvar
february february februar fevrier febrero febbraio februari fevereiro luty unor februar helmikuu
march march marz mars marzo marzo maart marco marzec brezen marts maaliskuu
april april april avril abril aprile april abril kwiecien duben april huhtikuu
may may mai mai mayo maggio mei maio maj kveten maj toukokuu
june june juni juin junio giugno juni junho czerwiec cerven juni kesakuu
july july juli juillet julio luglio juli julho lipiec cervenec juli heinakuu
august august august aout agosto agosto augustus agosto sierpien srpen august elokuu
september september september septembre septiembre settembre september setembro wrzesien zari september syyskuu
october october oktober octobre octubre ottobre oktober outubro pazdziernik rijen oktober lokakuu
november november november novembre noviembre novembre november novembro listopad listopad november marraskuu
december december dezember decembre diciembre dicembre december dezembro grudzien prosinec december joulukuu
""".strip().splitlines()  # noqa: E501 - one line is one month
_EXTRA = {
    "mar": 3, "mrz": 3, "mrt": 3, "maerz": 3, "sept": 9, "janv": 1, "juil": 7, "cvn": 6,
    "cvc": 7, "aou": 8,
    "stycznia": 1, "lutego": 2, "marca": 3, "kwietnia": 4, "maja": 5, "czerwca": 6, "lipca": 7,
    "sierpnia": 8, "wrzesnia": 9, "pazdziernika": 10, "listopada": 11, "grudnia": 12,
    "янв": 1, "фев": 2, "мар": 3,
    "апр": 4, "мая": 5, "май": 5, "мај": 5, "июн": 6, "июл": 7, "авг": 8, "сен": 9, "окт": 10,
    "ноя": 11, "дек": 12, "января": 1, "февраля": 2, "марта": 3, "апреля": 4, "июня": 6, "июля": 7,
    "августа": 8, "сентября": 9, "октября": 10, "ноября": 11, "декабря": 12,
}  # fmt: skip


def _month_names() -> dict[str, int]:
    """Full names and every beginning of three letters or more that means one month only."""
    names: dict[str, set[int]] = {}
    for month, line in enumerate(_MONTHS, 1):
        for name in line.split():
            for length in range(3, len(name) + 1):
                names.setdefault(name[:length], set()).add(month)
    return {name: min(months) for name, months in names.items() if len(months) == 1} | _EXTRA


MONTH_NAMES = _month_names()
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_FULL_DATE = re.compile(r"\D*(\d{1,4})\s*([-./\s])\s*(\d{1,2})\s*\2\s*(\d{1,4})(?!\d)")
_DIRECTIVES = re.compile(r"%([dmbBYy])")
FIRST_YEAR, LAST_YEAR = 1900, 2199


def month_number(word: str) -> int:
    """1-12 for a month's name or its beginning in a dozen languages, else 0."""
    return MONTH_NAMES.get(plain(word).rstrip("."), 0)


def plain(text: str) -> str:
    """Lower case without accents: what names are compared by."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in folded if not unicodedata.combining(sign))


def _year(digits: str) -> int:
    """Two digits mean 1969 to 2068, as POSIX has it."""
    year = int(digits)
    if len(digits) > 2:
        return year
    return year + (2000 if year < 69 else 1900)


def _make(year: str, month: str | int, day: str) -> dt.date | None:
    try:
        made = dt.date(_year(year), int(month), int(day))
    except (ValueError, OverflowError):
        return None
    return made if FIRST_YEAR <= made.year <= LAST_YEAR else None


def split_date(cell: str) -> tuple[str, list[str]] | None:
    """The way a cell spells a date, and its three parts; None when it is not a date.

    Ways: "-", "/", ".", " " (three numbers with that mark), "compact" (20200213), "named".
    """
    text = cell.strip()
    if not 6 <= len(text) <= 60 or not any(map(str.isdigit, text)):
        return None
    if text[:8].isascii() and text[:8].isdigit():
        rest = text[8:]
        if not rest or not rest[0].isdigit() or (rest[:4].isdigit() and len(text) in (12, 14, 17)):
            return _split_compact(text[:8])
        return None
    match = _FULL_DATE.match(text)
    if match and match.end() <= 16:
        # No name, no code before the date: "REF 12-12-2019" is a text.
        if any(map(str.isalpha, text[: match.start(1)])) and match.start(1) > 4:
            return None
        if _plausible(match[1], match[3], match[4]):
            return match[2] if not match[2].isspace() else " ", [match[1], match[3], match[4]]
        return None
    return _split_named(text)


def _plausible(first: str, second: str, third: str) -> bool:
    sizes = len(first), len(third)
    if 3 in sizes or sizes == (4, 4) or not 1 <= int(second) <= 31:
        return False
    if len(first) == 4:
        return FIRST_YEAR <= int(first) <= LAST_YEAR and 1 <= int(third) <= 31
    if len(third) == 4:
        return FIRST_YEAR <= int(third) <= LAST_YEAR and 1 <= int(first) <= 31
    return len(third) == 2 and (1 <= int(first) <= 31 or 1 <= int(third) <= 31)


def _split_compact(digits: str) -> tuple[str, list[str]] | None:
    if _make(digits[:4], digits[4:6], digits[6:8]):
        return "compact", [digits[:4], digits[4:6], digits[6:8]]
    if _make(digits[4:8], digits[2:4], digits[:2]) or _make(digits[4:8], digits[:2], digits[2:4]):
        return "compact", [digits[:2], digits[2:4], digits[4:8]]
    return None


_ENDINGS = words("""st nd rd th de del of o a er e am pm le den""")


def _split_named(text: str) -> tuple[str, list[str]] | None:
    """A month's name within the first few words, a day beside it and a year after."""
    parts = [part for part in _PARTS.findall(text)[:9] if plain(part) not in _ENDINGS]
    for index, part in enumerate(parts[:4]):
        if part.isdigit() or not month_number(part):
            continue
        # "Mon, 5 Jan 2024" is a date; "Reconciled until January 5, 2024" is a text.
        before = [word for word in parts[:index] if not word.isdigit()]
        if len(before) > 1 or (before and len(before[0]) > 10):
            return None
        around = parts[max(0, index - 1) : index + 3]
        numbers = [piece for piece in around if piece.isdigit()][:2]
        if len(numbers) < 2 or not all(number.isascii() for number in numbers):
            return None
        place = around.index(part)
        if place and parts[index - 1].isdigit():
            return "named", [numbers[0], part, numbers[1]]
        return "named", [part, numbers[0], numbers[1]]
    return None


class DateReader(dict):
    """Cell text -> date, None for an empty cell, or GARBLED. A dict that remembers.

    `form` is written with %d %m %b %Y %y; only the order of its parts counts, so one form reads
    1/2/2020 and 01/02/20, with or without a time.
    """

    GARBLED = object()
    LARGEST = 100_000

    def __init__(self, form: str) -> None:
        super().__init__()
        self.order = order_of(form)
        self._days: dict[str, object] = {}

    def __missing__(self, cell: str) -> object:
        if len(self) > self.LARGEST:
            self.clear()
        # Times make every cell different; the day before the blank or the T does not vary much.
        head = cell.strip()[:10]
        if len(head) == 10 and (value := self._days.get(head)) and cell.lstrip()[10:11] in _CUTS:
            self[cell] = value
            return value
        self[cell] = value = self.read(cell)
        if type(value) is dt.date and len(head) == 10 and head[0].isdigit() and head[9].isdigit():
            self._days[head] = value
        return value

    def read(self, cell: str) -> object:
        """The same as looking up, without remembering."""
        if not cell.strip(" \t\u00a0-"):
            return None
        found = split_date(cell)
        return (found and read_parts(found, self.order)) or self.GARBLED


_CUTS = frozenset([" ", "T", ""])


def order_of(form: str) -> str:
    """ "dmy", "mdy" or "ymd" of a form like %d.%m.%Y. Raises ValueError for other forms."""
    order = "".join(
        {"b": "m", "B": "m", "Y": "y"}.get(letter, letter) for letter in _DIRECTIVES.findall(form)
    )[:3]
    if sorted(order) != ["d", "m", "y"]:
        raise ValueError(f"“{form[:40]}” is not a date format with a day, a month and a year.")
    return order


def read_parts(found: tuple[str, list[str]], order: str) -> dt.date | None:
    """The date that `split_date` found, by `order` where that has a say."""
    way, parts = found
    if way == "named":
        if parts[1].isdigit():
            return _make(parts[2], month_number(parts[0]), parts[1])
        if len(parts[0]) == 4:  # 2020 March 5
            return _make(parts[0], month_number(parts[1]), parts[2])
        return _make(parts[2], month_number(parts[1]), parts[0])
    if len(parts[0]) == 4:
        day_first = order == "ydm"
        return _make(
            parts[0], parts[2] if day_first else parts[1], parts[1] if day_first else parts[2]
        )
    if len(parts[2]) == 4 and order[2] != "y":
        order = "dmy" if way in ". " else "mdy" if order.index("m") < order.index("d") else "dmy"
    named = dict(zip(order, parts, strict=True))
    return _make(named["y"], named["m"], named["d"])


@dataclass(slots=True)
class DateVote:
    """What the cells of one column say of the order of their parts."""

    form: str = ""
    """The likelier form, "" when the column has no dates."""
    other: str = ""
    """The other possible form when the column cannot tell, else ""."""
    dates: int = 0
    seen: list[tuple[str, list[str]]] = field(default_factory=list)


def vote(cells: Iterable[str], *, prefer: str = "dmy") -> DateVote:
    """Decide the form of a column from its different cells, in the order of the file.

    `prefer` is the default where day and month cannot be told apart.
    """
    found = [parts for cell in cells if (parts := split_date(cell))]
    result = DateVote(dates=len(found), seen=found)
    if not found:
        return result
    ways = [way for way, _ in found]
    way = max(set(ways), key=ways.count)
    group = [parts for w, parts in found if w == way]
    if way == "named":
        result.form = "%d %b %Y" if group[0][1].isalpha() else "%b %d, %Y"
    elif sum(len(parts[0]) == 4 for parts in group) * 2 > len(group):
        swapped = sum(int(p[1]) > 12 for p in group) > sum(int(p[2]) > 12 for p in group)
        result.form = _form("ydm" if swapped else "ymd", way, 4)
    else:
        _vote_numbers(result, way, group, prefer)
    return result


def _vote_numbers(result: DateVote, way: str, group: list[list[str]], prefer: str) -> None:
    size = max(len(parts[2]) for parts in group)
    numbers = [tuple(map(int, parts)) for parts in group]
    if size == 2 and sum(a > 31 for a, _, _ in numbers) * 2 > len(numbers):
        result.form = _form("ymd", way, 2)
        return
    day_first, month_first = (
        sum(a > 12 for a, _, _ in numbers),
        sum(b > 12 for _, b, _ in numbers),
    )
    forms = {"dmy": _form("dmy", way, size), "mdy": _form("mdy", way, size)}
    if day_first != month_first:
        result.form = forms["dmy" if day_first > month_first else "mdy"]
    elif way == "." or all(a == b for a, b, _ in numbers):
        # A full stop parts day.month.year everywhere; 05/05 reads the same both ways.
        result.form = forms["dmy" if way == "." else prefer]
    elif order := _sorted_order(group):
        result.form = forms[order]
    else:
        result.form, result.other = forms[prefer], forms["mdy" if prefer == "dmy" else "dmy"]


def _sorted_order(group: list[list[str]]) -> str:
    """Six different days that run in order one way and jump about the other way decide it."""
    if len({tuple(parts) for parts in group}) < 6:
        return ""
    runs = {}
    for order in ("dmy", "mdy"):
        days = [read_parts(("/", parts), order) for parts in group]
        if None in days:
            continue
        pairs = list(zip(days, days[1:], strict=False))
        runs[order] = all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)
    if runs.get("dmy") != runs.get("mdy"):
        return "dmy" if runs.get("dmy") else "mdy"
    return ""


def _form(order: str, way: str, year_digits: int) -> str:
    mark = "" if way == "compact" else way
    letters = {"d": "%d", "m": "%m", "y": "%Y" if year_digits == 4 else "%y"}
    return mark.join(letters[letter] for letter in order)
