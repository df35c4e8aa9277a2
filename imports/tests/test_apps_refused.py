"""Bombs, damage and junk: any bytes are a book or are refused, soon."""

import contextlib
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.parsers import archive
from imports.parsers.base import UnreadableFile
from imports.programs import registry
from imports.programs.book import BookTransaction
from imports.tests.test_apps import (
    BEANCOUNT,
    BUDGET,
    GNUCASH,
    HLEDGER,
    MINT,
    REGISTER,
    database,
    zipped,
)

BOMBS = {
    "ratio": zipped(db_dot_sqlite=b"\x00" * 60_000_000),
    "members": zipped(**{f"register_{n}": b"" for n in range(archive.MAX_MEMBERS + 1)}),
    "gzip": gzip.compress(b"<gnc-v2" + b" " * (archive.MAX_UNPACKED + 10), compresslevel=1),
    "entities": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><gnc-v2>&a;</gnc-v2>',
    "deep": b"<gnc-v2>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</gnc-v2>",
    "cut": gzip.compress(GNUCASH.encode())[:-20],
    "damaged": archive.SQLITE + b"zero_budgets gnucash" + b"\x00" * 4000,
    "json": b'{"masterCategories": ' + b"[" * 100_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("program", ["actual", "gnucash", "ynab"])
def test_bombs_and_damage_are_refused(bomb, program):
    with pytest.raises(UnreadableFile):
        registry.read(program, bomb)


def test_a_view_in_the_place_of_a_table_is_not_read(tmp_path):
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x AS id FROM n"
    )
    data = database(
        f"CREATE VIEW accounts AS {endless}; CREATE TABLE transactions (id); CREATE TABLE payees (id);",
        tmp_path,
    )
    with pytest.raises(UnreadableFile):
        registry.read("actual", data)


SAMPLES = [REGISTER, BUDGET, MINT, GNUCASH, BEANCOUNT, HLEDGER]


@given(
    st.sampled_from(registry.PROGRAMS),
    st.one_of(
        st.binary(max_size=300),
        st.text(max_size=300).map(str.encode),
        st.builds(
            lambda text, at, junk: text.encode()[:at] + junk + text.encode()[at + len(junk) :],
            st.sampled_from(SAMPLES),
            st.integers(0, 2000),
            st.binary(max_size=12),
        ),
    ),
)
def test_any_bytes_are_a_book_or_refused(program, data):
    with contextlib.suppress(UnreadableFile):
        registry.detect(data)
    with contextlib.suppress(UnreadableFile):
        book = program.read(data, currency="EUR")
        assert all(isinstance(row, BookTransaction) for row in book.transactions)
