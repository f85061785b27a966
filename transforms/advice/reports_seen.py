"""Where a risk report has been told anew, so that what a rule lacks may be something else."""

from collections.abc import Sequence
from itertools import zip_longest

import numpy as np

from transforms.advice.hysteresis import UNKNOWN, Memory
from transforms.advice.limits import rows_of
from transforms.advice.rule import Rule
from transforms.advice.view import View
from transforms.portfolio.risk_report import RiskReport


class ReportsSeen:
    """The reports of the view that was looked at last."""

    def __init__(self) -> None:
        self._reports: Sequence[RiskReport | None] = ()

    def look(self, view: View) -> set[int]:
        """Portfolios whose report is not the one that was seen last."""
        before, self._reports = self._reports, view.risk.reports
        if before is self._reports:
            return set()
        pairs = zip_longest(before, self._reports)
        return {row for row, (old, new) in enumerate(pairs) if old is not new}


def in_doubt(rule: Rule, view: View, memory: Memory, reported: set[int]) -> set[int]:
    """Those of portfolios with another report of which a rule cannot judge everything."""
    if not reported or not rule.on_value:
        return set()
    rows = np.arange(len(view.gross))[rows_of(view, rule.subject)]
    return reported & set(rows[memory & UNKNOWN > 0].tolist())
