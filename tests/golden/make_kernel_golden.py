"""Write kernel_bars.csv and kernel_values.csv: python tests/golden/make_kernel_golden.py.

The bars are made here by a small generator of whole numbers. The values follow the textbook
definitions in plain loops of 120-digit decimals and share no code, and where possible no form of
the formula, with transforms/kernels: an average is a sum over a list, Wilder's are his running
sums, a variance is the mean square less the squared mean.
"""

import csv
from collections.abc import Callable, Iterator
from decimal import Decimal, getcontext
from itertools import pairwise
from pathlib import Path
from statistics import median

getcontext().prec = 120  # squares of the prices are exact: a flat window has a variance of 0
FOLDER = Path(__file__).parent
BARS, PER_SESSION, EVERY = 300, 30, 4
BARS_PER_YEAR = 94500
FIELDS = ("session", "open", "high", "low", "close", "volume", "turnover")
ZERO, HUNDRED = Decimal(0), Decimal(100)

Series = list[Decimal | None]
Numbers = list[Decimal]


def draws(seed: int) -> Iterator[int]:
    """Whole numbers 0 to 32767 (the generator of ANSI C's example)."""
    while True:
        seed = (seed * 1103515245 + 12345) % 2**31
        yield seed >> 16


def bars() -> Iterator[tuple[float, ...]]:
    """A walk in steps of 0.05 with gaps, a flat hour and bars without trades."""
    draw, tick = draws(20240131), 4000
    for i in range(BARS):
        session, flat = i // PER_SESSION, 150 <= i < 190
        step = 0 if flat else next(draw) % 17 - 8 + (next(draw) % 161 - 80) * (i % PER_SESSION == 0)
        first, tick = tick, tick + step
        high = max(first, tick) + (0 if flat else next(draw) % 6)
        low = min(first, tick) - (0 if flat else next(draw) % 6)
        volume = 0 if i % PER_SESSION < 2 and session % 3 == 1 else next(draw) % 900 * 10
        turnover = volume * (high + low + tick + next(draw) % 3) / 60
        yield (session, *(x / 20 for x in (first, high, low, tick)), volume, turnover)


def mean(x: Numbers) -> Decimal:
    return sum(x, ZERO) / len(x)


def rolling(x: Numbers, n: int, of: Callable[[Numbers], Decimal | None]) -> Series:
    return [None if i + 1 < n else of(x[i + 1 - n : i + 1]) for i in range(len(x))]


def population_sd(x: Numbers) -> Decimal:
    return max(mean([v * v for v in x]) - mean(x) ** 2, ZERO).sqrt()


def after(x: Series, n: int, alpha: Decimal) -> Series:
    """Mean of the first n values there are, then y = (1 - alpha) y + alpha x."""
    y: Series = []
    seed: Numbers = []
    for v in x:
        if v is None:
            y.append(None)
        elif len(seed) < n:
            seed.append(v)
            y.append(mean(seed) if len(seed) == n else None)
        else:
            last = y[-1]
            assert last is not None
            y.append((1 - alpha) * last + alpha * v)
    return y


def ema(x: Series, n: int) -> Series:
    return after(x, n, Decimal(2) / (n + 1))


def wilder_sums(x: Series, n: int) -> Series:
    y: Series = []
    seen: Numbers = []
    for v in x:
        if v is None:
            y.append(None)
            continue
        seen.append(v)
        last = y[-1] if y else None
        if last is not None:
            y.append(last - last / n + v)
        else:
            y.append(sum(seen, ZERO) if len(seen) == n else None)
    return y


def both(f: Callable[..., Decimal | None], *series: Series) -> Series:
    return [None if None in row else f(*row) for row in zip(*series, strict=True)]


def averages(c: Numbers) -> dict[str, Series]:
    out = {f"sma_{n}": rolling(c, n, mean) for n in (20, 50, 200)}
    out |= {f"ema_{n}": ema(list(c), n) for n in (9, 12, 20, 26, 50, 200)}
    weights = [Decimal(i) / 210 for i in range(1, 21)]
    out["wma_20"] = rolling(
        c, 20, lambda w: mean([20 * a * b for a, b in zip(weights, w, strict=True)])
    )
    macd = both(lambda a, b: a - b, out["ema_12"], out["ema_26"])
    signal = ema(macd, 9)
    return out | {
        "macd": macd,
        "macd_signal": signal,
        "macd_histogram": both(lambda a, b: a - b, macd, signal),
    }


def strength(c: Numbers) -> dict[str, Series]:
    change: Series = [None, *(b - a for a, b in pairwise(c))]
    gain = wilder_sums(both(lambda v: max(v, ZERO), change), 14)
    loss = wilder_sums(both(lambda v: max(-v, ZERO), change), 14)
    still = both(lambda g, s: Decimal(g + s == 0), gain, loss)
    rsi = both(
        lambda g, s: HUNDRED / 2 if g + s == 0 else HUNDRED if s == 0 else 100 - 100 / (1 + g / s),
        gain,
        loss,
    )
    return {"rsi_14": rsi, "rsi_degenerate": still}


def percent(part: Decimal, whole: Decimal) -> Decimal:
    return 100 * part / whole if whole else ZERO


