"""The categories a new household can start with: (kind, group, [(name, icon, palette number)])."""

from django.utils.translation import gettext_lazy as _

from ledger.models import CategoryKind

INCOME, EXPENSE = CategoryKind.INCOME, CategoryKind.EXPENSE

STARTER_CATEGORIES = [
    (
        INCOME,
        _("Income"),
        [
            (_("Salary"), "briefcase", 1),
            (_("Benefits and allowances"), "baby-carriage", 2),
            (_("Interest and dividends"), "percentage", 3),
            (_("Gifts received"), "gift", 4),
            (_("Other income"), "coin", 5),
        ],
    ),
    (
        EXPENSE,
        _("Home"),
        [
            (_("Rent and mortgage"), "home", 1),
            (_("Electricity and heating"), "bolt", 7),
            (_("Water and waste"), "droplet", 8),
            (_("Internet and phone"), "wifi", 9),
            (_("Furniture and repairs"), "building-skyscraper", 10),
        ],
    ),
    (
        EXPENSE,
        _("Food"),
        [
            (_("Groceries"), "basket", 2),
            (_("Eating out"), "tools-kitchen-2", 6),
            (_("Coffee and snacks"), "coffee", 14),
        ],
    ),
    (
        EXPENSE,
        _("Getting around"),
        [
            (_("Fuel"), "car", 12),
            (_("Car and insurance"), "shield-lock", 13),
            (_("Public transport"), "bus", 11),
            (_("Taxi and rental"), "car", 15),
        ],
    ),
    (
        EXPENSE,
        _("Family"),
        [
            (_("Childcare and school"), "school", 4),
            (_("Children"), "baby-carriage", 5),
            (_("Pets"), "paw", 16),
            (_("Gifts and donations"), "gift", 3),
        ],
    ),
    (
        EXPENSE,
        _("Health"),
        [
            (_("Doctor and pharmacy"), "stethoscope", 15),
            (_("Sport"), "ball-football", 9),
            (_("Body care"), "scissors", 14),
        ],
    ),
    (
        EXPENSE,
        _("Leisure"),
        [
            (_("Holidays"), "plane", 8),
            (_("Streaming and media"), "device-tv", 11),
            (_("Hobbies and culture"), "music", 5),
            (_("Clothes"), "shirt", 13),
            (_("Electronics"), "device-mobile", 10),
        ],
    ),
    (
        EXPENSE,
        _("Money matters"),
        [
            (_("Insurance"), "umbrella", 7),
            (_("Taxes"), "receipt", 12),
            (_("Bank fees and interest"), "building-bank", 16),
            (_("Cash withdrawn"), "cash", 6),
            (_("Other spending"), "dots", 3),
        ],
    ),
]
