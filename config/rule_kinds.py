"""What all advice rules have in common, and the kinds of value they take."""

from typing import Annotated, Literal, Self

from pydantic import model_validator

from config.errors import unfit
from config.values import Frozen, Share, real, whole

Severity = Literal["info", "warn", "alert"]
Percent = Annotated[float, real(0, 100)]
Bars = 100_000  # most bars a rule may ask for
Plain = dict[str, float | int | str]
NO_PARAMETER = {"enabled"}
CLEARING = {"clear_factor", "clear_after_bars"}


class Rule(Frozen):
    """What all rules have. ``enabled: false`` switches a rule off."""

    enabled: bool = True

    @property
    def is_on(self) -> bool:
        """It has something to judge by."""
        return self.enabled

    def parameters(self) -> Plain:
        """Its parameters as plain values; one that is not set is absent."""
        return self.model_dump(exclude=NO_PARAMETER, exclude_none=True)


class ClearingRule(Rule):
    """A rule that stays open for a while, so that a value at its threshold does not flap.

    Attributes:
        clear_factor: it clears below this share of the threshold; default: that of the policy.
        clear_after_bars: and only after so many closed bars; default: that of the policy.
    """

    clear_factor: Share | None = None
    clear_after_bars: Annotated[int, whole(1, 1000)] | None = None

    def clearing(self) -> Plain:
        """Its own way of clearing, as far as it has one."""
        return self.model_dump(include=CLEARING, exclude_none=True)


def check_rising(warn: float, alert: float | None) -> None:
    """Refuse an ``alert`` that is not above ``warn``."""
    if alert is not None and alert <= warn:
        raise unfit(f"must be above warn ({warn:g})", key="alert", was=f"{alert:g}")


class ShareLimit(ClearingRule):
    """Above ``warn``, graver above ``alert``: P01, P02, P03, P07, P08 and P16."""

    warn: Share
    alert: Share | None = None

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        check_rising(self.warn, self.alert)
        return self
