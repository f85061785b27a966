from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.columns import Bars, Floats, Kernel
from transforms.kernels.stability import stable_digits
from transforms.kernels.stops import ParabolicStop, SuperTrend

Run = Callable[..., pd.DataFrame]
LINE, WAY = "supertrend_10_3", "supertrend_direction"


def supertrend_loop(frame: pd.DataFrame) -> list[tuple[float, int]]:
    """The textbook, bar by bar: (line, direction) from bar 11 on."""
    high, low, close = (frame[name].tolist() for name in ("high", "low", "close"))
    ranges = [
        max(high[i] - low[i], abs(high[i] - close[i - 1]), abs(low[i] - close[i - 1]))
        for i in range(1, len(close))
    ]
    atr, upper, lower, way = sum(ranges[:10]) / 10, 0.0, 0.0, 0
    given = []
    for i in range(10, len(close)):
        if i > 10:
            atr = (atr * 9 + ranges[i - 1]) / 10
        middle = (high[i] + low[i]) / 2
        above, below = middle + 3 * atr, middle - 3 * atr
        upper = above if i == 10 or above < upper or close[i - 1] > upper else upper
        lower = below if i == 10 or below > lower or close[i - 1] < lower else lower
        if i == 10:
            way = 1 if close[i] >= middle else -1
        elif way > 0 and close[i] < lower:
            way = -1
        elif way < 0 and close[i] > upper:
            way = 1
        given.append((lower if way > 0 else upper, way))
    return given


@pytest.fixture
def candles(bars: Run) -> pd.DataFrame:
    draw = np.random.default_rng(3)
    close = 100.0 + draw.normal(size=400).cumsum()
    return bars(close, high=close + draw.random(400), low=close - draw.random(400))


def test_supertrend_is_that_of_a_plain_loop(candles: pd.DataFrame, run: Run) -> None:
    values = run([SuperTrend()], candles)
    assert values[[LINE, WAY]][:10].isna().all(axis=None)
    lines, ways = zip(*supertrend_loop(candles), strict=True)
    np.testing.assert_allclose(values[LINE][10:], lines, rtol=1e-12)
    assert values[WAY][10:].tolist() == list(ways)
    assert {1.0, -1.0} == set(values[WAY][10:])


def test_the_band_of_a_trend_only_moves_with_it(candles: pd.DataFrame, run: Run) -> None:
    values = run([SuperTrend()], candles)[10:]
    step, same = values[LINE].diff(), values[WAY].diff() == 0
    assert (step[same & (values[WAY] > 0)] >= 0).all()
    assert (step[same & (values[WAY] < 0)] <= 0).all()
    assert (~same)[1:].sum() > 5


def test_a_crash_turns_the_trend_at_its_close_and_a_recovery_turns_it_back(
    run: Run, bars: Run
) -> None:
    close = np.array([*np.linspace(100, 130, 31), 100.0, *np.linspace(101, 160, 60)])
    values = run([SuperTrend()], bars(close, high=close + 1, low=close - 1))
    assert (values[WAY][10:31] == 1.0).all()
    assert values[WAY][31] == -1.0
    assert values[LINE][31] > close[31]
    assert values[WAY].iloc[-1] == 1.0


def test_a_price_that_never_moved_has_no_trend_and_one_that_stopped_keeps_its_own(
    run: Run, bars: Run
) -> None:
    flat = run([SuperTrend()], bars([0.1] * 40))
    assert flat[WAY].isna().all()
    assert (flat[LINE][10:] == 0.1).all()
    for way in (1.0, -1.0):
        halted = np.array([*(100.0 + way * np.arange(30)), *([100.0 + way * 29] * 900)])
        values = run([SuperTrend()], bars(halted, high=halted, low=halted))
        assert (values[WAY][20:] == way).all()


def test_other_parameters_of_supertrend_carry_them_in_both_names(run: Run, bars: Run) -> None:
    values = run([SuperTrend(3, 2)], bars([1.0, 2.0, 3.0, 4.0]))
    assert list(values) == ["supertrend_3_2", "supertrend_direction_3_2"]
    assert values.notna().sum().tolist() == [1, 1]


def test_a_parabolic_stop_follows_the_rules_of_wilder(run: Run, bars: Run) -> None:
    high = [10.0, 11.0, 12.0, 13.0, 12.5, 10.0, 9.0]
    low = [9.0, 10.0, 11.0, 12.0, 11.5, 8.0, 7.0]
    values = run([ParabolicStop()], bars(low, high=high, low=low))["psar"]
    second = 9.0 + 0.02 * (11.0 - 9.0)
    third = second + 0.04 * (12.0 - second)
    fourth = third + 0.06 * (13.0 - third)
    fifth = fourth + 0.06 * (13.0 - fourth)
    assert fifth > 8.0  # the low of the sixth bar touches it: the stop becomes the extreme, 13
    turned = 13.0 + 0.02 * (8.0 - 13.0)
    expected = [np.nan, 9.0, second, third, fourth, 13.0, max(turned, 12.5)]
    assert values.tolist() == pytest.approx(expected, nan_ok=True, rel=1e-14)


