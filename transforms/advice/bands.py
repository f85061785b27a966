"""Bands of asset classes (P05), as the policy gives them."""

from dataclasses import dataclass

from transforms.advice.policy import Variant

LOW, HIGH = "min_", "max_"


@dataclass(frozen=True)
class Band:
    """Lowest and highest weight of an asset class."""

    asset_class: str
    low: float
    high: float


def bands_of(variant: Variant) -> tuple[Band, ...]:
    """By name of the class; empty when the rule is off."""
    found: tuple[Band, ...] | None = variant.memo.get("bands")
    if found is None:
        values = variant.rules.get("P05", {})
        names = sorted(name.removeprefix(LOW) for name in values if name.startswith(LOW))
        found = variant.memo["bands"] = tuple(
            Band(name, float(values[LOW + name]), float(values[HIGH + name])) for name in names
        )
    return found
