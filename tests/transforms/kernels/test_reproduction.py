"""The same bars give the same bits: alone or among others, at once or from a kept state."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from tests.transforms.kernels.conftest import Tape, bars_of, frozen
from transforms.kernels.columns import Columns, Floats, Kernel
from transforms.kernels.conventions import Conventions
from transforms.kernels.registry import COLUMNS, build_kernels

EXTRA = (
    *("rma_14", "kama_10", "tsi_25_13", "uo", "vortex_plus_14", "true_range", "vwap_anchored_1"),
    *("donchian_upper_prev_20", "garman_klass_vol_20", "high_52w_distance_pct", "gap_pct"),
    *("supertrend_7_2", "aroon_up_14", "keltner_upper_30_14_3"),
)
SYMBOLS, LENGTH = 7, 300
CHOICES = (Conventions(), Conventions("first", "tradingview", "oldest"))
States = list[Columns]


def market(seed: int) -> pd.DataFrame:
    """Bars of several symbols at the same starts; some do not move for long, or at all."""
    draw, frames = np.random.default_rng(seed), []
    for symbol in range(SYMBOLS):
        moves = draw.normal(0.0, 0.01, LENGTH) * (draw.random(LENGTH) < 0.9)
        moves[100 : 100 + 40 * (symbol % 3)] = 0.0
        close = 10.0 ** (symbol - 2) * np.exp(moves.cumsum() * (symbol != 5))
        wide = 0.004 * (moves != 0.0) * draw.random((2, LENGTH)) * (symbol != 5)
        frame = bars_of(
            close,
            high=close * (1 + wide[0]),
            low=close * (1 - wide[1]),
            volume=draw.integers(0, 9, LENGTH) * 7.3,
            session=np.arange(LENGTH) // 9,
        )
        frames.append(frame.assign(symbol=symbol))
    return pd.concat(frames, ignore_index=True).sort_values(["start", "symbol"], kind="stable")


def walked(
    kernels: Sequence[Kernel], bars: pd.DataFrame, first: int = 0, kept: list[States] | None = None
) -> tuple[Floats, list[States]]:
    """Values [bar, column, symbol] from bar ``first`` on, and the states before each bar."""
    symbols = np.sort(bars["symbol"].unique())
    codes = np.arange(len(symbols))
    tape = Tape(len(symbols), LENGTH)
    fields = {c: bars[c].to_numpy(np.float64).reshape(-1, len(symbols)) for c in bars}
    zeros = [{name: np.zeros(len(symbols)) for name in kernel.state} for kernel in kernels]
    states: list[States] = [zeros] if kept is None else list(kept[: first + 1])
    given = []
    for i in range(len(fields["start"])):
        rows = {name: field[i] for name, field in fields.items()}
        tape.append(codes, rows)
        if i < first:
            continue
        batch, after, values = tape.bars(codes, rows), [], []
        for kernel, state in zip(kernels, states[i], strict=True):
            tape.lookback = kernel.lookback
            moved, found = kernel.step({n: frozen(v) for n, v in state.items()}, batch)
            after.append(moved)
            values.extend(found.values())
        states.append(after)
        given.append(values)
    return np.array(given), states


def same_bits(one: Floats, other: Floats) -> bool:
    return np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


@pytest.fixture(scope="module", params=CHOICES, ids=["usual", "other"])
def kernels(request: pytest.FixtureRequest) -> Sequence[Kernel]:
    names = (*COLUMNS, *EXTRA)
    return build_kernels(names, bars_per_year=252.0 * 375, conventions=request.param)


def test_a_symbol_has_the_same_bits_alone_as_among_others(kernels: Sequence[Kernel]) -> None:
    bars = market(1)
    together, _ = walked(kernels, bars)
    for symbol in range(SYMBOLS):
        alone, _ = walked(kernels, bars[bars["symbol"] == symbol])
        assert same_bits(alone[:, :, 0], together[:, :, symbol])


@pytest.mark.parametrize("corrected", [1, 2, 25, 140, 298])
def test_stepping_again_from_the_state_before_a_corrected_bar_is_a_recomputation(
    corrected: int, kernels: Sequence[Kernel]
) -> None:
    bars = market(2)
    before, states = walked(kernels, bars)
    changed = bars["start"] == corrected
    bars.loc[changed, ["high", "close"]] *= 1.03
    bars.loc[changed, "volume"] += 5.0
    bars.loc[changed, "turnover"] *= 1.01
    again, _ = walked(kernels, bars, corrected, states)
    anew, _ = walked(kernels, bars)
    assert same_bits(again, anew[corrected:])
    assert not same_bits(anew, before)
    assert same_bits(anew[:corrected], before[:corrected])


@pytest.mark.parametrize("choice", CHOICES, ids=["usual", "other"])
def test_prices_of_0_leave_every_value_and_every_state_finite(choice: Conventions) -> None:
    names = [*COLUMNS, *EXTRA]
    kernels = build_kernels(names, bars_per_year=252.0, conventions=choice)
    bars = market(3)
    halts = bars["start"].isin([50, 51, 200])
    bars.loc[halts, ["open", "high", "low", "close", "turnover"]] = 0.0
    values, states = walked(kernels, bars)
    assert not np.isinf(values).any()
    assert all(np.isfinite(x).all() for step in states for s in step for x in s.values())
