"""The daily benchmark: what it compares, and what it says without data."""

import argparse
import gzip
import json
import math
from pathlib import Path

import pytest

from scripts import bench_daily
from scripts.bench_daily import SAME, agree, hold, last_rows, measure_daily, table, targets
from scripts.bench_peers import talipp_loop
from scripts.bench_replay import Run


def write_bars(file: Path, days: int = 260) -> Path:
    """Two names, one of them from the second day on."""
    lines = ["date,symbol,open,high,low,close,adj_close,volume"]
    for day in range(days):
        for place, symbol in enumerate("AB"):
            close = 100.0 + 10 * math.sin(day / 7 + place) + day / 10
            row = f"d{day:03},{symbol},{close - 1},{close + 2},{close - 2},{close},{close},1000"
            if day or not place:
                lines.append(row)
    with gzip.open(file, "wt") as out:
        out.write("\n".join(lines) + "\n")
    return file


def write_rows(file: Path, *rows: dict[str, object]) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_the_portfolio_holds_names_that_were_there_from_the_first_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_daily, "DATA", write_bars(tmp_path / "bars.csv.gz"))
    assert hold(tmp_path) == 2 * 260 - 1
    text = (tmp_path / "holdings.csv").read_text()
    assert text == "portfolio_id,symbol,quantity\np,A,10\n"


def test_without_the_data_the_part_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench_daily, "DATA", tmp_path / "none.csv.gz")
    report = measure_daily(argparse.Namespace(cache=tmp_path, runs=1))
    assert report[-1] == "Left out: none.csv.gz is not beside this clone."
    assert "is not here" in capsys.readouterr().out


def test_values_agree_within_a_millionth_or_are_both_missing() -> None:
    assert agree(1000.0, 1000.0005)
    assert not agree(1000.0, 1000.01)
    assert agree(None, None)
    assert not agree(None, 0.0)
    assert not agree(0.0, None)


def test_the_last_row_of_a_symbol_is_the_newest_that_stands(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    write_rows(
        file,
        {"symbol": "A", "bar_start": 2, "x": 1.0, "diff": 1},
        {"symbol": "A", "bar_start": 1, "x": 2.0, "diff": 1},
        {"symbol": "A", "bar_start": 3, "x": 3.0, "diff": -1},
        {"symbol": "B", "bar_start": 1, "x": 4.0, "diff": 1},
    )
    found = last_rows(file)
    assert {symbol: row["x"] for symbol, row in found.items()} == {"A": 1.0, "B": 4.0}


def test_a_difference_stops_the_benchmark(tmp_path: Path) -> None:
    row = {"symbol": "A", "date": "d1", **dict.fromkeys(SAME, 5.0)}
    write_rows(tmp_path / bench_daily.PEER / "indicators.jsonl", row)
    write_rows(tmp_path / bench_daily.OURS / "indicators.jsonl", {**row, "bar_start": 1})
    bench_daily.compare(tmp_path)
    changed = {**row, "bar_start": 1, SAME[3]: 5.1}
    write_rows(tmp_path / bench_daily.OURS / "indicators.jsonl", changed)
    with pytest.raises(SystemExit, match=rf"A\.{SAME[3]}: talipp has 5\.0, yieldflow 5\.1"):
        bench_daily.compare(tmp_path)


def test_the_peer_writes_every_indicator_it_has(tmp_path: Path) -> None:
    talipp_loop.run(write_bars(tmp_path / "bars.csv.gz"), tmp_path)
    rows = last_rows(tmp_path / "indicators.jsonl")
    assert set(rows) == {"A", "B"}
    assert set(SAME) <= set(rows["A"])
    assert None not in rows["A"].values()
    closes = [100.0 + 10 * math.sin(day / 7) + day / 10 for day in range(240, 260)]
    assert rows["A"]["sma_20"] == pytest.approx(sum(closes) / 20)


def test_the_report_has_a_row_per_peer_and_the_target() -> None:
    runs = {
        bench_daily.PEER: [Run(0.1, 20.0, 20.2, 2**30)],
        bench_daily.TUNED: [Run(0.1, 12.0, 12.2, 2**30)],
        bench_daily.OURS: [Run(1.0, 8.0, 9.1, 2**29)],
    }
    lines = list(table(runs, 80_000, 1))
    assert "| talipp, plain loop | 20.00 | 20.00-20.00 | 4,000 |" in lines[3]
    assert lines[3].endswith("| 1024 | 2.50 | 0.50 |")
    said = list(targets(runs))
    assert said[0].endswith("2.50 (target >= 2: met)")
    assert said[1].endswith("1.50 (no target)")
    assert list(targets({bench_daily.OURS: runs[bench_daily.OURS]})) == []
