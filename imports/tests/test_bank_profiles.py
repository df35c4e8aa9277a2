"""Known banks are recognised by the names of their columns, and read as they mean them."""

import pytest

from imports.parsers import csv_file
from imports.parsers.bank_profiles import PROFILES, columns_of, names_of, recognise
from ledger.statement_line import StatementLine

REVOLUT = "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
AMEX = "Date,Description,Amount,Extended Details,Appears On Your Statement As,Address,"

# Bank, header, rows, and of every line: month-day, amount, payee, description.
FILES = {
    "revolut-de": (
        "Revolut",
        "Art,Produkt,Datum des Beginns,Datum des Abschlusses,Beschreibung,Betrag,Gebühr,Währung,"
        "Status,Kontostand",
        ["Kartenzahlung,Girokonto,2026-03-04 9:15:00,2026-03-05 9:15:00,Eisdiele,-4.20,0.00,EUR,"
         "ABGESCHLOSSEN,95.80"],
        [("03-04", -420, "", "Eisdiele")],
    ),
    "revolut-fr": (
        "Revolut",
        "Type,Produit,Date de début,Date de fin,Description,Montant,Frais,Devise,État,Solde",
        ["Paiement,Courant,2026-03-04 9:15:00,2026-03-05 9:15:00,Glacier,-4.20,0.10,EUR,TERMINÉ,9"],
        [("03-04", -430, "", "Glacier")],
    ),
    "revolut-es": (
        "Revolut",
        "Tipo,Producto,Fecha de inicio,Fecha de finalización,Descripción,Importe,Comisión,Divisa,"
        "State,Saldo",
        ["Pago,Actual,2026-03-04 9:15:00,,Horchata,-4.20,0.00,EUR,PENDIENTE,",
         "Pago,Actual,2026-03-04 9:16:00,,Horchata,-9.20,0.00,EUR,REVERTIDO,"],
        [("03-04", -420, "", "Horchata")],
    ),
    "monzo": (
        "Monzo",
        "Transaction ID,Date,Time,Type,Name,Emoji,Category,Amount,Currency,Local amount,"
        "Local currency,Notes and #tags,Address,Receipt,Description,Category split,Money Out,"
        "Money In",
        ["tx_1,03/04/2026,09:15:00,Card payment,Ferry Cafe,,Eating out,-3.50,GBP,-4.10,EUR,lunch,"
         ",,FERRY CAFE 12,,-3.50,"],
        [("04-03", -350, "Ferry Cafe", "FERRY CAFE 12")],
    ),
    "starling": (
        "Starling",
        "Date,Counter Party,Reference,Type,Amount (GBP),Balance (GBP),Spending Category,Notes",
        ["03/04/2026,Ferry Cafe,FERRY 12,CARD,-3.50,96.50,EATING_OUT,"],
        [("04-03", -350, "Ferry Cafe", "FERRY 12")],
    ),
    "n26": (
        "N26",
        "Booking Date,Value Date,Partner Name,Partner Iban,Type,Payment Reference,Account Name,"
        "Amount (EUR),Original Amount,Original Currency,Exchange Rate",
        ["2026-03-04,2026-03-05,Ferry Cafe,,Presentment,,Main,-3.50,-4.00,USD,0.9"],
        [("03-04", -350, "Ferry Cafe", "Ferry Cafe")],
    ),
    "n26-old-german": (
        "N26",
        "Datum,Empfänger,Kontonummer,Transaktionstyp,Verwendungszweck,Kategorie,Betrag (EUR),"
        "Betrag (Fremdwährung),Fremdwährung,Wechselkurs",
        ["2026-03-04,Eisdiele,,MasterCard Zahlung,Eis,Essen,-3.50,-4.00,USD,0.9"],
        [("03-04", -350, "Eisdiele", "Eis")],
    ),
    "wise": (
        "Wise",
        "TransferWise ID,Date,Amount,Currency,Description,Payment Reference,Running Balance,"
        "Exchange Rate,Payer Name,Payee Name,Merchant",
        ["CARD-1,04-03-2026,-3.50,EUR,Card at Ferry,,96.50,,,,Ferry",
         "TRANSFER-2,05-03-2026,10.00,EUR,Received,rent,106.50,,Ann Example,,"],
        [("03-04", -350, "Ferry", "Card at Ferry"), ("03-05", 1000, "Ann Example", "Received rent")],
    ),
    "paypal": (
        "PayPal",
        "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Balance,"
        "Subject,Balance Impact",
        ["03/04/2026,09:15:00,CET,Ferry Shop,Payment,Completed,EUR,-3.50,0.00,-3.50,A1,6.50,Rope,"
         "Debit",
         "04/04/2026,09:15:00,CET,Buyer,Payment,Completed,EUR,10.00,-0.60,9.40,A2,15.90,Chair,"
         "Credit",
         "05/04/2026,09:15:00,CET,Hotel,Authorisation,Pending,EUR,-90.00,0.00,-90.00,A3,15.90,,"
         "Memo"],
        [("04-03", -350, "Ferry Shop", "Rope"), ("04-04", 940, "Buyer", "Chair")],
    ),
    "amex-us": (
        "American Express", AMEX + "City/State,Zip Code,Country,Reference,Category",
        ["03/04/2026,FERRY SHOP,3.50,,FERRY,,,,,R1,Other", "03/05/2026,THANK YOU,-9.00,,,,,,,R2,"],
        [("03-04", -350, "", "FERRY SHOP"), ("03-05", 900, "", "THANK YOU")],
    ),
    "amex-uk": (
        "American Express", AMEX + "Town/City,Postcode,Country,Reference,Category",
        ["03/04/2026,FERRY SHOP,3.50,,FERRY,,,,,R1,Other"],
        [("04-03", -350, "", "FERRY SHOP")],
    ),
    "amex-de": (
        "American Express",
        "Datum,Beschreibung,Karteninhaber,Konto #,Betrag,Weitere Details,"
        "Erscheint auf Ihrer Abrechnung als,Adresse,Stadt,PLZ,Land,Betreff,Kategorie",
        ['03/04/2026,EISDIELE,ANN,-1,"3,50",,EISDIELE,,,,DE,R1,Other'],
        [("04-03", -350, "", "EISDIELE")],
    ),
    "barclays": (
        "Barclays", "Number,Date,Account,Amount,Subcategory,Memo",
        [",03/04/2026,20-00-00 1234,-3.50,PAYMENT,FERRY CAFE"],
        [("04-03", -350, "", "FERRY CAFE")],
    ),
    "lloyds": (
        "Lloyds",
        "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,"
        "Debit Amount,Credit Amount,Balance,",
        ["03/04/2026,DEB,'30-00-00,12345678,FERRY,3.50,,96.50"],
        [("04-03", -350, "", "FERRY")],
    ),
    "natwest": (
        "NatWest", "Date,Type,Description,Value,Balance,Account Name,Account Number",
        ["03 Apr 2026,POS,FERRY,-3.50,96.50,ANN,600000-12345678"],
        [("04-03", -350, "", "FERRY")],
    ),
    "deutsche-bank": (
        "Deutsche Bank",
        "Buchungstag;Wert;Umsatzart;Begünstigter / Auftraggeber;Verwendungszweck;IBAN;Betrag;Soll;"
        "Haben;Währung",
        ["04.03.2026;04.03.2026;Karte;Eisdiele;Eis;DE1;;-1.003,50;;EUR",
         "05.03.2026;05.03.2026;Gehalt;Firma;Lohn;DE2;;;2.000,00;EUR"],
        [("03-04", -100350, "Eisdiele", "Karte Eis"), ("03-05", 200000, "Firma", "Gehalt Lohn")],
    ),
    "sparkasse": (
        "Sparkasse",
        "Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Glaeubiger ID;"
        "Mandatsreferenz;Beguenstigter/Zahlungspflichtiger;Kontonummer/IBAN;BIC (SWIFT-Code);"
        "Betrag;Waehrung;Info",
        ["DE1;04.03.26;04.03.26;KARTE;Eis;;;Eisdiele;DE2;X;-3,50;EUR;Umsatz gebucht",
         "DE1;05.03.26;05.03.26;KARTE;Brot;;;Bäcker;DE2;X;-2,00;EUR;Umsatz vorgemerkt"],
        [("03-04", -350, "Eisdiele", "KARTE Eis"), ("03-05", -200, "Bäcker", "KARTE Brot")],
    ),
    "ing-diba": (
        "ING-DiBa",
        "Buchung;Wertstellungsdatum;Auftraggeber/Empfänger;Buchungstext;Verwendungszweck;Saldo;"
        "Währung;Betrag;Währung",
        ["04.03.2026;04.03.2026;Eisdiele;Lastschrift;Eis;96,50;EUR;-3,50;EUR"],
        [("03-04", -350, "Eisdiele", "Lastschrift Eis")],
    ),
    "dkb": (
        "DKB",
        "Buchungsdatum;Wertstellung;Status;Zahlungspflichtige*r;Zahlungsempfänger*in;"
        "Verwendungszweck;Umsatztyp;IBAN;Betrag (€);Gläubiger-ID;Mandatsreferenz;Kundenreferenz",
        ["04.03.26;04.03.26;Gebucht;Ann;Eisdiele;Eis;Ausgang;DE1;-3,50;;;",
         "05.03.26;05.03.26;Vorgemerkt;Firma;Ann;Lohn;Eingang;DE2;2.000,00;;;"],
        [("03-04", -350, "Eisdiele", "Eis"), ("03-05", 200000, "Firma", "Lohn")],
    ),
    "bnp": (
        "BNP Paribas",
        "Date operation;Categorie operation;Sous Categorie operation;Libelle operation;"
        "Montant operation;Pointage operation",
        ["04-03-2026;Loisirs;Glaces;GLACIER;-3,50;0"],
        [("03-04", -350, "", "GLACIER")],
    ),
    "credit-agricole": (
        "Crédit Agricole", "Date;Libellé;Débit euros;Crédit euros;",
        ["04/03/2026;GLACIER;3,50;;", "05/03/2026;SALAIRE;;1 200,00;"],
        [("03-04", -350, "", "GLACIER"), ("03-05", 120000, "", "SALAIRE")],
    ),
    "bbva": (
        "BBVA",
        "F.Valor;Fecha;Concepto;Movimiento;Importe;Divisa;Disponible;Divisa;Observaciones",
        ["05/03/2026;04/03/2026;Horchateria;Pago;-3,50;EUR;96,50;EUR;"],
        [("03-04", -350, "", "Horchateria")],
    ),
    "santander": (
        "Santander", "FECHA OPERACIÓN;FECHA VALOR;CONCEPTO;IMPORTE EUR;SALDO",
        ["04/03/2026;05/03/2026;Horchateria;-3,50;96,50"],
        [("03-04", -350, "", "Horchateria")],
    ),
    "intesa": (
        "Intesa Sanpaolo",
        "Data;Operazione;Dettagli;Conto o carta;Contabilizzazione;Categoria ;Valuta;Importo",
        ["04.03.2026;Gelateria;POS 12;Conto 1;CONTABILIZZATO;Svago;EUR;-3,50",
         "05.03.2026;Forno;POS 13;Conto 1;NON CONTABILIZZATO;Spesa;EUR;-2,00"],
        [("03-04", -350, "Gelateria", "POS 12"), ("03-05", -200, "Forno", "POS 13")],
    ),
    "rabobank": (
        "Rabobank",
        "IBAN/BBAN,Munt,BIC,Volgnr,Datum,Rentedatum,Bedrag,Saldo na trn,Tegenrekening IBAN/BBAN,"
        "Naam tegenpartij,Omschrijving-1,Omschrijving-2,Omschrijving-3",
        ['NL1,EUR,X,000001,2026-03-04,2026-03-04,"-3,50","+96,50",NL2,IJssalon,IJs,,'],
        [("03-04", -350, "IJssalon", "IJs")],
    ),
    "ing-nl": (
        "ING",
        "Date;Name / Description;Account;Counterparty;Code;Debit/credit;Amount (EUR);"
        "Transaction type;Notifications;Resulting balance;Tag",
        ["20260304;IJssalon;NL1;;BA;Debit;3,50;Payment terminal;IJs;96,50;",
         "20260305;Werk;NL1;;OV;Credit;2000,00;Transfer;Loon;2096,50;"],
        [("03-04", -350, "IJssalon", "IJs"), ("03-05", 200000, "Werk", "Loon")],
    ),
    "abn": (
        "ABN AMRO",
        "Rekeningnummer\tMuntsoort\tTransactiedatum\tRentedatum\tBeginsaldo\tEindsaldo\t"
        "Transactiebedrag\tOmschrijving",
        ["123\tEUR\t20260304\t20260304\t100,00\t96,50\t-3,50\tIJssalon"],
        [("03-04", -350, "", "IJssalon")],
    ),
    "mbank": (
        "mBank", "#Data operacji;#Opis operacji;#Rachunek;#Kategoria;#Kwota;",
        ["2026-03-04;Lodziarnia;eKonto;Jedzenie;-1 003,50 PLN;"],
        [("03-04", -100350, "", "Lodziarnia")],
    ),
    "chase-card": (
        "Chase", "Transaction Date,Post Date,Description,Category,Type,Amount,Memo",
        ["03/03/2026,03/04/2026,FERRY,Food,Sale,-3.50,"],
        [("03-04", -350, "", "FERRY")],
    ),
    "bank-of-america": (
        "Bank of America", "Posted Date,Reference Number,Payee,Address,Amount",
        ["03/04/2026,24001,FERRY,PORTLAND,-3.50"],
        [("03-04", -350, "", "FERRY")],
    ),
    "capital-one": (
        "Capital One",
        "Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit",
        ["2026-03-03,2026-03-04,1234,FERRY,Food,3.50,", "2026-03-04,2026-03-05,1234,PAID,,,9.00"],
        [("03-04", -350, "", "FERRY"), ("03-05", 900, "", "PAID")],
    ),
    "discover": (
        "Discover", "Trans. Date,Post Date,Description,Amount,Category",
        ["03/03/2026,03/04/2026,FERRY,3.50,Food"],
        [("03-04", -350, "", "FERRY")],
    ),
}  # fmt: skip


