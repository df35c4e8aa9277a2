"""What banks call their columns, in a dozen languages.

Headers are compared in lower case, without accents and punctuation, and what stands in brackets
is looked at apart: "Betrag (EUR)" is "betrag" in EUR.
"""

import re
from functools import lru_cache

from imports.parsers.amounts import currency_of
from imports.parsers.dates import plain
from imports.parsers.text import words

_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]")
# Zahlungsempfänger*in, Kontoinhaber:in
_GENDERED = re.compile(r"[*:](?:innen|in|r|n)\b")
_WORDS = re.compile(r"[^\w+%]+|_")

# role -> names, the likeliest first. A name matches a whole header or some whole words of it.
_NAMES = {
    "date": """日付|取引日|日期|交易日期|거래일|날짜|booking date|posting date|posted date|
        post date|date posted|buchungstag|buchungsdatum|buchung|booked|date comptable|
        date de comptabilisation|date operation|date d operation|date de l operation|
        fecha operacion|fecha de operacion|fecha contable|fecha|data contabile|data operazione|
        data da operacao|data lancamento|data movimento|data mov|data|boekdatum|boekingsdatum|
        datum|date|dato|bokforingsdag|bokforingsdatum|bokfoert|bokford|bogfort|bogfoert|
        bogforingsdato|bokfort dato|bokforingsdato|utfort dato|transaktionsdatum|
        transaktionsdag|kirjauspaiva|kirjauspvm|paivamaara|pvm|data operacji|data ksiegowania|
        data transakcji|data zaksiegowania|datum zauctovani|datum provedeni|datum transakce|
        datum operace|konyveles datuma|konyvelesi datum|konyveles|konyvelt|tranzakcio datuma|
        datuma|дата обработки операции|дата проводки|дата операции|дата і час операції|
        дата списания|дата|transaction date|trans date|tran date|transaction time|
        date transaction|run date|trade date|created|created utc|created at|started date|
        date started|date time|datetime|datum verrichting|verrichtingsdatum|transactiedatum|
        transactie datum|umsatzdatum|belegdatum|kaufdatum|tarih|islem tarihi|timestamp|time|day|
        תאריך|תאריך עסקה|תאריך רכישה|fecha valor|valutadatum|valuta|value date|wertstellung|
        date de valeur|date valeur|data valuta|data valor|data waluty|settlement date|
        completed date|datum verrekening|дата совершения операции|rentedatum|ertek nap|posting""",
    "amount": """金額|金额|交易金额|금액|amount|betrag|buchungsbetrag|umsatz|montant|
        montant operation|importe|importo|bedrag|valor|quantia|montante|belop|beloeb|belob|
        summa|maara|kwota|kwota operacji|kwota transakcji|castka|objem|osszeg|сумма|сума|
        сумма операции|tutar|islem tutari|net|netto|net amount|transaction amount|
        transaktionsbetrag|betrag in eur|amount in eur|sum|mutatie|transactiebedrag|suma|
        movimento|movimiento|inflow|value|wert|gesamtbetrag|booked amount|account amount|
        сумма в валюте счета|сума у валюті картки|сумма платежа|amount local|סכום|סכום חיוב|
        total|gross|brutto|price|amt|zahlung|amount in account currency|osszege|
        terheles vagy jovairas""",
    "debit": """出金|お支払金額|支出|출금|debit|debit amount|debits|debit amt|withdrawal|
        withdrawals|withdrawal amt|withdrawal amount|paid out|money out|out|outflow|soll|
        belastung|lastschrift|ausgang|ausgaben|ausgabe|abgang|abgange|debet|debet bedrag|af|uit|
        uitgaven|montant debit|depenses|retrait|cargo|cargos|debe|debito|debitos|gastos|uscite|
        uscita|dare|addebiti|addebito|importo addebiti|saida|saidas|despesa|ut|uttak|uttag|ud|
        ut av konto|ut fra konto|panot ulos|obciazenia|obciazenie|wydatki|wyplata|uznania nie|
        vydaj|vydaje|odchozi|terheles|kiadas|расход|списание|дебет|borc|charge|expense|expenses|
        spent|payments|payment amount|belast|חובה|debit sgd|giden""",
    "credit": """入金|お預り金額|收入|입금|credit|credit amount|credits|credit amt|deposit|
        deposits|deposit amt|deposit amount|paid in|money in|in|inflow|haben|gutschrift|eingang|
        einnahmen|einnahme|zugang|bij|ontvangsten|montant credit|recettes|depot|abono|abonos|
        haber|credito|creditos|ingresos|ingreso|entrate|entrata|avere|accrediti|accredito|
        importo accrediti|entrada|entradas|receita|innskudd|insattning|ind|inn pa konto|inn|
        panot|uznania|uznanie|wplywy|wplata|prijem|prijmy|prichozi|jovairas|bevetel|приход|
        зачисление|кредит|alacak|income|received|earned|זכות|gelen|receipts""",
    "flag": """d c|dc|c d|cd|d k|s h|soll haben|debit credit|credit debit|
        debit credit indicator|credit debit indicator|cr dr|dr cr|af bij|bij af|credit debet|
        debet credit|sens|signe|sign|vorzeichen|direction|richtung|in out|type|transaction type|
        debit or credit|cdtdbtind|mutatiesoort|details|segno|sentido|tipo|typ|znamienko|kenmerk""",
    "description": """avisierungstext|descrizione estesa|descrizione completa|
        otsikko|摘要|内容|お取引内容|내용|
        description|details|transaction description|transaction details|narrative|narration|
        particulars|memo|reference text|payment reference|verwendungszweck|buchungstext|
        transaktionsbeschreibung|beschreibung|text|vorgang|umsatzdetails|libelle|
        libelle operation|libelle de l operation|designation|nature de l operation|
        communication|communications|concepto|descripcion|descrizione|descrizione operazione|
        causale|descricao|historico|omschrijving|mededeling|mededelingen|naam omschrijving|
        vrije mededeling|gestructureerde mededeling|label|beskrivning|forklaring|tekst|selite|
        viesti|opis|opis operacji|opis transakcji|tytul|tytulem|popis|poznamka|
        zprava pro prijemce|zprava|megjegyzes|kozlemeny|leiras|описание|назначение платежа|
        назначение|опис|детали|описание операции|aciklama|purpose|statement description|
        reference|original description|original statement|desc|action|transaction|note|remarque|
        רעיון|תיאור|שם בית עסק|reference description|transaction narrative|operazione|operation|
        booking text|transactie|remittance information|title|message""",
    "payee": """nimi|payee|payee name|name|merchant|merchant name|counterparty|
        counterparty name|counter party|partner name|partner|empfanger|
        beguenstigter zahlungspflichtiger|beguenstigter|begunstigter|
        begunstigter zahlungspflichtiger|auftraggeber empfanger|zahlungsempfanger|
        zahlungspflichtiger|zahlungsbeteiligter|name zahlungsbeteiligter|beneficiary|
        beneficiary name|recipient|sender|payer|payer name|beneficiaire|tiers|beneficiario|
        ordinante|destinatario|naam|naam tegenpartij|naam tegenrekening|tegenpartij|handelaar|
        begunstigde|mottaker|mottagare|modtager|saaja|saaja maksaja|nadawca odbiorca|odbiorca|
        kontrahent|nazwa kontrahenta|protistrana|nazev protiuctu|nazev protistrany|partner neve|
        kedvezmenyezett|контрагент|получатель|плательщик|отримувач|alici|supplier|vendor|
        store name|shop|empfangername|target name|to from|from to""",
    "notes": "notes|note|notizen|notiz|comment|comments|kommentar|commentaire|notas|nota|notatka",
    "id": """id|transaction id|transactionid|trans id|transferwise id|fitid|unique id|
        balance transaction id|transaktionsnummer|transaktions id|transaction number|
        n de transaction|numero operation|buchungsreferenz|referenznummer|transaction reference|
        transaction ref|archivierungsnummer|arkivref|arkistointitunnus|volgnr|volgnummer|
        id transakcji|numer referencyjny|id pohybu|id operace|id transakce|reference number|
        tranzakcio azonosito|external id|bank reference|journal id|order id|nr transakcji|
        id operazione|identificador""",
    "balance": """残高|余额|잔액|balance|running balance|runningbalance|account balance|
        ledger balance|available balance|balance after|closing balance|current balance|
        cash balance|saldo|kontostand|saldo nach buchung|saldo neu|saldo na mutatie|solde|
        solde apres operation|saldo contable|saldo disponible|saldo contabile|saldo apos|
        saldo na trn|boekingssaldo|eindsaldo|saldo po operacji|saldo po transakcji|zustatek|
        zustatek po|konyveles utani egyenleg|egyenleg|остаток|баланс|баланс після операції|
        залишок|bakiye|bokfort saldo|saldo efter|tilgaengelig saldo|disponibel saldo|yta|יתרה|
        new balance|saldo final|kontosaldo""",
    "currency": """valuutta|通貨|currency|currency code|ccy|cur|curr|waehrung|wahrung|
        buchungswahrung|devise|monnaie|monn|divisa|moneda|moeda|valuta|munt|muntsoort|valutakod|
        waluta|mena|deviza|penznem|валюта|валюта счета|валюта счёта|para birimi|doviz|
        account currency|konto wahrung|kontowahrung|valutaen|waluta operacji|currency symbol|
        מטבע""",
    "category": """category|kategorie|categorie|categoria|categoria de gasto|kategoria|kategori|
        kategorija|категория|categorie operation|hauptkategorie|category name|budget category|
        reporting category|default category|master category|subcategory|rubriek|rubrik|luokka""",
    "state": """state|status|transaction status|booking status|stato|estado|etat|statut|stav|
        статус|durum|allapot|info|buchungsstatus|zustand""",
    "account": """iban bban|accountnum|account|account number|account no|iban|auftragskonto|
        konto|kontonummer|iban auftragskonto|rekening|rekeningnummer|eigen rekening|compte|
        numero de compte|cuenta|conto|conta|numer rachunku|rachunek|ucet|cislo uctu|szamlaszam|
        номер счета|номер счёта|account name|konto nr|iban account|card number|card no|
        kartennummer|номер карты""",
}  # fmt: skip

