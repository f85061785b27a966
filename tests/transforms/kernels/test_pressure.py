from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.pressure import TrueRangeOfBar, UltimateOscillator, Vortex

Run = Callable[..., pd.DataFrame]


def market(bars: Run, length: int = 60) -> pd.DataFrame:
    draw = np.random.default_rng(7)
    close = 100.0 + draw.normal(size=length).cumsum()
    high, low = close + draw.random(length), close - draw.random(length)
    return bars(close, high=high, low=low)


def test_a_true_range_reaches_back_to_the_close_before(run: Run, bars: Run) -> None:
    quotes = bars([5.0, 8.0, 3.0, 3.5], high=[6.0, 9.0, 4.0, 4.0], low=[4.0, 7.0, 2.0, 3.0])
    values = run([TrueRangeOfBar()], quotes)["true_range"]
    assert np.isnan(values[0])
    assert values[1:].tolist() == [9.0 - 5.0, 8.0 - 2.0, 1.0]


def test_the_first_bar_has_a_true_range_for_tradingview(run: Run, bars: Run) -> None:
    quotes = bars([5.0, 8.0], high=[6.0, 9.0], low=[4.0, 7.0])
    kernel = TrueRangeOfBar(true_range="tradingview")
    assert run([kernel], quotes)["true_range"].tolist() == [2.0, 4.0]
    assert kernel.columns[0].first == 1


def test_the_ultimate_oscillator_weighs_three_spans(run: Run, bars: Run) -> None:
    quotes = market(bars)
    h, low, c = quotes["high"], quotes["low"], quotes["close"]
    floor = np.minimum(low, c.shift())
    push, reach = c - floor, np.maximum(h, c.shift()) - floor
    shares = [
        push.rolling(n, min_periods=n).sum() / reach.rolling(n, min_periods=n).sum()
        for n in (7, 14, 28)
    ]
    expected = 100 * (4 * shares[0] + 2 * shares[1] + shares[2]) / 7
    values = run([UltimateOscillator()], quotes)["uo"]
    np.testing.assert_allclose(values, expected, rtol=1e-11)
    assert values.first_valid_index() == 28


def test_the_ultimate_oscillator_is_100_when_it_closes_at_every_high(run: Run, bars: Run) -> None:
    rise = np.linspace(1.0, 3.0, 40)
    assert (run([UltimateOscillator()], bars(rise))["uo"][28:] == 100.0).all()
    assert (run([UltimateOscillator()], bars(rise[::-1]))["uo"][28:] == 0.0).all()


def test_a_span_without_a_range_has_no_pressure_either_way(run: Run, bars: Run) -> None:
    assert (run([UltimateOscillator()], bars([0.1] * 40))["uo"][28:] == 50.0).all()
    rise = [*np.linspace(1.0, 3.0, 30), *([3.0] * 7)]
    values = run([UltimateOscillator()], bars(rise))["uo"]
    assert values.iloc[-1] == pytest.approx(100 * (4 * 0.5 + 2 + 1) / 7, rel=1e-15)


def test_the_vortex_compares_movements_with_the_true_range(run: Run, bars: Run) -> None:
    quotes = bars([5.0, 8.0, 3.0], high=[6.0, 9.0, 4.0], low=[4.0, 7.0, 2.0])
    values = run([Vortex(2)], quotes)
    assert values[:2].isna().all(axis=None)
    assert values["vortex_plus_2"][2] == (abs(9 - 4) + abs(4 - 7)) / (4 + 6)
    assert values["vortex_minus_2"][2] == (abs(7 - 6) + abs(2 - 9)) / (4 + 6)


def test_a_vortex_without_a_range_is_absent(run: Run, bars: Run) -> None:
    values = run([Vortex(3)], bars([1.0, 2.0, 2.0, 2.0, 2.0, 2.0]))
    assert values.notna().all(axis=1).tolist() == [False, False, False, True, False, False]
