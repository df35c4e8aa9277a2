"""How known banks write their CSV files: data, recognised by the names of the columns.

A file is recognised when every name of `header` and of its date and amount columns is there;
columns beside them do not matter, the order neither. "a|b" is either name, the first one that is
there. Names are compared as `csv_headers.normal` writes them. What the file itself proves - the
decimal mark, the order of a date - wins over what stands here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from imports.parsers.csv_headers import normal


@dataclass(frozen=True, slots=True)
class BankProfile:
    """One kind of file of one bank. Columns are named, several of them parted by commas."""

    name: str
    header: str
    """Names that tell this file from others."""
    date: str
    amount: str = ""
    debit: str = ""
    credit: str = ""
    flag: str = ""
    out_flags: tuple[str, ...] = ()
    description: str = ""
    payee: str = ""
    payer: str = ""
    notes: str = ""
    id: str = ""
    balance: str = ""
    currency: str = ""
    category: str = ""
    state: str = ""
    account: str = ""
    fee: str = ""
    """Charged on top: the balance moves by the amount less this."""
    order: str = "%d/%m/%Y"
    """For dates that could be read in two ways."""
    mark: str = "."
    """For amounts that could be read in two ways."""
    spend_positive: bool = False
    pending: tuple[str, ...] = ()
    """Lower-case values of the state beside the common ones, as are those of `ignored`."""
    ignored: tuple[str, ...] = ()

    @property
    def needed(self) -> list[list[str]]:
        """The names that must be there, each with its other spellings."""
        texts = f"{self.header},{self.date},{self.amount},{self.debit},{self.credit},{self.flag}"
        return names_of(texts)


@lru_cache(maxsize=1024)
def _names_of(text: str) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(normal(name) for name in names.split("|")) for names in text.split(",") if names
    )


def names_of(text: str) -> list[list[str]]:
    """The columns of a profile's field, each as its normal spellings."""
    return [list(names) for names in _names_of(text)]


