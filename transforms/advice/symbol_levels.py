"""S01 to S06: what each level of them compares, and how it is put into words."""

import numpy as np

from transforms.advice.conditions import Condition
from transforms.advice.rule import Rule
from transforms.advice.symbol_rules import Level, SymbolRule

PERCENT = (0.0, 100.0)
OPEN_ENDED = (0.0, np.inf)
RSI_OVER = "RSI({rsi_14.window}) of {subject} is {rsi_14}, above {rsi_14.threshold}, "
RSI_UNDER = "RSI({rsi_14.window}) of {subject} is {rsi_14}, below {rsi_14.threshold}, "
BAND = "and %B({bb_percent_b.window}) is {bb_percent_b}, "
BREAK = (
    "{subject} closed at {close}, below its EMA({ema_200.window}) of {ema_200}, "
    "while ADX({adx_14.window}) is {adx_14}, above {adx_14.threshold}, "
    "and -DI {minus_di_14} is above +DI {plus_di_14}; "
    "it is {position_weight} of the portfolio's value, above {position_weight.threshold}."
)
STOP = (
    "{subject} closed at {close}, {drop_in_atr} ATR({atr_22.window}) below its highest close of "
    "{highest_close_22.window} bars, {highest_close_22}, and so below the stop price {stop_price} "
    "at {drop_in_atr.threshold} ATR."
)
MOVE = (
    "The last bar of {subject} moved by {robust_z_250} robust standard deviations; "
    "{abs_robust_z_250} is not below the limit of {abs_robust_z_250.threshold}: "
)
SQUEEZED = (
    " after {squeeze_bars} bars in a row with the bands inside the Keltner channel; "
    "{squeeze_bars.threshold} are enough: a breakout "
)
VOLUME = (
    "The volume of {subject} in its session so far is {rvol_20} times the mean of "
    "{rvol_20.window} earlier sessions up to the same time; "
    "from {rvol_20.threshold} times on that is unusual."
)

OVERBOUGHT = Level(
    when=(
        Condition("rsi_14", ">", "rsi_over", PERCENT),
        Condition("bb_percent_b", ">", "percent_b_over"),
    ),
    template=RSI_OVER + BAND + "above {bb_percent_b.threshold}: overbought.",
)
OVERSOLD = Level(
    when=(
        Condition("rsi_14", "<", "rsi_under", PERCENT),
        Condition("bb_percent_b", "<", "percent_b_under"),
    ),
    template=RSI_UNDER + BAND + "below {bb_percent_b.threshold}: oversold.",
)
TREND_BREAK = Level(
    when=(
        Condition("close", "<", "ema_200"),
        Condition("adx_14", ">", "adx_over", PERCENT),
        Condition("minus_di_14", ">", "plus_di_14"),
        Condition("position_weight", ">", "weight_over"),
    ),
    template=BREAK,
    imperative=" Reduce it or hedge it.",
)
TRAILING_STOP = Level(
    when=(Condition("drop_in_atr", ">", "atr_multiple", OPEN_ENDED),),
    template=STOP,
    imperative=" Sell it.",
)
UNUSUAL = Level(
    when=(Condition("abs_robust_z_250", ">=", "warn", OPEN_ENDED),),
    template=MOVE + "unusual.",
    severity="warn",
)
ANOMALY = Level(
    when=(Condition("abs_robust_z_250", ">=", "alert", OPEN_ENDED),),
    template=MOVE + "an anomaly.",
    severity="alert",
)
UPWARD = Level(
    when=(
        Condition("squeeze_bars", ">=", "min_squeeze_bars", OPEN_ENDED),
        Condition("close", ">", "bb_upper_20_2"),
    ),
    template="{subject} closed at {close}, above its upper Bollinger({bb_upper_20_2.window}) band "
    "of {bb_upper_20_2}" + SQUEEZED + "upwards.",
    imperative=" Watch it.",
)
DOWNWARD = Level(
    when=(
        Condition("squeeze_bars", ">=", "min_squeeze_bars", OPEN_ENDED),
        Condition("close", "<", "bb_lower_20_2"),
    ),
    template="{subject} closed at {close}, below its lower Bollinger({bb_lower_20_2.window}) band "
    "of {bb_lower_20_2}" + SQUEEZED + "downwards.",
    imperative=" Watch it.",
)
HEAVY = Level(
    when=(Condition("rvol_20", ">=", "ratio_over", OPEN_ENDED),),
    template=VOLUME,
    imperative=" Find out why.",
)
SYMBOL_RULES: tuple[Rule, ...] = (
    SymbolRule("S01", (OVERBOUGHT, OVERSOLD), exclusive=True, steady="rsi_14"),
    SymbolRule("S02", (TREND_BREAK,)),
    SymbolRule(
        "S03",
        (TRAILING_STOP,),
        shown=("close", "highest_close_22", "atr_22", "stop_price"),
    ),
    SymbolRule("S04", (UPWARD, DOWNWARD), exclusive=True),
    SymbolRule("S05", (UNUSUAL, ANOMALY), shown=("robust_z_250",)),
    SymbolRule("S06", (HEAVY,)),
)
