"""The fast way and the careful way of reading agree: what a line gives depends on it alone."""

import json
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sources.formats import RawChunk
from connectors.sources.lines import Lines
from connectors.sources.parse import TextParser, read_rows
from connectors.sources.source import FileSource

GOOD_CSV = b"A,1700000040000000,10.5,1,7"
GOOD_JSON = b'{"symbol":"A","ts_event":1700000040000000,"price":10.5,"size":1,"trade_id":7}'
HEADER = b"symbol,ts_event,price,size,trade_id"

NUMBERS = ["10.5", "1", " 1", "1 ", "\t1", "+1", ".5", "5.", "1e2", "1E2", "1d2", "0", "-1", "nan"]
NUMBERS += [
    "NaN",
    "inf",
    "-Infinity",
    "1_0",
    "0x1",
    "ten",
    "",
    '"2.5"',
    "1e400",
    "1e-400",
    "\u0661",
]
NUMBERS += ["9" * 25, "1,5", "true", "null", "--1", '"', "'1'", "1\r"]
TIMES = ["1700000040000000", " 1700000040000000", "1700000040000000.0", "1.70000004e15", "soon", ""]
TIMES += ["-1", "0", "9" * 19, "9" * 30, "2024-01-02", "nan", '"1700000040000000"']
SYMBOLS = ["A", "B", "", " A", "A ", '"A"', '"A,B"', '"A""B"', 'A"B', "Ä", "NaN", "1", "null"]
IDS = ["7", "007", "x", "", " 7", "-7", "7.5", "9" * 25, '"7"']

csv_lines = st.tuples(
    *(st.sampled_from(values) for values in (SYMBOLS, TIMES, NUMBERS, NUMBERS, IDS))
).map(lambda fields: ",".join(fields).encode())
odd_lines = st.sampled_from([b"", b"  ", b"A,1", GOOD_CSV + b",9", b"\xff", b'"', b"\x00", b",,,,"])

JSON_VALUES = [10.5, 1, 0, -1, True, None, "10.5", "ten", "", [1], {"a": 1}, 1e300, 10**30, "nan"]
json_lines = st.fixed_dictionaries(
    {},
    optional={
        "symbol": st.sampled_from(["A", "", " A", None, 5, "Ä", "\u0000"]),
        "ts_event": st.sampled_from(
            [1700000040000000, "1700000040000000", 0, "soon", None, 1.5e15]
        ),
        "price": st.sampled_from(JSON_VALUES),
        "size": st.sampled_from(JSON_VALUES),
        "trade_id": st.sampled_from([7, "7", "x", None, 10**25, ""]),
        "extra": st.sampled_from([1, "ÿ", None]),
    },
).map(lambda row: json.dumps(row).encode())
odd_json = st.sampled_from(
    [b"", b" ", b"[]", b"null", b"{", GOOD_JSON + b"x", GOOD_JSON * 2, GOOD_JSON + b"\r", b"\xff"]
    + [GOOD_JSON.replace(b"10.5", text) for text in (b"NaN", b"1e999", b"-0", b"01", b"1.", b".5")]
    + [GOOD_JSON.replace(b'"A"', text) for text in (b'"\\ud800"', b'"\\u0041"', b"'A'", b'"\t"')]
    + [GOOD_JSON.replace(b"{", b'{"price":1,'), GOOD_JSON.replace(b"{", b'{"price":"x",')]
)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parse")
    files = {"t.csv": [HEADER, GOOD_CSV], "t.jsonl": [GOOD_JSON]}
    for name, lines in files.items():
        (folder / name).write_bytes(b"\n".join(lines) + b"\n")
    return {name: FileSource.inspect(folder / name, "trades") for name in files}


def outcome(source, lines, together):
    """Rows and refusals, by line, of lines parsed at once or one by one."""
    header = [HEADER] if source.format == "csv" else []
    first = len(header) + 1
    parser = TextParser(source)
    if header:
        parser.parse(RawChunk(Lines(HEADER + b"\n", 1, 1), 0))
    if together:
        pieces = [Lines(b"\n".join(lines) + b"\n", first, len(lines))]
    else:
        pieces = [Lines(line + b"\n", first + at, 1) for at, line in enumerate(lines)]
    rows, refusals = {}, []
    for piece in pieces:
        parsed = parser.parse(RawChunk(piece, 0))
        for row in parsed.rows.iter_rows(named=True):
            trade_id = row.pop("trade_id")
            rows[row["line"]] = (*row.values(), _normal(trade_id))
        refusals += [(r.position, r.reason, r.raw) for r in parsed.refusals]
    return rows, sorted(refusals)


