"""A shelf with what belongs to it, and from when on it must be walked again."""

from dataclasses import dataclass, field

import numpy as np

from transforms.book_changes import BookChanges
from transforms.book_positions import PositionRows
from transforms.book_rejects import HoldingRejects
from transforms.book_shelf import Shelf

SHELF_SIZE = 4096  # portfolios of one shelf: its columns stay in the cache
CHEAP = 256  # portfolios that are walked again as fast as one
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
