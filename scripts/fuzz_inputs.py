"""What scripts/fuzz_parsers.py throws: samples of every format, changed, and heavy ones."""

import ast
import datetime as dt
import io
import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

from imports.tests.writers import WRITERS, Row

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1024 * 1024
LARGEST = 2 * MEGABYTE
TOKENS = {
    "housebook": ['"id": 1', '"account": 1', '"amount": ', '"parts": [{"amount": 1}]', '"transfer": {"id": 1}',
                  '"refund_of": 1', "null", "true", "[]", "{}", "[[", '{"a":', "1e400", "-0", '"\\u0000"',
                  '"\\ud800"', '"known_as": [{}]', "99999999999999999999", '"date": "0001-01-01"', ","],
    "ofx": ["<STMTTRN>", "</STMTTRN>", "<TRNAMT>", "<DTPOSTED>", "<FITID>", "<INVSTMTRS>", "<BUYMF>",
            "<INVTRANLIST>", "<SECINFO>", "<![CDATA[", "]]>", "<!--", "-->", "&#x110000;", "&amp;lt;",
            "<CURRENCY><CURSYM>JPY", "<!DOCTYPE a [", "<BALAMT>", "</OFX>", "CHARSET:1251", "ENCODING:utf-7"],
    "camt": ["<Ntry>", "</Ntry>", "<NtryDtls><TxDtls>", "<Amt Ccy='JPY'>", "<Sts><Cd>PDNG</Cd></Sts>",
             "<RvslInd>true</RvslInd>", "<!DOCTYPE a>", "&#0;", "<BookgDt><DtTm>", "encoding='utf-7'",
             "<Bal><Tp>", "<Stmt>", "</Stmt>", "<?xml version='1.0'?>", "<Refs><AcctSvcrRef>", "&"],
    "mt940": [":61:", ":86:", ":60F:", ":62F:", ":25:", ":28C:", ":20:", "{1:F01}{4:", "-}", "?20", "?32",
              "/EREF/", "/REMI/", "RC", "D000000000300.00", "NTRF", "//", ":NS:22", ":34F:EURD", "2402300230"],
    "qif": ["!Type:Invst", "!Account", "!Clear:AutoSwitch", "!Option:MDY", "^", "S[Account]", "$-1,000.00",
            "E%", "D1/15'05", "U1,234.56", "L[Bank]/Class", "NBuyX", "!Type:Cat", "D30.2.2024", "I1 1/2"],
    "csv": [";", ",", "\t", "|", '"', '""', "\r", "\n", "sep=;", "Saldo", "Betrag", "Date", "Amount", "(5.00)",
            "1.234,56", "12-Dec-2019", "29.02.2023", "=1+1", "CR", "\x00", "1e400", "NaN", "EUR", "Pending"],
    "xlsx": ["<c r='ZZZ1048576'><v>1</v></c>", "<row r='9999999'>", "t='e'", "t='s'", "<v>1e308</v>",
             "<f>A1</f>", "<mergeCell ref='A1:XFD1048576'/>", "NaN", "-1", "date1904='1'", "<is><t>", "x000D_"],
}  # fmt: skip
EVERYWHERE = [
    "", "0", "-", "-0", "9" * 40, "1e999", "\x00", "\ufeff", "\u202e", "\ud7ff", "é", "\u0661\u0662",
    "²", "٣", "\U0001f469\u200d\U0001f469", "a\u0301" * 50, "\u2028", "\x85", "\x1c", "99999999", "00000000",
    "20240230", "<", ">", "&", "%", "{", "[" * 300, " " * 5000, "1" * 5000, "," * 5000, "\n" * 500,
]  # fmt: skip