def _normal(trade_id):
    text = "" if trade_id is None else str(trade_id).strip()
    return int(text) if text.isascii() and text.isdigit() else text


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(st.one_of(csv_lines, odd_lines, st.just(GOOD_CSV)), min_size=1, max_size=6))
def test_a_csv_line_is_judged_alone(sources, lines):
    together = outcome(sources["t.csv"], lines, together=True)
    assert outcome(sources["t.csv"], lines, together=False) == together


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(st.one_of(json_lines, odd_json, st.just(GOOD_JSON)), min_size=1, max_size=6))
def test_a_json_line_is_judged_alone(sources, lines):
    together = outcome(sources["t.jsonl"], lines, together=True)
    assert outcome(sources["t.jsonl"], lines, together=False) == together


def test_a_block_with_one_bad_line_is_all_that_is_read_with_care(sources):
    lines = [GOOD_CSV] * 10_000
    lines[5_000] = b"A,soon,1,1,1"
    rows, refusals = outcome(sources["t.csv"], lines, together=True)
    assert len(rows) == 9_999
    assert refusals == [(5_002, "bad_timestamp", "A,soon,1,1,1")]


def test_numbers_written_as_json_strings_are_read(write, inspect):
    line = '{"symbol":"A","ts_event":"1700000040000","price":"10.5","size":"2","id":1}'
    source = inspect(write("t.jsonl", [line] * 3), "trades", "ts_event=ts_event:ms")
    [parsed] = read_rows(source, 1 << 20)
    assert source.fields["price"].type == pl.String
    assert parsed.rows.drop("line").unique().rows() == [("A", 1_700_000_040_000_000, 10.5, 2.0)]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_told_from_the_header(write, inspect, separator):
    lines = ["symbol,ts_event,price,size", "A,1700000040000000,10.5,1"]
    source = inspect(write("t.csv", [line.replace(",", separator) for line in lines]))
    [parsed] = read_rows(source, 1 << 20)
    assert parsed.rows.rows() == [(2, "A", 1_700_000_040_000_000, 10.5, 1.0)]


def test_a_quoted_header_and_quoted_values_are_read(write, inspect):
    lines = ['"symbol","ts_event","price","size"', '"A","1700000040000000","10.5","1"']
    [parsed] = read_rows(inspect(write("t.csv", lines)), 1 << 20)
    assert parsed.rows.rows() == [(2, "A", 1_700_000_040_000_000, 10.5, 1.0)]


@pytest.mark.parametrize(
    ("times", "unit"),
    [
        (["1700000040"], "s"),
        (["1700000040.5"], "s"),
        (["1700000040000"], "ms"),
        (["1700000040000000"], "us"),
        (["1700000040000000000"], "ns"),
        (["2023-11-14T22:14:00Z"], "iso"),
        (["2023-11-14"], "date"),
    ],
)
def test_the_unit_of_a_time_is_told_from_its_values(write, inspect, times, unit):
    lines = ["symbol,timestamp,price,size", *(f"A,{time},10,1" for time in times)]
    assert inspect(write("t.csv", lines)).fields["ts_event"].unit == unit


def test_ts_event_is_microseconds_whatever_its_size(write, inspect):
    lines = ["symbol,ts_event,price,size", "A,1700000040,10,1"]
    assert inspect(write("t.csv", lines)).fields["ts_event"].unit == "us"


def test_bars_of_another_interval_are_left_aside(write, inspect):
    header = "symbol,interval,bar_start,open,high,low,close,volume"
    rows = [f"A,{interval},1700000040000000,1,1,1,1,1" for interval in ("1m", "60", "5m", "1h", "")]
    source = inspect(write("b.csv", [header, *rows]), "bars", interval=timedelta(minutes=1))
    [parsed] = read_rows(source, 1 << 20)
    assert parsed.rows["line"].to_list() == [2, 3, 6]
    assert parsed.skipped == 2
