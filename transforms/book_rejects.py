"""Holdings that cannot count, as rows of the rejected table that go when their reason goes."""

from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray

from transforms.advice.view import View
from transforms.book_holdings import Holdings
from transforms.portfolio.lines import padded

REASONS = ("", "unknown_symbol", "no_exchange_rate", "value_out_of_range")
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row of the rejected table; see ``transforms.schemas.Rejected``."""

    source: str
    position: int
    reason: str
    raw: str
    ts_recv: int


class HoldingRejects:
    """Refused lines of the documents that count now. Source: ``holdings:`` and the portfolio."""

    def __init__(self) -> None:
        self._reasons: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._shown: dict[int, dict[Key, Reject]] = {}

    def update(
        self, view: View, holdings: Holdings, renewed: set[int]
    ) -> tuple[list[Reject], list[Key]]:
        """(rows to upsert, keys to delete); the document of ``renewed`` rows may have changed."""
        reasons = np.zeros(len(view.owned), np.uint8)
        for number, flag in (
            (3, view.oversized),
            (2, view.unrated),
            (1, view.left_out),
        ):
            reasons[flag] = number
        before = padded(self._reasons, len(reasons))
        rows = renewed | set(view.grid.layout.rows[before != reasons].tolist())
        self._reasons = reasons
        upserts: list[Reject] = []
        deletes: list[Key] = []
        for row in sorted(rows):
            wanted, shown = self._wanted(view, holdings, row), self._shown.get(row, {})
            upserts += [reject for key, reject in wanted.items() if shown.get(key) != reject]
            deletes += [key for key in shown if key not in wanted]
            self._shown[row] = wanted
        return upserts, deletes

    def clear(self) -> list[Key]:
        """Everything goes."""
        keys = [key for shown in self._shown.values() for key in shown]
        self._reasons, self._shown = np.empty(0, np.uint8), {}
        return keys

    def _wanted(self, view: View, holdings: Holdings, row: int) -> dict[Key, Reject]:
        document = holdings.document(row, view.time)
        if document is None:
            return {}
        source, time = f"holdings:{document.portfolio_id}", document.ts_event
        found = {
            (source, defect.position): Reject(
                source, defect.position, defect.reason, defect.raw, time
            )
            for defect in document.defects
        }
        for line in view.grid.layout.lines_of(row):
            reason = REASONS[self._reasons[line]]
            if reason:
                place = int(view.held.place[line])
                entry = {
                    "symbol": view.grid.symbol(line),
                    "quantity": float(view.held.quantity[line]),
                }
                found[source, place] = Reject(
                    source, place, reason, orjson.dumps(entry).decode(), time
                )
        return found
