"""CAMT as banks send it: every version, batches, reversals, archives, hostile XML."""

import contextlib
import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imports.parsers import camt, registry
from imports.parsers.base import UnreadableFile
from ledger.statement_line import LinePart, Problem, StatementLine

IBAN = "DE89370400440532013000"
OTHER = "NL91ABNA0417164300"
V2 = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"
DAY = dt.date(2024, 1, 5)


def entry(amount="12.50", side="DBIT", details="", after="", **fields) -> str:
    texts = {
        "currency": ' Ccy="EUR"',
        "status": "<Sts>BOOK</Sts>",
        "booked": "<BookgDt><Dt>2024-01-05</Dt></BookgDt>",
        "valued": "<ValDt><Dt>2024-01-08</Dt></ValDt>",
        "reversal": "",
        "reference": "",
    } | fields
    return (
        f"<Ntry><Amt{texts['currency']}>{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>"
        f"{texts['reversal']}{texts['status']}{texts['booked']}{texts['valued']}"
        f"{texts['reference']}<NtryDtls>{details}</NtryDtls>{after}</Ntry>"
    )


def detail(inside: str) -> str:
    return f"<TxDtls>{inside}</TxDtls>"


def parties(**names: str) -> str:
    return (
        "<RltdPties>" + "".join(f"<{r}><Nm>{n}</Nm></{r}>" for r, n in names.items())
    ) + "</RltdPties>"


def remitted(*texts: str) -> str:
    return "<RmtInf>" + "".join(f"<Ustrd>{text}</Ustrd>" for text in texts) + "</RmtInf>"


def balance(kind: str, amount: str, day: str, side: str = "CRDT", currency: str = "EUR") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='{currency}'>{amount}</Amt>"
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def statement(*entries: str, head="", number=f"<IBAN>{IBAN}</IBAN>", account="<Ccy>EUR</Ccy>"):
    return (
        f"<Stmt><Id>1</Id>{head}<Acct><Id>{number}</Id>{account}</Acct>"
        + "".join(entries)
        + "</Stmt>"
    )


def document(*statements: str, namespace=f' xmlns="{V2}"', message="BkToCstmrStmt") -> str:
    return (
        f"<Document{namespace}><{message}><GrpHdr><MsgId>1</MsgId>"
        "<CreDtTm>2024-01-31T08:00:00</CreDtTm></GrpHdr>"
        + "".join(statements)
        + f"</{message}></Document>"
    )


def parse(text: str | bytes, **options):
    data = text if isinstance(text, bytes) else text.encode()
    assert registry.detect(data) == "camt"
    return camt.parse(data, **options)


def entries(*rows: str, **options) -> list:
    [found] = parse(document(statement(*rows)), **options).statements
    return list(found.entries)


def only(*args, **fields):
    [found] = entries(entry(*args, **fields))
    return found


