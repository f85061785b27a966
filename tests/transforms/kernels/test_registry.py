from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.kernels.columns import Bars, Columns, Kernel
from transforms.kernels.registry import COLUMNS, INDICATORS, RULE_INPUTS, build_kernels, column

Run = Callable[..., pd.DataFrame]
BENCH = (
    *("ema_12", "ema_26", "macd", "macd_signal", "macd_histogram", "rsi_14"),
    *("bb_upper_20_2", "bb_middle_20_2", "bb_lower_20_2", "bb_percent_b", "bb_width"),
    *("atr_14", "vwap_session", "realised_vol_20"),
)
UNLISTED = (
    *("rma_14", "kama_10", "tsi_25_13", "uo", "vortex_plus_14", "vortex_minus_14", "true_range"),
    *("hma_3", "hma_55", "cci_7", "mfi_2", "cmf_5", "williams_r_30", "kama_3", "tsi_9_9"),
)


def given_by(columns: tuple[str, ...] | None) -> list[list[str]]:
    kernels = build_kernels(columns, bars_per_year=252.0)
    return [[c.name for c in kernel.columns] for kernel in kernels]


def market(bars: Run, symbols: int, length: int, seed: int) -> pd.DataFrame:
    """Bars of several symbols that begin at different times and have gaps, some of them flat."""
    draw, frames = np.random.default_rng(seed), []
    for symbol in range(symbols):
        size = length - 3 * (symbol % 5)
        moves = draw.normal(0.0, 0.01, size) * (draw.random(size) < 0.1 * (symbol % 4 + 7))
        close = draw.uniform(0.5, 5000.0) * np.exp(moves.cumsum() * (symbol % 7 != 6))
        high, low = close * (1 + 0.01 * draw.random(size)), close * (1 - 0.01 * draw.random(size))
        volume = draw.integers(0, 4, size) * 7.3
        start = np.sort(draw.permutation(length)[:size])
        frame = bars(close, high=high, low=low, volume=volume, session=start // 9, start=start)
        frames.append(frame.assign(symbol=f"S{symbol}"))
    return pd.concat(frames, ignore_index=True)


def same_bits(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return one.to_numpy().tobytes() == other[list(one)].to_numpy().tobytes()


def test_a_selection_gives_each_wanted_column_once_and_no_other() -> None:
    names = [name for kernel in given_by(None) for name in kernel]
    assert sorted(names) == sorted(COLUMNS)
    assert COLUMNS == INDICATORS + RULE_INPUTS
    assert sorted(name for kernel in given_by(BENCH) for name in kernel) == sorted(BENCH)
    assert given_by(("sma_20", "sma_20")) == [["sma_20"]]
    assert given_by(()) == []


def test_the_columns_of_the_table_are_those_of_the_contract_in_its_order(shared: Path) -> None:
    text = (shared / "contract.md").read_text()
    listed = text.partition("Indicator columns, defaults:")[2].partition("Definitions")[0]
    assert tuple(listed.strip().removesuffix(".").split()) == INDICATORS


def test_averages_that_are_part_of_another_kernel_have_none_of_their_own() -> None:
    assert ["macd", "macd_signal", "macd_histogram", "ema_12", "ema_26"] in given_by(BENCH)
    assert len(given_by(BENCH)) == 6
    assert len(given_by(("sma_20", "bb_width"))) == 1
    assert len(given_by(("atr_14", "natr_14", "adx_14", "atr_22"))) == 2


@pytest.mark.parametrize("name", ["sma_20", "ema_12", "ema_26", "atr_14", "natr_14"])
def test_a_value_has_the_same_bits_from_its_own_kernel_and_as_a_part_of_another(
    name: str, run: Run, bars: Run
) -> None:
    quotes = market(bars, 5, 60, seed=1)
    own = run(build_kernels([name], bars_per_year=252.0), quotes)
    part = run(build_kernels(None, bars_per_year=252.0), quotes)
    assert same_bits(own, part)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 19), st.data())
def test_values_do_not_depend_on_which_other_symbols_are_in_the_batch(
    run: Run, bars: Run, seed: int, symbols: int, data: st.DataObject
) -> None:
    quotes = market(bars, symbols, 66, seed)
    kernels = build_kernels(None, bars_per_year=252.0 * 375)
    together = run(kernels, quotes)
    names = [f"S{symbol}" for symbol in range(symbols)]
    some = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
    parts = [quotes[quotes["symbol"] == name] for name in some]
    shuffled = run(kernels, pd.concat(parts))
    assert same_bits(shuffled, together.loc[shuffled.index])


def test_long_windows_do_not_depend_on_the_batch_either(run: Run, bars: Run) -> None:
    quotes = market(bars, 9, 280, seed=2)
    names = ["sma_50", "sma_200", "ema_200", "robust_z_250", "highest_close_22", *UNLISTED]
    kernels = build_kernels(names, bars_per_year=252.0)
    together = run(kernels, quotes)
    for name in ("S0", "S8"):
        alone = quotes[quotes["symbol"] == name]
        assert same_bits(run(kernels, alone), together.loc[alone.index])