def samples(name: str, corpus: Path | None) -> list[bytes]:
    """Files to begin with: what the writers make, the tests' own texts, the samples, `corpus`."""
    rows = [
        Row(dt.date(2024, 2, 29), -1250, "Corner Shop", "B240229000001234"),
        Row(dt.date(2024, 12, 31), 123456, "Wages R&D, Ärzte", "B241231000001235"),
        Row(dt.date(2025, 1, 1), -7, "Corner Shop"),
    ]
    if name == "housebook":
        return _housebook(corpus)
    found = [WRITERS[name](rows), WRITERS[name](rows * 20, "KWD"), WRITERS[name](rows, "JPY")]
    for path in sorted((ROOT / "imports/tests").glob("test_*.py")):
        if name not in path.stem and not (name == "xlsx" and "csv" in path.stem):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                text = node.value
                text = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
                if len(text) > 20 and (b"\n" in text or b"<" in text or b":" in text):
                    found.append(text)
    if name == "csv":
        found += [path.read_bytes() for path in (ROOT / "imports/tests/samples").glob("*.csv")]
    if name == "camt":
        found.append(_zipped({"a.xml": found[0], "b.xml": found[1]}))
    return found + _files(corpus)


def _files(corpus: Path | None) -> list[bytes]:
    files = sorted(path for path in corpus.rglob("*") if path.is_file()) if corpus else []
    return [path.read_bytes() for path in files if path.stat().st_size < LARGEST]