def zipped(*files: tuple[str, str | bytes], method=zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


# The whole


def test_a_statement_is_read_in_full():
    head = (
        "<FrToDt><FrDtTm>2024-01-01T00:00:00</FrDtTm><ToDtTm>2024-01-31T23:59:59</ToDtTm></FrToDt>"
    )
    account = (
        "<Tp><Cd>CACC</Cd></Tp><Ccy>EUR</Ccy><Ownr><Nm>Ann Example</Nm></Ownr>"
        "<Svcr><FinInstnId><BIC>COBADEFFXXX</BIC><Nm>My Bank</Nm></FinInstnId></Svcr>"
    )
    body = balance("OPBD", "100.00", "2024-01-01") + balance("CLBD", "87.50", "2024-01-31")
    parsed = parse(document(statement(body, entry(), head=head, account=account)))
    [found] = parsed.statements
    assert (found.key, found.account_number, found.bank_id) == (IBAN, IBAN, "COBADEFFXXX")
    assert (found.currency, found.kind_hint) == ("EUR", "current")
    assert (found.institution, found.owner) == ("My Bank", "Ann Example")
    assert (found.closing_balance, found.closing_on) == (8750, dt.date(2024, 1, 31))
    assert (found.first_on, found.last_on) == (dt.date(2024, 1, 1), dt.date(2024, 1, 31))
    assert parsed.warnings == []


def test_an_entry_is_read_in_full():
    details = detail(parties(Cdtr="Shop", Dbtr="Ann") + remitted("Invoice  7\n of May"))
    line = only(
        details=details,
        after="<AddtlNtryInf>Direct debit</AddtlNtryInf>",
        reference="<AcctSvcrRef>2024-77</AcctSvcrRef>",
    )
    assert line == StatementLine(
        1, DAY, -1250, "Invoice 7 of May Direct debit", "Shop", "2024-77", "EUR"
    )


@pytest.mark.parametrize(
    ("version", "message", "holder"),
    [
        ("camt.052.001.02", "BkToCstmrAcctRpt", "Rpt"),
        ("camt.052.001.01", "BkToCstmrAcctRptV01", "Rpt"),
        ("camt.053.001.08", "BkToCstmrStmt", "Stmt"),
        ("camt.054.001.04", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
        ("", "BkToCstmrStmt", "Stmt"),
    ],
)
def test_every_message_and_version_is_read(version, message, holder):
    body = statement(entry()).replace("Stmt>", f"{holder}>")
    namespace = f' xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"' if version else ""
    [found] = parse(document(body, namespace=namespace, message=message)).statements
    assert [line.amount for line in found.entries] == [-1250]


def test_a_prefix_is_passed_over():
    text = document(statement(entry()), namespace="").replace("</", "</n:").replace("<", "<n:")
    text = text.replace("<n:/n:", "</n:").replace("<n:Document", f'<n:Document xmlns:n="{V2}"', 1)
    [found] = parse(text).statements
    assert len(found.entries) == 1


def test_a_message_inside_an_envelope_is_read():
    [found] = parse(f"<Envelope><AppHdr/>{document(statement(entry()))}</Envelope>").statements
    assert len(found.entries) == 1


def test_messages_one_behind_the_other_are_read():
    one = '<?xml version="1.0"?>\n' + document(statement(entry()))
    assert len(parse(f"{one}\n{one}").statements) == 2


def test_each_statement_of_a_file_is_one():
    other = statement(entry("1"), number="<Othr><Id>77</Id></Othr>")
    found = parse(document(statement(entry()), other)).statements
    assert [(s.key, [(e.line, e.amount) for e in s.entries]) for s in found] == [
        (IBAN, [(1, -1250)]),
        ("77", [(2, -100)]),
    ]


def test_a_message_without_a_statement_is_read_with_a_warning():
    parsed = parse(document())
    assert (parsed.statements, parsed.warnings) == ([], ["There is no statement in this file."])


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "windows-1252", "ISO-8859-2"])
def test_the_declared_encoding_is_used(encoding):
    text = document(statement(entry(after="<AddtlNtryInf>Bäckerei Müller</AddtlNtryInf>")))
    data = f'<?xml version="1.0" encoding="{encoding}"?>\n{text}'.encode(encoding)
    [found] = parse(data).statements
    assert found.entries[0].description == "Bäckerei Müller"


def test_utf_8_under_another_name_is_read():
    text = document(statement(entry(after="<AddtlNtryInf>Bäckerei</AddtlNtryInf>")))
    data = f'\ufeff<?xml version="1.0" encoding="UTF-16"?>{text}'.encode()
    [found] = parse(data).statements
    assert found.entries[0].description == "Bäckerei"


# Amounts


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("80", "EUR", -8000),
        ("8.850", "EUR", -885),
        ("8.85000", "EUR", -885),
        (" 8.5 ", "EUR", -850),
        (".5", "EUR", -50),
        ("12,34", "EUR", -1234),
        ("0", "EUR", 0),
        ("2700", "JPY", -2700),
        ("1.234", "KWD", -1234),
    ],
)
def test_amounts_are_exact(amount, currency, minor):
    assert only(amount, currency=f' Ccy="{currency}"').amount == minor


