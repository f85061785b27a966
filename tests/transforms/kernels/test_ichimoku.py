from collections.abc import Callable

import numpy as np
import pandas as pd

from transforms.kernels.ichimoku import Ichimoku

Run = Callable[..., pd.DataFrame]


def test_lines_are_middles_of_ranges_and_spans_those_of_26_bars_ago(run: Run, bars: Run) -> None:
    draw = np.random.default_rng(5)
    close = 100.0 + draw.normal(size=120).cumsum()
    high, low = close + draw.random(120), close - draw.random(120)
    values = run([Ichimoku()], bars(close, high=high, low=low))

    def middle(n: int, last: int) -> float:
        return float(high[last + 1 - n : last + 1].max() + low[last + 1 - n : last + 1].min()) / 2

    for name, first in zip(values, (8, 25, 51, 77), strict=True):
        assert values[name].first_valid_index() == first
        assert values[name][first:].notna().all()
    for i in range(77, 120):
        then = i - 26
        assert values["ichimoku_conversion"][i] == middle(9, i)
        assert values["ichimoku_base"][i] == middle(26, i)
        assert values["ichimoku_span_a"][i] == (middle(9, then) + middle(26, then)) / 2
        assert values["ichimoku_span_b"][i] == middle(52, then)


def test_a_spike_reaches_the_spans_26_bars_later(run: Run, bars: Run) -> None:
    close = np.full(140, 100.0)
    close[90] = 120.0
    values = run([Ichimoku()], bars(close))
    moved = values[80:] != 100.0
    assert moved.idxmax().tolist() == [90, 90, 116, 116]
    assert values.iloc[89].tolist() == [100.0] * 4
    assert values["ichimoku_span_b"].iloc[-1] == 110.0


def test_the_cloud_of_a_flat_price_is_the_price(run: Run, bars: Run) -> None:
    assert (run([Ichimoku()], bars([0.1] * 90)).iloc[77:] == 0.1).all(axis=None)
