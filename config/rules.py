"""The advice rules as data. Thresholds are the operator's judgement: none has a default here.

Weights are fractions of the portfolio's value. The windows are those of the indicator columns that
exist (``rsi_14``, ``ema_200``); they are written down because the evidence names them.
"""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from config.errors import unfit
from config.values import Frozen, Share, real, whole

Severity = Literal["info", "warn", "alert"]
Percent = Annotated[float, real(0, 100)]
Bars = 100_000  # most bars a rule may ask for


class Rule(Frozen):
    """What all rules have. ``enabled: false`` switches a rule off."""

    enabled: bool = True


class ClearingRule(Rule):
    """A rule that stays open for a while, so that a value at its threshold does not flap.

    Attributes:
        clear_factor: it clears below this share of the threshold; default: that of the policy.
        clear_after_bars: and only after so many closed bars; default: that of the policy.
    """

    clear_factor: Share | None = None
    clear_after_bars: Annotated[int, whole(1, 1000)] | None = None


class ShareLimit(ClearingRule):
    """P01 position, P02 top five, P03 Herfindahl index: above ``warn``, graver above ``alert``."""

    warn: Share
    alert: Share | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.alert is not None and self.alert <= self.warn:
            raise unfit(f"must be above warn ({self.warn:g})", key="alert", was=f"{self.alert:g}")
        return self


class SectorLimit(ShareLimit):
    """P04: above ``unknown_over`` without a sector, the data is at fault and not the portfolio."""

    unknown_over: Share


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
        if self.alert <= self.warn:
            raise unfit(f"must be above warn ({self.warn:g})", key="alert", was=f"{self.alert:g}")
        return self


class Staleness(Rule):
    """D01: no trade for too long; the advice that would use the price is withheld."""

    severity: Severity
    stale_gap_factor: Annotated[float, real(1, 1000)]
    stale_sessions: Annotated[int, whole(1, 100)]
    withhold_when_stale_weight_over: Share


class ShortHistory(Rule):
    """D03: fewer bars than a rule's ``required_bars``; that rule is not evaluated, never passed."""

    severity: Severity


class Rules(Frozen):
    """All rules by id. Each must be listed: a rule is switched off, not forgotten."""

    P01: ShareLimit
    P02: ShareLimit
    P03: ShareLimit
    P04: SectorLimit
    S01: Oscillator
    S02: TrendBreak
    S03: TrailingStop
    S05: AbnormalMove
    D01: Staleness
    D03: ShortHistory