@pytest.mark.parametrize(
    ("amount", "currency", "reason"),
    [
        ("12..34", "EUR", "cannot be read"),
        ("-5.00", "EUR", "cannot be read"),
        ("1,234", "EUR", "cannot be read"),
        ("1e5", "EUR", "cannot be read"),
        ("١٢", "EUR", "cannot be read"),
        ("99999999999999999999", "EUR", "cannot be read"),
        ("", "EUR", "missing"),
        ("8.855", "EUR", "more decimals than EUR"),
        ("1.5", "JPY", "more decimals than JPY"),
        ("1", "EUX", "currency is not known"),
    ],
)
def test_an_amount_that_cannot_be_exact_is_a_problem(amount, currency, reason):
    problem = only(amount, currency=f' Ccy="{currency}"')
    assert isinstance(problem, Problem)
    assert reason in problem.reason


def test_a_bad_entry_leaves_the_others():
    found = entries(entry("x"), entry("1"))
    assert [type(item) for item in found] == [Problem, StatementLine]
    assert found[1].line == 2


@pytest.mark.parametrize(("side", "sign"), [("CRDT", 1), ("DBIT", -1)])
@pytest.mark.parametrize("reversal", ["", "<RvslInd>true</RvslInd>", "<RvslInd>false</RvslInd>"])
def test_a_reversal_does_not_turn_the_sign(side, sign, reversal):
    assert only(side=side, reversal=reversal).amount == sign * 1250


@pytest.mark.parametrize("side", ["", "XXXX"])
def test_an_entry_without_a_direction_is_a_problem(side):
    assert isinstance(only(side=side), Problem)


def test_the_entry_states_its_currency_and_the_account_its_own():
    [found] = parse(document(statement(entry(currency=' Ccy="USD"')))).statements
    assert (found.currency, found.entries[0].currency) == ("EUR", "USD")


def test_an_entry_without_a_currency_is_in_the_accounts():
    text = document(statement(entry("2700", currency=""), account="<Ccy>JPY</Ccy>"))
    [line] = parse(text).statements[0].entries
    assert (line.amount, line.currency) == (-2700, "JPY")


def test_the_currency_of_the_account_is_told_by_its_entries_or_balances():
    [found] = parse(document(statement(entry(currency=' Ccy="CHF"'), account=""))).statements
    assert found.currency == "CHF"
    closing = balance("CLBD", "5", "2024-01-31", currency="SEK")
    [found] = parse(document(statement(closing, account=""))).statements
    assert (found.currency, found.closing_balance) == ("SEK", 500)


def test_the_callers_currency_is_the_last_resort():
    text = document(statement(entry("12", currency=""), account=""))
    [line] = parse(text, currency="JPY").statements[0].entries
    assert (line.amount, line.currency) == (-12, "JPY")


# Days and states


@pytest.mark.parametrize(
    "booked",
    [
        "<BookgDt><Dt>2024-01-05</Dt></BookgDt>",
        "<BookgDt><Dt>2024-01-05+01:00</Dt></BookgDt>",
        "<BookgDt><DtTm>2024-01-05T23:59:59-08:00</DtTm></BookgDt>",
        "<BookgDt><DtTm>2024-01-05T00:30:00Z</DtTm></BookgDt>",
        "<BookgDt>2024-01-05</BookgDt>",
    ],
)
def test_the_day_of_booking_stays_as_printed(booked):
    assert only(booked=booked).date == DAY


@pytest.mark.parametrize("booked", ["", "<BookgDt/>"])
def test_without_a_day_of_booking_the_value_date_counts(booked):
    assert only(booked=booked).date == dt.date(2024, 1, 8)


