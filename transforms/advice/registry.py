"""Every rule, in the order of their ids. A new rule is an entry here."""

import numpy as np

from transforms.advice.concentration_rules import five_largest, index
from transforms.advice.conditions import Condition
from transforms.advice.data_rules import StaleRule
from transforms.advice.hysteresis import Flags
from transforms.advice.limits import LimitRule
from transforms.advice.position_rule import position
from transforms.advice.rule import Rule
from transforms.advice.sector_rule import sector, unknown_sector
from transforms.advice.symbol_rules import Level, SymbolRule
from transforms.advice.view import View
from transforms.kernels.columns import Floats
from transforms.portfolio.instruments import UNKNOWN_SECTOR

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


def _weight(view: View) -> Floats:
    return view.weight


def _top_weight(view: View) -> Floats:
    return view.top_weight


def _index(view: View) -> Floats:
    return view.hhi


def _sector_weight(view: View) -> Floats:
    """Weight of each sector with a name."""
    weight = view.sector_weight.copy()
    weight[UNKNOWN_SECTOR :: view.sectors] = 0.0
    return weight


def _unknown_weight(view: View) -> Floats:
    return view.sector_weight[UNKNOWN_SECTOR :: view.sectors]


def _owned(view: View) -> Flags:
    return view.owned


def _owner(view: View) -> Flags:
    return view.owner


def _sector_exists(view: View) -> Flags:
    return np.asarray(view.grid.sectors.sums(view.owned.astype(np.int64)) > 0)


P01 = LimitRule("P01", "line", "position_weight", "fraction", _weight, _owned, position)
P02 = LimitRule("P02", "portfolio", "top5_weight", "fraction", _top_weight, _owner, five_largest)
P03 = LimitRule("P03", "portfolio", "hhi", "ratio", _index, _owner, index)
P04 = LimitRule(
    "P04", "sector", "sector_weight", "fraction", _sector_weight, _sector_exists, sector
)
P04_UNKNOWN = LimitRule(
    "P04",
    "portfolio",
    "unknown_sector_weight",
    "fraction",
    _unknown_weight,
    _owner,
    unknown_sector,
    parameters=(("info", "unknown_over"),),
    has_status=False,
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
RULES: tuple[Rule, ...] = (
    P01,
    P02,
    P03,
    P04,
    P04_UNKNOWN,
    SymbolRule("S01", (OVERBOUGHT, OVERSOLD), exclusive=True, steady="rsi_14"),
    SymbolRule("S02", (TREND_BREAK,)),
    SymbolRule(
        "S03",
        (TRAILING_STOP,),
        shown=("close", "highest_close_22", "atr_22", "stop_price"),
    ),
    SymbolRule("S05", (UNUSUAL, ANOMALY), shown=("robust_z_250",)),
    StaleRule(),
)
"""D03 (short history) has no rows of its own: it turns those of other rules into not_evaluated."""
