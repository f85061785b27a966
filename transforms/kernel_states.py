"""What kernels remember: the state after recent bars of every symbol, to step again from."""

import numpy as np
from numpy.typing import NDArray

from transforms.kernels.columns import Floats, Ints

MARK = 64


class KernelStates:
    """State fields of all symbols after each of their last ``depth`` bars.

    Args:
        size: state fields per symbol.
        depth: bars of a symbol that may still change.
    """

    def __init__(self, *, size: int, depth: int) -> None:
        self.depth = depth
        self.stepped: Ints = np.zeros(0, np.int64)
        self._size = size
        self._ring = np.zeros((depth, size, 0))
        self._holds: Ints = np.zeros((depth, 0), np.int64)  # ordinal after which the state is
        self._marks: list[Floats] | None = None

    def grow(self, symbols: int) -> None:
        """Make room for ``symbols`` symbols in all."""
        more = symbols - len(self.stepped)
        self.stepped = np.pad(self.stepped, (0, more))
        self._ring = np.pad(self._ring, ((0, 0), (0, 0), (0, more)))
        self._holds = np.pad(self._holds, ((0, 0), (0, more)))
        if self._marks is not None:
            self._marks = [np.pad(mark, ((0, 0), (0, more))) for mark in self._marks]

    def keep_marks(self) -> None:
        """From now on also keep the state after every ``MARK``-th bar: any bar may change."""
        if self._marks is None:
            self._marks = [np.zeros((self._size, len(self.stepped)))]

    def resume_from(self, codes: Ints, first: Ints) -> Ints:
        """First ordinal to step: ``first``, or the bar behind a mark where that is deeper."""
        deep = (first > 1) & ~self._held(codes, first - 1)
        return np.where(deep, (first - 1) // MARK * MARK + 1, first)

    def _held(self, codes: Ints, ordinals: Ints) -> NDArray[np.bool_]:
        """Whether the state after each symbol's bar is still there.

        Bars that were withdrawn have left states of higher ordinals where those of lower ones were.
        """
        held: NDArray[np.bool_] = self._holds[ordinals % self.depth, codes] == ordinals
        return held

    def before(self, codes: Ints, ordinals: Ints) -> Floats:
        """State [size, k] before each symbol's bar; zeros before its first."""
        last = ordinals - 1
        state: Floats = np.ascontiguousarray(self._ring[last % self.depth, :, codes].T)
        state[:, last == 0] = 0.0
        if self._marks is not None:
            deep = (last > 0) & ~self._held(codes, last)
            for row in np.flatnonzero(deep):
                state[:, row] = self._marks[int(last[row]) // MARK][:, codes[row]]
        return state

    def remember(self, codes: Ints, ordinals: Ints, state: Floats) -> None:
        """Keep the state after each symbol's bar."""
        self._ring[ordinals % self.depth, :, codes] = state.T
        self._holds[ordinals % self.depth, codes] = ordinals
        if self._marks is None:
            return
        for row in np.flatnonzero(ordinals % MARK == 0):
            number = int(ordinals[row]) // MARK
            while len(self._marks) <= number:
                self._marks.append(np.zeros((self._size, len(self.stepped))))
            self._marks[number][:, codes[row]] = state[:, row]
