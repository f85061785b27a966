"""Write oscillator_values.csv: python tests/golden/make_oscillator_golden.py.

Reads kernel_bars.csv, so make_kernel_golden.py comes first.

Momentum, volume and further averages of the bars of make_kernel_golden.py, in the same way:
textbook definitions in plain loops of decimals, without any of the kernels.
"""

import csv
from collections.abc import Callable
from decimal import Decimal
from itertools import accumulate, pairwise

from make_kernel_golden import (
    BARS,
    EVERY,
    FOLDER,
    HUNDRED,
    ZERO,
    Numbers,
    Series,
    after,
    both,
    ema,
    mean,
    rolling,
    strength,
)

HALF = HUNDRED / 2
STILL = Decimal("1e-50")  # what 120 digits leave of a ratio that does not change


def over(x: Series, n: int, of: Callable[[Numbers], Decimal]) -> Series:
    """``rolling`` over a series that begins late."""
    late = sum(v is None for v in x)
    return [*([None] * late), *rolling([v for v in x if v is not None], n, of)]


def weighted(x: Numbers) -> Decimal:
    return sum((i * v for i, v in enumerate(x, start=1)), ZERO) / sum(range(1, len(x) + 1))


def averages(c: Numbers) -> dict[str, Series]:
    raw = both(lambda a, b: 2 * a - b, rolling(c, 10, weighted), rolling(c, 20, weighted))
    kama: Series = [*([None] * 9), c[9]]
    for i in range(10, len(c)):
        window = c[i - 10 : i + 1]
        path = sum((abs(b - a) for a, b in pairwise(window)), ZERO)
        efficiency = abs(window[-1] - window[0]) / path if path else ZERO
        slow, last = Decimal(2) / 31, kama[-1]
        assert last is not None
        speed = (efficiency * (Decimal(2) / 3 - slow) + slow) ** 2
        kama.append(last + speed * (c[i] - last))
    return {
        "hma_20": over(raw, 4, weighted),
        "rma_14": after(list(c), 14, Decimal(1) / 14),
        "kama_10": kama,
    }


def place(x: Numbers) -> Decimal:
    low, high = min(x), max(x)
    return 100 * (x[-1] - low) / (high - low) if high - low > STILL else HALF


def oscillators(h: Numbers, low: Numbers, c: Numbers) -> dict[str, Series]:
    k = over(over(strength(c)["rsi_14"], 14, place), 3, mean)
    p = [sum(bar) / 3 for bar in zip(h, low, c, strict=True)]

    def channel(x: Numbers) -> Decimal:
        deviation = mean([abs(v - mean(x)) for v in x])
        return (x[-1] - mean(x)) / (Decimal("0.015") * deviation) if deviation > STILL else ZERO

    def depth(close: Decimal, top: Decimal, bottom: Decimal) -> Decimal:
        return -100 * (top - close) / (top - bottom) if top > bottom else -HALF

    change: Series = [None, *(b - a for a, b in pairwise(c))]
    twice = (ema(ema(x, 25), 13) for x in (change, both(abs, change)))
    return {
        "stoch_rsi_k": k,
        "stoch_rsi_d": over(k, 3, mean),
        "williams_r_14": both(depth, list(c), rolling(h, 14, max), rolling(low, 14, min)),
        "cci_20": rolling(p, 20, channel),
        "tsi_25_13": both(lambda a, b: 100 * a / b if b else ZERO, *twice),
    }


def pressure(h: Numbers, low: Numbers, c: Numbers) -> dict[str, Series]:
    bars = list(zip(h[1:], low[1:], c[1:], c, strict=False))
    reach = [max(top, before) - min(bottom, before) for top, bottom, _, before in bars]
    push = [close - min(bottom, before) for _, bottom, close, before in bars]

    def shares(n: int) -> Series:
        sums = rolling(push, n, sum), rolling(reach, n, sum)
        return both(lambda a, b: a / b if b else Decimal(1) / 2, *sums)

    uo = both(lambda x, y, z: 100 * (4 * x + 2 * y + z) / 7, shares(7), shares(14), shares(28))
    whole = rolling(reach, 14, sum)
    up = rolling([abs(a - b) for a, b in zip(h[1:], low, strict=False)], 14, sum)
    down = rolling([abs(a - b) for a, b in zip(low[1:], h, strict=False)], 14, sum)
    vortex = [both(lambda a, b: a / b if b else None, part, whole) for part in (up, down)]
    return {
        "true_range": [None, *reach],
        "uo": [None, *uo],
        "vortex_plus_14": [None, *vortex[0]],
        "vortex_minus_14": [None, *vortex[1]],
    }


def flows(h: Numbers, low: Numbers, c: Numbers, v: Numbers) -> dict[str, Series]:
    moved = [
        units * (2 * close - top - bottom) / (top - bottom) if top > bottom else ZERO
        for top, bottom, close, units in zip(h, low, c, v, strict=True)
    ]
    p = [sum(bar) / 3 for bar in zip(h, low, c, strict=True)]
    # The prices are the floats next to multiples of 0.05: equal ones may differ by a rounding.
    money = [
        (round((b - a) * 60), b * units) for (a, b), units in zip(pairwise(p), v[1:], strict=True)
    ]
    rise, fall = (
        rolling([flow if sign * move > 0 else ZERO for move, flow in money], 14, sum)
        for sign in (1, -1)
    )
    index = both(lambda a, b: 100 * a / (a + b) if a + b else HALF, rise, fall)
    return {
        "adl": list(accumulate(moved)),
        "cmf_20": both(lambda a, b: a / b, rolling(moved, 20, sum), rolling(v, 20, sum)),
        "mfi_14": [None, *index],
    }


def main() -> None:
    with (FOLDER / "kernel_bars.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    rows = [{name: Decimal(float(cell)) for name, cell in row.items()} for row in table]
    h, low, c, v = ([row[name] for row in rows] for name in ("high", "low", "close", "volume"))
    values = averages(c) | oscillators(h, low, c) | pressure(h, low, c) | flows(h, low, c, v)
    with (FOLDER / "oscillator_values.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["bar", *values])
        for i in range(EVERY - 1, BARS, EVERY):
            cells = (series[i] for series in values.values())
            out.writerow([i + 1, *("" if x is None else repr(float(x)) for x in cells)])


if __name__ == "__main__":
    main()
