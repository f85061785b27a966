"""Wrong input: refused line by line with its reason, or one clear error before the start."""

import gzip
from datetime import timedelta

import pytest

from connectors.sources.errors import SourceError

T0 = 1_700_000_040_000_000  # a full minute
SECOND = 1_000_000
HEADER = "symbol,ts_event,price,size"


def good(second: int, price: float = 10.0) -> str:
    return f"A,{T0 + second * SECOND},{price},1"


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.jsonl", "t.parquet"])
def test_an_empty_file_is_a_feed_without_rows_and_one_reject(write, inspect, read, tmp_path, name):
    path = tmp_path / name if name.endswith("parquet") else write(name, [])
    path.touch()
    found = read(inspect(path))
    assert [(r.source, r.position, r.reason) for r in found.refused] == [(name, 0, "empty_file")]
    assert found.counts.rows_in == 0
    assert [part.drained for part in found.parts] == [True]


def test_a_header_alone_is_a_feed_without_rows(write, inspect, read):
    found = read(inspect(write("t.csv", [HEADER])))
    assert found.refused == []
    assert found.counts.rows_in == 0
    assert [part.drained for part in found.parts] == [True]


def test_a_missing_column_is_named_with_the_columns_there_are(write, inspect):
    path = write("trades.csv", ["symbol,ts_event,cost,size", "A,1,2,3"])
    with pytest.raises(SourceError) as error:
        inspect(path)
    assert str(error.value) == (
        "trades.csv has no column for `price` (columns: symbol, ts_event, cost, size); "
        "name it with --map price=COLUMN"
    )


def test_a_mapped_column_that_is_not_there_is_named(write, inspect):
    path = write("trades.csv", ["symbol,ts_event,cost,size", "A,1,2,3"])
    with pytest.raises(SourceError, match="no column `kost`, named for `price`"):
        inspect(path, "trades", "price=kost")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (f",{T0},10,1", "missing_field"),
        (f"A,{T0},,1", "missing_field"),
        (f"A,{T0},10,", "missing_field"),
        ("A,,10,1", "missing_field"),
        (f"A,{T0},ten,1", "not_a_number"),
        (f"A,{T0},1_0,1", "not_a_number"),
        (f"A,{T0},10,0x1", "not_a_number"),
        (f"A,{T0},NaN,1", "not_finite"),
        (f"A,{T0},inf,1", "not_finite"),
        (f"A,{T0},1e999,1", "not_finite"),
        (f"A,{T0},10,-inf", "not_finite"),
        (f"A,{T0},0,1", "not_positive"),
        (f"A,{T0},-10,1", "not_positive"),
        (f"A,{T0},10,-1", "not_positive"),
        (f"A,{T0},10,1e30", "out_of_range"),
        ("A,yesterday,10,1", "bad_timestamp"),
        ("A,0,10,1", "timestamp_too_old"),
        ("A,86400000000,10,1", "timestamp_too_old"),
        (f"A,{T0 * 1000},10,1", "timestamp_in_future"),
        ("A,4102444800000000,10,1", "timestamp_in_future"),
        ("A,99999999999999999999999,10,1", "timestamp_in_future"),
        (f"A,{T0},10", "wrong_column_count"),
        (f"A,{T0},10,1,5", "wrong_column_count"),
        (f'"A,{T0},10,1', "wrong_column_count"),
        (b"A\xff," + f"{T0},10,1".encode(), "not_utf8"),
    ],
)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_bad_line_is_refused_and_the_others_count(write, inspect, read, line, reason, place):
    lines = [good(second) for second in range(3)]
    at = {"first": 0, "middle": 2, "last": 3}[place]
    lines.insert(at, line)
    found = read(inspect(write("t.csv", [HEADER, *lines])))
    assert found.reasons == [(at + 2, reason)]
    text = line if isinstance(line, str) else line.decode(errors="backslashreplace")
    assert found.refused[0].raw == text
    assert found.trade_bars()["A", T0][-1] == 3
    assert found.counts.rows_in == 4
    assert found.counts.rejected == {reason: 1}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"symbol": "A", "ts_event": 1700000040000000, "price": 10}', "missing_field"),
        ('{"symbol": null, "ts_event": 1700000040000000, "price": 10, "size": 1}', "missing_field"),
        ('{"symbol": "A", "ts_event": 1700000040000000, "price": "x", "size": 1}', "not_a_number"),
        ('{"symbol": "A", "ts_event": 1700000040000000, "price": [1], "size": 1}', "not_a_number"),
        ('{"symbol": "A", "ts_event": 1700000040000000, "price": true, "size": 1}', "not_a_number"),
        ('{"symbol": "A", "ts_event": 1700000040000000, "price": NaN, "size": 1}', "not_finite"),
        ('{"symbol": "A", "ts_event": 1700000040000000, "price": 1e999, "size": 1}', "not_finite"),
        ('{"symbol": "A", "ts_event": 1700000040000000, "price": -1, "size": 1}', "not_positive"),
        ('{"symbol": "A", "ts_event": "soon", "price": 10, "size": 1}', "bad_timestamp"),
        ('{"symbol": "A", "ts_event": 1700000040000000, "price": 10, "size"', "not_json"),
        ("[1, 2]", "not_json"),
        ("null", "not_json"),
        (b'{"symbol": "\xff"}', "not_utf8"),
    ],
)
def test_a_bad_json_line_is_refused_and_the_others_count(write, inspect, read, line, reason):
    rows = [
        f'{{"symbol": "A", "ts_event": {T0 + at * SECOND}, "price": 10.5, "size": 1}}'
        for at in range(3)
    ]
    found = read(inspect(write("t.jsonl", [rows[0], line, *rows[1:]])))
    assert found.reasons == [(2, reason)]
    assert found.trade_bars()["A", T0][-1] == 3


