"""What columns are called, in the languages of the statements that we know."""

import re
import unicodedata

_WORDS = {
    "date": "booking date|posting date|posted date|post date|transaction date|value date|run date|trade date|settlement date"
    "|completed date|started date|buchungstag|buchungsdatum|buchung|valutadatum|valuta|wertstellung|datum|date|fecha|fecha operacion"
    "|fecha valor|data|data operazione|data contabile|data valuta|data operacji|data ksiegowania|data lancamento|date operation"
    "|date de valeur|date valeur|date comptable|datum verrichting|transactiedatum|boekdatum|dato|bogforingsdato|bokforingsdag"
    "|datum zauctovani|datum provedeni|konyveles datuma|дата операции|дата обработки операции|дата совершения операции|дата|дата платежа|дата и время операции"
    "|дата і час операціі|created|created utc|created on|timestamp|time|when|day|tarih|pvm|kirjauspaiva|תאריך|תאריך עסקה|日期|取引日",
    "amount": "amount|transaction amount|amount in account currency|betrag|umsatz|buchungsbetrag|montant|importe|importo|bedrag|valor|kwota"
    "|kwota operacji|belob|belopp|castka|osszeg|сумма|сумма операции|сумма платежа|сумма в валюте счета|сума у валюті картки|sum|value|net|net amount|mutatie|summa|maara|tutar|סכום|סכום חיוב|total|betrag eur|local amount|importe eur",
    "debit": "debit|debits|debit amount|withdrawal|withdrawals|money out|paid out|outflow|soll|belastung|lastschrift|ausgang|ausgaben|debet|af|uit"
    "|debito|dare|uscite|addebiti|cargo|cargos|adeudo|salida|debit eur|sortie|obciazenia|wyplaty|расход|terheles|spent|charge|charges|payment|withdrawal amount|out|חובה",
    "credit": "credit|credits|credit amount|deposit|deposits|money in|paid in|inflow|haben|gutschrift|eingang|einnahmen|bij"
    "|credito|avere|entrate|accrediti|abono|abonos|ingreso|entrada|credit eur|entree|uznania|wplaty|приход|jovairas|received|deposit amount|in|זכות",
    "flag": "af bij|debit credit|d c|dc|cd|c d|credit debit|debit credit indicator|credit debit indicator|type of transaction|transaction type|soll haben|s h|umsatzart|direction|sign|dr cr|cr dr|bij af|credito debito|sens|status|typ|details|type",
    "description": "description|descrizione|descripcion|descricao|transaction description|transaction details|details|detail|narrative|memo|buchungstext"
    "|verwendungszweck|beschreibung|text|libelle|libelle operation|omschrijving|mededelingen|concepto|causale|opis|opis operacji|tytul|particulars|reference"
    "|payment reference|label|note|notes|remarque|message|melding|beskrivelse|popis|zprava|kozlemeny|описание|описание операции|назначение платежа|опис|communication|info"
    "|action|transaction|desc|transaktionsbeschreibung|zahlungsreferenz|motiv|counter party text|tekst|תיאור|custom name column",
    "payee": "payee|payee name|name|merchant|merchant name|counterparty|counter party|counterparty name|beneficiary|beneficiary name|empfanger|empfangername"
    "|auftraggeber|beguenstigter zahlungspflichtiger|begunstigter zahlungspflichtiger|auftraggeber empfanger|zahlungspflichtiger|name zahlungsbeteiligter"
    "|partner name|partner|naam omschrijving|naam tegenpartij|tegenpartij|handelaar|beneficiario|ordenante|destinataire|tiers|kontrahent|odbiorca|nadawca|nazwa odbiorcy"
    "|contrepartie|mottaker|navn|nazev protiuctu|контрагент|get from|recipient|vendor|store|who|name of counterparty",
    "notes": "notes|notizen|note to self|comments|comment|kommentar|remarks",
    "external_id": "id|transaction id|transactionid|reference number|transferwise id|unique id|fitid|transaction reference|transaktions id"
    "|balance transaction id|n de transaction|transactie id|ref|entry reference|movement id|external id|ref #",
    "balance": "balance|running balance|runningbalance|saldo|account balance|saldo nach buchung|kontostand|solde|balance after|cash balance|remaining balance"
    "|saldo contabile|saldo po operacji|egyenleg|остаток|баланс після операціі|available balance|יתרה|saldo na mutatie|zustatek|current balance",
    "currency": "currency|currency code|wahrung|waehrung|munt|muntsoort|valuta code|devise|divisa|moneda|waluta|buchungswahrung|monn|devizanem|валюта|ccy|mena|valuta kod",
    "category": "category|kategorie|categorie|categoria|kategoria|категория|kategori",
    "state": "status|state|transaction status|stav|estado|stato",
}
# Columns that look like an amount or a date and are something else.
_AVOID = re.compile(
    r"foreign|original|fremdw|exchange|rate|kurs|wechsel|\bfee|\bfees|tax|refund|local amount|"
    r"amount currency|converted|order|isin|iban|bic|blz|\bmcc\b|card n|check n|cheque|валюті операціі|"
    r"валюте операции|transfer amount|commission|split amount|price|quantity|operation currency"
)
_SYNONYMS = {role: words.split("|") for role, words in _WORDS.items()}
_RANK = {
    role: {word: 100 - index for index, word in enumerate(words)}
    for role, words in _SYNONYMS.items()
}
_SEPARATORS = re.compile(r"[^\w#]+|_")


def normal(header: str) -> str:
    """A header without case, accents, signs and bracketed units: "Betrag (EUR)" is "betrag"."""
    text = re.sub(r"\([^)]*\)", " ", header)
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(char for char in text if not unicodedata.combining(char))
    return " ".join(_SEPARATORS.sub(" ", text).split())


def score(header: str, role: str) -> int:
    """How well a header names a role: 0 not at all, 100 exactly and most usually."""
    text = normal(header)
    if not text:
        return 0
    exact = _RANK[role].get(text, 0)
    if role in ("amount", "debit", "credit", "date", "balance", "description") and _AVOID.search(
        text
    ):
        return max(0, exact - 85)
    if exact:
        return exact
    words = f" {text} "
    best = max(
        (rank for word, rank in _RANK[role].items() if f" {word} " in words and len(word) > 2),
        default=0,
    )
    return best // 2


def looks_like_header(cells: list[str]) -> bool:
    """Whether at least two cells of a row are names that we know."""
    known = sum(1 for cell in cells if any(score(cell, role) >= 40 for role in _RANK))
    return known >= 2
