"""The invented banks, how each of them behaves, and which accounts a customer has there. Pure."""

from dataclasses import dataclass

EVERYTHING = (
    *("info", "accounts", "balance", "cards", "transactions"),
    *("direct_debits", "standing_orders", "offline_access"),
)


@dataclass(frozen=True, slots=True)
class Product:
    """An account or card that every customer of a bank has. Amounts are minor units."""

    key: str
    name: str
    kind: str  # current, joint, savings, card, trips
    currency: str = "GBP"
    opening: int = 0
    overdraft: int = 0
    credit_limit: int = 0
    rows_per_day: int = 0
    """When set, that many invented purchases a day instead of a believable life (for benchmarks)."""

    @property
    def is_card(self) -> bool:
        return self.kind == "card"


@dataclass(frozen=True, slots=True)
class Bank:
    """One provider and its habits."""

    id: str
    name: str
    group: str
    products: tuple[Product, ...]
    country: str = "uk"
    scopes: tuple[str, ...] = EVERYTHING
    stable_ids: bool = True
    """Whether rows have a normalised_provider_transaction_id and a provider_transaction_id."""
    has_pending: bool = True
    has_regulars: bool = True
    """Whether standing orders and direct debits can be asked for."""
    slow_seconds: float = 0
    asks_second_factor: bool = False
    consent_days: int = 90
    sca_minutes: int = 5
    """How long after the customer was there the whole history can be read; 0: always."""
    quota: int = 4
    """Unattended calls in 24 hours for an account and endpoint; 0: unlimited."""
    max_months: int = 24
    is_secret: bool = False
    """Not in the list of providers; for tests and benchmarks."""

    def product(self, key: str) -> Product:
        return next(product for product in self.products if product.key == key)


BANKS = {
    bank.id: bank
    for bank in (
        Bank(
            "ob-larch",
            "Larch Bank",
            "uk-ob-all",
            (
                Product("current", "Larch Everyday", "current", opening=184_215, overdraft=50_000),
                Product("joint", "Larch Joint", "joint", opening=96_040),
                Product("savings", "Larch Rainy Day", "savings", opening=642_000),
            ),
            max_months=72,
        ),
        Bank(
            "ob-copper",
            "Copper Card",
            "uk-ob-all",
            (
                Product("card", "Copper Classic", "card", credit_limit=450_000),
                Product("card2", "Copper Travel", "card", credit_limit=200_000),
            ),
        ),
        Bank(
            "ob-meridian",
            "Meridian",
            "uk-oauth-all",
            (
                Product("gbp", "Meridian Pounds", "trips", opening=75_000),
                Product("eur", "Meridian Euros", "trips", "EUR", opening=120_000),
                Product("usd", "Meridian Dollars", "trips", "USD", opening=40_000),
                Product("jpy", "Meridian Yen", "trips", "JPY", opening=250_000),
            ),
            stable_ids=False,
            has_regulars=False,
        ),
        Bank(
            "ob-slowwater",
            "Slowwater Building Society",
            "uk-ob-all",
            (Product("savings", "Slowwater Saver", "savings", opening=1_250_000),),
            slow_seconds=1.5,
            has_pending=False,
        ),
        Bank(
            "ob-keystone",
            "Keystone",
            "uk-ob-all",
            (
                Product("current", "Keystone Current", "current", opening=210_000),
                Product("card", "Keystone Gold", "card", credit_limit=600_000),
            ),
            asks_second_factor=True,
        ),
        Bank(
            "ob-ebb",
            "Ebb & Flow",
            "uk-ob-all",
            (Product("current", "Flow Account", "current", opening=88_000),),
            consent_days=10,
        ),
        Bank(
            "mock",
            "Mock",
            "uk-cs-mock",
            (
                Product("current", "TRANSACTION ACCOUNT 1", "current", opening=100_600),
                Product("savings", "SAVINGS ACCOUNT 1", "savings", opening=300_000),
                Product("card", "Platinum super", "card", credit_limit=330_000),
            ),
            stable_ids=False,
            sca_minutes=0,
            quota=0,
            max_months=60,
        ),
        Bank(
            "ob-colossus",
            "Colossus",
            "uk-ob-all",
            (Product("current", "Colossus Current", "current", rows_per_day=150),),
            is_secret=True,
            sca_minutes=0,
            quota=0,
        ),
        Bank(
            "ob-plain",
            "Plain Bank",
            "uk-ob-all",
            (
                Product("current", "Plain Current", "current", opening=100_000),
                Product("card", "Plain Card", "card", credit_limit=300_000),
            ),
            is_secret=True,
            sca_minutes=0,
            quota=0,
        ),
        Bank(
            "ob-nameless",
            "Nameless Bank",
            "uk-ob-all",
            (
                Product("current", "Nameless Current", "current", opening=100_000),
                Product("card", "Nameless Card", "card", credit_limit=300_000),
            ),
            stable_ids=False,
            is_secret=True,
            sca_minutes=0,
            quota=0,
        ),
    )
}
"""Every bank by its provider id."""

GROUPS = {bank.group for bank in BANKS.values()}


def banks_shown(providers: str) -> list[Bank]:
    """The banks that `providers` (space-separated ids and groups, "" for all) lets choose."""
    wanted = set(providers.split())
    return [
        bank
        for bank in BANKS.values()
        if bank.id in wanted or (not bank.is_secret and (not wanted or bank.group in wanted))
    ]
