#!/usr/bin/env python3
"""Writes made-up households whose recurring payments are known, with every trap in them.

    .venv/bin/python benchmarks/recurring_households.py --seed 3 --households 8 > three.csv
    .venv/bin/python benchmarks/recurring_households.py --seed 100 --plain > other.csv

Columns: household, date, description, amount, series, rhythm, trap. A row that belongs to nothing
that recurs has no series; its trap says what it tempts with. `--plain` is a second world, written
differently: short descriptions, other delays, 12 to 36 months. Nothing is tuned on it.
"""

import argparse
import csv
import datetime as dt
import sys
from calendar import monthrange
from pathlib import Path
from random import Random
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.recurring_noise import noise  # noqa: E402
from benchmarks.recurring_words import (  # noqa: E402
    BANKS,
    INCOME,
    PEOPLE,
    SUBSCRIPTIONS,
    SYLLABLES,
    UTILITIES,
    Bank,
)

STEPS = {"weekly": 7, "fortnightly": 14, "four-weekly": 28}
MONTHS = {"monthly": 1, "every two months": 2, "quarterly": 3, "half-yearly": 6, "yearly": 12}


class Line(NamedTuple):
    date: dt.date
    description: str
    amount: int
    series: str
    rhythm: str
    trap: str


def holidays(year: int) -> set[dt.date]:
    """New Year, Easter, May Day, Christmas: enough for four countries."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    easter = dt.date(year, f // 31, f % 31 + 1)
    return {
        *(dt.date(year, m, n) for m, n in ((1, 1), (5, 1), (12, 25), (12, 26))),
        easter - dt.timedelta(days=2),
        easter + dt.timedelta(days=1),
    }


def working(day: dt.date, step: int) -> dt.date:
    while day.weekday() > 4 or day in holidays(day.year):
        day += dt.timedelta(days=step)
    return day


class Household:
    """One household's rows as they are made."""

    def __init__(self, name: str, rng: Random, plain: bool) -> None:
        self.name, self.rng, self.plain = name, rng, plain
        months = rng.randint(12, 36) if plain else rng.choice((12, 15, 18, 24, 30, 36))
        self.first = dt.date(rng.randint(2018, 2023), rng.randint(1, 12), rng.randint(1, 28))
        self.last = self.first + dt.timedelta(days=round(months * 30.44))
        self.bank: Bank = BANKS[rng.choice(sorted(BANKS))]
        self.terse = rng.random() < 0.3
        self.lines: list[Line] = []
        self.used: set[str] = set()

    # What banks print

    def write(self, kind: str, name: str) -> str:
        rng = self.rng
        if self.plain or self.terse:
            return name if rng.random() < 0.8 else f"{name} {rng.randint(100, 99999)}"
        form = rng.choice(self.bank.forms[kind]) if kind == "card" else self.bank.forms[kind][0]
        letters = "".join(rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(4))
        return form.format(
            name=name,
            ref=f"{letters}{rng.randint(10**5, 10**9)}",
            n=rng.randint(1000, 9999),
            dm=f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}",
            place=rng.choice(self.bank.places),
        )

    def fresh(self, names: list[str]) -> str:
        if names is SUBSCRIPTIONS and self.rng.random() < 0.4:
            # A name that no list of merchants has.
            syllables = self.rng.choices(SYLLABLES, k=self.rng.randint(2, 4))
            names = ["".join(syllables).title() + self.rng.choice(("", " Ltd", " Club", " GmbH"))]
        left = [name for name in names if name not in self.used] or names
        name = self.rng.choice(left)
        self.used.add(name)
        return name

    # Dates

    def dates(self, rhythm: str, start=None, end=None, anchor=None, moved=None) -> list[dt.date]:
        rng = self.rng
        start, end = start or self.first, end or self.last
        if rhythm in STEPS:
            day = start + dt.timedelta(days=rng.randrange(STEPS[rhythm]))
            found = []
            while day <= end:
                found.append(day)
                day += dt.timedelta(days=STEPS[rhythm])
        elif rhythm == "twice a month":
            pair = anchor or rng.choice(((1, 15), (15, 31), (5, 20), (15, 30)))
            found = self.month_days(1, pair, 0)
        else:
            anchor = anchor or rng.choice((1, 1, 2, 3, 5, 8, 12, 15, 17, 20, 25, 27, 28, 30, 31))
            found = self.month_days(MONTHS[rhythm], (anchor,), rng.randrange(MONTHS[rhythm]))
        moved = moved or rng.choice(("as is", "as is", "after", "before"))
        return [self.late(day, moved) for day in found if start <= day <= end]

    def month_days(self, step: int, days: tuple, offset: int) -> list[dt.date]:
        found = []
        index = self.first.year * 12 + self.first.month - 1 + offset
        while index <= self.last.year * 12 + self.last.month - 1:
            year, month = index // 12, index % 12 + 1
            for day in days:
                found.append(dt.date(year, month, min(day, monthrange(year, month)[1])))
            index += step
        return found

    def late(self, day: dt.date, moved: str) -> dt.date:
        if moved == "exact":
            return day
        if moved == "before":
            day = working(day, -1)
        elif moved == "after":
            day = working(day, 1)
        return day + dt.timedelta(days=self.slip())

    def slip(self) -> int:
        rng = self.rng
        if self.plain or self.terse:
            return max(-4, min(4, round(rng.gauss(0, self.wobble))))
        return rng.choice(self.delays)

    def series(self, name, rhythm, days, amounts, kind, trap, *, label="", writes=None) -> str:
        """Adds the rows; `amounts` is a number or a function of the row's place."""
        label = label or f"{name} {len(self.used)}.{len(self.lines)}"
        if len(days) < (2 if rhythm in ("yearly", "half-yearly") else 3):
            return ""
        for place, day in enumerate(days):
            amount = amounts(place) if callable(amounts) else amounts
            text = self.write(kind, writes(place) if writes else name)
            self.add(day, text, amount, label, rhythm, trap)
        return label

    def add(self, day, text, amount, label="", rhythm="", trap="") -> None:
        if self.first <= day <= self.last + dt.timedelta(days=4):
            self.lines.append(Line(day, text, amount, label, rhythm, trap))

    def set_delays(self) -> None:
        rng = self.rng
        self.delays = rng.choice(
            (
                (0,),
                (0,),
                (0, 0, 0, 1),
                (0, 0, 1, 2),
                (0, 0, 1, 1, 2, 3, 4),
                (-2, -1, 0, 1, 2),
                (-3, -1, 0, 1, 3, 4),
                (0, 1, 2, 3, 4),
            )
        )
        self.wobble = rng.choice((0, 0.5, 1, 1.5))

    def price(self, low: int, high: int) -> int:
        whole = self.rng.randint(low, high)
        return -(whole * 100 - self.rng.choice((0, 1, 1, 5, 10, 50)))


