"""Peer: talipp in a plain loop, one bar at a time, every indicator of ours that it has.

Left out, because talipp has no such thing: the slow %D (its %D is our %K), CMF, MFI, realised, EWMA
and Parkinson volatility, bands around VWAP and its reset at the session, relative volume, changes,
and the digits that are stable.
It keeps no portfolios, so there is no risk and no advice either.
"""

import csv
import gzip
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from orjson import dumps
from talipp.indicators import (
    ADX,
    ATR,
    BB,
    CCI,
    EMA,
    HMA,
    MACD,
    NATR,
    OBV,
    ROC,
    RSI,
    SMA,
    WMA,
    AccuDist,
    Aroon,
    DonchianChannels,
    Ichimoku,
    KeltnerChannels,
    ParabolicSAR,
    Stoch,
    StochRSI,
    SuperTrend,
    Williams,
)
from talipp.ohlcv import OHLCV

# What is fed with closes and what with whole bars: our columns by the fields of talipp's values.
Columns = dict[str, str]
OF_CLOSES: tuple[tuple[Callable[[], Any], Columns], ...] = (
    *((lambda n=n: SMA(n), {"": f"sma_{n}"}) for n in (20, 50, 200)),
    *((lambda n=n: EMA(n), {"": f"ema_{n}"}) for n in (9, 12, 20, 26, 50, 200)),
    (lambda: WMA(20), {"": "wma_20"}),
    (lambda: HMA(20), {"": "hma_20"}),
    (
        lambda: MACD(12, 26, 9),
        {"macd": "macd", "signal": "macd_signal", "histogram": "macd_histogram"},
    ),
    (lambda: RSI(14), {"": "rsi_14"}),
    (lambda: StochRSI(14, 14, 3, 3), {"k": "stoch_rsi_k", "d": "stoch_rsi_d"}),
    (lambda: ROC(10), {"": "roc_10"}),
    (
        lambda: BB(20, 2),
        {"ub": "bb_upper_20_2", "cb": "bb_middle_20_2", "lb": "bb_lower_20_2"},
    ),
)
OF_BARS: tuple[tuple[Callable[[], Any], Columns], ...] = (
    (
        lambda: ADX(14, 14),
        {"adx": "adx_14", "plus_di": "plus_di_14", "minus_di": "minus_di_14"},
    ),
    (lambda: Aroon(25), {"up": "aroon_up_25", "down": "aroon_down_25"}),
    (
        lambda: SuperTrend(10, 3),
        {"value": "supertrend_10_3"},
    ),
    (lambda: ParabolicSAR(0.02, 0.02, 0.2), {"value": "psar"}),
    (
        lambda: Ichimoku(26, 9, 26, 52, 26),
        {
            "conversion_line": "ichimoku_conversion",
            "base_line": "ichimoku_base",
            "cloud_leading_fast_line": "ichimoku_span_a",
            "cloud_leading_slow_line": "ichimoku_span_b",
        },
    ),
    (lambda: Stoch(14, 3), {"d": "stoch_k"}),
    (lambda: Williams(14), {"": "williams_r_14"}),
    (lambda: CCI(20), {"": "cci_20"}),
    (lambda: ATR(14), {"": "atr_14"}),
    (lambda: NATR(14), {"": "natr_14"}),
    (
        lambda: KeltnerChannels(20, 10, 2, 2),
        {"ub": "keltner_upper", "cb": "keltner_middle", "lb": "keltner_lower"},
    ),
    (
        lambda: DonchianChannels(20),
        {"ub": "donchian_upper_20", "lb": "donchian_lower_20"},
    ),
    (OBV, {"": "obv"}),
    (AccuDist, {"": "adl"}),
)


class Symbol:
    """All indicators of one symbol."""

    def __init__(self) -> None:
        self.of_closes = [(make(), columns) for make, columns in OF_CLOSES]
        self.of_bars = [(make(), columns) for make, columns in OF_BARS]

    def add(self, bar: OHLCV) -> dict[str, Any]:
        """Take a bar; every value after it."""
        row: dict[str, Any] = {}
        for indicator, columns in self.of_closes:
            indicator.add(bar.close)
            row.update(shown(indicator[-1], columns))
        for indicator, columns in self.of_bars:
            indicator.add(bar)
            row.update(shown(indicator[-1], columns))
        return row


def shown(value: Any, columns: Columns) -> Iterator[tuple[str, float | None]]:
    """The columns of one indicator's value; None while it has none."""
    for name, column in columns.items():
        yield column, getattr(value, name) if name and value is not None else value


def run(bars: Path, out: Path) -> None:
    """Turn a file of daily bars into indicators.jsonl."""
    symbols: dict[str, Symbol] = {}
    with gzip.open(bars, "rt", newline="") as lines, (out / "indicators.jsonl").open("wb") as rows:
        for line in csv.DictReader(lines):
            name = line["symbol"]
            symbol = symbols.get(name)
            if symbol is None:
                symbol = symbols[name] = Symbol()
            prices = (float(line[field]) for field in ("open", "high", "low", "close", "volume"))
            row = {"symbol": name, "date": line["date"], **symbol.add(OHLCV(*prices))}
            rows.write(dumps(row) + b"\n")
