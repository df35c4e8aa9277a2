"""What the demo household earns and spends: pure, seeded, relative to today.

Amounts are euro cents. Two adults, a child, a mortgaged house; they save a little most months.
"""

import datetime as dt
import random
from collections.abc import Iterator
from typing import NamedTuple

from core.months import add_months


class Planned(NamedTuple):
    """One movement, or with `to` a transfer, or with `parts` a split."""

    date: dt.date
    account: str
    amount: int
    text: str
    payee: str
    category: str
    to: str = ""
    parts: tuple = ()
    tag: str = ""
    notes: str = ""
    refund_of: str = ""


_SHOPS = [
    ("EDEKA MARKT 4711", "Edeka", "Groceries", 2800, 9800, 26),
    ("LIDL DIENSTLEISTUNG", "Lidl", "Groceries", 1500, 5400, 22),
    ("REWE SAGT DANKE", "Rewe", "Groceries", 900, 4700, 18),
    ("DM DROGERIE MARKT", "dm", "Body care", 700, 3600, 7),
    ("BAECKEREI HOFMANN", "Bakery Hofmann", "Coffee and snacks", 320, 1250, 16),
    ("CAFE LUNA", "Café Luna", "Coffee and snacks", 480, 1460, 9),
    ("OSTERIA DA PINO", "Osteria da Pino", "Eating out", 3200, 8800, 5),
    ("SUSHI KOI", "Sushi Koi", "Eating out", 2400, 6100, 3),
    ("SHELL STATION 0815", "Shell", "Fuel", 4800, 8600, 7),
    ("DB VERTRIEB GMBH", "Deutsche Bahn", "Public transport", 1190, 8990, 4),
    ("APOTHEKE AM MARKT", "Apotheke am Markt", "Doctor and pharmacy", 650, 3900, 3),
    ("H&M SE", "H&M", "Clothes", 1900, 8900, 3),
    ("THALIA BUECHER", "Thalia", "Hobbies and culture", 999, 4200, 3),
    ("OBI BAUMARKT 233", "OBI", "Furniture and repairs", 1200, 14500, 3),
    ("AMZN MKTP DE", "Amazon", "Electronics", 990, 7900, 6),
    ("SPIELWAREN KROEMER", "Krömer", "Children", 1200, 4900, 2),
    ("FRESSNAPF 120", "Fressnapf", "Pets", 1800, 4600, 3),
]

# day, account, amount, text, payee, category
_MONTHLY = [
    (5, "joint", -28_900, "VW LEASING RATE", "VW Leasing", "Car and insurance"),
    (2, "joint", -11_800, "STADTWERKE ABSCHLAG STROM GAS", "Stadtwerke", "Electricity and heating"),
    (3, "joint", -3_995, "TELEKOM FESTNETZ INTERNET", "Telekom", "Internet and phone"),
    (4, "joint", -38_500, "KITA REGENBOGEN BEITRAG", "Kita Regenbogen", "Childcare and school"),
    (5, "current", -1_799, "NETFLIX INTERNATIONAL", "Netflix", "Streaming and media"),
    (6, "current", -1_099, "SPOTIFY AB", "Spotify", "Streaming and media"),
    (8, "current", -2_990, "FITNESS LOFT MITGLIED", "Fitness Loft", "Sport"),
    (10, "joint", -6_420, "HUK COBURG KFZ", "HUK-Coburg", "Car and insurance"),
    (12, "joint", -2_480, "ABFALLWIRTSCHAFT GEBUEHR", "Abfallwirtschaft", "Water and waste"),
    (15, "current", -1_499, "DRILLISCH MOBIL", "Drillisch", "Internet and phone"),
]


def plan(today: dt.date, months: int = 24, seed: int = 20) -> Iterator[Planned]:
    """Every movement of the last `months` months up to `today`, in no order."""
    rng = random.Random(seed)  # noqa: S311 invented shopping
    first = add_months(today.replace(day=1), -(months - 1))
    owed = 0
    for back in range(months):
        start = add_months(first, back)
        rows = [row for row in _month(rng, start, back) if row.date <= today]
        yield from rows
        bill = start.replace(day=9)
        if owed and bill <= today:
            yield Planned(bill, "current", owed, "KREDITKARTE ABRECHNUNG", "", "", to="card")
        owed = sum(row.amount for row in rows if row.account == "card")


