"""The track record of real daily bars, recomputed from the file and the advice table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline.results import load

Replay = Callable[..., Any]
NSE = "data/daily/nse_nifty100_daily_2020_202604.csv.gz"
NAMES = ("INFY", "ITC", "SBIN", "TCS")
KEY = ["rule_id", "severity", "direction", "horizon"]
DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def bars(shared: Path) -> pd.DataFrame:
    """Four names over two years."""
    raw = pd.read_csv(shared / NSE)
    return raw[raw.symbol.isin(NAMES) & (raw.date < "2022-01-01")]


@pytest.fixture
def run(replay: Replay, tmp_path: Path) -> Callable[..., dict[str, pd.DataFrame]]:
    holdings = tmp_path / "holdings.csv"
    lines = [f"{portfolio},{name},10" for portfolio in "pq" for name in NAMES[portfolio == "q" :]]
    holdings.write_text("portfolio_id,symbol,quantity\n" + "\n".join(lines) + "\n")

    def tables(frame: pd.DataFrame, *flags: str) -> dict[str, pd.DataFrame]:
        file = tmp_path / "bars.csv"
        frame.to_csv(file, index=False)
        replay("--bars", file, "--interval", "1d", "--holdings", holdings, *flags)
        return load(max(tmp_path.glob("run*")))

    return tables


def sorted_by_key(record: pd.DataFrame) -> pd.DataFrame:
    return record.sort_values(KEY).reset_index(drop=True)


def test_the_record_is_what_the_tables_say(
    run: Callable[..., dict[str, pd.DataFrame]], bars: pd.DataFrame
) -> None:
    tables = run(bars)
    advice = tables["advice"]
    fired = advice[advice.state.isin(["open", "cleared"]) & (advice.severity != "strength")]
    closes = bars.pivot_table(index="date", columns="symbol", values="close")
    closes.index = pd.to_datetime(closes.index, utc=True) + DAY  # when the bar is over
    record = tables["track_record"].set_index(KEY)
    assert {"S01", "S02", "S03", "S05"} <= set(fired.rule_id)
    for (rule_id, severity, direction, horizon), row in record.iterrows():
        mine = fired[(fired.rule_id == rule_id) & (fired.severity == severity)]
        if rule_id == "S01":
            mine = mine[mine.sentence.str.contains("overbought") == (direction < 0)]
        if rule_id == "S04":
            mine = mine[mine.sentence.str.contains("downwards") == (direction < 0)]
        assert row.fired == len(mine)
        spots = mine[["subject", "as_of"]].drop_duplicates()
        assert row.openings == len(spots)
        if not rule_id.startswith("S"):
            continue
        later = closes.pct_change(horizon).shift(-horizon)
        followed = pd.Series([later.at[at, name] for name, at in spots.values]).dropna()
        assert row.n == len(followed)
        assert row.mean_return_pct == pytest.approx(100 * followed.mean(), abs=1e-4)
        if direction:
            assert row.hit_rate == pytest.approx((followed * direction > 0).mean())


def test_the_order_of_the_file_makes_no_difference(
    run: Callable[..., dict[str, pd.DataFrame]], bars: pd.DataFrame
) -> None:
    bars = bars[bars.date < "2021-01-01"]
    clean = sorted_by_key(run(bars)["track_record"])
    shuffled = bars.sample(frac=1, random_state=5)
    again = sorted_by_key(run(shuffled, "--chunk", "64KB")["track_record"])
    pd.testing.assert_frame_equal(again, clean)