def twice_yearly_drift(base: int, rng: Random, spread: float):
    """A utility's amounts: seasons and noise."""
    phase = rng.random() * 12

    def amount(place: int) -> int:
        season = 1 + spread * (abs((place + phase) % 12 - 6) / 3 - 1)
        return round(base * season * rng.uniform(1 - spread / 3, 1 + spread / 3))

    return amount


# What recurs


def ordinary(house: Household) -> None:
    rng = house.rng
    for _ in range(rng.randint(3, 6)):
        house.set_delays()
        name = house.fresh(SUBSCRIPTIONS)
        house.series(name, "monthly", house.dates("monthly"), house.price(3, 60), "debit", "fixed")
    for _ in range(rng.randint(1, 3)):
        house.set_delays()
        base, spread = house.price(20, 150), rng.choice((0.15, 0.3, 0.5))
        amounts = twice_yearly_drift(base, rng, spread)
        rhythm = rng.choice(("monthly", "monthly", "quarterly"))
        name = house.fresh(UTILITIES)
        house.series(name, rhythm, house.dates(rhythm), amounts, "debit", "utility")
    house.set_delays()
    rent = house.fresh(PEOPLE) if rng.random() < 0.5 else "Rent Parkside Homes"
    house.series(rent, "monthly", house.dates("monthly"), house.price(500, 1800), "order", "fixed")


