"""The categoriser: cleaning, what it knows at the start, learning, forgetting, keeping."""

import ast
import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ledger.categoriser
from ledger.categoriser import (
    Categoriser,
    Row,
    calibration,
    clean,
    concepts,
    display_name,
    merchants,
)
from ledger.categoriser.bayes import Bayes
from ledger.categoriser.history import KEPT, History, likeness
from ledger.categoriser.linear import Linear, pieces

TEXTS = [
    ("CARD PAYMENT TO TESCO STORES 6234 ON 12 NOV", "tesco stores", "Tesco"),
    (
        "CARD PAYMENT TO SAINSBURYS S/MKTS,12.50 GBP, RATE 1.00/GBP ON 03-11-2025",
        "sainsburys s mkts",
        "Sainsbury's",
    ),
    ("CONTACTLESS PAYMENT GREGGS 0542 LEEDS GB", "greggs", "Greggs"),
    (
        "DIRECT DEBIT PAYMENT TO BRITISH GAS REF 851023443, MANDATE NO 0042",
        "british gas",
        "British Gas",
    ),
    ("TFL TRAVEL CH TFL.GOV.UK/CP GB", "tfl", "Transport for London"),
    ("FASTER PAYMENT TO JANE DOE REFERENCE LUNCH", "jane doe", "Jane Doe"),
    ("AMZN Mktp UK*2K8PQ1 AMZN.CO.UK", "amazon marketplace", "Amazon"),
    ("AMAZON.CO.UK*A12BC3D45 LUXEMBOURG", "amazon", "Amazon"),
    ("APPLE.COM/BILL 0800 107 6285 IE", "apple bill", "Apple"),
    ("SumUp *Cafe Luna", "cafe luna", "Cafe Luna"),
    ("IZ *FLAT WHITE LTD", "flat white", "Flat White"),
    ("ZETTLE_*Bread Barn", "bread barn", "Bread Barn"),
    ("STANDING ORDER TO A LANDLORD RENT", "a landlord rent", "A Landlord Rent"),
    ("COSTA COFFEE 43011234 BRISTOL", "costa coffee", "Costa Coffee"),
    ("SQ *BLUE BOTTLE COFFEE San Francisco CA", "blue bottle coffee", "Blue Bottle"),
    ("TST* GREEN OLIVE - AUSTIN AUSTIN TX", "green olive", "Green Olive"),
    ("PAYPAL *SPOTIFY 4029357733 CA", "spotify", "Spotify"),
    ("DEBIT CARD PURCHASE XXXXX4094 WEGMANS #57 ROCHESTER NY", "wegmans rochester", "Wegmans"),
    ("POS PURCHASE 1123 TRADER JOE'S #552 SEATTLE WA", "trader joes", "Trader Joe's"),
    (
        "PURCHASE AUTHORIZED ON 06/02 PUBLIX SUPER MAR MIAMI FL CARD 9052",
        "publix super mar",
        "Publix",
    ),
    ("RECURRING PAYMENT AUTHORIZED ON 03/04 NETFLIX.COM 866-579-7172 CA", "netflix", "Netflix"),
    ("CHECKCARD 0412 SHELL OIL 57442 PLANO TX", "shell oil", "Shell"),
    ("7-ELEVEN 34110 DALLAS TX", "7 eleven", "7-Eleven"),
    ("WM SUPERCENTER #4159", "walmart", "Walmart"),
    ("UBER   *TRIP HELP.UBER.COM", "uber trip help", "Uber"),
    ("ACH DEBIT STATE FARM 8005551234", "state farm", "State Farm"),
    ("Kartenzahlung REWE Markt GmbH//Berlin/DE 2023-11-12T18:32:11", "rewe markt", "Rewe"),
    ("KARTENZAHLUNG DM-DROGERIE MARKT 2025-01-07 11:02 Debitk. 12", "dm drogerie markt", "DM"),
    ("EDEKA MUELLER SAGT DANKE//HAMBURG/DE", "edeka mueller", "Edeka"),
    (
        "SEPA-LASTSCHRIFT VATTENFALL EUROPE SALES GMBH MANDATSREF 4711",
        "vattenfall europe sales",
        "Vattenfall",
    ),
    ("Lastschrift Telefónica Germany GmbH & Co. OHG", "telefonica germany", "O2"),
    ("Dauerauftrag Miete Hauptstr", "miete hauptstr", "Miete Hauptstr"),
    ("GIROCARD ALDI SUED 18:03 UHR", "aldi sued", "Aldi"),
    ("Bäckerei Müller, Köln", "backerei muller", "Bäckerei Müller"),
    ("PAYPAL *LIEFERANDO", "lieferando", "Lieferando"),
    ("BIPA DANKT 1234 WIEN AT", "bipa", "BIPA"),
    ("Debitkarte Migros M Oerlikon Zürich CH", "migros m oerlikon", "Migros"),
    ("TWINT COOP-1234 BASEL", "coop", "Co-op"),
    ("PAIEMENT CB 1211 CARREFOUR CITY PARIS", "carrefour city", "Carrefour"),
    ("PAIEMENT PAR CARTE X1234 MONOPRIX 12/11", "monoprix", "Monoprix"),
    ("CARTE 12/11/25 SNCF CONNECT", "sncf connect", "SNCF"),
    ("ACHAT CB BOULANGERIE PAUL 03.10.25 EUR 4,20", "boulangerie paul", "Paul"),
    ("PRLV SEPA ORANGE SA ECH/051125", "orange", "Orange"),
    ("VIR SEPA LOYER NOVEMBRE", "loyer novembre", "Loyer Novembre"),
    ("RETRAIT DAB 1211 LYON", "retrait dab", "Retrait Dab"),
    ("CB PHARMACIE DU CENTRE FACT 031125", "pharmacie du centre", "Pharmacie du Centre"),
    ("Pago con tarjeta en MERCADONA VALENCIA", "mercadona", "Mercadona"),
    ("COMPRA TARJ. 5402XXXXXXXX1234 REPSOL MADRID", "repsol", "Repsol"),
    ("RECIBO IBERDROLA CLIENTES SAU", "iberdrola clientes", "Iberdrola"),
    ("BIZUM A JUAN", "juan", "Juan"),
    ("ADDEBITO DIRETTO ENEL ENERGIA SPA", "enel energia", "Enel"),
    ("Pagamento POS 12/11 14:05 ESSELUNGA MILANO", "esselunga", "Esselunga"),
    ("PRELIEVO BANCOMAT 100,00 EUR", "prelievo bancomat", "Prelievo Bancomat"),
    ("Betaalautomaat 12:31 ALBERT HEIJN 1521 AMSTERDAM", "albert heijn", "Albert Heijn"),
    ("BEA, Apple Pay JUMBO UTRECHT,PAS123 NR:ABC123 12.11.23/13:04", "jumbo utrecht", "Jumbo"),
    (
        "/TRTP/SEPA Incasso/CSID/NL12ZZZ/NAME/VATTENFALL/MARF/123/REMI/factuur",
        "vattenfall",
        "Vattenfall",
    ),
    ("Naam: Ziggo BV Omschrijving: factuur november IBAN: NL12INGB0001234567", "ziggo", "Ziggo"),
    ("PLATNOSC KARTA BIEDRONKA 4123 WARSZAWA PL", "biedronka", "Biedronka"),
    ("Płatność kartą ŻABKA Z1234 K.1 KRAKÓW", "zabka k", "Żabka"),
    ("BLIK ALLEGRO", "allegro", "Allegro"),
    ("ZAKUP PRZY UZYCIU KARTY ORLEN STACJA 123", "orlen stacja", "Orlen"),
    ("POS Purchase Woolworths  * 19 Nov", "woolworths", "Woolworths"),
    ("Fuel Purchase Engen Kloof  * 03 Oct", "engen kloof", "Engen"),
    ("YOCO *THE DAILY BREAD JOHANNESBURG ZA", "daily bread", "Daily Bread"),
    ("UPI-SWIGGY-swiggy@axis-123456-payment", "swiggy", "Swiggy"),
    ("UPI/412345678901/ZOMATO/zomato@hdfc", "zomato", "Zomato"),
    ("POS TXN BIG BAZAAR MUMBAI IN", "big bazaar", "Big Bazaar"),
    ("EFTPOS PURCHASE COLES 4451 MELBOURNE AU", "coles", "Coles"),
    ("VISA DEBIT PURCHASE CARD 1234 BUNNINGS 370000 SYDNEY", "bunnings", "Bunnings"),
    ("INTERAC PURCHASE 1234 TIM HORTONS #0942 TORONTO ON", "tim hortons", "Tim Hortons"),
    ("LOBLAWS 1029 VANCOUVER BC", "loblaws", "Loblaws"),
    ("Köp ICA Supermarket", "ica supermarket", "Ica"),
    ("12345678", "12345678", "12345678"),
]


