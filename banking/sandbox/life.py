"""What happens on an account, day by day: the same for the same customer and day, for ever.

Amounts are minor units, money in is positive, on cards too (the API turns their sign). Nothing here
depends on when it is asked: a later clock only adds days. Pure.
"""

import datetime as dt
import hashlib
import random
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from banking.sandbox.banks import Bank, Product

BEGINNING = dt.date(2020, 1, 1)
"""The day before the first movement of every account."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One thing that happens. Seen as pending from `day` on, booked from `booked_on` on."""

    key: str
    day: dt.date
    booked_on: dt.date | None
    """None: an authorisation that lapses without ever being booked."""
    amount: int
    held: int
    """What is shown while it is pending."""
    text: str
    category: str
    code: str
    classes: tuple[str, ...] = ()
    merchant: str = ""
    reference: str = ""

    @property
    def lapses_on(self) -> dt.date:
        return self.booked_on or self.day + dt.timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Regular:
    """A standing order or direct debit, each month on one day."""

    name: str
    day: int
    amount: int
    is_direct_debit: bool
    reference: str
    classes: tuple[str, ...]
    since: dt.date = BEGINNING


_SHOPS = (
    ("TESCO STORES {n}", "Tesco", 900, 7800, ("Shopping", "Groceries"), 9),
    ("SAINSBURYS S/MKT {n}", "Sainsbury's", 800, 8200, ("Shopping", "Groceries"), 7),
    ("ALDI {n} HITCHIN", "Aldi", 700, 5200, ("Shopping", "Groceries"), 5),
    ("GREGGS {n}", "Greggs", 210, 890, ("Food & Dining", "Fast Food"), 5),
    ("COSTA COFFEE {n}", "Costa Coffee", 310, 1150, ("Food & Dining", "Coffee shops"), 6),
    ("PRET A MANGER", "Pret A Manger", 390, 1420, ("Food & Dining", "Coffee shops"), 5),
    ("NANDOS HITCHIN", "Nando's", 1450, 5200, ("Food & Dining", "Restaurants"), 2),
    ("DISHOOM KINGS X", "Dishoom", 2800, 9600, ("Food & Dining", "Restaurants"), 1),
    (
        "TFL TRAVEL CH",
        "Transport for London",
        280,
        1480,
        ("Auto & Transport", "Public transport"),
        8,
    ),
    ("TRAINLINE", "Trainline", 1120, 6400, ("Auto & Transport", "Public transport"), 2),
    ("SHELL HITCHIN {n}", "Shell", 3200, 7400, ("Auto & Transport", "Gas & Fuel"), 3),
    ("AMAZON* {r}", "Amazon", 499, 8999, ("Shopping", "General"), 5),
    ("BOOTS {n}", "Boots", 350, 2650, ("Health & Fitness", "Pharmacy"), 2),
    ("WATERSTONES", "Waterstones", 699, 3400, ("Shopping", "Books"), 1),
    ("UNIQLO UK", "Uniqlo", 1290, 7990, ("Shopping", "Clothing"), 1),
    ("ODEON CINEMAS", "Odeon", 850, 3150, ("Entertainment", "Movies & DVDs"), 1),
    ("B&Q {n}", "B&Q", 420, 9600, ("Shopping", "Home"), 1),
)
_ABROAD = (
    ("BOULANGERIE PAUL", "Paul", 320, 1650, ("Food & Dining", "Coffee shops"), 4),
    ("CARREFOUR CITY {n}", "Carrefour", 640, 6400, ("Shopping", "Groceries"), 5),
    ("7-ELEVEN {n}", "7-Eleven", 180, 2200, ("Shopping", "Groceries"), 4),
    ("METRO TICKET {n}", "", 210, 1490, ("Auto & Transport", "Public transport"), 5),
    ("HOTEL CENTRAL", "", 6800, 19800, ("Travel", "Hotel"), 1),
    ("MUSEO {r}", "", 900, 2900, ("Entertainment", "Arts"), 2),
)
_CURRENT_REGULARS = (
    Regular("HARTLEY LETTINGS", 1, -112_000, False, "FLAT 4", ("Home", "Rent")),
    Regular("LARCH RAINY DAY", 27, -25_000, False, "SAVINGS", ()),
    Regular("OCTOPUS ENERGY", 3, -14_250, True, "A-4F2C9", ("Bills and Utilities", "Utilities")),
    Regular("THAMES WATER", 12, -3_820, True, "900412", ("Bills and Utilities", "Utilities")),
    Regular("EE LIMITED", 18, -2_200, True, "Q0211", ("Bills and Utilities", "Mobile Phone")),
    Regular("NORTH HERTS DC", 15, -16_400, True, "CTAX", ("Taxes", "Property Tax")),
    Regular("NETFLIX.COM", 9, -1_099, True, "", ("Entertainment", "Movies & DVDs")),
    Regular("PUREGYM LTD", 21, -2_499, True, "PG-88", ("Health & Fitness", "Gym")),
)
_JOINT_REGULARS = (
    Regular("HOME INSURE DIRECT", 6, -2_140, True, "HI2210", ("Home", "Buildings and contents")),
    Regular("SKY DIGITAL", 22, -4_600, True, "SKY", ("Bills and Utilities", "Television")),
)


