"""Every risk number of a portfolio of real daily bars, recomputed from the file with pandas."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.covariance import ledoit_wolf

Replay = Callable[..., dict[str, pl.DataFrame]]
NSE = "data/daily/nse_nifty100_daily_2020_202604.csv.gz"
CLOSE = 1e-9


@pytest.fixture(scope="module")
def closes(shared: Path) -> pd.DataFrame:
    """Closes by date and symbol."""
    raw = pd.read_csv(shared / NSE)
    return raw.pivot_table(index="date", columns="symbol", values="close")


@pytest.fixture(scope="module")
def held(closes: pd.DataFrame) -> dict[str, float]:
    """Twenty names that were there throughout."""
    names = [name for name in closes.columns if closes[name].notna().all()][:20]
    return {name: 10.0 + 3 * place for place, name in enumerate(names)}


@pytest.fixture
def risk(replay: Replay, shared: Path, held: dict[str, float], tmp_path: Path) -> dict[str, Any]:
    file = tmp_path / "held.csv"
    lines = [f"p,{name},{units}" for name, units in held.items()]
    file.write_text("portfolio_id,symbol,quantity\n" + "\n".join(lines) + "\n", encoding="utf-8")
    flags = ("--bars", shared / NSE, "--interval", "1d", "--holdings", file)
    tables = replay(*flags, "--benchmark", "equal_weight")
    [row] = tables["portfolio_risk"].to_dicts()
    return row


def test_risk_of_real_names_is_what_pandas_makes_of_the_file(
    risk: dict[str, Any], closes: pd.DataFrame, held: dict[str, float], shared: Path
) -> None:
    prices = closes[list(held)]
    value = prices.iloc[-1] * pd.Series(held)
    weights = value / value.sum()
    returns = prices.pct_change().iloc[-252:]
    own = (returns * weights).sum(axis=1)
    worst = own.quantile(0.05)
    level = np.concatenate(([1.0], (1 + own).cumprod()))
    falls = 1 - level / np.maximum.accumulate(level)
    # The mean of all names of the file, over the sessions in which each traded.
    market = closes.pct_change(fill_method=None).mean(axis=1).iloc[-252:]
    beta = own.cov(market) / market.var()
    expected = {
        "volatility_pct": 100 * own.std() * np.sqrt(252),
        "var95_pct": -100 * worst,
        "cvar95_pct": -100 * own[own <= worst].mean(),
        "sharpe": own.mean() / own.std() * np.sqrt(252),
        "max_drawdown_pct": 100 * falls.max(),
        "drawdown_pct": 100 * falls[-1],
        "beta": beta,
        "r_squared": own.corr(market) ** 2,
    }
    assert risk["sessions"] == 252
    assert {name: risk[name] for name in expected} == pytest.approx(expected, rel=CLOSE)
    assert risk["hhi"] == pytest.approx((weights**2).sum(), rel=1e-8)  # weights in billionths
    covariance, _ = ledoit_wolf(returns.to_numpy())
    shares = weights.to_numpy() * (covariance @ weights.to_numpy())
    contributions = dict(zip(held, shares / shares.sum(), strict=True))
    found = risk["contributions"]
    told = json.loads(found) if isinstance(found, str) else found
    assert told == pytest.approx(contributions, rel=1e-8)
    # Liquidity is in days of a tenth of the mean volume.
    raw = pd.read_csv(shared / NSE)
    volumes = raw.pivot_table(index="date", columns="symbol", values="volume")[list(held)]
    days = pd.Series(held) / (0.1 * volumes.iloc[-20:].mean())
    assert risk["days_to_liquidate"] == pytest.approx(days.max(), rel=CLOSE)