def test_without_any_day_it_is_the_statements():
    parsed = parse(document(statement(entry(booked="", valued=""))))
    assert parsed.statements[0].entries[0].date == dt.date(2024, 1, 31)
    assert "without a date" in parsed.warnings[0]


def test_without_a_day_at_all_it_is_a_problem():
    text = document(statement(entry(booked="", valued=""))).replace("CreDtTm", "Other")
    [problem] = parse(text).statements[0].entries
    assert problem.reason == "The date is missing."


def test_a_day_that_does_not_exist_is_a_problem():
    problem = only(booked="<BookgDt><Dt>2024-02-30</Dt></BookgDt>")
    assert problem.reason == "The date cannot be read."


@pytest.mark.parametrize(
    ("status", "pending"),
    [
        ("<Sts>BOOK</Sts>", False),
        ("<Sts><Cd>BOOK</Cd></Sts>", False),
        ("", False),
        ("<Sts>PDNG</Sts>", True),
        ("<Sts><Cd>PDNG</Cd></Sts>", True),
        ("<Sts><Cd>FUTR</Cd></Sts>", True),
    ],
)
def test_pending_is_text_or_a_code(status, pending):
    assert only(status=status).pending is pending


@pytest.mark.parametrize("status", ["<Sts>INFO</Sts>", "<Sts><Cd>INFO</Cd></Sts>"])
def test_entries_for_information_are_left_out_and_counted(status):
    parsed = parse(document(statement(entry(status=status), entry())))
    assert len(parsed.statements[0].entries) == 1
    assert parsed.warnings == ["Entries for information only, left out: 1."]


def test_midnight_ends_the_day_before():
    period = (
        "<FrToDt><FrDtTm>2024-01-01T00:00:00</FrDtTm><ToDtTm>2024-02-01T00:00:00</ToDtTm></FrToDt>"
    )
    [found] = parse(document(statement(entry(), head=period))).statements
    assert found.last_on == dt.date(2024, 1, 31)


# Balances


def test_a_balance_below_nothing_is_negative_and_the_latest_counts():
    body = balance("CLBD", "1", "2024-01-01") + balance("CLBD", "7.5", "2024-01-31", "DBIT")
    body += balance("CLAV", "9", "2024-02-01") + balance("CLBD", "3", "2024-03-01", currency="USD")
    [found] = parse(document(statement(body))).statements
    assert (found.closing_balance, found.closing_on) == (-750, dt.date(2024, 1, 31))


def test_balances_that_do_not_follow_are_a_warning():
    body = balance("OPBD", "100", "2024-01-01") + balance("CLBD", "100", "2024-01-31")
    [warning] = parse(document(statement(body, entry()))).warnings
    assert "do not make the closing balance" in warning


# The other side


def name_of(side: str, inside: str, **fields) -> str:
    return only(side=side, details=detail(inside), **fields).payee


def test_money_out_goes_to_the_creditor_and_money_in_comes_from_the_debtor():
    both = parties(Dbtr="Debtor", Cdtr="Creditor")
    assert name_of("DBIT", both) == "Creditor"
    assert name_of("CRDT", both) == "Debtor"


def test_a_returned_payment_keeps_the_roles_of_the_first_one():
    both = parties(Dbtr="Me", Cdtr="Shop")
    assert name_of("CRDT", both, reversal="<RvslInd>true</RvslInd>") == "Shop"


def test_newer_versions_put_the_name_into_a_party():
    inside = "<RltdPties><Cdtr><Pty><Nm>Shop</Nm></Pty></Cdtr></RltdPties>"
    assert name_of("DBIT", inside) == "Shop"


def test_the_ultimate_party_wins_unless_it_is_a_filler():
    assert name_of("DBIT", parties(Cdtr="Pay GmbH", UltmtCdtr="Shop")) == "Shop"
    filler = parties(Cdtr="Shop", UltmtCdtr="keine Information vorhanden")
    assert name_of("DBIT", filler) == "Shop"
    assert name_of("DBIT", parties(Cdtr="NOTPROVIDED")) == ""


