"""Parameters of the rules about the risk of a portfolio, and of its strengths."""

from typing import Annotated, Self

from pydantic import model_validator

from config.errors import unfit
from config.rule_kinds import ClearingRule, Plain, Severity
from config.values import Share, real

Volatility = Annotated[float, real(0.001, 100)]
Beta = Annotated[float, real(0, 100)]


class HiddenConcentration(ClearingRule):
    """P09: a pair with a correlation and a joint weight above limits, or a high average."""

    severity: Severity
    correlation_over: Annotated[float, real(0.5, 1)]
    weight_over: Share
    average_over: Annotated[float, real(0, 1)]


class VolatilityTarget(ClearingRule):
    """P10: volatility per year above ``over``, or above ``crypto_over`` where crypto prevails."""

    severity: Severity
    over: Volatility
    crypto_over: Volatility

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.crypto_over < self.over:
            text = f"must not be below over ({self.over:g})"
            raise unfit(text, key="crypto_over", was=f"{self.crypto_over:g}")
        return self


class RiskShare(ClearingRule):
    """P11: share of a position in the risk above a limit and above so many times its weight."""

    severity: Severity
    share_over: Share
    times_weight_over: Annotated[float, real(1, 1000)]


class BetaRange(ClearingRule):
    """P14: beta against the benchmark above ``beta_over`` or below ``beta_under``."""

    severity: Severity
    beta_over: Beta
    beta_under: Beta

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.beta_under >= self.beta_over:
            text = f"must be below beta_over ({self.beta_over:g})"
            raise unfit(text, key="beta_under", was=f"{self.beta_under:g}")
        return self


class Strength(ClearingRule):
    """G01 to G08: what a measure must come to. Their rows have the severity ``strength``."""

    def parameters(self) -> Plain:
        """Its one limit as ``limit``, whatever it is called in the file."""
        found = super().parameters()
        return {"limit" if name in LIMITS else name: value for name, value in found.items()}


class CountStrength(Strength):
    """G01: at least so many equal positions."""

    at_least: Annotated[float, real(1, 10_000)]


class ShareStrength(Strength):
    """G02 to G05, G08: at most such a share, or correlation."""

    at_most: Share


class FallStrength(Strength):
    """G06: less than such a fall."""

    below: Share


class RewardStrength(Strength):
    """G07: more than such a Sharpe ratio."""

    above: Annotated[float, real(-10, 10)]


LIMITS = ("at_least", "at_most", "below", "above")
