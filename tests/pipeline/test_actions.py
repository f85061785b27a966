"""``yieldflow replay --actions``: splits and bonuses from the file to the tables."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from pathway.internals.parse_graph import G

from pipeline.cli import main
from pipeline.results import load
from tests.pipeline.conftest import final_table

EX = "2024-03-12"
DATES = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 4, 30), eager=True)
BEFORE = [str(day) for day in DATES].index(EX)
Tables = dict[str, pl.DataFrame]


def daily(symbol: str, number: int, split: bool) -> str:
    day = DATES[number]
    price = 100.0 + (number * 7 % 23) / 4
    scale = 1 if split and str(day) >= EX else 2
    sides = [price - 0.5, price + 1.0, price - 1.0, price]
    prices = ",".join(f"{side * scale:.4f}" for side in sides)
    return f"{symbol},{day},{prices},{(5000 + number) * 2 // scale}"


def bars(folder: Path, *, adjusted: bool) -> Path:
    """A splits in two at EX, B does not; adjusted: as a vendor tells it afterwards."""
    lines = ["symbol,ts_event,open,high,low,close,volume"]
    for number in range(len(DATES)):
        a = daily("A", number, True)
        if adjusted and str(DATES[number]) < EX:
            symbol, day, *prices, volume = a.split(",")
            halves = ",".join(str(float(price) / 2) for price in prices)
            a = f"{symbol},{day},{halves},{2 * int(volume)}"
        lines += [a, daily("B", number, False)]
    path = folder / f"bars{adjusted}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def actions(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str) -> Path:
        path = tmp_path / "actions.csv"
        path.write_text("\n".join(["symbol,ex_date,ratio,kind", *rows]) + "\n")
        return path

    return write


def run(out: Path, *flags: object) -> Path:
    assert main(["replay", *map(str, flags), "--out", str(out), "--quiet"]) == 0
    G.clear()  # a command is one process; here several share one
    return out


@pytest.mark.parametrize("market", ["nse", "us"])
def test_a_split_gives_the_tables_of_a_file_adjusted_beforehand(
    market: str, tmp_path: Path, actions: Callable[..., Path]
) -> None:
    holdings = tmp_path / "holdings.csv"
    holdings.write_text("portfolio_id,symbol,quantity\np,A,10\np,B,10\n")
    flags = ("--interval", "1d", "--holdings", holdings, "--market", market)
    told = actions(f"A,{EX},1:1,bonus", "A,2030-01-01,10:1,split", "C,2024-02-01,2:1,split")
    split = run(
        tmp_path / "split", "--bars", bars(tmp_path, adjusted=False), "--actions", told, *flags
    )
    plain = run(tmp_path / "plain", "--bars", bars(tmp_path, adjusted=True), *flags)
    key = ("symbol", "interval", "bar_start")
    left, right = (final_table(out / "bars.jsonl", key) for out in (split, plain))
    assert left.drop("adj_version").equals(right.drop("adj_version"))
    assert left.filter(symbol="A")["adj_version"].to_list() == [1] * BEFORE + [0] * (
        len(DATES) - BEFORE
    )
    left, right = (final_table(out / "indicators.jsonl", key) for out in (split, plain))
    assert left.equals(right, null_equal=True)
    for table, keys in (("sessions", ("symbol", "session_end")), ("positions", ("symbol",))):
        left, right = (final_table(out / f"{table}.jsonl", keys) for out in (split, plain))
        assert left.equals(right), table
    adjustments = load(split)["adjustments"].set_index(["symbol", "kind"])
    assert adjustments["bars"].to_dict() == {
        ("A", "bonus"): BEFORE,
        ("A", "split"): 0,
        ("C", "split"): 0,
    }
    assert load(plain)["adjustments"].empty


def test_bad_actions_are_refused_with_their_reason_and_the_others_count(
    tmp_path: Path, actions: Callable[..., Path]
) -> None:
    told = actions(f"A,{EX},0,split", f"A,{EX},-1:2,split", f"A,{EX},2:1,swap", f"A,{EX},2:1,")
    flags = ("--bars", bars(tmp_path, adjusted=False), "--interval", "1d", "--actions", told)
    tables = load(run(tmp_path / "out", *flags))
    refused = tables["rejected"].sort_values("position")
    assert refused["reason"].tolist() == ["not_positive", "not_positive", "unknown_kind"]
    assert set(refused["source"]) == {"actions.csv"}
    assert tables["bars"]["adj_version"].sum() == BEFORE


def test_actions_alone_are_no_market(
    tmp_path: Path, actions: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    told = actions(f"A,{EX},2:1,split")
    assert main(["replay", "--actions", str(told), "--out", str(tmp_path / "out")]) == 2
    assert "needs --trades, --bars or --snapshots" in capsys.readouterr().err
