"""Signals: events on closed bars, found while the series fold steps them. Pure numpy, no pathway.

A crossover is upwards when the fast line was at or below the slow one on the bar before and is
above it now, downwards when it was at or above and is below. Both lines must exist on both bars.
"""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from transforms.kernels.columns import Columns, Floats, Ints

PAIRS = (
    ("ema_20", "ema_50"),
    ("ema_50", "ema_200"),
    ("macd", "macd_signal"),
    ("close", "vwap_session"),
)
NAMES = tuple(f"{fast}_crosses_{slow}" for fast, slow in PAIRS)
SIGNAL_VALUES = ("direction", "fast_before", "slow_before", "fast_after", "slow_after")
SHOWN = 1  # lowest bit of a bar's mask: its row has been given; bit 1 + n: signal n has been given


class Crossovers:
    """Crossovers among the columns at hand. Remembers both lines of each pair from bar to bar."""

    def __init__(self, columns: Sequence[str]) -> None:
        there = {"close", *columns}
        self.pairs = [
            (number, *pair) for number, pair in enumerate(PAIRS) if there.issuperset(pair)
        ]
        self.state = [
            f"{kind}:{NAMES[number]}"
            for number, *_ in self.pairs
            for kind in ("fast", "slow", "known")
        ]

    def remember(self, values: Columns, close: Floats) -> Floats:
        """State after the bar: both lines of each pair and whether both exist."""
        state = np.zeros((len(self.state), len(close)))
        for place, (_, fast, slow) in enumerate(self.pairs):
            lines = [close if name == "close" else values[name] for name in (fast, slow)]
            known = ~(np.isnan(lines[0]) | np.isnan(lines[1]))
            state[3 * place : 3 * place + 2] = np.where(known, lines, 0.0)
            state[3 * place + 2] = known
        return state

    def events(self, before: Floats, after: Floats) -> Columns:
        """Direction per pair (+1, -1, 0 where nothing crossed) and the lines, by signal number."""
        given: Columns = {}
        for place, (number, *_) in enumerate(self.pairs):
            old_fast, old_slow, old = before[3 * place : 3 * place + 3]
            fast, slow, new = after[3 * place : 3 * place + 3]
            known = (old > 0) & (new > 0)
            up, down = (
                (old_fast <= old_slow) & (fast > slow),
                (old_fast >= old_slow) & (fast < slow),
            )
            given[f"signal:{number}"] = np.where(known, up.astype(np.float64) - down, 0.0)
            given[f"lines:{number}"] = np.stack([old_fast, old_slow, fast, slow])
        return given

    def changes(
        self,
        head: Floats,
        values: Columns,
        mask: Ints,
        shown: NDArray[np.bool_],
        final: NDArray[np.bool_],
    ) -> tuple[Floats, Ints]:
        """Rows of signals that fired or no longer do on closed bars, and each bar's new mask.

        Args:
            head: code and bar_start per bar, in the first two columns.
            values: of ``events``.
            mask: what has been given for the bar so far.
            shown: bars whose row is being given now.
            final: bars that are closed; a forming bar has no signals.
        """
        found = []
        after = np.where(shown, mask | SHOWN, mask)
        for number, *_ in self.pairs:
            bit = 2 << number
            direction = values[f"signal:{number}"]
            now, was = shown & final & (direction != 0.0), (mask & bit) > 0
            gone = shown & was & ~now
            if not (now.any() or gone.any()):
                continue
            after = np.where(now, after | bit, np.where(gone, after & ~bit, after))
            rows = np.flatnonzero(now | gone)
            lines = values[f"lines:{number}"][:, rows].T
            parts = (
                head[rows, :2],
                np.where(now, 1.0, -1.0)[rows, None],
                np.full((len(rows), 1), float(number)),
            )
            found.append(np.hstack([*parts, direction[rows, None], lines]))
        return stack(found), cast(Ints, after)

    def withdrawn(self, code: int, start: int, mask: int) -> Floats:
        """Rows that take back every signal given for one bar."""
        numbers = [number for number, *_ in self.pairs if mask & (2 << number)]
        return stack(
            [np.array([[code, start, -1.0, number, 0.0, 0.0, 0.0, 0.0, 0.0]]) for number in numbers]
        )


def stack(blocks: Sequence[Floats]) -> Floats:
    """Signal rows one under the other."""
    return np.concatenate(blocks) if blocks else np.empty((0, 4 + len(SIGNAL_VALUES)))
