"""What risk is measured against and over."""

from dataclasses import dataclass

EQUAL_WEIGHT = "equal_weight"


@dataclass(frozen=True)
class RiskOptions:
    """Parameters of every risk report.

    Attributes:
        benchmark: symbol of an index among the feeds, ``equal_weight`` for the mean return of all
            symbols, '' for none: beta and its kin are then null.
        periods: sessions per year, by which daily figures are annualised.
        risk_free: per year, a fraction.
        window: daily returns looked back at. minimum: fewest of them that mean anything.
    """

    benchmark: str = ""
    periods: float = 252.0
    risk_free: float = 0.0
    window: int = 252
    minimum: int = 60
