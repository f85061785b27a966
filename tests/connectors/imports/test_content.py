"""Bytes of all kinds: what they are told to be, and what is refused."""

import pytest

from connectors.imports.content import MAX_BYTES, open_content
from connectors.imports.elements import elements
from connectors.imports.imported import ImportRefused


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"PK\x03\x04rest", "save the sheet as CSV"),
        (b"%PDF-1.7", "PDF"),
        (b'{"status": ', "no JSON"),
        (b"a" * (MAX_BYTES + 1), "at most"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, why: str) -> None:
    with pytest.raises(ImportRefused, match=why):
        open_content(data)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_told_from_the_lines(separator: str) -> None:
    content = open_content(f"a{separator}b\n1{separator}2\n".encode())
    assert [row.cells for row in content.rows] == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("data", "decoded"),
    [
        ("a,ß\n".encode(), ""),
        ("a,ß\n".encode("utf-8-sig"), ""),
        ("a,ß\n".encode("utf-16"), ""),
        ("a,ß\n".encode("cp1252"), "Windows-1252"),
    ],
)
def test_text_is_decoded_and_a_guess_is_said(data: bytes, decoded: str) -> None:
    content = open_content(data)
    assert (content.rows[0].cells, content.decoded) == (["a", "ß"], decoded)


def test_a_line_is_counted_where_it_begins() -> None:
    content = open_content(b'a,b\r\n\r\n"x\ny",2\r\nz,3\r\n')
    assert [(row.line, row.cells[0]) for row in content.rows] == [(1, "a"), (3, "x\ny"), (5, "z")]
    assert content.rows[1].text == '"x\ny",2'


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<FlexQueryResponse a="&b;"/>'
)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (LAUGHS, "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "document type"),
        ("<!DOCTYPE x><x/>", "document type"),
        ("<a>" * 50, "more XML"),
        ("<a><b></a>", "no XML"),
        ("<a b='&nope;'/>", "no XML"),
    ],
)
def test_xml_that_attacks_or_breaks_is_refused(data: str, why: str) -> None:
    with pytest.raises(ImportRefused, match=why):
        elements(data.encode())


def test_elements_come_with_path_line_and_attributes() -> None:
    [_, inner] = elements(b"<a>\n<b c='1 &lt; 2'/></a>")
    assert (inner.path, inner.line, inner.attributes) == (("a", "b"), 2, {"c": "1 < 2"})
