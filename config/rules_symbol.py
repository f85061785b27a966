"""Parameters of the rules about one symbol (S01 to S06) and about the data (D01 to D03).

The windows are those of the indicator columns that exist (``rsi_14``, ``ema_200``); they are
written down because the evidence names them.
"""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from config.errors import unfit
from config.rule_kinds import Bars, ClearingRule, Percent, Rule, Severity, check_rising
from config.values import Share, real, whole


class Oscillator(ClearingRule):
    """S01: RSI and %B both beyond their limits, closed bar, not degenerate, stable digits."""

    severity: Severity
    rsi_window: Literal[14]
    rsi_over: Percent
    rsi_under: Percent
    bollinger_window: Literal[20]
    percent_b_over: Annotated[float, real(-10, 10)]
    percent_b_under: Annotated[float, real(-10, 10)]
    min_stable_digits: Annotated[int, whole(0, 15)]
    required_bars: Annotated[int, whole(20, Bars)]

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for name in ("rsi", "percent_b"):
            over, under = getattr(self, f"{name}_over"), getattr(self, f"{name}_under")
            if under >= over:
                text = f"must be below {name}_over ({over:g})"
                raise unfit(text, key=f"{name}_under", was=f"{under:g}")
        return self


class TrendBreak(ClearingRule):
    """S02: close below the EMA, ADX above its limit, -DI above +DI, weight above its limit."""

    severity: Severity
    ema_window: Literal[200]
    adx_window: Literal[14]
    adx_over: Percent
    weight_over: Share
    required_bars: Annotated[int, whole(200, Bars)]


class TrailingStop(ClearingRule):
    """S03: close below the highest close of ``window`` bars less ``atr_multiple`` x ATR."""

    severity: Severity
    window: Literal[22]
    atr_multiple: Annotated[float, real(0.1, 20)]
    required_bars: Annotated[int, whole(23, Bars)]


class AbnormalMove(ClearingRule):
    """S05: robust z of the bar's return over the ``window`` returns before it, either sign."""

    window: Literal[250]
    warn: Annotated[float, real(0.1, 100)]
    alert: Annotated[float, real(0.1, 100)]
    required_bars: Annotated[int, whole(62, Bars)]

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        check_rising(self.warn, self.alert)
        return self


class Squeeze(ClearingRule):
    """S04: close outside the Bollinger bands after bars with those inside the Keltner channel."""

    severity: Severity
    bollinger_window: Literal[20]
    keltner_window: Literal[20]
    min_squeeze_bars: Annotated[int, whole(1, 1000)]
    required_bars: Annotated[int, whole(21, Bars)]


class RelativeVolume(ClearingRule):
    """S06: volume of the session so far against the mean of earlier sessions up to that time."""

    severity: Severity
    required_sessions: Literal[20]
    ratio_over: Annotated[float, real(0.1, 1000)]
    required_bars: Annotated[int, whole(1, Bars)]


class Staleness(Rule):
    """D01: no trade for too long, or a gap in the feed; advice that uses the price is withheld."""

    severity: Severity
    stale_gap_factor: Annotated[float, real(1, 1000)]
    stale_sessions: Annotated[int, whole(1, 100)]
    withhold_when_stale_weight_over: Share


class Conflict(Rule):
    """D02: two sources differ on a price; the advice that would use it is withheld."""

    severity: Severity
    difference_over: Share
    withhold_when_conflict_weight_over: Share


class ShortHistory(Rule):
    """D03: fewer bars than a rule's ``required_bars``; that rule is not evaluated, never passed."""

    severity: Severity
