"""Ways to clear of rules that compare a part of a portfolio with limits, as amounts of money."""

from collections.abc import Callable
from dataclasses import dataclass

from transforms.advice.evidence import Clearing
from transforms.advice.view import View
from transforms.portfolio.concentration import (
    largest_part,
    least_part,
    others_allowed,
    others_needed,
)
from transforms.portfolio.valuation import MICROS


@dataclass(frozen=True)
class Part:
    """A part of a portfolio at an instant.

    Attributes:
        view, row: of the portfolio. name: subject of the ways.
        size: micros. of: the part in words; beside: everything else in words.
        bars: closed bars on which a way must hold.
    """

    view: View
    row: int
    name: str
    size: int
    of: str
    beside: str
    bars: int

    @property
    def others(self) -> int:
        """Micros of everything else."""
        return int(self.view.gross[self.row]) - self.size

    def shrinks(self, limit: float) -> list[Clearing]:
        """The part must weigh ``limit`` or less: it falls, or the others grow."""
        reachable = self.others > 0 and limit < 1.0
        found = [self._way(self.of, "<=", largest_part(self.others, limit))] if reachable else []
        return found + self._other(others_needed, ">=", limit)

    def grows(self, limit: float) -> list[Clearing]:
        """The part must weigh ``limit`` or more: it grows, or the others fall."""
        reachable = limit < 1.0
        found = [self._way(self.of, ">=", least_part(self.others, limit))] if reachable else []
        return found + self._other(others_allowed, "<=", limit)

    def _other(
        self, solve: Callable[[int, float], int | None], compare: str, limit: float
    ) -> list[Clearing]:
        value = solve(self.size, limit) if self.size > 0 else None
        return [] if value is None else [self._way(self.beside, compare, value)]

    def _way(self, name: str, compare: str, micros: int) -> Clearing:
        unit = self.view.currency(self.row)
        return Clearing(self.name, "amount", name, compare, micros / MICROS, unit, self.bars)
