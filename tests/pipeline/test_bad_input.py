"""Bad input never crashes and never vanishes: a reason for every row, one line for every file."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipeline.cli import main

Replay = Callable[..., dict[str, pl.DataFrame]]
T0 = 1_768_448_700_000_000
SECOND = 1_000_000
HEADER = "symbol,ts_event,price,size,trade_id,venue"


def row(number: int, *, symbol: str = "INFY", ts: object = None, price: object = 100) -> str:
    return f"{symbol},{T0 + number * SECOND if ts is None else ts},{price},10,{number},X"


GOOD = [row(number) for number in range(120)]


def trades(folder: Path, lines: list[str], name: str = "trades.csv") -> Path:
    file = folder / name
    file.write_text("\n".join([HEADER, *lines]) + "\n")
    return file


def reasons(tables: dict[str, pl.DataFrame]) -> dict[int, str]:
    rejected = tables["rejected"]
    return dict(rejected.select("position", "reason").iter_rows()) if rejected.height else {}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(60, price="NaN"), "not_finite"),
        (row(60, price=-1), "not_positive"),
        (row(60, price=0), "not_positive"),
        (row(60, price="ten"), "not_a_number"),
        (row(60, price=""), "missing_field"),
        (row(60, ts=4_102_444_800_000_000), "timestamp_in_future"),
        (row(60, ts=0), "timestamp_too_old"),
        (row(60, ts="soon"), "bad_timestamp"),
        (GOOD[59], "duplicate_trade"),
        (row(60) + ",more", "wrong_column_count"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_reason_and_the_others_count(
    bad: str, reason: str, replay: Replay, tmp_path: Path
) -> None:
    file = trades(tmp_path, [*GOOD[:60], bad, *GOOD[61:]])
    tables = replay("--trades", file)
    assert reasons(tables) == {62: reason}
    assert tables["rejected"]["raw"].to_list() == [bad]
    assert tables["bars"]["trade_count"].sum() == 119


def test_bytes_that_are_no_text_are_rejected(replay: Replay, tmp_path: Path) -> None:
    file = trades(tmp_path, GOOD)
    file.write_bytes(file.read_bytes() + b"INF\xff\xfe,1,2,3,4,5\n")
    tables = replay("--trades", file)
    assert reasons(tables) == {122: "not_utf8"}
    assert tables["bars"]["trade_count"].sum() == 120


def test_a_gz_file_that_is_cut_short_gives_all_that_can_be_read(
    replay: Replay, tmp_path: Path
) -> None:
    packed = gzip.compress(trades(tmp_path, GOOD).read_bytes())
    file = tmp_path / "cut.csv.gz"
    file.write_bytes(packed[: len(packed) * 2 // 3])
    tables = replay("--trades", file)
    assert "truncated_file" in reasons(tables).values()
    assert 0 < tables["bars"]["trade_count"].sum() < 120


def test_an_empty_file_is_one_rejected_row_and_empty_tables(replay: Replay, tmp_path: Path) -> None:
    file = tmp_path / "trades.csv"
    file.write_bytes(b"")
    tables = replay("--trades", file)
    assert reasons(tables) == {0: "empty_file"}
    assert tables["bars"].is_empty()


def test_a_file_with_a_header_alone_gives_empty_tables(replay: Replay, tmp_path: Path) -> None:
    tables = replay("--trades", trades(tmp_path, []))
    assert tables["bars"].is_empty()
    assert tables["rejected"].is_empty()


def test_a_missing_column_is_one_line_that_names_the_columns_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "trades.csv"
    file.write_text("symbol,ts_event,amount\nINFY,1,2\n")
    assert main(["replay", "--trades", str(file), "--out", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "price" in error
    assert "symbol, ts_event, amount" in error
    assert not (tmp_path / "out").exists()


def held(folder: Path, lines: list[str]) -> Path:
    file = folder / "holdings.csv"
    file.write_text(
        "portfolio_id,symbol,quantity,avg_cost,target_weight\n" + "\n".join(lines) + "\n"
    )
    return file


def test_a_held_symbol_that_never_trades_is_rejected_and_the_rest_is_advised_on(
    replay: Replay, tmp_path: Path
) -> None:
    holdings = held(tmp_path, ["mine,INFY,10,90,", "mine,NOSUCH,5,1,"])
    tables = replay("--trades", trades(tmp_path, GOOD), "--holdings", holdings)
    [reason] = tables["rejected"]["reason"].to_list()
    assert reason == "unknown_symbol"
    assert "NOSUCH" in tables["rejected"]["raw"][0]
    assert tables["positions"]["symbol"].to_list() == ["INFY"]
    assert "P01" in tables["advice"].filter(pl.col("state") == "open")["rule_id"].to_list()


def test_target_weights_over_one_hundred_percent_are_rejected_and_the_holdings_stay(
    replay: Replay, tmp_path: Path
) -> None:
    holdings = held(tmp_path, ["mine,INFY,10,90,0.7", "mine,TCS,5,80,0.6"])
    lines = [*GOOD, *(row(1000 + n, symbol="TCS", ts=T0 + 121 * SECOND) for n in range(3))]
    tables = replay("--trades", trades(tmp_path, lines), "--holdings", holdings)
    assert "target_weight_over_100" in tables["rejected"]["reason"].to_list()
    assert tables["positions"].height == 2


def test_the_summary_counts_what_was_refused(tmp_path: Path) -> None:
    file = trades(tmp_path, [*GOOD, row(200, price="x"), row(201, price=-5), GOOD[3]])
    assert main(["replay", "--trades", str(file), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["rows_in"] == 123
    assert summary["rejected"] == {"duplicate_trade": 1, "not_a_number": 1, "not_positive": 1}
    assert summary["bars"] == 2
    assert summary["advice_open"] == 0
    assert set(summary) == {
        "rows_in",
        "rejected",
        "bars",
        "advice_open",
        "elapsed_s",
        "rows_per_s",
        "run_id",
    }
