"""Exchange rates: read, kept, fetched over HTTP, and what they make of amounts."""

import datetime as dt
import io
import threading
import zipfile
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from currencies.conversion import RateTable
from currencies.ecb import read_rates
from currencies.errors import RatesError
from currencies.models import Rate
from currencies.services import fetch_rates, store_rates, type_rate
from currencies.tasks import fetch

FRIDAY = dt.date(2026, 11, 20)
CSV = b"Date,USD,JPY,ROL,GBP,\n2026-11-20,1.0850,164.25,N/A,0.8350,\n2026-11-19,1.08,164,N/A,,\n"
XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
  xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <Cube><Cube time="2026-11-20"><Cube currency="USD" rate="1.0850"/></Cube></Cube>
</gesmes:Envelope>"""


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("eurofxref-hist.csv", data)
    return file.getvalue()


@pytest.mark.parametrize("data", [CSV, zipped(CSV)])
def test_a_table_is_read_without_what_it_does_not_say(data):
    assert list(read_rates(data)) == [
        (FRIDAY, "USD", Decimal("1.0850")),
        (FRIDAY, "JPY", Decimal("164.25")),
        (FRIDAY, "GBP", Decimal("0.8350")),
        (dt.date(2026, 11, 19), "USD", Decimal("1.08")),
        (dt.date(2026, 11, 19), "JPY", Decimal("164")),
    ]


def test_the_daily_xml_is_read():
    assert list(read_rates(XML)) == [(FRIDAY, "USD", Decimal("1.0850"))]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Name,USD\nx,1\n",
        b"Date,USD\nyesterday,1\n",
        b"Date,USD\n2026-11-20,NaN\n",
        b"Date,USD\n2026-11-20,-1\n",
        b"Date,USD\n2026-11-20,1e400\n",
        b"<a",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"PK\x03\x04broken",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_file_of_rates_is_refused_and_nothing_kept(data, db):
    with pytest.raises(RatesError):
        store_rates(data)
    assert not Rate.objects.exists()


@pytest.mark.django_db
def test_the_same_file_again_changes_nothing_and_typed_rates_stay():
    type_rate(currency="USD", on=FRIDAY, per_euro=Decimal("1.5"))
    store_rates(CSV)
    store_rates(CSV)
    assert Rate.objects.count() == 5
    assert Rate.objects.get(currency="USD", on=FRIDAY).per_euro == Decimal("1.5")


@pytest.mark.django_db
def test_amounts_are_converted_at_the_days_rate_or_that_of_the_last_working_day(
    django_assert_num_queries,
):
    store_rates(CSV)
    sunday = FRIDAY + dt.timedelta(days=2)
    with django_assert_num_queries(1):
        rates = RateTable({"USD", "JPY", "EUR"}, FRIDAY, sunday)
    found = rates.convert(10_850, "USD", "EUR", sunday)
    assert (found.minor, found.currency, found.on) == (10_000, "EUR", FRIDAY)
    # 100.00 EUR are 16,425 yen, which have no decimals; between two others by way of the euro.
    assert rates.convert(10_000, "EUR", "JPY", FRIDAY).minor == 16_425
    assert rates.convert(-108_50, "USD", "JPY", FRIDAY).minor == -16_425


@pytest.mark.django_db
def test_a_rate_that_is_too_old_or_missing_is_no_rate():
    store_rates(CSV)
    later = FRIDAY + dt.timedelta(days=11)
    rates = RateTable({"USD", "CHF"}, FRIDAY, later)
    assert rates.convert(100, "USD", "EUR", later) is None
    assert rates.convert(100, "CHF", "EUR", FRIDAY) is None
    assert rates.convert(100, "USD", "EUR", dt.date(2026, 11, 1)) is None


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_in_its_own_currency_is_itself(minor, currency):
    rates = RateTable((), FRIDAY, FRIDAY)
    assert rates.convert(minor, currency, currency, FRIDAY).minor == minor


class _Bank(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/rates" else 404)
        self.end_headers()
        self.wfile.write(CSV)

    def log_message(self, *args):
        pass


@pytest.fixture
def central_bank():
    server = HTTPServer(("127.0.0.1", 0), _Bank)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_rates_are_fetched_by_task_and_command(central_bank, settings, tmp_path):
    settings.RATES_URL = f"{central_bank}/rates"
    fetch()
    assert Rate.objects.count() == 5
    Rate.objects.all().delete()
    file = tmp_path / "rates.csv"
    file.write_bytes(CSV)
    call_command("import_rates", str(file), since=FRIDAY)
    assert set(Rate.objects.values_list("on", flat=True)) == {FRIDAY}


@pytest.mark.django_db
def test_a_bank_that_does_not_answer_changes_nothing(central_bank, settings):
    settings.RATES_URL = f"{central_bank}/gone"
    with pytest.raises(RatesError):
        fetch_rates()
    fetch()  # tries again at its next time
    with pytest.raises(CommandError, match="could not be fetched"):
        call_command("import_rates")
    settings.RATES_URL = ""
    assert fetch_rates() == 0
    assert not Rate.objects.exists()
