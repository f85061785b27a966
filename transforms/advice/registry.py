"""Every rule, in the order of their ids. A new rule is an entry here."""

import numpy as np

from transforms.advice.conditions import Condition
from transforms.advice.data_rules import StaleRule
from transforms.advice.hysteresis import Flags
from transforms.advice.limits import LimitRule
from transforms.advice.portfolio_rules import five_largest, index, position
from transforms.advice.rule import Rule
from transforms.advice.sector_rule import sector, unknown_sector
from transforms.advice.symbol_rules import Level, SymbolRule
from transforms.advice.view import View
from transforms.kernels.columns import Floats
from transforms.portfolio.instruments import UNKNOWN_SECTOR

PERCENT = (0.0, 100.0)
OVER = "RSI({rsi_14.window}) of {subject} is {rsi_14}, above {rsi_14.threshold}, and %B({bb_percent_b.window}) is "
UNDER = "RSI({rsi_14.window}) of {subject} is {rsi_14}, below {rsi_14.threshold}, and %B({bb_percent_b.window}) is "
BREAK = (
    "{subject} closed at {close}, below its EMA({ema_200.window}) of {ema_200}, while ADX({adx_14.window}) is {adx_14}, "
    "above {adx_14.threshold}, and -DI {minus_di_14} is above +DI {plus_di_14}; "
    "it is {position_weight} of the portfolio's value, above {position_weight.threshold}."
)
STOP = (
    "{subject} closed at {close}, {drop_in_atr} ATR({atr_22.window}) below its highest close of "
    "{highest_close_22.window} bars, {highest_close_22}, and so below the stop price {stop_price} "
    "at {drop_in_atr.threshold} ATR."
)
MOVE = (
    "The last bar of {subject} moved by {robust_z_250} robust standard deviations; {abs_robust_z_250} is not below "
    "the limit of {abs_robust_z_250.threshold}: "
)


def _by_sector(view: View) -> Floats:
    """Weight of each sector with a name."""
    weight = view.sector_weight.copy()
    weight[UNKNOWN_SECTOR :: view.sectors] = 0.0
    return weight


def _sector_exists(view: View) -> Flags:
    return np.asarray(view.grid.sectors.sums(view.owned.astype(np.int64)) > 0)


def _unknown_weight(view: View) -> Floats:
    return view.sector_weight[UNKNOWN_SECTOR :: view.sectors]


def _owned(view: View) -> Flags:
    return view.owned


def _owner(view: View) -> Flags:
    return view.owner


RULES: tuple[Rule, ...] = (
    LimitRule("P01", "line", "position_weight", "fraction", lambda view: view.weight, _owned, position),
    LimitRule("P02", "portfolio", "top5_weight", "fraction", lambda view: view.top_weight, _owner, five_largest),
    LimitRule("P03", "portfolio", "hhi", "ratio", lambda view: view.hhi, _owner, index),
    LimitRule("P04", "sector", "sector_weight", "fraction", _by_sector, _sector_exists, sector),
    LimitRule(
        "P04", "portfolio", "unknown_sector_weight", "fraction", _unknown_weight, _owner, unknown_sector,
        parameters=(("info", "unknown_over"),), has_status=False,
    ),
    SymbolRule(
        "S01",
        (
            Level(
                (Condition("rsi_14", ">", "rsi_over", PERCENT), Condition("bb_percent_b", ">", "percent_b_over")),
                OVER + "{bb_percent_b}, above {bb_percent_b.threshold}: overbought.",
            ),
            Level(
                (Condition("rsi_14", "<", "rsi_under", PERCENT), Condition("bb_percent_b", "<", "percent_b_under")),
                UNDER + "{bb_percent_b}, below {bb_percent_b.threshold}: oversold.",
            ),
        ),
        exclusive=True,
        steady="rsi_14",
    ),
    SymbolRule(
        "S02",
        (
            Level(
                (
                    Condition("close", "<", "ema_200"),
                    Condition("adx_14", ">", "adx_over", PERCENT),
                    Condition("minus_di_14", ">", "plus_di_14"),
                    Condition("position_weight", ">", "weight_over"),
                ),
                BREAK,
                " Reduce it or hedge it.",
            ),
        ),
    ),
    SymbolRule(
        "S03",
        (Level((Condition("drop_in_atr", ">", "atr_multiple", (0.0, np.inf)),), STOP, " Sell it."),),
        shown=("close", "highest_close_22", "atr_22", "stop_price"),
    ),
    SymbolRule(
        "S05",
        (
            Level((Condition("abs_robust_z_250", ">=", "warn"),), MOVE + "unusual.", severity="warn"),
            Level((Condition("abs_robust_z_250", ">=", "alert"),), MOVE + "an anomaly.", severity="alert"),
        ),
        shown=("robust_z_250",),
    ),
    StaleRule(),
)  # fmt: skip

STATUS_RULE = "D03"
"""Short history: no rows of its own; it turns those of other rules into ``not_evaluated``."""
