from pathlib import Path as File

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from transforms.portfolio.benchmark import against
from transforms.portfolio.moments import path_of

RNG = np.random.default_rng(3)
MARKET = RNG.normal(0.0004, 0.01, 200)
MINE = 1.3 * MARKET + RNG.normal(0.0002, 0.006, 200)


def test_the_line_is_that_of_a_regression_of_excess_returns() -> None:
    told = against(path_of(MINE), path_of(MARKET), 252.0, 0.05)
    line = stats.linregress(MARKET - 0.05 / 252, MINE - 0.05 / 252)
    assert told["beta"] == pytest.approx(line.slope, rel=1e-10)
    assert told["alpha"] == pytest.approx(line.intercept * 252, rel=1e-10)
    assert told["r_squared"] == pytest.approx(line.rvalue**2, rel=1e-10)
    tracking = (MINE - MARKET).std(ddof=1) * np.sqrt(252)
    assert told["tracking_error"] == pytest.approx(tracking, rel=1e-10)


def test_the_benchmark_against_itself() -> None:
    told = against(path_of(MARKET), path_of(MARKET), 252.0, 0.05)
    assert told == {"beta": 1.0, "alpha": 0.0, "r_squared": 1.0, "tracking_error": 0.0}


def test_a_flat_benchmark_gives_no_beta() -> None:
    told = against(path_of(MINE), path_of(np.zeros(200)), 252.0, 0.0)
    assert told["beta"] == told["alpha"] == told["r_squared"] == "the benchmark does not move"
    assert told["tracking_error"] == pytest.approx(MINE.std(ddof=1) * np.sqrt(252))


def test_a_flat_portfolio_has_no_beta_to_speak_of() -> None:
    told = against(path_of(np.zeros(200)), path_of(MARKET), 252.0, 0.05)
    assert (told["beta"], told["alpha"]) == (0.0, pytest.approx(-0.05))
    assert told["r_squared"] == "the portfolio does not move"


@given(st.floats(-3, 3))
def test_beta_grows_with_leverage(factor: float) -> None:
    told = against(path_of(factor * MARKET), path_of(MARKET), 252.0, 0.0)
    assert told["beta"] == pytest.approx(factor, abs=1e-9)


def test_published_beta_of_the_spreadsheet(shared: File) -> None:
    table = pd.read_csv(shared / "vectors" / "skender" / "manual_calc" / "Beta.csv")
    market, mine = (table[name].pct_change().to_numpy()[1:] for name in ("mrkt", "eval"))
    rows = [row for row in range(20, len(table)) if not np.isnan(table["beta"][row])]
    assert len(rows) > 400
    for row in rows:
        window = slice(row - 20, row)
        told = against(path_of(mine[window]), path_of(market[window]), 252.0, 0.0)
        assert told["beta"] == pytest.approx(table["beta"][row], abs=1e-11)