@pytest.mark.parametrize(("text", "cleaned", "name"), TEXTS)
def test_a_banks_text_is_cleaned_and_named(text, cleaned, name):
    assert clean(text) == cleaned
    assert display_name(text) == name


@given(st.text(max_size=120))
def test_cleaning_takes_any_text(text):
    assert len(clean(text)) <= 80
    assert isinstance(display_name(text), str)
    assert bool(clean(text)) == bool(text.split()) or not clean(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CARD PAYMENT TO TESCO STORES 6234 ON 12 NOV", "CONTACTLESS TESCO STORES 3317 LONDON GB"),
        ("REWE SAGT DANKE 4711//BERLIN/DE", "Kartenzahlung REWE 0815 Hamburg"),
        ("CB CARREFOUR CITY 12/11/25", "PAIEMENT CB 0311 CARREFOUR CITY PARIS"),
        ("COMPRA MERCADONA 12.03", "Pago con tarjeta en MERCADONA VALENCIA"),
        ("AMZN Mktp DE*2K3LS", "AMZN MKTP US*Y775G9RU3"),
    ],
)
def test_two_visits_to_one_shop_clean_to_one_text(one, other):
    assert clean(one) == clean(other)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("LIDL 1234 DUBLIN", "groceries"),
        ("Some Village Butchers", "groceries"),
        ("ATM CASH WITHDRAWAL FEE", "fees"),
        ("ATM CASH WITHDRAWAL", "cash"),
        ("Ristorante Da Gino", "eating_out"),
        ("Apotheke am Markt", "pharmacy"),
        ("Uber Eats", "food_delivery"),
        ("UBER TRIP", "taxi"),
        ("NETFLIX.COM", "streaming"),
        ("Stadtwerke Musterstadt", "electricity"),
        ("SHELL PARKWAY 12", "fuel"),
        ("CITY THEATR", "culture"),
        ("STEAMGAMES.COM", "games"),
    ],
)
def test_well_known_merchants_and_words(text, concept):
    assert merchants.find(clean(text)).concept == concept


