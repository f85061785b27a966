"""Where other people's code is known to differ from ours, from which bar on it agrees, and why."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """A known difference.

    Attributes:
        since: row (from 0) from which values must agree, within the same tolerance as all others.
        why: what the other library does.
        moves: compare the changes from bar to bar, because the level never agrees.
    """

    since: int
    why: str
    moves: bool = False


FAST_SEED = Difference(175, "its fast average is seeded late, where the slow one starts")
FEWER = Difference(340, "its sums are seeded by 13 ranges and movements, and smoothed from then on")
FIRST_RANGE = Difference(300, "the range of bar 1 counts: exact under `tradingview`")
FIRST_VOLUME = Difference(1, "it starts at the first volume, ours at 0", moves=True)
DIRECTION = Difference(60, "it starts up whatever the first close; equal from the first turn on")
BAND_0 = Difference(230, "it starts at a band of 0, and the range of bar 1 counts")
OTHER_RANGE = Difference(300, "it divides by a range that is seeded one bar earlier")

DIFFERENCES: dict[tuple[str, str], Difference] = {
    **{("TA-Lib", f"macd{part}"): FAST_SEED for part in ("", "_signal", "_histogram")},
    **{("TA-Lib", name): FEWER for name in ("adx_14", "plus_di_14", "minus_di_14")},
    **{("TA-Lib", name): DIRECTION for name in ("supertrend_10_3", "supertrend_direction")},
    ("TA-Lib", "kama_10"): Difference(10, "the seed itself is not given"),
    ("TA-Lib", "stoch_k"): Difference(17, "%K is held back until %D begins"),
    ("TA-Lib", "obv"): FIRST_VOLUME,
    **{("talipp", f"{name}_di_14"): OTHER_RANGE for name in ("plus", "minus")},
    **{("talipp", name): FIRST_RANGE for name in ("atr_14", "natr_14", "keltner_upper")},
    ("talipp", "keltner_lower"): FIRST_RANGE,
    ("talipp", "atr_22"): Difference(450, FIRST_RANGE.why),
    **{("talipp", name): BAND_0 for name in ("supertrend_10_3", "supertrend_direction")},
    ("talipp", "psar"): Difference(540, "it starts up at bar 5, and a touched stop does not turn"),
    ("talipp", "kama_10"): Difference(10, "the seed itself is not given"),
    ("talipp", "hma_20"): Difference(25, "it begins 3 bars late"),
    ("talipp", "obv"): FIRST_VOLUME,
}
