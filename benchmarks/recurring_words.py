"""The words of made-up households: what banks print and who is paid."""

from typing import NamedTuple


class Bank(NamedTuple):
    """How a country's banks print a payment of each kind."""

    forms: dict[str, tuple[str, ...]]
    places: tuple[str, ...]


BANKS = {
    "de": Bank(
        {
            "card": (
                "KARTENZAHLUNG {name} {place} {dm} {n}",
                "{name} SAGT DANKE {n}//{place}/DE",
                "VISA {name} {place}",
            ),
            "debit": ("SEPA LASTSCHRIFT {name} MANDAT {ref}",),
            "order": ("DAUERAUFTRAG {name}",),
            "pay": ("GUTSCHRIFT {name} LOHN GEHALT {dm}",),
            "cash": ("GELDAUTOMAT {place} {dm} {n}",),
        },
        ("BERLIN", "HAMBURG", "MUENCHEN", "KOELN"),
    ),
    "fr": Bank(
        {
            "card": ("CB {name} {dm} CARTE {n}", "PAIEMENT CB {dm} {name} {place}"),
            "debit": ("PRLV SEPA {name} REF {ref}",),
            "order": ("VIR PERMANENT {name}",),
            "pay": ("VIREMENT RECU {name} SALAIRE REF {ref}",),
            "cash": ("RETRAIT DAB {place} {dm}",),
        },
        ("PARIS", "LYON", "LILLE", "NANTES"),
    ),
    "uk": Bank(
        {
            "card": ("CARD PAYMENT TO {name} ON {dm}", "{name} {place} GB", "{name} {n} CD {n}"),
            "debit": ("DIRECT DEBIT {name} REF {ref}",),
            "order": ("STANDING ORDER {name}",),
            "pay": ("{name} SALARY {ref}",),
            "cash": ("CASH WITHDRAWAL {place} {dm}",),
        },
        ("LONDON", "LEEDS", "BRISTOL", "YORK"),
    ),
    "us": Bank(
        {
            "card": (
                "DEBIT CARD PURCHASE XXXX{n} {name} {place}",
                "CHECKCARD {dm} {name} {place}",
                "SQ *{name} {place}",
            ),
            "debit": ("ACH DEBIT {name} WEB ID: {n}",),
            "order": ("ZELLE PAYMENT TO {name} {ref}",),
            "pay": ("{name} DIRECT DEP PPD ID: {n}",),
            "cash": ("ATM WITHDRAWAL {place} {n}",),
        },
        ("AUSTIN TX", "NEWARK NJ", "DENVER CO", "PORTLAND OR"),
    ),
}

SUBSCRIPTIONS = """Netflix|Spotify|Disney Plus|iCloud Storage|PureGym|Headspace|Audible|New York Times|Le Monde
Zeit Abo|Dropbox|Adobe Creative|Microsoft 365|Canal Plus|Sky Digital|Fitness First|McFit|Allianz Versicherung
AXA Assurance|Aviva Insurance|Geico|HUK Coburg|MAIF|Strava|Duolingo|Patreon|Nintendo Online|Xbox Game Pass
ADAC|National Trust|Costco Membership|TV Licence|Rundfunk ARD ZDF|Piano Lessons Meyer|Window Cleaner Jones
Kita Sonnenschein|Guardian Weekly|HelloFresh|Gousto|Bumble Premium|1Password|NordVPN|Zwift|Peloton|Bridge Club
Swim School|Ballet Studio Petit|Dog Walker Emma|Storage King|Mutuelle Harmonie""".replace(
    "\n", "|"
).split("|")

UTILITIES = """British Gas|Octopus Energy|EDF|Engie|Vattenfall|Stadtwerke|E.ON Energie|Con Edison|PG&E
Thames Water|Veolia Eau|Vodafone|Telekom|Orange|O2|Verizon Wireless|Comcast|Virgin Media|Free Mobile
City Water Board|Duke Energy|Bouygues Telecom|EWE Strom|Three""".replace("\n", "|").split("|")

INCOME = """Acme Industries|Siemens AG|Northern Trust NHS|Decathlon SA|Initech LLC|Stadt Koeln|Lehrer Verlag
Globex Corp|Brightside Care|Hooli Inc""".replace("\n", "|").split("|")

PEOPLE = """Anna Schmidt|John Miller|Marie Dupont|Tom Baker|Lena Vogel|Paul Martin|Sue Clarke|Omar Haddad
Grace Lee|Jonas Keller|Ines Moreau|Dave Hunt""".replace("\n", "|").split("|")

SHOPS = {
    "groceries": "Tesco|Sainsburys|REWE|EDEKA|Carrefour|Monoprix|Kroger|Trader Joes|Aldi|Lidl|Kaufland".split("|"),
    "fuel": "Shell|BP|Esso|Aral|TotalEnergies|Chevron|Texaco".split("|"),
    "takeaway": "Deliveroo|Lieferando|Dominos|Golden Wok|Uber Eats|Pizza Roma".split("|"),
    "restaurants": """Nandos|Vapiano|Bistro Marcel|Olive Garden|Block House|Cafe Bleu|Taj Mahal|Wagamama
Chipotle|Hans im Glueck|Brasserie Lipp|Sushi Ko""".replace("\n", "|").split("|"),
    "topup": "Oyster Topup|Lebara Topup|Giffgaff|Aldi Talk|Revolut Topup|Skype Credit".split("|"),
    "coffee": "Costa|Starbucks|Cafe Kranz|Pret A Manger|Blue Bottle".split("|"),
    "parking": "RingGo|NCP|Indigo Parking|APCOA|EasyPark".split("|"),
    "gym": "Hussle Gym|Climbing Hall|Bouldering Works|Leisure Pool".split("|"),
    "hair": "Barber Joe|Salon Chic|Friseur Klier|Supercuts".split("|"),
    "apps": "Google Play|Steam Games|App Store Games".split("|"),
    "transit": "TfL Travel|BVG Ticket|RATP|MTA Subway".split("|"),
    "market": "Farmers Market|Wochenmarkt Huber|Fromagerie Denis".split("|"),
    "pharmacy": "Boots|DM Drogerie|CVS|Pharmacie Centrale|Walgreens".split("|"),
}  # fmt: skip

PLAIN_NAMES = """Harbour|Golden|Old|Maple|Blue|Corner|Royal|Bright|Nord|Petit|Urban|River|Stone|Cedar|Lucky
Bazaar|Depot|Studio|Garage|Atelier|Books|Toys|Optik|Tools|Shoes|Fabrics|Lamps|Tiles""".replace(
    "\n", "|"
).split("|")

SYLLABLES = "ba ko ri ta lu men dor vel sa pi no tri gal es fen mo zu kar li ven".split()
