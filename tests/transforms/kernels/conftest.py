"""A plain driver for kernels: bars of any symbols in, one row of values per bar out."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from transforms.kernels.columns import Bars, Columns, Floats, Ints, Kernel

PRICES = ("open", "high", "low", "close", "volume")


def frozen(values: Floats) -> Floats:
    """A contiguous copy that a kernel cannot write into."""
    values = values.copy()
    values.flags.writeable = False
    return values


class Tape:
    """Every bar of every symbol so far, by symbol code; the reference for ``Bars.window``."""

    def __init__(self, symbols: int, length: int) -> None:
        self.count = np.zeros(symbols, dtype=np.int64)
        self.lookback = 1
        self.past = {field: np.full((symbols, length), np.nan) for field in PRICES}
        self.sold: dict[int, dict[float, list[tuple[float, float]]]] = {}

    def append(self, codes: Ints, rows: Columns) -> None:
        for field, past in self.past.items():
            past[codes, self.count[codes]] = rows[field]
        self.count[codes] += 1
        for code, *bar in zip(
            codes.tolist(), rows["session"], rows["minute"], rows["volume"], strict=True
        ):
            if bar[1] >= 0:
                self.sold.setdefault(code, {}).setdefault(bar[0], []).append((bar[1], bar[2]))

    def usual_volume(self, codes: Ints, rows: Columns, n: int) -> Floats:
        """The reference for ``Bars.usual_volume``: sessions of equal length, bar by bar."""
        found = []
        for code, now, minute in zip(codes.tolist(), rows["session"], rows["minute"], strict=True):
            sessions = self.sold.get(code, {})
            earlier = sorted(session for session in sessions if session < now)[-n:]
            sums = [sum(v for m, v in sessions[one] if m <= minute) for one in earlier]
            found.append(sum(sums) / n if len(sums) == n and minute >= 0 else np.nan)
        return np.array(found)

    def window(self, codes: Ints, field: str, n: int) -> Floats:
        assert n <= self.lookback, "a longer window than the kernel declares"
        place = self.count[codes, None] - n + np.arange(n)
        values = self.past[field][codes[:, None], np.maximum(place, 0)]
        return frozen(np.ascontiguousarray(np.where(place >= 0, values, np.nan)))

    def bars(self, codes: Ints, rows: Columns) -> Bars:
        """The last bar of each symbol of ``codes``."""
        self.lookback = 2
        before = {f: self.window(codes, f, 2)[:, 0] for f in ("close", "high", "low")}
        return Bars(
            count=self.count[codes],
            start=rows["start"].astype(np.int64),
            **{field: frozen(self.window(codes, field, 1)[:, 0]) for field in PRICES},
            turnover=frozen(rows["turnover"]),
            **{f"previous_{field}": frozen(values) for field, values in before.items()},
            session=rows["session"].astype(np.int64),
            minute=rows["minute"].astype(np.int64),
            usual_volume=lambda n: self.usual_volume(codes, rows, n),
            window=lambda field, n: self.window(codes, field, n),
        )


def step_all(kernels: Sequence[Kernel], bars: pd.DataFrame) -> pd.DataFrame:
    """Step ``kernels`` over ``bars``, at each start all symbols that have a bar.

    Returns:
        One column per value, in the rows of ``bars``.
    """
    codes, symbols = pd.factorize(bars["symbol"])
    fields = {c: bars[c].to_numpy(np.float64) for c in bars if c != "symbol"}
    tape = Tape(len(symbols), len(bars))
    states = [{name: np.zeros(len(symbols)) for name in kernel.state} for kernel in kernels]
    values: Columns = {c.name: np.full(len(bars), 7e77) for k in kernels for c in k.columns}
    for _, places in sorted(bars.groupby("start").indices.items()):
        now, rows = codes[places], {name: field[places] for name, field in fields.items()}
        tape.append(now, rows)
        batch = tape.bars(now, rows)
        for kernel, state in zip(kernels, states, strict=True):
            tape.lookback = kernel.lookback
            before = {name: frozen(state[name][now]) for name in state}
            after, given = kernel.step(before, batch)
            assert set(after) == set(kernel.state)
            assert list(given) == [column.name for column in kernel.columns]
            for name, value in after.items():
                assert np.isfinite(value).all(), f"{name} of {kernel} is not finite"
                state[name][now] = value
            for name, value in given.items():
                assert value.dtype == np.float64, name
                values[name][places] = value
    return pd.DataFrame(values, index=bars.index)


def bars_of(close: Sequence[float] | Floats, **columns: object) -> pd.DataFrame:
    """Bars of one symbol from its closes; every other column has a default, or is given."""
    prices = np.asarray(close, dtype=np.float64)
    frame = pd.DataFrame({"symbol": "A", "start": np.arange(len(prices)), "close": prices})
    for name in ("open", "high", "low"):
        frame[name] = columns.pop(name, prices)
    frame["volume"] = columns.pop("volume", 1.0)
    typical = (frame["high"] + frame["low"] + frame["close"]) / 3
    frame["turnover"] = columns.pop("turnover", typical * frame["volume"])
    frame["session"] = columns.pop("session", 0)
    frame["minute"] = columns.pop("minute", frame.groupby("session").cumcount())
    return frame.assign(**columns)


@pytest.fixture(scope="session")
def run() -> Callable[[Sequence[Kernel], pd.DataFrame], pd.DataFrame]:
    return step_all


@pytest.fixture(scope="session")
def bars() -> Callable[..., pd.DataFrame]:
    return bars_of