def income(house: Household) -> None:
    rng, name = house.rng, house.fresh(INCOME)
    house.set_delays()
    pay, trap = (
        -house.price(900, 4000),
        rng.choice(("salary", "last day", "twice", "fortnight", "hourly")),
    )
    if trap == "salary":
        days = house.dates("monthly", anchor=rng.choice((25, 27, 28, 30)), moved="before")
        house.series(
            name, "monthly", days, lambda n: pay * (2 if n % 12 == 7 else 1) + (n // 12) * 5100,
            "pay", "bonus",
        )  # fmt: skip
    elif trap == "last day":
        days = [working(day, -1) for day in house.dates("monthly", anchor=31, moved="exact")]
        noise = rng.random() < 0.5
        amounts = (lambda _: pay + rng.randint(-9000, 9000)) if noise else pay
        house.series(name, "monthly", days, amounts, "pay", "last working day")
    elif trap == "twice":
        days = house.dates("twice a month", anchor=rng.choice(((1, 15), (15, 31))), moved="before")
        house.series(name, "twice a month", days, pay // 2, "pay", "twice a month")
    elif trap == "hourly":
        rhythm = rng.choice(("weekly", "fortnightly", "monthly"))
        days = house.dates(rhythm, moved="exact")
        house.series(
            name,
            rhythm,
            days,
            lambda _: round(pay // 3 * rng.uniform(0.7, 1.2)),
            "pay",
            "hourly pay",
        )
    else:
        noise = rng.choice((0, 0, 6000))
        house.series(
            name, "fortnightly", house.dates("fortnightly", moved="exact"),
            lambda _: pay // 2 + rng.randint(-noise, noise), "pay", "fortnightly",
        )  # fmt: skip


def rhythms(house: Household) -> None:
    rng = house.rng
    for rhythm in rng.sample(("weekly", "fortnightly", "four-weekly"), 2):
        house.set_delays()
        delays = house.delays
        house.delays, house.wobble = (
            tuple(d for d in delays if d in (-1, 0, 1)) or (0,),
            min(house.wobble, 0.5),
        )
        name = house.fresh(SUBSCRIPTIONS + PEOPLE[:4])
        days = house.dates(rhythm, moved=rng.choice(("exact", "after")))
        house.series(name, rhythm, days, house.price(5, 80), "order", rhythm)
    long = house.last - house.first > dt.timedelta(days=400)
    for rhythm in ("every two months", *("quarterly", "half-yearly")[: 1 + long])[-2:]:
        house.set_delays()
        name = house.fresh(SUBSCRIPTIONS + UTILITIES)
        house.series(name, rhythm, house.dates(rhythm), house.price(10, 250), "debit", rhythm)
    for _ in range(rng.randint(1, 3)):
        house.set_delays()
        name, fee = house.fresh(SUBSCRIPTIONS + UTILITIES), house.price(20, 400)
        rise = rng.choice((0, 0, 0.04, 0.1))
        house.series(
            name, "yearly", house.dates("yearly"), lambda n, f=fee, r=rise: round(f * (1 + r) ** n),
            "debit", "annual fee",
        )  # fmt: skip


def price_rise(house: Household) -> None:
    old, at = house.price(5, 40), house.rng.randint(3, 12)
    new = old - house.rng.choice((100, 200, 300, old // -8))
    days = house.dates("monthly")
    name = house.fresh(SUBSCRIPTIONS)
    house.series(name, "monthly", days, lambda n: new if n >= at else old, "debit", "price rise")


def renamed(house: Household) -> None:
    rng, price, at = house.rng, house.price(5, 60), house.rng.randint(3, 9)
    name = house.fresh(SUBSCRIPTIONS)
    other = rng.choice((f"{name} Amsterdam", f"{name.split()[0]} EU SARL", house.fresh(UTILITIES)))
    house.series(
        name, "monthly", house.dates("monthly"), price, "debit", "renamed",
        writes=lambda n: other if n >= at else name,
    )  # fmt: skip


def trial(house: Household) -> None:
    price, first = house.price(6, 40), house.rng.choice((0, -1, -100))
    start = house.first + dt.timedelta(days=house.rng.randint(60, 200))
    days = house.dates("monthly", start)
    name = house.fresh(SUBSCRIPTIONS)
    house.series(name, "monthly", days, lambda n: first if n == 0 else price, "card", "trial")


def two_at_one(house: Household) -> None:
    rng, name = house.rng, house.fresh(SUBSCRIPTIONS)
    one = house.price(5, 20)
    same = rng.random() < 0.5
    for day, price in ((rng.randint(2, 8), one), (rng.randint(12, 24), one if same else one - 600)):
        days = house.dates("monthly", anchor=day)
        trap = "two, one amount" if same else "two amounts"
        house.series(name, "monthly", days, price, "debit", trap, label=f"{name} on {day}")


def two_on_a_day(house: Household) -> None:
    rng, name, day = house.rng, house.fresh(SUBSCRIPTIONS), house.rng.randint(1, 28)
    one = house.price(5, 20)
    for price in (one, one - rng.choice((300, 900))):
        days = house.dates("monthly", anchor=day)
        house.series(name, "monthly", days, price, "debit", "two amounts", label=f"{name} {price}")


def donation(house: Household) -> None:
    rng, name = house.rng, house.fresh(["Oxfam", "UNICEF", "Red Cross", "Greenpeace", "WWF"])
    house.series(name, "monthly", house.dates("monthly"), -1000, "debit", "donation and gifts")
    for _ in range(rng.randint(2, 7)):
        day = house.first + dt.timedelta(days=rng.randrange((house.last - house.first).days))
        gift = -rng.choice((500, 1000, 2000, 2500, 5000, 10000))
        house.add(day, house.write("card", name), gift, trap="extra gift")


def missing(house: Household) -> None:
    days = house.dates(house.rng.choice(("monthly",)))
    for _ in range(1 + len(days) // 12):
        if len(days) > 6:
            days.pop(house.rng.randrange(2, len(days) - 2))
    name = house.fresh(SUBSCRIPTIONS)
    house.series(name, "monthly", days, house.price(8, 60), "debit", "missing")


def doubled(house: Household) -> None:
    name, price, days = house.fresh(SUBSCRIPTIONS), house.price(8, 60), house.dates("monthly")
    label = house.series(name, "monthly", days, price, "debit", "doubled, refunded")
    if label:
        day = house.rng.choice(days[1:])
        house.add(day + dt.timedelta(days=1), house.write("debit", name), price, trap="the double")
        house.add(day + dt.timedelta(days=6), house.write("debit", name), -price, trap="refund")


def start_and_end(house: Household) -> None:
    span = (house.last - house.first).days
    start = house.first + dt.timedelta(days=house.rng.randint(30, span // 3))
    end = start + dt.timedelta(days=house.rng.randint(120, span // 2))
    days = house.dates("monthly", start, end)
    name = house.fresh(SUBSCRIPTIONS)
    house.series(name, "monthly", days, house.price(8, 60), "card", "start and end")


def foreign(house: Household) -> None:
    price, rate = house.price(5, 40), 1.0
    rng = house.rng

    def amount(_: int) -> int:
        nonlocal rate
        rate = max(0.97, min(1.03, rate + rng.uniform(-0.01, 0.01)))
        return round(price * rate)

    name = house.fresh(SUBSCRIPTIONS)
    house.series(name, "monthly", house.dates("monthly"), amount, "card", "currency noise")


def credit_card(house: Household) -> None:
    rng = house.rng
    house.series(
        "Credit card payment", "monthly", house.dates("monthly"),
        lambda _: -rng.randint(20000, 190000), "debit", "card bill",
    )  # fmt: skip


def paused(house: Household) -> None:
    days = house.dates("monthly")
    at = house.rng.randint(3, 8)
    days = days[:at] + days[at + house.rng.randint(4, 7) :]
    name = house.fresh(SUBSCRIPTIONS)
    if len(days) > at + 2:
        house.series(name, "monthly", days, house.price(8, 60), "debit", "paused")


def quarterly_bill(house: Household) -> None:
    rng, rhythm = house.rng, house.rng.choice(("quarterly", "quarterly", "every two months"))
    base = house.price(40, 200)
    days = house.dates(rhythm)
    if len(days) > 3:
        amounts = twice_yearly_drift(base, rng, 0.3)
        house.series(house.fresh(UTILITIES), rhythm, days, amounts, "debit", "quarterly bill")


TRAPS = (
    paused, quarterly_bill,    price_rise, renamed, trial, two_at_one, two_on_a_day, donation, missing, doubled,
    start_and_end, foreign, credit_card,
)  # fmt: skip


def household(seed: int, number: int, plain: bool) -> Household:
    house = Household(f"h{seed}-{number}", Random(f"{plain}{seed}:{number}"), plain)  # noqa: S311
    house.set_delays()
    ordinary(house)
    income(house)
    rhythms(house)
    for trap in house.rng.sample(TRAPS, 9 if not plain else house.rng.randint(3, 11)):
        house.set_delays()
        trap(house)
    noise(house)
    house.lines.sort(key=lambda line: (line.date, line.description))
    return house


def write(houses: list[Household], file) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("household", *Line._fields))
    for house in houses:
        for line in house.lines:
            sign = "-" if line.amount < 0 else ""
            whole, cents = divmod(abs(line.amount), 100)
            row = line._replace(amount=f"{sign}{whole}.{cents:02d}")
            writer.writerow((house.name, *row))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--households", type=int, default=4)
    parser.add_argument("--plain", action="store_true")
    asked = parser.parse_args()
    houses = [household(asked.seed, number, asked.plain) for number in range(asked.households)]
    write(houses, sys.stdout)


if __name__ == "__main__":
    main()