def test_a_next_state_shares_no_memory_with_another_field_of_the_last(run: Run, bars: Run) -> None:
    class Watched:
        """A kernel whose caller writes the next state into the arrays of the last."""

        def __init__(self, kernel: Kernel) -> None:
            self.kernel, self.columns = kernel, kernel.columns
            self.state, self.lookback = kernel.state, kernel.lookback

        def step(self, state: Columns, bars: Bars) -> tuple[Columns, Columns]:
            after, values = self.kernel.step(state, bars)
            for name, value in after.items():
                others = (old for other, old in state.items() if other != name)
                assert not any(np.shares_memory(value, old) for old in others), name
            return after, values

    run([Watched(k) for k in build_kernels(None, bars_per_year=252.0)], bars([1.0, 2.0, 3.0]))


@pytest.mark.parametrize("name", COLUMNS + UNLISTED)
def test_the_first_value_comes_at_the_bar_that_is_declared(name: str, run: Run, bars: Run) -> None:
    close = 100.0 + np.random.default_rng(4).normal(size=215).cumsum()
    daily = np.arange(215) * (name not in ("vwap_upper_1", "vwap_lower_1"))
    quotes = bars(close, high=close + 1.0, low=close - 1.0, session=daily)
    values = run(build_kernels([name], bars_per_year=252.0), quotes)[name]
    assert values.first_valid_index() == column(name).first - 1
    assert values.notna().sum() == len(values) - column(name).first + 1


def test_a_single_bar_gives_what_needs_no_history_and_nothing_else(run: Run, bars: Run) -> None:
    [row] = run(build_kernels(None, bars_per_year=252.0), bars([5.0])).to_dict("records")
    present = {name: value for name, value in row.items() if not np.isnan(value)}
    assert present == {"vwap_session": 5.0, "obv": 0.0, "adl": 0.0, "stable_digits": 15.0}


def test_a_flat_price_gives_only_the_neutral_values(run: Run, bars: Run) -> None:
    values = run(build_kernels(None, bars_per_year=252.0), bars([0.1] * 260, session=range(260)))
    last = values.iloc[-1]
    absent = {"bb_percent_b", "robust_z_250", "vwap_upper_1", "vwap_lower_1"}
    absent.add("supertrend_direction")
    assert set(last.index[last.isna()]) == absent
    bands = [f"bb_{band}_20_2" for band in ("upper", "middle", "lower")]
    prices = [c for c in COLUMNS if c.startswith(("sma", "ema", "wma", "hma", "highest"))] + bands
    channels = ("keltner", "donchian", "ichimoku", "supertrend_10", "psar")
    prices += [c for c in COLUMNS if c.startswith(channels)]
    assert (last[prices] == 0.1).all()
    assert last["vwap_session"] == pytest.approx(0.1, rel=1e-15)
    assert last["rvol_20"] == 1.0
    middle = ["rsi_14", "stoch_k", "stoch_d", "stoch_rsi_k", "stoch_rsi_d", "mfi_14"]
    assert (last[[*middle, "aroon_up_25", "aroon_down_25"]] == 50.0).all()
    assert last["williams_r_14"] == -50.0
    zero = ["macd", "macd_signal", "macd_histogram", "adx_14", "atr_14", "natr_14", "roc_10"]
    zero += ["realised_vol_20", "obv", "change_1d_pct", "change_7d_pct", "bb_width"]
    zero += ["cci_20", "adl", "cmf_20", "ewma_vol", "parkinson_vol_20", "squeeze_bars"]
    assert (last[zero] == 0.0).all()


def test_a_thousandfold_gap_leaves_every_value_finite(run: Run, bars: Run) -> None:
    draw = np.random.default_rng(6)
    close = 10.0 + draw.random(120)
    close[60:] *= 1000.0
    close[90:] /= 1e6
    values = run(build_kernels(None, bars_per_year=252.0), bars(close))
    assert not np.isinf(values.to_numpy()).any()


def test_other_periods_are_configuration(run: Run, bars: Run) -> None:
    names = ["sma_3", "rsi_5", "rsi_degenerate_5", "bb_percent_b_5_3", "adx_3", "realised_vol_4"]
    values = run(build_kernels(names, bars_per_year=252.0), bars([1.0, 2.0, 4.0, 3.0, 5.0, 4.0]))
    assert sorted(values) == sorted(names)
    assert values["sma_3"].tolist()[2:] == pytest.approx([7 / 3, 3.0, 4.0, 4.0])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rsi14", "unknown indicator `rsi14`; the nearest known is `rsi_14`"),
        ("bb_upper", "unknown indicator `bb_upper`; the nearest known is `bb_upper_20_2`"),
        ("sma_1", "`sma_1`: the period must be 2 to 1000, was 1"),
        ("sma_020", "unknown indicator `sma_020`; the nearest known is `sma_20`"),
        ("robust_z_30", "`robust_z_30`: needs at least 60 returns"),
        ("ema_1001", "`ema_1001`: the period must be 2 to 1000, was 1001"),
    ],
)
def test_a_name_that_is_not_known_is_refused_with_the_nearest_one(name: str, message: str) -> None:
    with pytest.raises(ValueError, match="^" + message.replace("(", r"\(") + "$"):
        build_kernels(["sma_20", name], bars_per_year=252.0)


def test_a_year_has_bars() -> None:
    with pytest.raises(ValueError, match="`bars_per_year` must be positive, was 0"):
        build_kernels(["sma_20"], bars_per_year=0)