def test_the_account_itself_is_not_the_other_side():
    def account(role, number):
        return f"<{role}Acct><Id><IBAN>{number}</IBAN></Id></{role}Acct>"

    wrong_role = parties(Dbtr="Shop", Cdtr="Me").replace(
        "</RltdPties>", account("Dbtr", OTHER) + account("Cdtr", IBAN) + "</RltdPties>"
    )
    assert name_of("DBIT", wrong_role) == "Shop"


# Texts and references


def test_structured_references_and_remarks_are_text():
    inside = (
        "<RmtInf><Strd><RfrdDocInf><Nb>R-5</Nb></RfrdDocInf><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf>"
        "<AddtlRmtInf>May</AddtlRmtInf></Strd></RmtInf><AddtlTxInf>Card 1</AddtlTxInf>"
    )
    assert only(details=detail(inside)).description == "RF18 R-5 May Card 1"


def test_a_text_cut_at_the_limit_goes_on_without_a_blank():
    details = detail(remitted("x" * 139 + "y", "z") + remitted())
    assert only(details=details).description == "x" * 139 + "yz"
    assert only(details=detail(remitted("one", "two"))).description == "one two"


def test_a_text_that_repeats_another_stands_once():
    line = only(details=detail(remitted("Rent May")), after="<AddtlNtryInf>Rent</AddtlNtryInf>")
    assert line.description == "Rent May"


def test_without_a_text_the_entry_is_called_by_what_is_known():
    assert only(details=detail(parties(Cdtr="Shop"))).description == "Shop"
    reference = "<Refs><EndToEndId>E-1</EndToEndId></Refs>"
    assert only(details=detail(reference)).description == "E-1"
    code = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>CCRD</Cd></Fmly></Domn></BkTxCd>"
    assert only(after=code).description == "PMNT CCRD"


@pytest.mark.parametrize(
    ("reference", "kept"),
    [
        ("A-1", "A-1"),
        ("NOTPROVIDED", ""),
        ("Not Provided", ""),
        ("NONREF", ""),
        ("", ""),
        ("00", ""),
    ],
)
def test_only_real_references_identify(reference, kept):
    text = f"<AcctSvcrRef>{reference}</AcctSvcrRef>"
    assert only(reference=text).external_id == kept
    assert only(details=detail(f"<Refs>{text}</Refs>")).external_id == kept


def test_a_reference_of_several_entries_identifies_none():
    text = "<AcctSvcrRef>A-1</AcctSvcrRef>"
    parsed = parse(document(statement(entry(reference=text), entry("1", reference=text))))
    assert [line.external_id for line in parsed.statements[0].entries] == ["", ""]
    assert "several entries: 1" in parsed.warnings[0]


# Batches


def batch(*amounts: str, currency="EUR", side="") -> str:
    return "".join(
        detail(f"<Amt Ccy='{currency}'>{amount}</Amt>{side}" + parties(Cdtr=f"C{n}"))
        for n, amount in enumerate(amounts, 1)
    )


def test_a_batch_is_one_entry_with_parts():
    line = only("30.00", details=batch("10", "20"))
    assert (line.amount, line.payee) == (-3000, "")
    assert line.parts == (LinePart(-1000, "", "C1"), LinePart(-2000, "", "C2"))


def test_parts_may_have_signs_of_their_own():
    details = batch("10") + batch("4", side="<CdtDbtInd>CRDT</CdtDbtInd>")
    assert [part.amount for part in only("6", details=details).parts] == [-1000, 400]


@pytest.mark.parametrize(
    "details", [batch("10", "21"), batch("10", "20", currency="USD"), batch("10", "x"), batch("30")]
)
def test_details_that_do_not_add_up_are_no_parts(details):
    line = only("30.00", details=details)
    assert (line.amount, line.parts) == (-3000, ())


# Archives