def test_an_unknown_text_is_no_merchant():
    assert merchants.find("zzyzx qwrk") is None
    assert merchants.find("") is None


def test_the_shipped_list_is_sound():
    table = merchants._table()
    assert len(table) > 2500
    assert {known.concept for known in table.values()} == set(concepts.all_concepts())
    assert all(pattern == " ".join(pattern.split()).lower() for pattern in table)
    assert all(concepts.names_of(concept) for concept in concepts.all_concepts())


@pytest.mark.parametrize(
    ("concept", "names", "best"),
    [
        ("groceries", ["Eating out", "Lebensmittel", "Fuel"], "Lebensmittel"),
        ("groceries", ["Restaurants", "Food"], "Food"),
        ("electricity", ["Electricity and heating", "Water and waste"], "Electricity and heating"),
        ("electricity", ["Rent", "Utilities"], "Utilities"),
        ("coffee", ["Food & Drink / Groceries", "Food & Drink / Coffee and tea"], "Food & Drink / Coffee and tea"),
        ("rent", ["Miete", "Strom"], "Miete"),
        ("fuel", ["Carburant", "Courses"], "Carburant"),
        ("clothing", ["Ropa", "Comida"], "Ropa"),
        ("fuel", ["Savings"], None),
    ],
)  # fmt: skip
def test_a_concept_finds_the_households_own_category(concept, names, best):
    found = concepts.matches(concept, {name: name for name in names})
    assert (max(found, key=found.get) if found else None) == best


