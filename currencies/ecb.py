"""The European Central Bank's reference rates: eurofxref-hist.csv, its zip, and eurofxref*.xml.

https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/
"""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from core.money import CURRENCIES
from currencies.errors import RatesError

MAX_BYTES = 20 * 1024 * 1024
_KNOWN = frozenset(CURRENCIES)

Line = tuple[dt.date, str, Decimal]


def read_rates(data: bytes) -> Iterator[Line]:
    """(day, currency, for one euro), in the file's order. Raises RatesError."""
    if len(data) > MAX_BYTES:
        raise RatesError("This file is too large.")
    if data.startswith(b"PK"):
        data = _unpacked(data)
    try:
        rows = _xml(data) if data.lstrip()[:1] == b"<" else _table(data)
        yield from rows
    except (ElementTree.ParseError, DefusedXmlException, UnicodeDecodeError, csv.Error) as error:
        raise RatesError("This is no file of the European Central Bank's rates.") from error


def _unpacked(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entry = archive.infolist()[0]
            if entry.file_size > MAX_BYTES:
                raise RatesError("This file is too large.")
            return archive.read(entry)
    except (zipfile.BadZipFile, IndexError, NotImplementedError, RuntimeError) as error:
        raise RatesError("This archive cannot be opened.") from error


def _xml(data: bytes) -> Iterator[Line]:
    for day in ElementTree.fromstring(data).iter():
        if "time" not in day.attrib:
            continue
        on = _day(day.attrib["time"])
        for cube in day:
            yield from _rate(on, cube.attrib.get("currency", ""), cube.attrib.get("rate", ""))


def _table(data: bytes) -> Iterator[Line]:
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    head = [name.strip() for name in next(reader, [])]
    if not head or head[0].lower() != "date":
        raise RatesError("The first column of a table of rates is “Date”.")
    for row in reader:
        if row and row[0].strip():
            on = _day(row[0].strip())
            for currency, rate in zip(head[1:], row[1:], strict=False):
                yield from _rate(on, currency, rate.strip())


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise RatesError(f"“{text[:20]}” is not a date.") from None


def _rate(on: dt.date, currency: str, text: str) -> Iterator[Line]:
    """Nothing for currencies of the past and for days without a rate."""
    if currency not in _KNOWN or text in ("", "N/A"):
        return
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    if not (rate.is_finite() and Decimal("0.00000001") <= rate < Decimal(10) ** 12):
        raise RatesError(f"“{text[:20]}” is not a rate.")
    yield on, currency, rate
