"""Which portfolios hold which symbols, as flat columns: the shape every sum of the book runs over.

A line is a pair (portfolio, symbol) that was held at any time; it keeps its place for ever, so that
the memory of rules stays aligned while holdings come and go. All sums are of integers and per
portfolio: neither the order of lines nor the presence of other portfolios changes a bit.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from transforms.kernels.columns import Ints

Flags = NDArray[np.bool_]


class Layout:
    """Order of lines by portfolio.

    Args:
        rows: portfolio number of each line.
        portfolios: how many there are.
    """

    def __init__(self, rows: Ints, portfolios: int) -> None:
        self.rows, self.portfolios = rows, portfolios

    @cached_property
    def order(self) -> Ints:
        """Line numbers, portfolio after portfolio."""
        return np.argsort(self.rows, kind="stable")

    @cached_property
    def bounds(self) -> Ints:
        """``order[bounds[p]:bounds[p + 1]]`` are the lines of portfolio p."""
        return np.searchsorted(self.rows[self.order], np.arange(self.portfolios + 1))

    @cached_property
    def _filled(self) -> Ints:
        return np.flatnonzero(np.diff(self.bounds))

    @cached_property
    def _in_order(self) -> bool:
        return bool((np.diff(self.rows) >= 0).all())

    def lines_of(self, row: int) -> Ints:
        """Lines of one portfolio."""
        return self.order[self.bounds[row] : self.bounds[row + 1]]

    def ordered(self, values: Ints) -> Ints:
        """``values`` of lines, portfolio after portfolio."""
        return values if self._in_order else values[self.order]

    def sums(self, values: Ints) -> Ints:
        """Sum of a line value per portfolio."""
        found = np.zeros(self.portfolios, values.dtype)
        if len(self._filled):
            starts = self.bounds[self._filled]
            found[self._filled] = np.add.reduceat(self.ordered(values), starts)
        return found

    def any(self, flags: Flags) -> Flags:
        """Whether any line of a portfolio is flagged."""
        found = np.zeros(self.portfolios, np.bool_)
        found[self.rows[flags]] = True
        return found

    def top(self, values: Ints, count: int) -> Ints:
        """Sum of the ``count`` largest values (none negative) of each portfolio."""
        found = np.zeros(self.portfolios, np.int64)
        if not len(self._filled):
            return found
        left = self.ordered(values).copy()
        starts, sizes = self.bounds[self._filled], np.diff(self.bounds)[self._filled]
        owner = np.repeat(np.arange(len(starts)), sizes)
        for _ in range(count):
            largest = np.maximum.reduceat(left, starts)
            found[self._filled] += largest
            tied = np.flatnonzero(left == largest[owner])
            first = tied[np.concatenate(([True], np.diff(owner[tied]) > 0))]
            left[first] = 0  # one of the tied ones alone: the others may be the next largest
        return found


class GroupLayout:
    """Lines grouped by (portfolio, label): sectors, asset classes, currencies or cap bands.

    A group's number is portfolio x labels + label.

    Args:
        rows: portfolio number of each line.
        label: number of each line's label.
        portfolios: how many there are. Also labels: how many there are.
    """

    def __init__(self, rows: Ints, label: Ints, portfolios: int, labels: int) -> None:
        self.groups = rows * labels + label
        self.size, self.labels = portfolios * labels, labels
        self._order = np.argsort(self.groups, kind="stable")
        self._found, self._starts = np.unique(self.groups[self._order], return_index=True)

    def sums(self, values: Ints) -> Ints:
        """Sum of a line value per group."""
        found = np.zeros(self.size, np.int64)
        if len(self._found):
            found[self._found] = np.add.reduceat(values[self._order], self._starts)
        return found


def padded(values: NDArray, size: int, fill: Sequence[float] | float = 0) -> NDArray:  # type: ignore[type-arg]
    """``values`` lengthened along axis 0 to ``size``; itself when it is long enough."""
    missing = size - len(values)
    if missing <= 0:
        return values
    tail = np.full((missing, *values.shape[1:]), fill, values.dtype)
    return np.concatenate((values, tail))
