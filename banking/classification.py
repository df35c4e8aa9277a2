"""TrueLayer's words for purchases (docs.truelayer.com, transaction classification) in our starter
categories' names, finest first. Pure but for gettext; a household may map each word otherwise."""

from django.utils.translation import gettext as _


def _plain(word: str) -> str:
    return " ".join(word.casefold().replace("&", "and").split())


def category_names(word: str) -> list[str]:
    """Names of categories that `word` may mean, best first, in the active language and the bank's."""
    wanted = _MEANS.get(_plain(word))
    return [*([_(wanted)] if wanted else []), *([wanted] if wanted else []), word]


_GROUPS = {
    "Groceries": "groceries",
    "Eating out": "food and dining, restaurants, fast food, delivery, bars, catering",
    "Coffee and snacks": "coffee shops",
    "Rent and mortgage": "rent, mortgage, secured loans",
    "Electricity and heating": "utilities",
    "Internet and phone": "internet, mobile phone, home phone",
    "Furniture and repairs": "home, repairs and maintenance",
    "Fuel": "gas and fuel",
    "Car and insurance": "auto and transport, auto insurance, auto payment, parking, service and auto parts",
    "Public transport": "public transport",
    "Taxi and rental": "taxi, rental car and taxi",
    "Childcare and school": "education, tuition, student loan, books and supplies",
    "Pets": "pets",
    "Gifts and donations": "gifts and donations, gift, charity",
    "Doctor and pharmacy": "health and fitness, doctor, dentist, pharmacy, eye care",
    "Sport": "gym, sports, sport",
    "Body care": "personal care, hair, beauty, laundry, spa and massage",
    "Holidays": "travel, air travel, hotel, vacation",
    "Streaming and media": "television, music, movies and dvds, newspaper and magazines",
    "Hobbies and culture": "hobbies, arts, games, sporting goods, books, entertainment, social club",
    "Clothes": "clothing",
    "Electronics": "electronics and software",
    "Insurance": "pension and insurances, life insurance, health insurance, "
    "buildings and contents insurance",
    "Taxes": "taxes, federal tax, state tax, local tax, sales tax, property tax",
    "Bank fees and interest": "fees and charges, service fee, late fee, finance charge, atm fee, "
    "bank fee, commissions",
    "Cash withdrawn": "cash and atm",
    "Interest and dividends": "interest, dividend",
    "Other spending": "shopping, general",
}
_MEANS = {word.strip(): name for name, words in _GROUPS.items() for word in words.split(",")}