def columns_of(header: Sequence[str]) -> dict[str, int]:
    """Normal names and their places, the first of equal ones."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(normal(name), place)
    places.pop("", None)
    return places


def recognise(header: Sequence[str]) -> BankProfile | None:
    """The profile with the most names that are all in `header`."""
    known = columns_of(header)
    best, most = None, 0
    for profile in PROFILES:
        needed = {tuple(names) for names in profile.needed}
        if len(needed) > most and all(any(name in known for name in names) for names in needed):
            best, most = profile, len(needed)
    return best


_MDY, _YMD = "%m/%d/%Y", "%Y-%m-%d"
_P = BankProfile

PROFILES: tuple[BankProfile, ...] = (
    # --- Apps and cards of several countries
    _P("Revolut", "Type,Product,Started Date,Completed Date,Fee,State,Balance",
       date="Started Date", amount="Amount", fee="Fee", description="Description",
       currency="Currency", state="State", balance="Balance", order=_YMD),
    _P("Revolut", "Tipo,Producto,Fecha de inicio,Fecha de finalización,Comisión,State|Estado",
       date="Fecha de inicio", amount="Importe", fee="Comisión", description="Descripción",
       currency="Divisa", state="State|Estado", balance="Saldo", order=_YMD,
       pending=("pendiente",), ignored=("revertido", "revertida", "rechazado", "fallido")),
    _P("Revolut", "Type,Produit,Date de début,Date de fin,Frais|Montant des frais,State|État",
       date="Date de début", amount="Montant", fee="Frais|Montant des frais",
       description="Description", currency="Devise", state="State|État",
       balance="Solde|Solde final", order=_YMD, pending=("en attente",), ignored=("annulé",)),
    _P("Revolut", "Art|Typ,Produkt,Datum des Beginns|Startdatum,Gebühr,Status|State",
       date="Datum des Beginns|Startdatum", amount="Betrag", fee="Gebühr", description="Beschreibung",
       currency="Währung", state="Status|State", balance="Kontostand|Saldo", order=_YMD,
       pending=("ausstehend",), ignored=("rückgängig gemacht", "zurückgezahlt")),
    _P("Monzo", "Transaction ID,Time,Type,Name,Emoji,Category",
       date="Date", amount="Amount", description="Description|Name", payee="Name",
       notes="Notes and #tags|Notes & #tags", id="Transaction ID", currency="Currency",
       category="Category"),
    _P("Monzo", "id,local_amount,local_currency,emoji",
       date="created", amount="amount", description="description", notes="notes", id="id",
       currency="currency", category="category", order=_YMD),
    _P("Starling", "Counter Party,Reference,Type",
       date="Date", amount="Amount (GBP)|Amount (EUR)|Amount", description="Reference",
       payee="Counter Party", notes="Notes", balance="Balance (GBP)|Balance (EUR)|Balance",
       category="Spending Category"),
    _P("N26", "Value Date,Partner Name,Partner Iban,Type,Payment Reference",
       date="Booking Date", amount="Amount (EUR)|Amount", description="Payment Reference",
       payee="Partner Name", category="Category", order=_YMD),
    _P("N26", "Payee,Account number,Transaction type,Payment reference,Exchange Rate",
       date="Date", amount="Amount (EUR)", description="Payment reference", payee="Payee",
       category="Category", order=_YMD),
    _P("N26", "Empfänger,Kontonummer,Transaktionstyp,Verwendungszweck,Wechselkurs",
       date="Datum", amount="Betrag (EUR)", description="Verwendungszweck", payee="Empfänger",
       category="Kategorie", order=_YMD),
    _P("N26", "Bénéficiaire,Numéro de compte,Type de transaction,Référence de paiement",
       date="Date", amount="Montant (EUR)", description="Référence de paiement",
       payee="Bénéficiaire", category="Catégorie", order=_YMD),
    _P("N26", "Beneficiario,Número de cuenta,Tipo de transacción,Referencia de pago",
       date="Fecha", amount="Cantidad (EUR)|Importe (EUR)", description="Referencia de pago",
       payee="Beneficiario", category="Categoría", order=_YMD),
    _P("N26", "Beneficiario,Numero di conto,Tipo di transazione,Riferimento di pagamento",
       date="Data", amount="Importo (EUR)", description="Riferimento di pagamento",
       payee="Beneficiario", category="Categoria", order=_YMD),
    _P("Wise", "TransferWise ID|Wise ID,Payment Reference,Running Balance,Exchange Rate",
       date="Date", amount="Amount", description="Description,Payment Reference",
       payee="Merchant|Payee Name", payer="Payer Name", id="TransferWise ID|Wise ID", balance="Running Balance",
       currency="Currency", notes="Note"),
    _P("PayPal", "Time,TimeZone|Time Zone,Name,Type,Status,Gross,Fee,Transaction ID",
       date="Date", amount="Net", description="Subject|Item Title", payee="Name",
       notes="Note", id="Transaction ID", currency="Currency", balance="Balance",
       state="Balance Impact|Status", ignored=("memo", "denied", "canceled", "cancelled")),
    _P("PayPal", "Time,Time Zone|TimeZone,Gross,Fee,Transaction ID,From Email Address",
       date="Date", amount="Net", description="Description", payee="Name",
       id="Transaction ID", currency="Currency", balance="Balance"),
    _P("PayPal", "Uhrzeit,Zeitzone,Name,Typ,Status,Brutto,Entgelt|Gebühr,Transaktionscode",
       date="Datum", amount="Netto", description="Betreff|Artikelbezeichnung", payee="Name",
       notes="Hinweis", id="Transaktionscode", currency="Währung", balance="Guthaben",
       state="Auswirkung auf Guthaben|Status", mark=",", pending=("ausstehend", "offen"),
       ignored=("memo", "abgelehnt", "storniert")),
    _P("PayPal", "Uhrzeit,Zeitzone,Brutto,Entgelt|Gebühr,Transaktionscode",
       date="Datum", amount="Netto", description="Beschreibung", payee="Name",
       id="Transaktionscode", currency="Währung", balance="Guthaben", mark=","),
    _P("American Express", "Extended Details,Appears On Your Statement As",
       date="Date", amount="Amount", description="Description", id="Reference",
       category="Category", order=_MDY, spend_positive=True),
    _P("American Express", "Extended Details,Appears On Your Statement As,Town/City,Postcode",
       date="Date", amount="Amount", description="Description", id="Reference",
       category="Category", spend_positive=True),
    _P("American Express", "Weitere Details|Erweiterte Details,Erscheint auf Ihrer Abrechnung als",
       date="Datum", amount="Betrag", description="Beschreibung", id="Betreff|Referenz",
       category="Kategorie", mark=",", spend_positive=True),
    _P("American Express", "Omschrijving,Vermeld op uw rekeningoverzicht als",
       date="Datum", amount="Bedrag", description="Omschrijving", id="Referentie",
       category="Categorie", mark=",", spend_positive=True),
    _P("Apple Card", "Clearing Date,Merchant,Category,Type",
       date="Transaction Date", amount="Amount (USD)", description="Description",
       payee="Merchant", category="Category", order=_MDY, spend_positive=True),
    _P("bunq", "Account,Counterparty,Name,Description,Interest Date",
       date="Date", amount="Amount", description="Description", payee="Name",
       account="Account", order=_YMD),
    # --- United Kingdom
    _P("Barclays", "Number,Account,Subcategory,Memo",
       date="Date", amount="Amount", description="Memo", account="Account"),
    _P("Lloyds", "Transaction Type,Sort Code,Account Number,Transaction Description",
       date="Transaction Date", debit="Debit Amount", credit="Credit Amount",
       description="Transaction Description", balance="Balance", account="Account Number"),
    _P("NatWest", "Type,Description,Balance,Account Name,Account Number",
       date="Date", amount="Value", description="Description", balance="Balance",
       account="Account Number"),
    _P("HSBC UK", "Transaction Type,Account Name,Account Number,Paid out,Paid in",
       date="Date", debit="Paid out", credit="Paid in", description="Description|Details",
       balance="Balance", account="Account Number"),
    _P("Nationwide", "Transaction type,Description,Balance",
       date="Date", debit="Paid out", credit="Paid in", description="Description",
       balance="Balance"),
    _P("Santander UK", "Type,Merchant/Description,Balance",
       date="Date", amount="Debit/Credit", description="Merchant/Description", balance="Balance"),
    # --- Germany and Austria
    _P("Deutsche Bank", "Wert,Umsatzart,Begünstigter / Auftraggeber,Verwendungszweck",
       date="Buchungstag", debit="Soll", credit="Haben", description="Verwendungszweck,Umsatzart",
       payee="Begünstigter / Auftraggeber", currency="Währung", mark=","),
    _P("Deutsche Bank", "Umsatzart,Begünstigter / Auftraggeber,Verwendungszweck",
       date="Buchungstag", amount="Betrag", description="Verwendungszweck,Umsatzart",
       payee="Begünstigter / Auftraggeber", currency="Währung", mark=","),
    _P("Sparkasse", "Auftragskonto,Valutadatum,Buchungstext,Beguenstigter/Zahlungspflichtiger",
       date="Buchungstag", amount="Betrag", description="Verwendungszweck,Buchungstext",
       payee="Beguenstigter/Zahlungspflichtiger", currency="Waehrung|Währung", state="Info",
       account="Auftragskonto", mark=",", pending=("umsatz vorgemerkt",)),
    _P("Volksbank", "IBAN Auftragskonto,Name Zahlungsbeteiligter,Buchungstext,Verwendungszweck",
       date="Buchungstag", amount="Betrag", description="Verwendungszweck,Buchungstext",
       payee="Name Zahlungsbeteiligter", balance="Saldo nach Buchung",
       currency="Waehrung|Währung", category="Kategorie", notes="Bemerkung",
       account="IBAN Auftragskonto", mark=","),
    _P("ING-DiBa", "Valuta|Wertstellungsdatum,Auftraggeber/Empfänger,Buchungstext",
       date="Buchung", amount="Betrag", description="Verwendungszweck,Buchungstext",
       payee="Auftraggeber/Empfänger", balance="Saldo", currency="Währung",
       category="Kategorie", notes="Notiz", mark=","),
    _P("DKB", "Wertstellung,Status,Zahlungspflichtige*r,Zahlungsempfänger*in",
       date="Buchungsdatum", amount="Betrag (€)|Betrag", description="Verwendungszweck",
       payee="Zahlungsempfänger*in", payer="Zahlungspflichtige*r", state="Status", id="Kundenreferenz", mark=",",
       pending=("vorgemerkt",)),
    _P("DKB", "Wertstellung,Buchungstext,Auftraggeber / Begünstigter,Verwendungszweck",
       date="Buchungstag", amount="Betrag (EUR)", description="Verwendungszweck,Buchungstext",
       payee="Auftraggeber / Begünstigter", mark=","),
    _P("DKB", "Wertstellung,Beschreibung,Ursprünglicher Betrag",
       date="Belegdatum", amount="Betrag (EUR)", description="Beschreibung", mark=","),
    _P("comdirect", "Wertstellung (Valuta),Vorgang,Buchungstext",
       date="Buchungstag", amount="Umsatz in EUR", description="Buchungstext,Vorgang", mark=","),
    # --- France
    _P("BNP Paribas", "Libelle operation,Type operation|Sous Categorie operation",
       date="Date operation", amount="Montant operation en euro|Montant operation",
       description="Libelle operation", category="Categorie operation", mark=","),
    _P("Crédit Agricole", "Libellé",
       date="Date", debit="Débit euros", credit="Crédit euros", description="Libellé", mark=","),
    _P("Société Générale", "Libellé,Détail de l'écriture,Devise",
       date="Date de l'opération", amount="Montant de l'opération",
       description="Détail de l'écriture", currency="Devise", mark=","),
    _P("Crédit Mutuel", "Date de valeur,Libellé,Solde",
       date="Date", debit="Débit", credit="Crédit", description="Libellé", balance="Solde",
       mark=","),
    _P("BoursoBank", "dateVal,label,categoryParent,supplierFound",
       date="dateOp", amount="amount", description="label", payee="supplierFound",
       category="category", balance="accountbalance", account="accountNum", order=_YMD, mark=","),
    # --- Spain and Italy
    _P("BBVA", "F.Valor,Concepto,Movimiento,Disponible",
       date="Fecha", amount="Importe", description="Concepto", currency="Divisa",
       balance="Disponible", notes="Observaciones", mark=","),
    _P("Santander", "Fecha Valor,Concepto,Saldo",
       date="Fecha Operación", amount="Importe EUR|Importe", description="Concepto",
       balance="Saldo", mark=","),
    _P("CaixaBank", "Fecha valor,Movimiento,Más datos,Saldo",
       date="Fecha", amount="Importe", description="Movimiento,Más datos", balance="Saldo",
       mark=","),
    _P("Intesa Sanpaolo", "Operazione,Dettagli,Conto o carta,Contabilizzazione,Categoria",
       date="Data", amount="Importo", description="Dettagli", payee="Operazione",
       currency="Valuta", category="Categoria", state="Contabilizzazione",
       pending=("non contabilizzato",), mark=","),
    # --- Netherlands
    _P("Rabobank", "IBAN/BBAN,Munt,Volgnr,Naam tegenpartij,Omschrijving-1",
       date="Datum", amount="Bedrag", payee="Naam tegenpartij", id="Volgnr", currency="Munt",
       description="Omschrijving-1,Omschrijving-2,Omschrijving-3", balance="Saldo na trn",
       account="IBAN/BBAN", order=_YMD, mark=","),
    _P("ING", "Naam / Omschrijving,Rekening,Tegenrekening,Code,Mededelingen",
       date="Datum", amount="Bedrag (EUR)", flag="Af Bij", out_flags=("af",),
       description="Mededelingen", payee="Naam / Omschrijving", balance="Saldo na mutatie",
       account="Rekening", order=_YMD, mark=","),
    _P("ING", "Name / Description,Account,Counterparty,Code,Notifications",
       date="Date", amount="Amount (EUR)", flag="Debit/credit", out_flags=("debit",),
       description="Notifications", payee="Name / Description", balance="Resulting balance",
       account="Account", order=_YMD, mark=","),
    _P("ABN AMRO", "Rekeningnummer,Muntsoort,Beginsaldo,Eindsaldo,Omschrijving",
       date="Transactiedatum", amount="Transactiebedrag", description="Omschrijving",
       currency="Muntsoort", balance="Eindsaldo", account="Rekeningnummer", order=_YMD, mark=","),
    _P("ABN AMRO", "accountNumber,mutationcode,startsaldo,endsaldo,description",
       date="transactiondate", amount="amount", description="description",
       currency="mutationcode", balance="endsaldo", account="accountNumber", order=_YMD, mark=","),
    # --- Poland
    _P("mBank", "#Opis operacji,#Rachunek,#Kategoria",
       date="#Data operacji", amount="#Kwota", description="#Opis operacji",
       category="#Kategoria", balance="#Saldo po operacji", account="#Rachunek", order=_YMD, mark=","),
    _P("mBank", "#Data księgowania,#Opis operacji,#Tytuł,#Nadawca/Odbiorca,#Numer konta",
       date="#Data operacji", amount="#Kwota", description="#Opis operacji,#Tytuł",
       payee="#Nadawca/Odbiorca", balance="#Saldo po operacji", order=_YMD, mark=","),
    _P("PKO BP", "Data waluty,Typ transakcji,Saldo po transakcji,Opis transakcji",
       date="Data operacji", amount="Kwota", description="Opis transakcji",
       currency="Waluta", balance="Saldo po transakcji", order=_YMD),
    # --- Nordic countries
    _P("Nordea", "Afsender,Modtager,Navn,Saldo,Valuta",
       date="Bogføringsdato", amount="Beløb", description="Beskrivelse", payee="Navn", balance="Saldo",
       currency="Valuta", mark=","),
    _P("Nordea", "Avsändare,Mottagare,Namn,Saldo,Valuta",
       date="Bokföringsdag", amount="Belopp", description="Rubrik", payee="Namn", balance="Saldo",
       currency="Valuta", mark=","),
    _P("Nordea", "Maksaja,Maksunsaaja,Nimi,Saldo,Valuutta",
       date="Kirjauspäivä", amount="Määrä", description="Otsikko", payee="Nimi", balance="Saldo",
       currency="Valuutta", mark=","),
    # --- United States
    _P("Chase", "Details,Type,Balance,Check or Slip #",
       date="Posting Date", amount="Amount", description="Description", balance="Balance",
       order=_MDY),
    _P("Chase", "Transaction Date,Description,Category,Type,Memo",
       date="Post Date", amount="Amount", description="Description", notes="Memo",
       category="Category", order=_MDY),
    _P("Bank of America", "Description,Running Bal.",
       date="Date", amount="Amount", description="Description", balance="Running Bal.",
       order=_MDY),
    _P("Bank of America", "Reference Number,Payee,Address",
       date="Posted Date", amount="Amount", description="Payee", id="Reference Number",
       order=_MDY),
    _P("Capital One", "Transaction Date,Card No.,Description,Category",
       date="Posted Date", debit="Debit", credit="Credit", description="Description",
       category="Category", order=_YMD),
    _P("Capital One", "Account Number,Transaction Description,Balance",
       date="Transaction Date", amount="Transaction Amount", flag="Transaction Type",
       out_flags=("debit",), description="Transaction Description", balance="Balance",
       account="Account Number", order=_MDY),
    _P("Citi", "Status,Description",
       date="Date", debit="Debit", credit="Credit", description="Description", state="Status",
       order=_MDY),
    _P("Discover", "Trans. Date,Description,Category",
       date="Post Date", amount="Amount", description="Description", category="Category",
       order=_MDY, spend_positive=True),
    _P("Charles Schwab", "Status,Type,CheckNumber,Description",
       date="Date", debit="Withdrawal", credit="Deposit", description="Description",
       balance="RunningBalance", state="Status", order=_MDY),
)  # fmt: skip
