"""Write trend_values.csv: python tests/golden/make_trend_golden.py, after kernel_bars.csv is there.

Trend, channels and volatility of the bars of make_kernel_golden.py, in the same way: textbook
definitions in plain loops of decimals, without any of the kernels.
"""

import csv
from decimal import Decimal
from itertools import pairwise

from make_kernel_golden import (
    BARS,
    BARS_PER_YEAR,
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
    population_sd,
    rolling,
)

TWO = Decimal(2)
YEAR = Decimal(BARS_PER_YEAR)


def later(x: Series, by: int) -> Series:
    return [*([None] * by), *x][: len(x)]


def true_ranges(h: Numbers, low: Numbers, c: Numbers) -> Series:
    spans = (
        max(top, close) - min(bottom, close)
        for top, bottom, close in zip(h[1:], low[1:], c, strict=False)
    )
    return [None, *spans]


def atr(h: Numbers, low: Numbers, c: Numbers, n: int) -> Series:
    return after(true_ranges(h, low, c), n, Decimal(1) / n)


def youngest(x: Numbers, n: int) -> Series:
    """100 where the largest of n + 1 values is the newest, 0 where it is the oldest."""

    def place(window: Numbers) -> Decimal:
        if len(set(window)) == 1:
            return HUNDRED / 2
        return HUNDRED * max(range(n + 1), key=lambda i: (window[i], i)) / n

    return rolling(x, n + 1, place)


def supertrend(h: Numbers, low: Numbers, c: Numbers) -> dict[str, Series]:
    line: Series = [None] * 10
    way: Series = [None] * 10
    spans = atr(h, low, c, 10)
    up, upper, lower = True, ZERO, ZERO
    for i in range(10, len(c)):
        span = spans[i]
        assert span is not None
        middle, begins = (h[i] + low[i]) / 2, i == 10
        above, below = middle + 3 * span, middle - 3 * span
        if begins or above < upper or c[i - 1] > upper:
            upper = above
        if begins or below > lower or c[i - 1] < lower:
            lower = below
        up = c[i] >= middle if begins else c[i] >= lower if up else c[i] > upper
        line.append(lower if up else upper)
        way.append(Decimal(1 if up else -1))
    return {"supertrend_10_3": line, "supertrend_direction": way}


def parabolic(h: Numbers, low: Numbers) -> Series:
    """Wilder's rules for a long trade; a short one is a long one in prices turned upside down."""
    step = Decimal("0.02")
    long = not (low[0] - low[1] > max(h[1] - h[0], ZERO))
    stop, extreme, speed = (low[0], h[1], step) if long else (h[0], low[1], step)
    out: Series = [None]
    for i in range(1, len(h)):
        sign = 1 if long else -1
        ours, theirs = (low, h) if long else (h, low)
        around = [i] if i == 1 else [i - 1, i]
        if sign * (ours[i] - stop) <= 0:
            shown = sign * max(sign * x for x in (extreme, *(theirs[j] for j in around)))
            long, sign, extreme, speed = not long, -sign, ours[i], step
            ours = theirs
        else:
            shown = stop
            if sign * (theirs[i] - extreme) > 0:
                extreme, speed = theirs[i], min(speed + step, 10 * step)
        out.append(shown)
        stop = shown + speed * (extreme - shown)
        stop = sign * min(sign * x for x in (stop, *(ours[j] for j in around)))
    return out


def ichimoku(h: Numbers, low: Numbers) -> dict[str, Series]:
    def middle(n: int) -> Series:
        return both(lambda a, b: (a + b) / 2, rolling(h, n, max), rolling(low, n, min))

    return {
        "ichimoku_conversion": middle(9),
        "ichimoku_base": middle(26),
        "ichimoku_span_a": later(both(lambda a, b: (a + b) / 2, middle(9), middle(26)), 26),
        "ichimoku_span_b": later(middle(52), 26),
    }


def channels(h: Numbers, low: Numbers, c: Numbers) -> dict[str, Series]:
    middle, span = ema(list(c), 20), atr(h, low, c, 10)
    upper = both(lambda m, s: m + 2 * s, middle, span)
    lower = both(lambda m, s: m - 2 * s, middle, span)
    sd, centre = rolling(c, 20, population_sd), rolling(c, 20, mean)
    inside = both(
        lambda up, down, m, s: Decimal(m + 2 * s < up and m - 2 * s > down),
        *(upper, lower, centre, sd),
    )
    squeezed: Series = []
    for i in range(len(c)):
        run = 0
        while run < i and inside[i - 1 - run]:
            run += 1
        squeezed.append(None if i < 20 else Decimal(run))
    top, bottom = rolling(h, 20, max), rolling(low, 20, min)
    return {
        **{"keltner_upper": upper, "keltner_middle": middle, "keltner_lower": lower},
        **{"donchian_upper_20": top, "donchian_lower_20": bottom, "squeeze_bars": squeezed},
        **{"donchian_upper_prev_20": later(top, 1), "donchian_lower_prev_20": later(bottom, 1)},
    }


def yearly(variance: Series) -> Series:
    return both(lambda v: HUNDRED * (v * YEAR).sqrt(), variance)


def volatilities(o: Numbers, h: Numbers, low: Numbers, c: Numbers) -> dict[str, Series]:
    squares = [(b / a).ln() ** 2 for a, b in pairwise(c)]
    variance: Series = [None, squares[0]]
    for square in squares[1:]:
        last = variance[-1]
        assert last is not None
        variance.append(Decimal("0.94") * last + Decimal("0.06") * square)
    ranges = [(a / b).ln() ** 2 for a, b in zip(h, low, strict=True)]
    moves = [(a / b).ln() ** 2 for a, b in zip(c, o, strict=True)]
    two = TWO.ln()
    told = [a / 2 - (2 * two - 1) * b for a, b in zip(ranges, moves, strict=True)]
    return {
        "ewma_vol": [None] * 29 + yearly(variance)[29:],
        "parkinson_vol_20": yearly(rolling([r / (4 * two) for r in ranges], 20, mean)),
        "garman_klass_vol_20": yearly(rolling(told, 20, mean)),
    }


def levels(o: Numbers, h: Numbers, low: Numbers, c: Numbers) -> dict[str, Series]:
    def distance(a: Decimal, b: Decimal) -> Decimal:
        return HUNDRED * (a / b - 1)

    return {
        "high_52w_distance_pct": both(distance, list(c), rolling(h, 252, max)),
        "low_52w_distance_pct": both(distance, list(c), rolling(low, 252, min)),
        "gap_pct": [None, *(distance(a, b) for a, b in zip(o[1:], c, strict=False))],
    }


def main() -> None:
    with (FOLDER / "kernel_bars.csv").open(newline="") as file:
        rows = [{name: Decimal(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    o, h, low, c = ([row[name] for row in rows] for name in ("open", "high", "low", "close"))
    values: dict[str, Series] = {
        "aroon_up_25": youngest(h, 25),
        "aroon_down_25": youngest([-x for x in low], 25),
        **supertrend(h, low, c),
        "psar": parabolic(h, low),
        **ichimoku(h, low),
        **channels(h, low, c),
        **volatilities(o, h, low, c),
        **levels(o, h, low, c),
    }
    with (FOLDER / "trend_values.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["bar", *values])
        for i in range(EVERY - 1, BARS, EVERY):
            cells = (series[i] for series in values.values())
            out.writerow([i + 1, *("" if v is None else repr(float(v)) for v in cells)])


if __name__ == "__main__":
    main()
