"""What holds of every report, whatever the closes."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.portfolio.risk_report import NUMBERS, RiskReport

NAN = np.nan
Report = Callable[..., RiskReport]
Walk = Callable[..., np.ndarray]
Sound = Callable[[RiskReport], None]
Same = Callable[[RiskReport, RiskReport], bool]


@settings(deadline=None, max_examples=60)
@given(k=st.integers(1, 8), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_positions_changes_no_bit(
    k: int, seed: int, report: Report, walk: Walk
) -> None:
    rng = np.random.default_rng(seed)
    closes, weights = walk(90, k, seed), rng.uniform(-1, 1, k)
    closes[rng.integers(0, 90, 3), rng.integers(0, k, 3)] = NAN
    weights /= np.abs(weights).sum()
    names = [f"S{place}" for place in range(k)]
    market, volume = walk(90, 1, seed + 1)[:, 0], rng.uniform(0, 1e6, (90, k))
    one = report(closes, weights, names=names, benchmark=market, volume=volume)
    order = rng.permutation(k)
    other = report(
        np.asfortranarray(closes[:, order]),
        weights[order],
        names=[names[place] for place in order],
        benchmark=market,
        volume=volume[:, order],
    )
    for name in (*NUMBERS, "reasons", "parts"):
        assert getattr(one, name) == getattr(other, name)
    assert (one.contribution[order] == other.contribution).all()
    assert (one.days_to_liquidate[order] == other.days_to_liquidate).all()
    back = [(int(order[p.first]), int(order[p.second]), p.correlation) for p in other.pairs]
    assert back == [tuple(pair) for pair in one.pairs]


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.lists(st.sampled_from([2.0**-20, 0.25, 8.0, 2.0**30]), min_size=4, max_size=4),
)
def test_the_unit_of_prices_does_not_matter(
    seed: int, scale: list[float], report: Report, walk: Walk, same: Same
) -> None:
    closes, market = walk(90, 4, seed), walk(90, 1, seed + 1)[:, 0]
    assert same(
        report(closes, benchmark=market), report(closes * np.array(scale), benchmark=4 * market)
    )


@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_every_report_is_sound(
    data: st.DataObject, report: Report, walk: Walk, assert_sound: Sound
) -> None:
    k, sessions = data.draw(st.integers(1, 5)), data.draw(st.integers(0, 90))
    prices = st.one_of(
        st.floats(1.0, 3.0), st.floats(allow_nan=True, allow_infinity=True), st.just(1.0)
    )
    seed = data.draw(st.integers(0, 2**32 - 1))
    closes = walk(sessions, k, seed)
    for _ in range(data.draw(st.integers(0, 6)) if sessions else 0):
        row, column = data.draw(st.integers(0, sessions - 1)), data.draw(st.integers(0, k - 1))
        closes[row : row + data.draw(st.integers(1, 40)), column] = data.draw(prices)
    weights = np.array(data.draw(st.lists(st.floats(-1, 1), min_size=k, max_size=k)))
    whole = np.abs(weights).sum()
    found = report(
        closes,
        weights / whole if whole > 1e-300 else np.zeros(k),
        benchmark=data.draw(st.sampled_from([None, closes[:, 0]])),
        minimum=20,
    )
    assert_sound(found)
    if found.var95 is not None:
        assert found.cvar95 is not None
        assert found.cvar95 >= found.var95
    if "contribution" not in found.reasons:
        assert found.contribution.sum() == pytest.approx(1.0, abs=1e-6)


def test_equal_input_gives_equal_bits_wherever_it_lies_in_memory(
    report: Report, walk: Walk, same: Same
) -> None:
    closes, market = walk(300, 7), walk(300, 1, seed=2)[:, 0]
    shifted = np.empty(closes.size + 1)[1:].reshape(closes.shape)
    shifted[:] = closes
    wide = np.hstack((walk(300, 5, seed=3), closes))[:, 5:]
    one = report(closes, benchmark=market)
    assert same(one, report(shifted, benchmark=market))
    assert same(one, report(wide, benchmark=np.repeat(market, 2)[::2]))