def test_a_stop_starts_down_when_the_low_falls_further_than_the_high_rises(
    run: Run, bars: Run
) -> None:
    def start(high: float, low: float) -> float:
        candles = bars([9.5, low], high=[10.0, high], low=[9.0, low])
        return float(run([ParabolicStop()], candles)["psar"][1])

    assert start(10.5, 9.5) == 9.0
    assert start(9.5, 8.5) == 10.0
    assert start(9.8, 9.2) == 9.0  # an inside bar: up


def test_the_speed_of_a_stop_ends_at_the_maximum(run: Run, bars: Run) -> None:
    close = 100.0 + np.arange(200.0)
    values = run([ParabolicStop()], bars(close, high=close + 0.5, low=close - 0.5))["psar"]
    # distance d to the extreme settles where 0.2 (d + 1) = 1
    behind = close[-1] + 0.5 - values.iloc[-1]
    assert behind == pytest.approx(5.0, abs=1e-9)


def test_a_stop_never_enters_the_range_of_its_bar_or_the_one_before(
    candles: pd.DataFrame, run: Run
) -> None:
    stop = run([ParabolicStop()], candles)["psar"][3:]
    top = candles["high"].rolling(2).max()[3:]
    bottom = candles["low"].rolling(2).min()[3:]
    assert ((stop >= top) | (stop <= bottom) | stop.isin([*top, *bottom])).all()
    assert (stop >= top).any()
    assert (stop <= bottom).any()


def test_the_stop_of_a_flat_price_is_the_price(run: Run, bars: Run) -> None:
    assert (run([ParabolicStop()], bars([0.1] * 30))["psar"][1:] == 0.1).all()


def stepped(kernel: Kernel, high: Floats, low: Floats, close: Floats) -> Floats:
    """The kernel's first column of many symbols, [symbol, bar]; quick, and without windows."""
    symbols, none = len(close), np.full(len(close), np.nan)
    state, given = {name: np.zeros(symbols) for name in kernel.state}, []
    zero, same = np.zeros(symbols, np.int64), np.zeros(symbols)
    for i in range(close.shape[1]):
        prices = {"high": high, "low": low, "close": close}
        now = {name: values[:, i] for name, values in prices.items()}
        old = {f"previous_{f}": v[:, i - 1] if i else none for f, v in prices.items()}
        zeros = {"start": zero, "session": zero, "minute": zero, "volume": same, "turnover": same}
        bar = Bars(
            count=zero + (i + 1),
            open=now["close"],
            usual_volume=lambda n: none,
            window=lambda field, n: np.empty((symbols, 0)),
            **now,
            **old,
            **zeros,
        )
        state, values = kernel.step(state, bar)
        given.append(values[kernel.columns[0].name])
    return np.stack(given, axis=1)


@pytest.mark.parametrize("kind", ["steady", "fat", "calming", "drifting"])
@pytest.mark.parametrize("kernel", [SuperTrend(), ParabolicStop()])
def test_a_longer_history_changes_no_digit_that_is_called_stable(kernel: Kernel, kind: str) -> None:
    draw, symbols, length, cut = np.random.default_rng(len(kind)), 400, 500, 60
    moves = 0.01 * draw.normal(size=(symbols, length))
    moves *= np.abs(draw.standard_t(3, moves.shape)) if kind == "fat" else 1.0
    moves[:, cut:] *= 0.3 if kind == "calming" else 1.0
    moves += draw.normal(0, 0.003, (symbols, 1)) if kind == "drifting" else 0.0
    close = 100.0 * np.exp(moves.cumsum(axis=1))
    wide = close * 0.005 * draw.random((2, symbols, length))
    candles = (close + wide[0], close - wide[1], close)
    whole = stepped(kernel, *candles)[:, cut:]
    later = stepped(kernel, *(prices[:, cut:] for prices in candles))
    of = kernel.columns[0]
    digits = stable_digits(of.memory, np.arange(1, length - cut + 1), of.first)[of.first - 1 :]
    error = (np.abs(whole - later) / close.max(axis=1)[:, None])[:, of.first - 1 :]
    assert (error <= np.maximum(10.0**-digits, 1e-14)).all()
    assert digits[-1] >= 3
    assert (error[:, :10] > 1e-3).any()  # the start does matter
