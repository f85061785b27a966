"""Risk of a block of portfolios as columns: what rules compare."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from transforms.kernels.columns import Floats
from transforms.portfolio.lines import padded
from transforms.portfolio.performance import Performance
from transforms.portfolio.risk_report import RiskReport


@dataclass(frozen=True)
class RiskColumns:
    """As of each portfolio's last closed session or change of holdings. Never changed in place.

    Attributes:
        reports: by portfolio; None where nothing is held or nothing is known yet.
        assessed: instant of each report, microseconds UTC; -1 without one.
        contribution: share of each line in its portfolio's variance, NaN where it cannot be told.
        days_to_liquidate: by line, NaN likewise.
        performances: of accounts whose transactions are known, by portfolio.
    """

    reports: Sequence[RiskReport | None] = ()
    assessed: Sequence[int] = ()
    contribution: Floats = field(default_factory=lambda: np.empty(0))
    days_to_liquidate: Floats = field(default_factory=lambda: np.empty(0))
    performances: Sequence[Performance | None] = ()
    _columns: dict[str, Floats] = field(default_factory=dict, compare=False, repr=False)

    def number(self, name: str, portfolios: int) -> Floats:
        """One number of the reports for each of ``portfolios`` portfolios, NaN where absent."""
        found = self._columns.get(name)
        if found is None:
            known = (np.nan if one is None else getattr(one, name) for one in self.reports)
            values = (np.nan if value is None else float(value) for value in known)
            found = self._columns[name] = np.fromiter(values, np.float64, len(self.reports))
        return padded(found, portfolios, np.nan)

    def report(self, row: int) -> RiskReport | None:
        """Report of one portfolio."""
        return self.reports[row] if row < len(self.reports) else None

    def performance(self, row: int) -> Performance | None:
        """What one account has earned; None without transactions."""
        return self.performances[row] if row < len(self.performances) else None

    def fees(self, portfolios: int) -> Floats:
        """Fees / (buys + sells) of each of ``portfolios`` accounts, NaN where unknown."""
        found = self._columns.get("fees")
        if found is None:
            ratios = (
                np.nan if one is None or one.fees_ratio is None else one.fees_ratio
                for one in self.performances
            )
            found = np.fromiter(ratios, np.float64, len(self.performances))
            self._columns["fees"] = found
        return padded(found, portfolios, np.nan)

    def of_lines(self, name: str, lines: int) -> Floats:
        """``contribution`` or ``days_to_liquidate`` of ``lines`` lines, NaN where absent."""
        return padded(getattr(self, name), lines, np.nan)