# Words that turn a name into something else: the foreign amount, the fee, the tax.
FOREIGN = words(
    """foreign original orig fremd fremdwahrung originalbetrag exchange converted local
    settlement операции вихідна oryginalna puvodni zahlungswahrung etrangere extranjera
    estera instructed origine opcion umgerechnet auslands valutabedrag transactievaluta"""
)
OTHER_MONEY = words(
    """fee fees commission charge charges tax vat price rate kurs wechselkurs rates gebuhr
    entgelt frais taux comision comissao provision koers kosten kurz poplatek oplata
    prowizja jutalek dij курс комиссия комісія refunded disputed quantity units shares
    shares interest accrued limit cashback кэшбэк бонусы count number nummer numer nr no
    code mcc per split percent % rounding spesen courtage anzahl menge"""
)
LATE_DATES = words(
    """value valuta valeur wertstellung valor waluty settlement completed verrekening
    valutadatum совершения rentedatum due until expiry fallig interest dispute card exp
    birth evidence settled available"""
)
CARD_WORDS = words(
    """card cards karte kreditkarte karteninhaber merchant cardmember cardholder carte tarjeta
    carta kreditkort kredietkaart kortholder luottokortti karty karta
    חיוב עסק"""
)


def normal(header: str) -> str:
    """Header in lower case, without accents, brackets and punctuation."""
    text = _BRACKETS.sub(" ", header) if _BRACKETS.sub("", header).strip() else header
    text = _GENDERED.sub("", text)
    text = plain(text).replace("ß", "ss").replace("ø", "o").replace("æ", "ae").replace("ł", "l")
    return " ".join(_WORDS.sub(" ", text).split())