def regulars(product: Product) -> tuple[Regular, ...]:
    """The standing orders and direct debits of an account."""
    return {"current": _CURRENT_REGULARS, "joint": _JOINT_REGULARS}.get(product.kind, ())


def digest(*parts: object) -> str:
    """32 hex digits made of `parts`, always the same."""
    return hashlib.md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def _dice(*parts: object) -> random.Random:
    return random.Random(digest(*parts))  # noqa: S311 invented data, not secrets


def working_day(day: dt.date) -> dt.date:
    """`day`, or the Friday before a weekend."""
    return day - dt.timedelta(days=max(0, day.weekday() - 4))


def is_due(day: dt.date, monthly: int) -> bool:
    """Whether what is due on the `monthly`-th of each month is paid on `day`."""
    soon = day + dt.timedelta(days=3)
    return any(working_day(_on_day(near.year, near.month, monthly)) == day for near in (day, soon))


def _on_day(year: int, month: int, day: int) -> dt.date:
    last = (dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month, min(day, last))


class Life:
    """The movements of one account in the order in which they happen, made as far as needed."""

    def __init__(self, bank: Bank, product: Product, customer: str):
        self.bank = bank
        self.product = product
        self.seed = f"{bank.id}/{customer}/{product.key}"
        self._made_until = BEGINNING
        self._movements: list[Movement] = []
        self._lock = Lock()

    def until(self, day: dt.date) -> list[Movement]:
        """Everything that happened up to and with `day`."""
        with self._lock:
            while self._made_until < day:
                self._made_until += dt.timedelta(days=1)
                self._movements += self._day(self._made_until)
            if self._made_until == day:
                return list(self._movements)
            return [movement for movement in self._movements if movement.day <= day]

    def booked(self, today: dt.date) -> list[Movement]:
        """What is booked by `today`, oldest first."""
        done = [
            movement
            for movement in self.until(today)
            if movement.booked_on is not None and movement.booked_on <= today
        ]
        return sorted(done, key=lambda movement: (movement.booked_on, movement.day))

    def pending(self, today: dt.date) -> list[Movement]:
        """What was authorised, is not booked and has not lapsed by `today`."""
        recent = today - dt.timedelta(days=10)
        return [
            movement
            for movement in self.until(today)
            if movement.day >= recent
            and movement.lapses_on > today
            and movement.booked_on != movement.day
        ]

    def _day(self, day: dt.date) -> list[Movement]:
        dice = _dice(self.seed, day)
        if self.product.rows_per_day:
            return [
                self._purchase(dice, day, n, _SHOPS, is_instant=True)
                for n in range(self.product.rows_per_day)
            ]
        made = [*self._fixed(day)]
        if self.product.kind == "savings":
            return made
        shops = (
            _ABROAD if self.product.kind == "trips" and self.product.currency != "GBP" else _SHOPS
        )
        busy = {"current": 1.6, "joint": 1.0, "card": 1.2, "trips": 0.5}[self.product.kind]
        count = int(busy + dice.random() * 1.4)
        made += [self._purchase(dice, day, n, shops) for n in range(count)]
        if dice.random() < 0.03:
            made += self._refund(day)
        if self.product.kind == "current" and dice.random() < 0.05:
            taken = -1000 * dice.choice((1, 2, 3, 4, 5))
            made.append(
                self._move(
                    day,
                    "atm",
                    taken,
                    "LNK ATM WITHDRAWAL",
                    "ATM",
                    "CPT",
                    ("Uncategorized", "Cash & ATM"),
                )
            )
        if self.product.kind == "current" and dice.random() < 0.03:
            # Two coffees that are equal in everything.
            made += [
                self._move(
                    day,
                    f"twin{n}",
                    -310,
                    "COSTA COFFEE 43012",
                    "PURCHASE",
                    "DEB",
                    ("Food & Dining", "Coffee shops"),
                )
                for n in range(2)
            ]
        return made

    def _scaled(self, minor: int) -> int:
        return minor * 3 // 2 if self.product.currency == "JPY" else minor

    def _move(self, day, key, amount, text, category, code, classes=(), **facts) -> Movement:
        facts = {"booked_on": day, "held": amount, **facts}
        return Movement(
            digest(self.seed, day, key),
            day,
            facts.pop("booked_on"),
            amount,
            facts.pop("held"),
            text,
            category,
            code,
            tuple(classes),
            **facts,
        )

    def _purchase(self, dice, day, n, shops, is_instant=False) -> Movement:
        text, merchant, low, high, classes, _weight = dice.choices(
            shops, weights=[shop[5] for shop in shops]
        )[0]
        amount = -self._scaled(dice.randint(low, high))
        text = text.format(n=dice.randint(1000, 9999), r=digest(self.seed, day, n)[:9].upper())
        facts = {"merchant": merchant}
        luck = dice.random()
        if not is_instant and self.bank.has_pending:
            facts["booked_on"] = day + dt.timedelta(days=dice.choice((1, 2, 2, 3)))
            if merchant == "Shell" and luck < 0.5:
                facts["held"] = -self._scaled(9900)  # a pump holds more than it takes
            elif classes[1] == "Restaurants" and luck < 0.5:
                facts["held"] = amount * 10 // 11  # the tip comes later
            elif classes[1] == "Hotel" and luck < 0.3:
                facts["booked_on"] = None
        return self._move(day, f"buy{n}", amount, text, "PURCHASE", "DEB", classes, **facts)

    def _refund(self, day: dt.date) -> list[Movement]:
        """Money back for something that was bought a week ago."""
        week_ago = day - dt.timedelta(days=7)
        bought = (
            move
            for move in reversed(self._movements[-60:])
            if move.day == week_ago and move.category == "PURCHASE" and move.amount < 0
        )
        return [
            self._move(
                *(day, "refund", -back.amount, back.text, "PURCHASE", "DEB", back.classes),
                merchant=back.merchant,
            )
            for back in bought
        ][:1]

    def _spent(self, day: dt.date) -> int:
        """What went out in the month before `day`, rounded up: what is paid in again."""
        since = day - dt.timedelta(days=31)
        out = -sum(
            m.amount
            for m in self._movements[-250:]
            if m.booked_on and m.day > since and m.amount < 0
        )
        return max(10_000, (out // 1000 + 1) * 1000)

    def _fixed(self, day: dt.date) -> list[Movement]:
        made = []
        for one in regulars(self.product):
            if is_due(day, one.day) and day >= one.since:
                category = "DIRECT_DEBIT" if one.is_direct_debit else "STANDING_ORDER"
                if one.name == "LARCH RAINY DAY":
                    category = "TRANSFER"
                code = "DD" if one.is_direct_debit else "SO"
                made.append(
                    self._move(
                        day,
                        one.name,
                        one.amount,
                        one.name,
                        category,
                        code,
                        one.classes,
                        reference=one.reference,
                    )
                )
        kind = self.product.kind
        if kind == "current" and is_due(day, 25):
            raised = 328_000 + 6_000 * (day.year - 2020)
            made.append(
                self._move(
                    day, "pay", raised, "BRIGHTWELL LTD SALARY", "CREDIT", "FPI", reference="SALARY"
                )
            )
        if kind == "joint" and is_due(day, 2):
            made.append(
                self._move(day, "fund", self._spent(day), "A REED JOINT BILLS", "TRANSFER", "FPI")
            )
        if kind == "savings":
            if is_due(day, 27):
                made.append(self._move(day, "in", 25_000, "LARCH EVERYDAY", "TRANSFER", "TFR"))
            if day.day == 1:
                made.append(
                    self._move(
                        day, "interest", 940 + day.month * 7, "INTEREST PAID", "INTEREST", "INT"
                    )
                )
        if kind == "card" and is_due(day, 24):
            owed = -sum(
                move.amount
                for move in self._movements
                if move.booked_on and move.booked_on < day.replace(day=3)
            )
            if owed > 0:
                made.append(
                    self._move(
                        day, "payment", owed, "PAYMENT RECEIVED - THANK YOU", "CREDIT", "PAY"
                    )
                )
        if kind == "trips" and day.day == 5:
            made.append(
                self._move(
                    day, "topup", self._spent(day), "TOP UP FROM S REED", "TRANSFER", "TOPUP"
                )
            )
        return made


@lru_cache(maxsize=4096)
def life_of(bank: Bank, key: str, customer: str) -> Life:
    """The life of a customer's account; one object for all who ask."""
    return Life(bank, bank.product(key), customer)
