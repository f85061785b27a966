"""A shelf with what belongs to it, and from when on it must be walked again."""

from dataclasses import dataclass, field

import numpy as np

from transforms.advice.view import View
from transforms.book_changes import BookChanges
from transforms.book_positions import PositionRows
from transforms.book_rejects import HoldingRejects
from transforms.book_shelf import Shelf

SHELF_SIZE = 4096  # portfolios of one shelf: its columns stay in the cache
CHEAP = 256  # portfolios that are walked again as fast as one
FEED_ENDED = "feed ended"
NEVER = np.iinfo(np.int64).max


@dataclass
class Block:
    """A shelf with what belongs to it, and from when on it must be walked again."""

    shelf: Shelf
    rows: PositionRows
    rejects: HoldingRejects
    revised: int = NEVER
    causes: list[str] = field(default_factory=list)

    def takes(self, time: int) -> bool:
        """There is room, and walking again from ``time`` costs little."""
        size, walked = len(self.shelf.holdings.portfolios), self.shelf.now.time
        return size < SHELF_SIZE and (walked < 0 or time > walked or size < CHEAP)

    def revise(self, time: int, cause: str) -> None:
        """Something at ``time`` has changed."""
        self.revised = min(self.revised, time)
        if cause not in self.causes:
            self.causes.append(cause)

    @property
    def is_due(self) -> bool:
        """Something has changed since it was walked last."""
        return self.revised != NEVER or bool(self.causes)

    def rewind(self, *, drained: bool) -> int:
        """Go back to before what was revised; the instant after which to walk again.

        The last instant of a feed that has ended is judged with that knowledge, so it is walked
        again when the feed ends, and when it turns out not to have been the last.
        """
        time, shelf = self.revised, self.shelf
        if shelf.view is not None and (shelf.view.drained or drained):
            time = min(time, shelf.now.time)
        return shelf.rewind(time, self.cause)

    @property
    def cause(self) -> str:
        """What was revised; that the feed has ended explains only what nothing else does."""
        return ", ".join([cause for cause in self.causes if cause != FEED_ENDED] or self.causes)

    def collect(self, changes: BookChanges, seq: int) -> int:
        """Add what has changed since the last call; the last number given to a log entry."""
        upserts, gone, log = self.shelf.history.take()
        changes.advice += upserts
        changes.advice_gone += gone
        versions, undone = self.shelf.history.versions.take()
        changes.versions += versions
        changes.versions_gone += undone
        if self.shelf.view is None:
            self._collect_nothing(changes)
        else:
            self._collect_rows(self.shelf.view, changes)
        self.revised, self.causes = NEVER, []
        return changes.note(log, seq)

    def _collect_rows(self, view: View, changes: BookChanges) -> None:
        positions, lines = self.rows.positions(view)
        changes.positions += positions
        changes.positions_gone += lines
        risks, portfolios = self.rows.risks(view)
        changes.risks += risks
        changes.risks_gone += portfolios
        holdings, renewed = self.shelf.holdings, self.shelf.take_renewed()
        rejects, places = self.rejects.update(view, holdings, renewed)
        changes.rejects += rejects
        changes.rejects_gone += places

    def _collect_nothing(self, changes: BookChanges) -> None:
        lines, portfolios = self.rows.clear(self.shelf.holdings.grid)
        changes.positions_gone += lines
        changes.risks_gone += portfolios
        changes.rejects_gone += self.rejects.clear()