def bracket(header: str) -> str:
    """What stands in brackets: "EUR" of "Betrag (EUR)", "-" of "Withdrawal (-)"."""
    match = _BRACKETS.search(header)
    return match[1].strip() if match else ""


def header_currency(header: str) -> str:
    """ISO code that a header carries: "Amount (GBP)", "Betrag in EUR", "Kwota PLN"."""
    inside = currency_of(bracket(header))
    if inside:
        return inside
    words = header.split()
    return currency_of(words[-1]) if len(words) > 1 and words[-1].isupper() else ""


def _table() -> dict[str, dict[str, int]]:
    names = {}
    for role, text in _NAMES.items():
        known: dict[str, int] = {}
        for place, name in enumerate(text.split("|")):
            known.setdefault(normal(name), place)
        names[role] = known
    return names


_TABLE = _table()


@lru_cache(maxsize=4096)
def header_score(header: str, role: str) -> float:
    """How well a header names a role: 10 for the name itself, 3 to 8 when some words do, else 0."""
    name, known = normal(header), _TABLE[role]
    if not name:
        return 0
    if name in known:
        return 10 - known[name] / 200
    words = name.split()
    if len(words) > 8:
        return 0
    best = 0.0
    for size in range(len(words), 0, -1):
        for start in range(len(words) - size + 1):
            part = " ".join(words[start : start + size])
            # One short word within others ("in", "out", "af") says nothing.
            if part in known and (len(part) > 3 or part in ("iban", "saldo")):
                share = size / len(words)
                best = max(best, 3 + 5 * share - (0.5 if start else 0) - known[part] / 400)
    if best == 0 and role in ("date", "amount") and len(words) == 1:
        best = _compound(words[0], role)
    return best


_ENDINGS = {
    "date": ("datum", "dato", "tag", "date"),
    "amount": ("betrag", "bedrag", "belop", "amount"),
}


def _compound(word: str, role: str) -> float:
    """Germanic compounds: Abrechnungsdatum, Umsatzbetrag."""
    return 4.0 if len(word) > 7 and word.endswith(_ENDINGS[role]) else 0.0


def words_of(header: str) -> frozenset[str]:
    """The words of a header, brackets included: they tell a foreign amount from the booked one."""
    return frozenset(normal(header.replace("(", " ").replace(")", " ")).split())


def role_hits(row: list[str]) -> int:
    """How many of the roles that make a statement the cells of a row could name."""
    if len(row) > 200:
        return 0
    cells = [cell for cell in row if cell and len(cell) <= 60]
    roles = ("date", "amount", "debit", "credit", "description", "payee", "balance", "currency")
    return sum(any(header_score(cell, role) >= 6 for cell in cells) for role in roles)
