"""Keys and fingerprints."""

import pytest

from serving.metering.idempotency import BadKey, fingerprint, parse_key


@pytest.mark.parametrize(
    ("header", "key"),
    [
        (None, None),
        ('"8e03978e-40d5-43dd"', "8e03978e-40d5-43dd"),
        ("8e03978e-40d5-43dd", "8e03978e-40d5-43dd"),
        (' "a b" ', "a b"),
        (r'"a\"b\\c"', r'a"b\c'),
        ("x" * 255, "x" * 255),
        ('"' + "x" * 255 + '"', "x" * 255),
    ],
)
def test_a_key_is_read_quoted_or_bare(header: str | None, key: str | None) -> None:
    assert parse_key(header) == key


@pytest.mark.parametrize(
    "header", ["", " ", '""', '"a', "a b", "\u00e9", "a\x00", "x" * 256, r'"a\b"']
)
def test_what_is_no_key_is_refused(header: str) -> None:
    with pytest.raises(BadKey, match="1 to 255 printable ASCII"):
        parse_key(header)


def test_the_fingerprint_of_json_is_that_of_its_content() -> None:
    first = fingerprint("/v1/x?a=1", b'{"a": 1, "b": [1, 2.50]}')
    assert first == fingerprint("/v1/x?a=1", b'{"b":[1,2.5],\n"a":1}')
    assert len(first) == 32
    others = [
        fingerprint("/v1/x?a=2", b'{"a": 1, "b": [1, 2.50]}'),
        fingerprint("/v1/x?a=1", b'{"a": 1, "b": [2.50, 1]}'),
        fingerprint("/v1/x?a=1", b'{"a": "1", "b": [1, 2.50]}'),
        fingerprint("/v1/x?a=1", b""),
        fingerprint("/v1/x?a=1", b"{"),
        fingerprint("/v1/x?a=1", b"\xff"),
        fingerprint("/v1/x?a=1", b"[" * 100_000),
    ]
    assert len({first, *others}) == 8
