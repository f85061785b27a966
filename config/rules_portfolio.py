"""Parameters of the rules about portfolios as a whole and about the weights in them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from config.errors import unfit
from config.rule_kinds import ClearingRule, Plain, Severity, ShareLimit, check_rising
from config.values import Listed, Share, real

Band = Annotated[tuple[Share, Share], Listed]
Days = Annotated[float, real(0.01, 10_000)]
Amount = Annotated[float, real(0, 1e9)]


class SectorLimit(ShareLimit):
    """P04: above ``unknown_over`` without a sector, the data is at fault and not the portfolio."""

    unknown_over: Share


class ClassBands(ClearingRule):
    """P05: weight of an asset class outside its band. Without bands there is nothing to judge.

    Attributes:
        severity: of its rows.
        bands: asset class -> lowest and highest weight.
    """

    severity: Severity
    bands: dict[str, Band] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_bands(self) -> Self:
        for name, (low, high) in self.bands.items():
            if low >= high:
                text = "must be a lowest and a highest weight"
                raise unfit(text, key=f"bands.{name}", was=f"{low:g} to {high:g}")
        return self

    @property
    def is_on(self) -> bool:
        """There are bands."""
        return self.enabled and bool(self.bands)

    def parameters(self) -> Plain:
        """``min_<class>`` and ``max_<class>`` of each band."""
        ends = [
            (f"{end}_{name}", weight)
            for name, band in self.bands.items()
            for end, weight in zip(("min", "max"), band, strict=True)
        ]
        return {**self.clearing(), "severity": self.severity, **dict(ends)}


class Drift(ClearingRule):
    """P06: away from the target weight by ``points`` or by ``part`` of the target, the lesser."""

    severity: Severity
    points: Share
    part: Share


class DaysLimit(ClearingRule):
    """P15: days it takes to sell a position, above ``warn``, graver above ``alert``."""

    warn: Days
    alert: Days | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        check_rising(self.warn, self.alert)
        return self


class CashLimit(ClearingRule):
    """P17: too little cash, as a weight or as an amount. A limit of 0 is none.

    Attributes:
        severity: of its rows.
        min_cash: least weight of cash.
        emergency_fund: least amount of cash, units of the portfolio's currency.
    """

    severity: Severity
    min_cash: Share = 0.0
    emergency_fund: Amount = 0.0

    @property
    def is_on(self) -> bool:
        """One of the limits is set."""
        return self.enabled and (self.min_cash > 0.0 or self.emergency_fund > 0.0)

    def parameters(self) -> Plain:
        """Only the limits that are set."""
        limits = {"min_cash": self.min_cash, "emergency_fund": self.emergency_fund}
        found = {name: limit for name, limit in limits.items() if limit > 0.0}
        return {**self.clearing(), "severity": self.severity, **found}
