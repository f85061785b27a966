"""Counts of one group of openings, in integers: they come and go without a trace."""

from dataclasses import dataclass, field
from typing import NamedTuple

from transforms.insights.following import HORIZONS, PPM, Following
from transforms.insights.openings import FOLLOWED, NEITHER, Group

NO_SYMBOL, NOT_OVER = "the rule is not about the price of a symbol", "no opening is so long ago yet"


class RecordRow(NamedTuple):
    """A row of the table; see ``transforms.schemas.TrackRecord``."""

    rule_id: str
    severity: str
    direction: int
    horizon: int
    fired: int
    flips: int
    openings: int
    n: int
    mean_return_pct: float | None
    hit_rate: float | None
    reason: str


@dataclass
class Tally:
    """How often a rule fired at one severity in one direction, and what followed.

    Attributes:
        fired: rows of advice. flips: of them, how many came back soon after they had cleared.
        openings: distinct (subject, instant), which several portfolios share.
        followed: openings by horizon that are so long ago; ``sums`` of their returns in millionths;
            ``hits`` of them went in the direction of the rule.
    """

    group: Group
    fired: int = 0
    flips: int = 0
    openings: int = 0
    followed: list[int] = field(default_factory=lambda: [0] * len(HORIZONS))
    sums: list[int] = field(default_factory=lambda: [0] * len(HORIZONS))
    hits: list[int] = field(default_factory=lambda: [0] * len(HORIZONS))

    def count(self, following: Following, times: int) -> None:
        """Add (1) or take back (-1) what followed one opening."""
        direction = self.group[2]
        for place, found in enumerate(following):
            if found is not None:
                self.followed[place] += times
                self.sums[place] += times * found
                self.hits[place] += times * (found * direction > 0)

    def rows(self) -> list[RecordRow]:
        """One row per horizon; none when nothing has fired."""
        return [self._row(place) for place in range(len(HORIZONS))] if self.fired else []

    def _row(self, place: int) -> RecordRow:
        n, (rule_id, _, direction) = self.followed[place], self.group
        reason = "" if n else (NOT_OVER if rule_id in FOLLOWED else NO_SYMBOL)
        mean = 100.0 * self.sums[place] / (n * PPM) if n else None
        hit_rate = self.hits[place] / n if n and direction != NEITHER else None
        counts = self.fired, self.flips, self.openings
        return RecordRow(*self.group, HORIZONS[place], *counts, n, mean, hit_rate, reason)