def test_every_statement_of_an_archive_is_read():
    one, two = (document(statement(entry(amount))) for amount in "12")
    parsed = parse(zipped(("b.xml", two), ("a.xml", one), ("__MACOSX/a.xml", b"x")))
    lines = [(line.line, line.amount) for s in parsed.statements for line in s.entries]
    assert lines == [(1, -100), (2, -200)]
    assert parsed.warnings == []


def test_other_files_of_an_archive_are_named():
    parsed = parse(zipped(("a.xml", document(statement())), ("a.pdf", b"%PDF-1.7")))
    assert parsed.warnings == ["Files of the archive left out: a.pdf."]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([("a.xml", b"<a/>")], "no CAMT file"),
        ([("a.xml", document(statement())[:-9])], r"a\.xml: Line 1"),
        ([("a.zip", zipped(("b.xml", "x"))), ("a.xml", "<a/>")], "archive in this archive"),
        ([(f"{n}.xml", "x") for n in range(201)], "more than 200"),
        ([("a.xml", b" " * 30_000_000)], "far more"),
    ],
)
def test_archives_beyond_the_limits_are_refused(files, reason):
    with pytest.raises(UnreadableFile, match=reason):
        camt.parse(zipped(*files))


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(camt, "MAX_UNPACKED", 1000)
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        camt.parse(zipped(*[(f"{n}.xml", document(statement(entry()))) for n in range(5)]))


@pytest.mark.parametrize("at", [0.3, 0.6, 0.95])
def test_a_damaged_archive_is_refused(at):
    data = bytearray(zipped(("a.xml", document(statement(entry())))))
    for place in range(int(len(data) * at), len(data)):
        data[place] = 0
    with pytest.raises(UnreadableFile):
        camt.parse(bytes(data))


# Hostile and broken XML


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a SYSTEM "http://localhost/a.dtd">',
        "<!DOCTYPE Document>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_are_refused(declaration, encoding):
    text = declaration + document(statement(entry(after="<AddtlNtryInf>&b;</AddtlNtryInf>")))
    with pytest.raises(UnreadableFile, match="document type"):
        camt.parse(text.encode(encoding))


@pytest.mark.parametrize(
    "text", ["<a><b></a>", "<BkToCstmrStmt>", "Stmt", "<Document/>", "<a>1</a>"]
)
def test_what_is_no_message_is_refused(text):
    with pytest.raises(UnreadableFile):
        camt.parse(text.encode())


def test_a_message_that_was_cut_off_is_refused_with_its_line():
    text = document(statement(entry(), "\n", entry()))
    with pytest.raises(UnreadableFile, match="Line 2: .*cut off"):
        camt.parse(text[:-100].encode())


def test_deep_elements_are_refused():
    text = document(statement("<a>" * 5000 + "</a>" * 5000))
    with pytest.raises(UnreadableFile, match="deeply"):
        camt.parse(text.encode())


def test_bare_ampersands_and_control_characters_are_mended():
    line = only(after="<AddtlNtryInf>H&M \x01 R&amp;B &nbsp; x</AddtlNtryInf>")
    assert line.description == "H&M R&B &nbsp; x"


def test_a_megabyte_comes_to_its_end():
    row = entry(details=detail(parties(Cdtr="Shop") + remitted("x" * 100)))
    text = document(statement(*[row] * (1_000_000 // len(row))))
    assert len(parse(text).statements[0].entries) > 1000


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 900), st.booleans())
def test_any_bytes_are_read_or_refused(noise, at, is_zipped):
    data = document(statement(entry(details=batch("1", "2")))).encode()
    data = data[:at] + noise + data[at + len(noise) // 2 :]
    if is_zipped:
        data = zipped(("a.xml", data))
        data = data[:at] + noise[:3] + data[at + 3 :]
    for content in (data, noise):
        with contextlib.suppress(UnreadableFile):
            for found in camt.parse(content).statements:
                assert all(isinstance(item, StatementLine | Problem) for item in found.entries)