def row(text, amount=-1250, payee=None, date=None):
    return Row(text, amount, date or dt.date(2026, 3, 1), payee)


def taught(*decisions, names=None):
    categoriser = Categoriser(names)
    for text, amount, category in decisions:
        categoriser.learn(row(text, amount), category)
    return categoriser


HOUSEHOLD = [
    ("TESCO STORES 11", -4210, "Groceries"),
    ("SHELL OIL 7", -5000, "Fuel"),
    ("TESCO STORES 12", -3810, "Groceries"),
    ("GREEN OLIVE BISTRO", -2600, "Eating out"),
    ("ACME PAYROLL", 250000, "Salary"),
    ("TESCO STORES 11", -2210, "Groceries"),
    ("SHELL OIL 9", -4500, "Fuel"),
    ("BLUE DOOR BISTRO", -1800, "Eating out"),
] * 3


def test_without_any_knowledge_there_is_no_guess():
    guess = Categoriser().predict(row("QWRK ZZYZX"))
    assert (guess.category, guess.confidence, guess.why.kind) == (None, 0.0, "nothing")


def test_a_new_household_is_helped_by_what_merchants_are_known_for():
    names = {1: "Lebensmittel", 2: "Tanken", 3: "Gehalt"}
    guess = Categoriser(names).predict(row("Kartenzahlung REWE Markt GmbH//Berlin/DE"))
    assert guess.category == 1
    assert (guess.why.kind, guess.why.payee) == ("known merchant", "Rewe")


def test_history_is_followed_and_told():
    guess = taught(*HOUSEHOLD).predict(row("CARD PAYMENT TO TESCO STORES 99 ON 3 MAR"))
    assert guess.category == "Groceries"
    assert (guess.why.kind, guess.why.payee, guess.why.times) == ("history", "Tesco", 9)


def test_words_decide_for_a_new_payee():
    guess = taught(*HOUSEHOLD).predict(row("RED LION BISTRO", -2000))
    assert guess.category == "Eating out"


def test_a_household_that_files_a_kind_of_shop_elsewhere_is_followed():
    names = {"Food": "Food", "Groceries": "Groceries"}
    categoriser = taught(
        *[(f"{shop} 1", -3000, "Food") for shop in ("LIDL", "ALDI", "TESCO")] * 4, names=names
    )
    assert categoriser.predict(row("ASDA 77", -2900)).category == "Food"


def test_only_the_households_categories_are_guessed():
    categoriser = taught(*HOUSEHOLD)
    categoriser.set_names({"Fuel": "Fuel", "Other": "Other"})
    guess = categoriser.predict(row("TESCO STORES 11", -4000))
    assert guess.category in {"Fuel", "Other", None}


def test_a_payees_number_outweighs_its_text():
    categoriser = Categoriser()
    for _time in range(4):
        categoriser.learn(row("TRANSFER", -100, payee=7), "Rent")
        categoriser.learn(row("TRANSFER", -100, payee=8), "Kids")
    assert categoriser.predict(row("TRANSFER", -100, payee=7)).category == "Rent"
    assert categoriser.predict(row("TRANSFER", -100, payee=8)).category == "Kids"


def test_a_payee_that_gets_a_number_keeps_its_past():
    categoriser = taught(*[("CORNER BAKE", -300, "Snacks")] * 3)
    assert categoriser.predict(row("CORNER BAKE", -320, payee=5)).why.times == 3


def test_the_banks_class_tells_something():
    categoriser = Categoriser()
    for number in range(6):
        categoriser.learn(Row(f"QWRK {chr(97 + number) * 5}", -1000, provider="TAKEAWAY"), "Out")
        categoriser.learn(Row(f"VLMN {chr(97 + number) * 5}", -1000, provider="UTILITIES"), "Bills")
    assert categoriser.predict(Row("ZZYZX", -1000, provider="Takeaway")).category == "Out"