def _month(rng: random.Random, start: dt.date, number: int) -> Iterator[Planned]:
    last = (add_months(start, 1) - dt.timedelta(days=1)).day

    def day(of_month: int) -> dt.date:
        return start.replace(day=min(of_month, last))

    raise_ = number // 12 * 6_000
    yield Planned(
        day(1), "current", 248_540 + raise_, "LOHN/GEHALT ACME GMBH", "ACME GmbH", "Salary"
    )
    yield Planned(
        day(2),
        "joint",
        171_220 + raise_ // 2,
        "GEHALT STADT MUSTERSTADT",
        "City of Musterstadt",
        "Salary",
    )
    yield Planned(
        day(9),
        "joint",
        25_000,
        "FAMILIENKASSE KINDERGELD",
        "Familienkasse",
        "Benefits and allowances",
    )
    yield Planned(day(1), "joint", -72_000, "TILGUNG HYPOTHEK 8812", "", "", to="mortgage")
    yield Planned(
        day(1),
        "joint",
        -28_350 + number * 120,
        "ZINSEN HYPOTHEK 8812",
        "Sparda Bank",
        "Rent and mortgage",
    )
    for of_month, account, amount, text, payee, category in _MONTHLY:
        yield Planned(day(of_month), account, amount, text, payee, category)
    yield Planned(day(2), "current", -80_000, "HAUSHALTSGELD", "", "", to="joint")
    yield Planned(day(3), "current", -25_000, "SPAREN", "", "", to="savings")
    yield Planned(day(14), "current", -15_000, "GELDAUTOMAT", "", "", to="cash")
    yield from _spending(rng, start, last)
    yield from _yearly(rng, start, day)
    if number % 3 == 2:
        yield Planned(
            day(30),
            "savings",
            rng.randint(2_400, 4_100),
            "HABENZINSEN",
            "Sparda Bank",
            "Interest and dividends",
        )


def _spending(rng: random.Random, start: dt.date, last: int) -> Iterator[Planned]:
    weights = [shop[5] for shop in _SHOPS]
    for text, payee, category, low, high, _weight in rng.choices(
        _SHOPS, weights, k=rng.randint(34, 44)
    ):
        on = start.replace(day=rng.randint(1, last))
        account = rng.choices(["joint", "card", "cash", "current"], [46, 34, 8, 12])[0]
        if category == "Coffee and snacks" and rng.random() < 0.5:
            account = "cash"
        yield Planned(on, account, -rng.randint(low, high), f"{text} {on:%d.%m}", payee, category)
    on = start.replace(day=rng.randint(10, 20))
    whole = -rng.randint(6_000, 11_000)
    share = whole * 3 // 5
    parts = ((share, "Groceries"), (whole - share, "Body care"))
    yield Planned(on, "joint", whole, f"KAUFLAND {on:%d.%m}", "Kaufland", "", parts=parts)
    if rng.random() < 0.5:
        on = start.replace(day=rng.randint(3, 18))
        amount = rng.randint(2_900, 7_900)
        yield Planned(on, "card", -amount, f"ZALANDO SE {on:%d%m}", "Zalando", "Clothes")
        back = on + dt.timedelta(days=9)
        yield Planned(
            back,
            "card",
            amount,
            f"ZALANDO SE ERSTATTUNG {on:%d%m}",
            "Zalando",
            "Clothes",
            refund_of=f"ZALANDO SE {on:%d%m}",
        )
    if rng.random() < 0.6:
        on = start.replace(day=rng.randint(1, last))
        yield Planned(
            on,
            "card",
            -rng.randint(900, 4_900),
            f"PAYPAL *UNKLAR {rng.randint(1000, 9999)}",
            "",
            "",
        )


def _yearly(rng: random.Random, start: dt.date, day) -> Iterator[Planned]:
    if start.month == 8:
        for of_month, text, payee, amount in (
            (2, "TUI FLY", "TUI", 74_800),
            (4, "HOTEL MAR AZUL", "Hotel Mar Azul", 98_500),
            (6, "RESTAURANTE EL PUERTO", "El Puerto", 8_460),
            (9, "RENT A CAR PALMA", "Rent a Car", 21_300),
        ):
            yield Planned(
                day(of_month),
                "card",
                -amount,
                text,
                payee,
                "Holidays",
                tag="mallorca",
                notes="Summer holiday",
            )
    if start.month == 1:
        yield Planned(
            day(7), "joint", -31_240, "ALLIANZ HAUSRAT HAFTPFLICHT", "Allianz", "Insurance"
        )
        yield Planned(day(15), "joint", -23_800, "KFZ STEUER BUNDESKASSE", "Bundeskasse", "Taxes")
    if start.month == 6:
        yield Planned(
            day(18), "current", 64_210, "FINANZAMT ERSTATTUNG EST", "Finanzamt", "Other income"
        )
    if start.month == 12:
        yield Planned(
            day(12),
            "card",
            -rng.randint(18_000, 26_000),
            "SPIELWAREN KROEMER",
            "Krömer",
            "Gifts and donations",
        )
        yield Planned(day(27), "current", 89_000, "WEIHNACHTSGELD ACME GMBH", "ACME GmbH", "Salary")


OPENING = {
    "current": 214_380,
    "joint": 186_240,
    "savings": 1_182_000,
    "card": 0,
    "cash": 8_400,
    "mortgage": -19_860_000,
    "house": 34_500_000,
}
"""Balances before the first movement."""