def read(text: str):
    data = text.encode()
    guess = csv_file.guess(data)
    parsed = csv_file.parse(data, guess.mapping)
    return guess, list(parsed.statements[0].entries), parsed.warnings


@pytest.mark.parametrize(("bank", "header", "rows", "expected"), FILES.values(), ids=FILES)
def test_a_bank_is_recognised_and_read(bank, header, rows, expected):
    guess, entries, _warnings = read("\n".join([header, *rows]) + "\n")
    assert guess.recognised == bank
    assert guess.questions == ()
    found = [(f"{e.date:%m-%d}", e.amount, e.payee, e.description) for e in entries]
    assert found == expected


def test_revolut_keeps_the_pending_and_leaves_out_what_failed():
    rows = [
        "CARD_PAYMENT,Current,2026-03-01 10:00:00,2026-03-02 10:00:00,Shop,-10.00,0.50,EUR,"
        "COMPLETED,89.50",
        "TOPUP,Current,2026-03-02 10:00:00,2026-03-02 10:00:00,Top-up,100.00,1.00,EUR,COMPLETED,"
        "188.50",
        "CARD_PAYMENT,Current,2026-03-03 10:00:00,,Hotel,-50.00,0.00,EUR,PENDING,",
        "CARD_PAYMENT,Current,2026-03-04 10:00:00,,Bar,-5.00,0.00,EUR,REVERTED,",
        "CARD_PAYMENT,Current,2026-03-04 11:00:00,,Bar,-5.00,0.00,EUR,DECLINED,",
        "CARD_PAYMENT,Current,2026-03-04 12:00:00,,Bar,-5.00,0.00,EUR,FAILED,",
    ]
    _guess, entries, warnings = read(REVOLUT + "\n".join(rows))
    assert [(e.amount, e.pending) for e in entries] == [
        (-1050, False),
        (9900, False),
        (-5000, True),
    ]
    steps = [after.balance - before.balance for before, after in zip(entries, entries[1:2])]  # noqa: B905
    assert steps == [entries[1].amount]
    assert warnings == ["Rows that failed or were reversed, left out: 3."]