def directional(h: Numbers, low: Numbers, c: Numbers) -> dict[str, Series]:
    true: Series = [None]
    plus: Series = [None]
    minus: Series = [None]
    for i in range(1, len(c)):
        true.append(max(h[i] - low[i], abs(h[i] - c[i - 1]), abs(low[i] - c[i - 1])))
        up, down = h[i] - h[i - 1], low[i - 1] - low[i]
        plus.append(up if up > down and up > 0 else ZERO)
        minus.append(down if down > up and down > 0 else ZERO)
    spans = wilder_sums(true, 14)
    plus_di = both(percent, wilder_sums(plus, 14), spans)
    minus_di = both(percent, wilder_sums(minus, 14), spans)
    dx = both(lambda p, m: percent(abs(p - m), p + m), plus_di, minus_di)
    atr = after(true, 14, Decimal(1) / 14)
    return {
        "adx_14": after(dx, 14, Decimal(1) / 14),
        "plus_di_14": plus_di,
        "minus_di_14": minus_di,
        "atr_14": atr,
        "atr_22": after(true, 22, Decimal(1) / 22),
        "natr_14": both(lambda a, b: 100 * a / b, atr, list(c)),
    }


def places(h: Numbers, low: Numbers, c: Numbers) -> dict[str, Series]:
    top, bottom = rolling(h, 14, max), rolling(low, 14, min)
    fast = both(
        lambda x, a, b: 100 * (x - b) / (a - b) if a > b else HUNDRED / 2, list(c), top, bottom
    )
    slow = [None] * 13 + rolling([v for v in fast if v is not None], 3, mean)
    middle, sd = rolling(c, 20, mean), rolling(c, 20, population_sd)
    return {
        "stoch_k": slow,
        "stoch_d": [None] * 15 + rolling([v for v in slow if v is not None], 3, mean),
        "bb_upper_20_2": both(lambda m, s: m + 2 * s, middle, sd),
        "bb_middle_20_2": middle,
        "bb_lower_20_2": both(lambda m, s: m - 2 * s, middle, sd),
        "bb_percent_b": both(
            lambda x, m, s: (x - m + 2 * s) / (4 * s) if s else None, list(c), middle, sd
        ),
        "bb_width": both(lambda m, s: 4 * s / m, middle, sd),
        "highest_close_22": rolling(c, 22, max),
    }


def returns(c: Numbers) -> dict[str, Series]:
    logs = [(b / a).ln() for a, b in pairwise(c)]
    year = Decimal(BARS_PER_YEAR).sqrt() * 100
    unbiased = (Decimal(20) / 19).sqrt()
    simple = [b / a - 1 for a, b in pairwise(c)]
    score: Series = [None]
    for i, r in enumerate(simple):
        past = simple[max(0, i - 250) : i]
        centre = median(past) if len(past) >= 60 else ZERO
        mad = median([abs(v - centre) for v in past]) if len(past) >= 60 else ZERO
        score.append(Decimal("0.6745") * (r - centre) / mad if mad else None)
    return {
        "roc_10": [None] * 10 + [100 * (b / a - 1) for a, b in zip(c, c[10:], strict=False)],
        "realised_vol_20": [None, *rolling(logs, 20, lambda x: population_sd(x) * unbiased * year)],
        "robust_z_250": score,
    }


def reach(own: list[dict[str, Decimal]]) -> Decimal | None:
    """Volume weighted standard deviation of the bars' average prices; from the second one on."""
    traded = [(r["turnover"] / r["volume"], r["volume"]) for r in own if r["volume"]]
    shares = sum(v for _, v in traded)
    if len(traded) < 2:
        return None
    centre = sum(p * v for p, v in traded) / shares
    return (sum(v * (p - centre) ** 2 for p, v in traded) / shares).sqrt()


def relative_volume(rows: list[dict[str, Decimal]]) -> Series:
    """Of 20 sessions; the bars of a session are PER_SESSION rows."""
    so_far = [sum(r["volume"] for r in rows[i - i % PER_SESSION : i + 1]) for i in range(len(rows))]
    out: Series = []
    for i, volume in enumerate(so_far):
        past = [so_far[i - back * PER_SESSION] for back in range(1, 21) if i >= back * PER_SESSION]
        usual = sum(past, ZERO) / 20
        out.append(volume / usual if len(past) == 20 and usual else None)
    return out


def sessions(rows: list[dict[str, Decimal]]) -> dict[str, Series]:
    vwap: Series = []
    bands: Series = []
    one: Series = []
    seven: Series = []
    obv: Numbers = []
    closes: dict[int, Decimal] = {}
    for i, row in enumerate(rows):
        now = int(row["session"])
        own = [r for r in rows[: i + 1] if r["session"] == now]
        shares = sum(r["volume"] for r in own)
        vwap.append(sum(r["turnover"] for r in own) / shares if shares else None)
        bands.append(reach(own))
        move = row["close"].compare(rows[i - 1]["close"]) if i else ZERO
        obv.append((obv[-1] if i else ZERO) + move * row["volume"])
        for back, out in ((1, one), (7, seven)):
            then = closes.get(now - back)
            out.append(100 * (row["close"] / then - 1) if then else None)
        closes[now] = row["close"]
    return {
        "vwap_session": vwap,
        "vwap_upper_1": both(lambda m, s: m + s, vwap, bands),
        "vwap_lower_1": both(lambda m, s: m - s, vwap, bands),
        "obv": list(obv),
        "rvol_20": relative_volume(rows),
        "change_1d_pct": one,
        "change_7d_pct": seven,
    }


def main() -> None:
    table = list(bars())
    with (FOLDER / "kernel_bars.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([FIELDS, *table])
    rows = [dict(zip(FIELDS, map(Decimal, row), strict=True)) for row in table]
    high, low, close = ([row[field] for row in rows] for field in ("high", "low", "close"))
    values = averages(close) | strength(close) | directional(high, low, close)
    values |= places(high, low, close) | returns(close) | sessions(rows)
    with (FOLDER / "kernel_values.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["bar", *values])
        for i in range(EVERY - 1, BARS, EVERY):
            cells = (series[i] for series in values.values())
            out.writerow([i + 1, *("" if v is None else repr(float(v)) for v in cells)])


if __name__ == "__main__":
    main()