TEXT = st.sampled_from(
    [
        "TESCO STORES 1",
        "AMZN Mktp UK*2K8",
        "SHELL 4",
        "J DOE",
        "UBER *TRIP",
        "QWRK",
        "NETFLIX.COM",
        "",
    ]
)
CATEGORY = st.integers(1, 5)
AMOUNT = st.integers(-1_000_000, 1_000_000)
PAYEE = st.none() | st.integers(1, 3)
DECISIONS = st.lists(st.tuples(TEXT, AMOUNT, PAYEE, CATEGORY), max_size=40)
NAMES = {1: "Groceries", 2: "Fuel", 3: "Eating out", 4: "Salary", 5: "Everything else"}


def of(decisions, names=None):
    categoriser = Categoriser(names)
    for text, amount, payee, category in decisions:
        categoriser.learn(row(text, amount, payee), category)
    return categoriser


@settings(max_examples=60, deadline=None)
@given(DECISIONS, TEXT, PAYEE, AMOUNT, AMOUNT, CATEGORY, st.booleans())
def test_a_correction_is_followed_by_the_very_next_row_of_the_payee(
    decisions, text, payee, amount, next_amount, category, named
):
    categoriser = of(decisions, NAMES if named else None)
    categoriser.learn(row(text, amount, payee), category, corrected=True)
    assert categoriser.predict(row(text, next_amount, payee)).category == category


@settings(max_examples=60, deadline=None)
@given(DECISIONS, TEXT, PAYEE, AMOUNT, AMOUNT, CATEGORY)
def test_a_guess_that_was_wrong_counts_as_corrected(
    decisions, text, payee, amount, next_amount, category
):
    categoriser = of(decisions, NAMES)
    wrong = categoriser.predict(row(text, amount, payee)).category != category
    categoriser.learn(row(text, amount, payee), category)
    if wrong:
        assert categoriser.predict(row(text, next_amount, payee)).category == category


def test_a_correction_outweighs_a_long_past():
    categoriser = taught(*[("TESCO STORES 11", -4000, "Groceries")] * 60)
    categoriser.learn(row("TESCO STORES 11", -4000), "Household", corrected=True)
    guess = categoriser.predict(row("TESCO STORES 44", -4000))
    assert guess.category == "Household"
    assert guess.confidence < categoriser.predict(row("QWRK")).confidence + 1


@settings(max_examples=60, deadline=None)
@given(DECISIONS, st.tuples(TEXT, AMOUNT, PAYEE, CATEGORY), TEXT, AMOUNT, PAYEE)
def test_what_is_unlearnt_was_never_there(decisions, one_more, text, amount, payee):
    categoriser = of(decisions, NAMES)
    before = categoriser.predict(row(text, amount, payee))
    more_text, more_amount, more_payee, category = one_more
    categoriser.learn(row(more_text, more_amount, more_payee), category)
    categoriser.unlearn(row(more_text, more_amount, more_payee), category)
    after = categoriser.predict(row(text, amount, payee))
    assert (after.category, after.why) == (before.category, before.why)
    assert after.confidence == pytest.approx(before.confidence)


def test_unlearning_what_was_never_learnt_changes_nothing():
    categoriser = taught(*HOUSEHOLD)
    before = categoriser.dump()
    categoriser.unlearn(row("NEVER SEEN"), "Nowhere")
    assert categoriser.dump() == before


@settings(max_examples=60, deadline=None)
@given(DECISIONS, TEXT, AMOUNT, PAYEE)
def test_confidences_are_probabilities(decisions, text, amount, payee):
    guess = of(decisions, NAMES).predict(row(text, amount, payee))
    assert 0 <= guess.confidence <= 1


@settings(max_examples=40, deadline=None)
@given(DECISIONS, TEXT, AMOUNT, PAYEE)
def test_a_dump_in_json_and_back_guesses_the_same(decisions, text, amount, payee):
    categoriser = of(decisions, NAMES)
    again = Categoriser.load(json.loads(json.dumps(categoriser.dump())), NAMES)
    assert again.predict(row(text, amount, payee)) == categoriser.predict(row(text, amount, payee))
    assert json.dumps(again.dump()) == json.dumps(categoriser.dump())