def _housebook(corpus: Path | None) -> list[bytes]:
    """Our own export, with one of everything."""
    row = {"id": 1, "account": 1, "date": "2026-11-03", "amount": -900, "status": "booked",
           "description": "SHOP 12", "payee": 1, "category": None, "notes": "x", "tags": [1],
           "parts": [{"amount": -400, "category": 1, "payee": 1, "notes": "", "tags": [1]},
                     {"amount": -500, "category": None, "payee": None, "notes": "", "tags": []}],
           "transfer": None, "refund_of": None, "source": "ofx", "external_id": "A1",
           "known_as": [{"source": "csv", "external_id": "B"}]}  # fmt: skip
    plain = {**row, "parts": [], "category": 1, "status": "reconciled"}
    legs = [
        {**plain, "id": pk, "account": pk - 1, "amount": amount, "category": None,
         "transfer": {"id": 1, "account": 4 - pk, "transaction": 5 - pk, "amount": -amount}}
        for pk, amount in ((2, -5), (3, 5))
    ]  # fmt: skip
    whole = {
        "format": "housebook-export", "version": 1, "made_at": "2026-11-03T10:00:00+00:00",
        "household": {"code": "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "name": "Home"},
        "selection": {"from": None, "to": None, "is_complete": True},
        "accounts": [{"id": pk, "name": "Giro", "kind": "current", "currency": "EUR",
                      "opening_balance": 5, "opened_on": "2020-01-01", "closed_on": None}
                     for pk in (1, 2)],
        "groups": [{"id": 1, "name": "Home", "kind": "expense"}],
        "categories": [{"id": 1, "group": 1, "name": "Rent", "is_archived": False}],
        "tags": [{"id": 1, "name": "x"}], "payees": [{"id": 1, "name": "Shop"}],
        "transactions": [row, *legs, {**plain, "id": 4, "amount": 9, "refund_of": 1}],
    }  # fmt: skip
    return [json.dumps(whole).encode(), json.dumps(whole, indent=1).encode(), *_files(corpus)]


def _zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for member, content in members.items():
            made.writestr(member, content)
    return buffer.getvalue()


def mutated(data: bytes, chance: random.Random, others: list[bytes], name: str) -> bytes:
    """`data` with one to eight things changed; archives mostly inside of one of their files."""
    if data[:4] == b"PK\x03\x04" and chance.random() < 0.9:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as whole:
                members = {info.filename: whole.read(info) for info in whole.infolist()}
            member = chance.choice([m for m in members if m.endswith(".xml")] or list(members))
            members[member] = mutated(members[member], chance, list(members.values()), name)
            return _zipped(members)
        except Exception:  # noqa: BLE001, S110 - broken by a mutation before: its bytes will do
            pass
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        data = _changed(data, chance, others, name)
    return data[:LARGEST]


def _changed(data: bytes, chance: random.Random, others: list[bytes], name: str) -> bytes:
    at, to = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    near = min(to, at + chance.choice([1, 4, 20, 200]))
    kind = chance.randrange(11)
    if kind == 0 and data:
        bits = bytearray(data)
        bits[min(at, len(bits) - 1)] ^= 1 << chance.randrange(8)
        return bytes(bits)
    if kind in (1, 2, 3):
        words = TOKENS[name] if kind < 3 else EVERYWHERE
        word = chance.choice(words).encode("utf-8", "surrogatepass")
        return data[:at] + word + data[at if kind == 1 else near :]
    if kind == 4:
        return data[:at] if chance.random() < 0.5 else data[at:]
    if kind == 5:
        times = chance.choice([2, 2, 3, 50, 2000])
        piece = data[at:near]
        return data[:at] + piece * min(times, LARGEST // max(1, len(piece))) + data[near:]
    if kind == 6:
        return data[:at] + data[near:]
    if kind == 7:
        lines = data.split(b"\n")
        chance.shuffle(lines) if chance.random() < 0.3 else lines.pop(chance.randrange(len(lines)))
        return b"\n".join(lines)
    if kind == 8:
        other = chance.choice(others)
        start = chance.randrange(len(other) + 1)
        return data[:at] + other[start : start + chance.choice([10, 100, 5000])] + data[near:]
    if kind == 9:
        # Digits and marks: another number of the same kind.
        return data[:at] + bytes(
            chance.choice(b"0123456789.,-") if sign in b"0123456789.,-" else sign
            for sign in data[at:near]
        ) + data[near:]  # fmt: skip
    encoding = chance.choice(["utf-16", "utf-16-le", "utf-8-sig", "cp1251", "utf-7", "cp037"])
    try:
        return data.decode("utf-8").encode(encoding, "replace")
    except UnicodeDecodeError:
        return data.replace(b"\n", b"\r")


def _dense(word: bytes) -> bytes:
    """20 MB of one thing that pack into a fifth of a megabyte: just not refused as a bomb."""
    noise = random.Random(1)  # noqa: S311
    block = word * max(1, 4096 // len(word))
    return b"".join(
        block + b"<!--" + noise.randbytes(10).hex().encode() + b"-->"
        for _ in range(20 * MEGABYTE // len(block))
    )


def heavy(name: str, seeds: list[bytes]) -> Iterator[bytes]:
    """Files of a megabyte, made of one thing again and again: what takes too long grows here."""
    words = [word.encode("utf-8", "surrogatepass") for word in TOKENS[name] + EVERYWHERE if word]
    whole = seeds[0]
    lines = whole.split(b"\n")
    places = [0, len(whole) // 2, len(whole) - len(lines[-1]) - 1]
    if whole.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(whole)) as made:
            members = {info.filename: made.read(info) for info in made.infolist()}
        sheet = members["xl/worksheets/sheet1.xml"]
        inner = [sheet.index(b"<sheetData>") + 11, sheet.index(b"<row"), len(sheet) // 2]
        for word in words:
            for place in inner:
                many = sheet[:place] + word * (MEGABYTE // len(word)) + sheet[place:]
                # Not packed: what repeats packs so well that it would be refused as a bomb.
                parts = members | {"xl/worksheets/sheet1.xml": many}
                yield _zipped(parts, zipfile.ZIP_STORED)
            many = sheet[: inner[0]] + _dense(word) + sheet[inner[0] :]
            yield _zipped(members | {"xl/worksheets/sheet1.xml": many})
        return
    for word in words:
        for place in places:
            yield whole[:place] + word * (MEGABYTE // len(word)) + whole[place:]
        yield whole[: places[1]] + (word + b"\n") * (MEGABYTE // (len(word) + 1))
        if name == "camt":
            many = whole[: places[1]] + _dense(word) + whole[places[1] :]
            yield _zipped({"a.xml": many, "b.xml": many})
    for number, line in enumerate(lines):
        many = [line] * (MEGABYTE // (len(line) + 1))
        yield b"\n".join([*lines[:number], *many, *lines[number:]])