def test_a_parquet_row_is_judged_like_a_line(inspect, read, tmp_path):
    import polars as pl

    path = tmp_path / "t.parquet"
    times = [T0, T0, T0, T0, 0, T0]
    prices = [10.0, None, float("nan"), -1.0, 10.0, 11.0]
    pl.DataFrame(
        {"symbol": ["A"] * 6, "ts_event": times, "price": prices, "size": 1}
    ).write_parquet(path)
    found = read(inspect(path))
    assert found.reasons == [
        (2, "missing_field"),
        (3, "not_finite"),
        (4, "not_positive"),
        (5, "timestamp_too_old"),
    ]
    assert found.refused[0].raw == (
        '{"symbol": "A", "ts_event": 1700000040000000, "price": null, "size": 1}'
    )
    assert found.trade_bars()["A", T0][:4] == (10.0, 11.0, 10.0, 11.0)


def test_a_repeated_trade_counts_once(write, inspect, read):
    rows = [
        "symbol,ts_event,price,size,trade_id",
        f"A,{T0},10,1,7",
        f"A,{T0 + 1},11,1,8",
        f"A,{T0},10,1,7",
        f"B,{T0},10,1,7",
    ]
    found = read(inspect(write("t.csv", rows)))
    assert found.reasons == [(4, "duplicate_trade")]
    assert found.trade_bars()["A", T0][-1] == 2
    assert found.trade_bars()["B", T0][-1] == 1


def test_a_late_trade_is_refused_by_its_symbol_alone(write, inspect, read):
    rows = [HEADER, good(600), good(480), good(479), f"B,{T0},10,1"]
    found = read(inspect(write("t.csv", rows)))
    assert found.reasons == [(4, "late")]
    assert found.refused[0].ts_recv == T0 + 600 * SECOND
    assert ("B", T0) in found.trade_bars()


