"""What does not recur in made-up households: habit and chance."""

import datetime as dt

from benchmarks.recurring_words import PEOPLE, PLAIN_NAMES, SHOPS, SYLLABLES


def visits(house, name, trap, gaps, amount, kind="card") -> None:
    day = house.first + dt.timedelta(days=house.rng.randint(0, 20))
    while day <= house.last:
        house.add(day, house.write(kind, name), amount(), trap=trap)
        day += dt.timedelta(days=max(1, round(gaps())))


def saturdays(house, name, trap, weekday, slack, skipped, amount) -> None:
    day = house.first
    while day <= house.last:
        if day.weekday() == weekday and house.rng.random() > skipped:
            slid = day + dt.timedelta(days=house.rng.choice(slack))
            house.add(slid, house.write("card", name), amount(), trap=trap)
        day += dt.timedelta(days=1)


def noise(house) -> None:
    rng = house.rng
    some = lambda low, high: lambda: -rng.randint(low, high)  # noqa: E731
    of = lambda *amounts: lambda: rng.choice(amounts)  # noqa: E731
    gap = lambda low, high: lambda: rng.uniform(low, high)  # noqa: E731
    poisson = lambda mean: lambda: rng.expovariate(1 / mean)  # noqa: E731
    shop = lambda kind: house.fresh(SHOPS[kind])  # noqa: E731
    saturdays(house, shop("groceries"), "groceries on Saturdays", 5, (-1, 0, 0, 0, 1), 0.08, some(4000, 14000))  # fmt: skip
    visits(house, shop("groceries"), "groceries", gap(2, 6), some(500, 6000))
    visits(house, shop("fuel"), "fuel", gap(6, 14), some(3500, 6500))
    meal = rng.randint(1400, 3200)
    saturdays(house, shop("takeaway"), "weekly takeaway", 4, (0, 0, 1), 0.15, lambda: -round(meal * rng.uniform(0.9, 1.1)))  # fmt: skip
    for _ in range(5):
        visits(house, shop("restaurants"), "restaurants", poisson(50), some(900, 7000))
    options = (
        lambda: visits(house, shop("topup"), "top-ups", gap(8, 45), of(-1000, -1000, -2000)),
        lambda: visits(house, shop("topup"), "top-ups", poisson(28), of(-1500)),
        lambda: visits(house, "ATM withdrawal", "cash", gap(4, 16), of(-5000, -5000, -2000, -10000), "cash"),
        lambda: visits(house, shop("coffee"), "coffee", poisson(1.6), of(-320, -320, -380)),
        lambda: [saturdays(house, "Work canteen", "canteen", d, (0,), 0.2, some(480, 890)) for d in range(5)],
        lambda: visits(house, shop("parking"), "parking", poisson(11), of(-250, -400, -600)),
        lambda: visits(house, shop("gym"), "pay as you go", gap(3, 12), of(-700)),
        lambda: visits(house, shop("hair"), "haircuts", gap(24, 50), of(-2500, -2500, -3000)),
        lambda: visits(house, "Amazon Marketplace", "shopping", poisson(6), some(300, 9000)),
        lambda: visits(house, "Amazon Marketplace", "shopping", poisson(6), of(-999, -1299, -1999, -599)),
        lambda: visits(house, shop("apps"), "equal amounts", poisson(15), of(-99, -199, -499, -999)),
        lambda: visits(house, house.fresh(PEOPLE), "people", poisson(35), of(-1000, -2000, -5000, -2500), "order"),
        lambda: visits(house, house.fresh(PEOPLE), "people", poisson(40), of(2000, 3000, 1000), "pay"),
        lambda: visits(house, shop("transit"), "fares", poisson(2.5), of(-280, -280, -560, -310)),
        lambda: saturdays(house, shop("market"), "market stall", 5, (0, 0, 1), 0.3, some(800, 2500)),
        lambda: visits(house, "Filmpalast Kino", "cinema", gap(15, 50), of(-1250, -1250, -2500)),
        lambda: visits(house, "Lotto Kiosk", "lottery", gap(4, 13), of(-600, -600, -1200)),
        lambda: visits(house, "Vet Clinic Brook", "vet", poisson(80), some(2500, 15000), "debit"),
        lambda: visits(house, "Babysitter Kim", "babysitter", gap(5, 25), of(-4000, -5000), "order"),
        lambda: visits(house, "eBay", "sales", poisson(20), some(500, 5000), "debit"),
        lambda: visits(house, "Expenses Refund Office", "expenses", gap(20, 50), lambda: rng.randint(2000, 30000), "pay"),
        lambda: visits(house, shop("pharmacy"), "pharmacy", poisson(30), some(300, 3000)),
    )  # fmt: skip
    for option in rng.sample(options, 14):
        option()
    span = (house.last - house.first).days
    for _ in range(rng.randint(60, 200)):
        name = f"{rng.choice(PLAIN_NAMES)} {''.join(rng.choices(SYLLABLES, k=2))}".title()
        usual, spread = rng.randint(300, 9000), rng.choice((0, 0.1, 0.8))
        for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4, 5))):
            day = house.first + dt.timedelta(days=rng.randrange(span))
            amount = -round(usual * rng.uniform(1 - spread, 1 + spread))
            house.add(day, house.write("card", name), amount, trap="one-off")
