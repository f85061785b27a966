"""Rows that say of a bar only which share of it lies in gaps: made whole from the bar as it is."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from transforms.kernels.columns import Floats, Ints
from transforms.market_delta import BOOK_FIELDS, FIRST_FIELD, MARKED, ROW_FIELDS

_OP, _GAP = ROW_FIELDS.index("op"), BOOK_FIELDS.index("gap")


def whole_rows(
    rows: Floats, codes: Ints, instants: Ints, bars: Mapping[int, tuple[Ints, Floats]]
) -> tuple[Floats, NDArray[np.bool_]]:
    """BOOK_FIELDS of every row, and which rows have them: not a mark whose bar is not there.

    Args:
        rows: of a MarketDelta.
        codes: of their symbols, as ``bars`` has them.
        instants: of the rows.
        bars: codes in ascending order and a row of BOOK_FIELDS each, by instant.
    """
    values, found = rows[:, FIRST_FIELD:], np.ones(len(rows), np.bool_)
    marks = np.flatnonzero(rows[:, _OP] == MARKED)
    if len(marks):
        values = values.copy()
    for place in marks.tolist():
        known, stored = bars.get(int(instants[place]), (codes[:0], values[:0]))
        at = int(np.searchsorted(known, codes[place]))
        found[place] = at < len(known) and known[at] == codes[place]
        if found[place]:
            gap = values[place, _GAP]
            values[place] = stored[at]
            values[place, _GAP] = gap
    return values, found