@pytest.mark.parametrize("keep", [0.3, 0.7, 0.98])
def test_a_packed_file_cut_short_is_read_as_far_as_it_goes(write, inspect, read, keep):
    lines = [HEADER, *(good(at // 1000, 10 + at * 7919 % 1000) for at in range(20_000))]
    path = write("t.csv.gz", lines)
    packed = path.read_bytes()
    path.write_bytes(packed[: int(len(packed) * keep)])
    found = read(inspect(path))
    [(position, reason)] = found.reasons
    assert reason == "truncated_file"
    assert found.counts.rows_in == position - 1
    assert sum(bar[-1] for bar in found.trade_bars().values()) == position - 2 > 1000
    assert lines[position - 1].startswith(found.refused[0].raw)


def test_damage_inside_a_packed_file_ends_it(write, inspect, read):
    lines = [HEADER, *(good(at // 1000, 10 + at * 7919 % 1000) for at in range(90_000))]
    path = write("t.csv.gz", lines)
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2 : len(packed) // 2 + 64] = bytes(64)
    path.write_bytes(packed)
    found = read(inspect(path))
    assert found.counts.rejected["truncated_file"] == 1
    assert found.counts.rows_in > 10_000


def test_gzip_files_strung_together_are_one(write, inspect, read, tmp_path):
    path = tmp_path / "t.csv.gz"
    halves = [f"{HEADER}\n{good(0)}\n".encode(), f"{good(1)}\n".encode()]
    path.write_bytes(b"".join(gzip.compress(half) for half in halves))
    assert read(inspect(path)).trade_bars()["A", T0][-1] == 2


def test_marks_and_line_ends_of_other_systems_are_understood(write, inspect, read):
    lines = ["\ufeff" + HEADER, good(0), "", good(1), ""]
    found = read(inspect(write("t.csv", lines, end=b"\r\n")))
    assert found.refused == []
    assert found.trade_bars()["A", T0][-1] == 2


def test_a_last_line_without_an_end_counts(inspect, read, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"{HEADER}\n{good(0)}\n{good(1)}")
    assert read(inspect(path)).counts.rows_in == 2


def test_utf16_is_one_clear_error(inspect, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"{HEADER}\n{good(0)}\n", encoding="utf-16")
    with pytest.raises(SourceError, match="is UTF-16 text; save it as UTF-8"):
        inspect(path)


def test_a_missing_file_is_one_clear_error(inspect, tmp_path):
    with pytest.raises(SourceError, match="cannot be read \\(No such file or directory\\)"):
        inspect(tmp_path / "t.csv")


def test_a_folder_is_one_clear_error(inspect, tmp_path):
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(SourceError, match="cannot be read \\(Is a directory\\)"):
        inspect(tmp_path / "t.csv")


def test_an_unknown_suffix_names_the_known_ones(inspect, tmp_path):
    path = tmp_path / "t.xlsx"
    path.touch()
    with pytest.raises(
        SourceError, match=r"known: \.csv, \.csv\.gz, \.jsonl, \.jsonl\.gz, \.parquet"
    ):
        inspect(path)


def test_a_damaged_parquet_file_is_one_clear_error(inspect, tmp_path):
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1 but no more")
    with pytest.raises(SourceError, match="is no Parquet file"):
        inspect(path)


def test_bars_without_a_length_are_one_clear_error(write, inspect):
    path = write("b.csv", ["symbol,ts_event,open,high,low,close,volume"])
    with pytest.raises(SourceError, match="length of its bars is not given"):
        inspect(path, "bars")
    with pytest.raises(SourceError, match="`interval` must be positive"):
        inspect(path, "bars", interval=timedelta(0))


def test_a_bar_that_contradicts_itself_is_refused(write, inspect, read):
    rows = [
        "symbol,ts_event,open,high,low,close,volume",
        f"A,{T0},10,12,9,11,5",
        f"A,{T0},10,9.5,9,9.2,5",
        f"A,{T0},10,12,10.5,11,5",
        f"A,{T0},10,12,9,13,5",
        f"A,{T0},0,12,9,11,5",
        f"A,{T0},10,12,9,11,-5",
    ]
    found = read(inspect(write("b.csv", rows), "bars", interval=timedelta(minutes=1)))
    bad = [(3, "bad_bar"), (4, "bad_bar"), (5, "bad_bar")]
    assert found.reasons == [*bad, (6, "not_positive"), (7, "not_positive")]
    assert found.bars()["A", T0]["close"] == 11.0