def test_a_fee_that_cannot_be_read_is_a_problem():
    row = "CARD_PAYMENT,Current,2026-03-01 10:00:00,,Shop,-10.00,abc12,EUR,COMPLETED,89.50\n"
    good = row.replace("abc12", "0.00")
    _guess, entries, _warnings = read(REVOLUT + good * 9 + row)
    assert entries[-1].reason == "The amount cannot be read."
    assert all(isinstance(entry, StatementLine) for entry in entries[:-1])


def test_more_columns_and_another_order_do_not_matter():
    header = (
        "Balance,State,Fee,Currency,New,Amount,Description,Completed Date,Started Date,Product,Type"
    )
    row = "90.00,COMPLETED,0.00,EUR,x,-10.00,Shop,2026-03-01 10:00:00,2026-03-01 10:00:00,Current,T"
    guess, [entry], _warnings = read(f"{header}\n{row}\n")
    assert guess.recognised == "Revolut"
    assert (entry.amount, entry.description, entry.balance) == (-1000, "Shop", 9000)


def test_what_the_file_proves_wins_over_the_profile():
    rows = ["13/04/2026,FERRY,3.50,,FERRY,,,,,R1,Other"]
    header = AMEX + "City/State,Zip Code,Country,Reference,Category"
    _guess, [entry], _warnings = read("\n".join([header, *rows]))
    assert (entry.date.month, entry.date.day) == (4, 13)


def test_names_without_the_cells_to_match_are_not_believed():
    text = (
        "Number,Date,Account,Amount,Subcategory,Memo\n1,soon,x,much,y,FERRY\n2,late,x,more,y,BUS\n"
    )
    assert csv_file.guess(text.encode()).recognised == ""


@pytest.mark.parametrize(
    "header", [["Date", "Description", "Amount"], ["Datum", "Text", "Betrag"], []]
)
def test_names_that_many_banks_use_are_nobodys(header):
    assert recognise(header) is None


def test_an_empty_export_is_recognised():
    assert csv_file.guess(REVOLUT.encode()).recognised == "Revolut"


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: f"{p.name}-{p.date}")
def test_every_profile_recognises_its_own_header(profile):
    header = [names[0] for names in profile.needed]
    found = recognise(header)
    assert found is not None
    assert found.name == profile.name
    assert len(profile.needed) >= 4
    assert profile.amount or (profile.debit and profile.credit)
    assert names_of(profile.date)[0][0] in columns_of(header)