def test_a_dump_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version"):
        Categoriser.load({"version": 0})


def test_samples_of_other_features_are_dropped_when_loading():
    stored = taught(*HOUSEHOLD).dump()
    stored["sureness"] = [[1.0], [[[1.0], True]], 400]
    assert Categoriser.load(stored).sureness.weights == calibration.shipped()["sureness"]


def test_a_household_that_is_often_right_makes_it_surer():
    categoriser = Categoriser()
    before = None
    for number in range(calibration.FIRST_REFIT + 1):
        if number == calibration.FIRST_REFIT - 1:
            before = categoriser.sureness.weights
        categoriser.learn(row("TESCO STORES 11", -4000), "Groceries")
    assert categoriser.sureness.weights != before
    assert categoriser.predict(row("TESCO STORES 11", -4000)).confidence > 0.95


def test_a_fit_of_separable_samples_does_not_run_away():
    samples = [((1.0, float(right)), right) for right in (True, False) * 200]
    weights = calibration.fit_logistic(samples, [0.0, 0.0], pull=1.0, steps=20)
    assert all(abs(weight) < 20 for weight in weights)
    assert calibration.logistic(sum(weights)) > 0.8 > 0.2 > calibration.logistic(weights[0])


def test_memory_is_bounded(monkeypatch):
    monkeypatch.setattr("ledger.categoriser.bayes.MOST_WORDS", 200)
    monkeypatch.setattr("ledger.categoriser.linear.MOST_PIECES", 300)
    monkeypatch.setattr("ledger.categoriser.history.MOST_PAYEES", 50)
    categoriser = Categoriser()
    for number in range(300):
        word = "".join(chr(97 + int(digit)) for digit in str(number))
        categoriser.learn(row(f"SHOP{word} {word}x"), "Shopping")
        categoriser.learn(row("SAME PAYEE"), "Shopping")
    assert len(categoriser.bayes.words) <= 200
    assert len(categoriser.linear.weights) <= 300
    assert len(categoriser.payees.pasts) <= 50
    assert len(categoriser.payees.get("same payee").last) == KEPT
    assert len(categoriser.sureness.samples) <= calibration.MOST_SAMPLES
    assert categoriser.predict(row("SAME PAYEE")).category == "Shopping"


@given(AMOUNT, AMOUNT)
def test_likeness_of_amounts_is_mutual_and_bounded(one, other):
    assert likeness(one, one) == 1
    assert likeness(one, other) == likeness(other, one)
    assert 0 < likeness(one, other) <= 1


def test_words_forgotten_to_save_room_can_still_be_unlearnt():
    bayes = Bayes()
    bayes.learn(["a", "b"], 1)
    del bayes.words["a"]
    bayes.totals[1] -= 1
    bayes.unlearn(["a", "b"], 1)
    assert (bayes.words, bayes.rows, bayes.totals) == ({}, {}, {})


def test_a_step_of_the_linear_classifier_is_taken_back_without_a_trace():
    linear = Linear()
    linear.learn(pieces("corner bakery", ["corner", "bakery"]), 1)
    before = dict(linear.scores(pieces("bakery", ["bakery"])))
    found = pieces("lakeside bakery", ["lakeside", "bakery"])
    step = linear.learn(found, 2)
    assert linear.scores(found)[2] > linear.scores(found)[1]
    linear.undo(found, 2, *step)
    assert linear.scores(pieces("bakery", ["bakery"])) == before


def test_history_forgets_the_payee_seen_longest_ago(monkeypatch):
    monkeypatch.setattr("ledger.categoriser.history.MOST_PAYEES", 2)
    history = History()
    for key in ("a", "b", "a", "c"):
        history.learn(key, 1, -100)
    assert set(history.pasts) == {"a", "c"}


def test_the_package_is_pure():
    for path in Path(ledger.categoriser.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(("django", "numpy", "sklearn"))]
