"""Formats are told by their content, and what is no statement is refused with advice."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.parsers import registry
from imports.parsers.base import UnreadableFile

CSV = b"Date,Text,Amount\n2024-01-05,x,-1.00\n"
OFX = b"OFXHEADER:100\n\n<OFX><STMTTRN><DTPOSTED>20240105<TRNAMT>-1.00<NAME>x</STMTTRN></OFX>"


@pytest.mark.parametrize(
    ("data", "filename", "name"),
    [
        (CSV, "statement.csv", "csv"),
        (CSV, "statement.ofx", "csv"),
        (CSV.decode().encode("utf-16"), "statement.csv", "csv"),
        (OFX, "statement.ofx", "ofx"),
        (OFX, "statement.csv", "ofx"),
        (OFX, "", "ofx"),
        (b"<?xml version='1.0'?>\n<OFX></OFX>", "x.xml", "ofx"),
        (OFX.decode().encode("utf-16"), "x", "ofx"),
    ],
)
def test_formats_are_told_by_content(data, filename, name):
    assert registry.detect(data, filename) == name


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"%PDF-1.7\n1,2,3", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 100, "xlsx"),
        (b"\x89PNG\r\n\x1a\n,,,,", "picture"),
        (b"\xff\xd8\xff\xe0,,,", "picture"),
        (b"PK\x03\x04,,,,", "zip"),
        (b"\x1f\x8b\x08,,,,", "archive"),
        (b"<!DOCTYPE html><html><body>Log in, please</body></html>", "web page"),
        (b"\n<html>,</html>", "web page"),
        (b"<OFC><STMTTRN></OFC>", "OFC"),
        (b"<?xml version='1.0'?><a>1,2</a>", "XML"),
        (b'{"a": 1, "b": 2}', "JSON"),
        (b"just some words", "not a statement format"),
        (b"\x01\x02\x03\x04,\x05\x06,\x07", "not a statement format"),
    ],
)
def test_what_is_no_statement_is_refused_with_advice(data, advice):
    with pytest.raises(UnreadableFile, match=advice):
        registry.detect(data, "statement.csv")


@pytest.mark.parametrize("data", [CSV, OFX])
def test_detected_files_are_read(data):
    [statement] = registry.parse(data, currency="EUR").statements
    assert [entry.amount for entry in statement.entries] == [-100]


def test_every_format_keeps_the_contract():
    for module in registry.FORMATS:
        assert module.name
        assert module.label
        assert module.score(b"", "") is None
        assert registry.module(module.name) is module
    assert registry.names() == tuple(module.name for module in registry.FORMATS)


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_are_detected_or_refused(data, filename):
    with contextlib.suppress(UnreadableFile):
        assert registry.detect(data, filename) in registry.names()
