"""Replays of real and of difficult bars: no order of the file matters, every cell is a number."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.pipeline.daily_replays import (
    STANDING,
    assert_cells_are_sound,
    changes,
    final,
    gaps,
    run,
    write_facts,
    write_holdings,
)

NSE = "data/daily/nse_nifty100_daily_2020_202604.csv.gz"
FACTS = "data/reference/nse_nifty100_sector_marketcap.csv"
NO_SPREAD = {"vwap_upper_1", "vwap_lower_1"}  # a session of one bar has none


# ---- real bars of twenty names -----------------------------------------------------------------
@pytest.fixture(scope="module")
def nifty(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with daily bars of twenty names over a year, and two portfolios of them."""
    folder = tmp_path_factory.mktemp("nifty")
    facts = pl.read_csv(shared / FACTS).filter(pl.col("nse_industry").is_not_null())
    facts = facts.sort("market_cap_inr", descending=True).head(20)
    known = dict(facts.select("symbol", "nse_industry").iter_rows())
    write_facts(folder, [(name, sector, "INR") for name, sector in known.items()])
    held = [("wide", name, 10.0 + 3 * place) for place, name in enumerate(known)]
    write_holdings(folder, [*held, *(("deep", name, 100.0) for name in list(known)[:4])])
    bars = pl.read_csv(shared / NSE, infer_schema_length=None)
    bars = bars.filter(pl.col("symbol").is_in(list(known)), pl.col("date") < "2020-11-15")
    bars.write_csv(folder / "bars.csv")
    return folder


@pytest.fixture(scope="module")
def clean(nifty: Path) -> Path:
    return run(nifty, nifty / "bars.csv")


def test_every_cell_of_a_replay_of_real_bars_is_sound(clean: Path) -> None:
    assert_cells_are_sound(clean)
    assert gaps(clean) == NO_SPREAD
    assert all(row["risk_score"] is not None for row in changes(clean, "portfolio_risk"))


def reordered(bars: Path, how: str) -> Path:
    header, *rows = bars.read_text().splitlines()
    if how == "shuffled":
        random.Random(11).shuffle(rows)
    else:
        rows.sort(key=lambda row: row.split(",")[1::-1])
    found = bars.with_name(f"{how}.csv")
    found.write_text("\n".join([header, *rows]) + "\n")
    return found


@pytest.mark.parametrize(
    ("how", "chunk"), [("as it is", "64KB"), ("shuffled", "160KB"), ("by symbol", "160KB")]
)
def test_the_same_bars_in_any_order_and_pieces_give_the_same_bytes(
    nifty: Path, clean: Path, how: str, chunk: str
) -> None:
    bars = nifty / "bars.csv"
    again = run(nifty, bars if how == "as it is" else reordered(bars, how), "--chunk", chunk)
    for name in STANDING:
        expected = final(clean, name)
        assert final(again, name) == expected, name
        assert expected, name


# ---- bars that are difficult -------------------------------------------------------------------
SESSIONS = 130
ODD = ("FLAT", "HALTED", "SILENT", "PENNY", "DEAR", "JUMPY", "ONE", "LATE")


def odd_closes() -> dict[str, np.ndarray[Any, Any]]:
    """NaN: no bar on that day."""
    walk = np.random.default_rng(8).normal(0.0, 0.02, (3, SESSIONS)).cumsum(axis=1)
    days, plain = np.arange(SESSIONS), np.round(100.0 * np.exp(walk[0]), 2)
    return {
        "PLAIN": plain,
        "FLAT": np.full(SESSIONS, 50.0),
        "HALTED": np.where((days >= 60) & (days < 95), np.nan, plain * 2),
        "SILENT": np.where(days < 70, plain + 3, plain[69] + 3),  # and no volume from then on
        "PENNY": np.maximum(np.round(0.02 * np.exp(walk[1]), 2), 0.01),
        "DEAR": np.round(1e8 * np.exp(walk[2]), 1),
        "JUMPY": np.where(days // 9 % 2, 1e8, 0.01),
        "ONE": np.where(days == 100, 7.0, np.nan),
        "LATE": np.where(days >= 110, plain, np.nan),
    }


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A replay of them in portfolios of all, of each alone, and with short positions."""
    folder, rows = tmp_path_factory.mktemp("odd"), []
    for symbol, closes in odd_closes().items():
        for day in np.flatnonzero(~np.isnan(closes)).tolist():
            still = symbol in ("FLAT", "PENNY", "JUMPY") or (symbol == "SILENT" and day >= 70)
            close, wide = float(closes[day]), 0.0 if still else 0.01
            volume = 0.0 if symbol in ("FLAT", "SILENT") and still else 1000.0 + day
            date = np.datetime64("2025-01-01") + day
            rows.append(
                (str(date), symbol, close, close * (1 + wide), close * (1 - wide), close, volume)
            )
    names = ["date", "symbol", "open", "high", "low", "close", "volume"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(folder / "bars.csv")
    write_facts(folder, [(name, "" if name in ("PENNY", "DEAR") else "Odd", "INR") for name in ODD])
    held = [("all", name, 1.0 if name in ("DEAR", "JUMPY") else 1e6) for name in ("PLAIN", *ODD)]
    held += [(f"only {name}", name, 1000.0) for name in ODD]
    held += [("short", "PLAIN", -500.0), ("short", "PENNY", 1e6), ("short", "FLAT", 10.0)]
    write_holdings(folder, [*held, ("even", "PLAIN", 10.0), ("even", "FLAT", -10.0)])
    return run(folder, folder / "bars.csv")


def test_every_cell_of_a_replay_of_difficult_bars_is_sound(odd: Path) -> None:
    assert not final(odd, "rejected")
    assert_cells_are_sound(odd)
    assert gaps(odd, "PLAIN", "DEAR") == NO_SPREAD
    risks = {row["portfolio_id"]: row for row in changes(odd, "portfolio_risk") if row["diff"] > 0}
    assert set(risks) == {"all", "short", "even", *(f"only {name}" for name in ODD)}
    for row in risks.values():
        nothing = [name for name, value in row.items() if value is None]
        assert set(nothing) <= set(row["reasons"]), (row["portfolio_id"], nothing)
    assert risks["only FLAT"]["volatility_pct"] == 0.0
    assert risks["only ONE"]["volatility_pct"] is None
