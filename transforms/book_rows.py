"""Rows of the book as they cross the border to pathway: tuples, cell 0 true for one that comes."""

from collections.abc import Iterable
from typing import Any

import pathway as pw

from transforms.book_changes import BookChanges

Cells = list[tuple[Any, ...]]
EMPTY = pw.Json([])


def state_type(tables: Iterable[type[pw.Schema]]) -> Any:
    """Type of what the fold returns: its state, then the rows of each table.

    A row is the flag and then the columns of its schema.
    """
    rows = [tuple.__class_getitem__((bool, *table.typehints().values())) for table in tables]
    wrapped: Any = pw.PyObjectWrapper
    return tuple.__class_getitem__((wrapped, *(list.__class_getitem__(row) for row in rows)))


def position_cells(changes: BookChanges) -> Cells:
    """Columns of ``Position``."""
    gone = [
        (False, *key, 0.0, 0.0, 0, None, None, 0.0, "", "", 0) for key in changes.positions_gone
    ]
    return gone + [(True, *row) for row in changes.positions]


def risk_cells(changes: BookChanges) -> Cells:
    """Columns of ``PortfolioRisk``."""
    nothing = (None,) * 6
    gone = [
        (False, portfolio, 0, 0.0, 0.0, 0.0, EMPTY, *nothing, EMPTY, 0)
        for portfolio in changes.risks_gone
    ]
    return gone + [
        (True, *numbers, _json(sectors), *nothing, _json(reasons), time)
        for *numbers, sectors, reasons, time in changes.risks
    ]


def advice_cells(changes: BookChanges) -> Cells:
    """Columns of ``Advice``."""
    return [
        (
            up,
            *(row.advice_id, row.portfolio_id, row.rule_id, row.subject),
            *(row.state, row.severity, row.sentence),
            _json(row.evidence),
            _json(row.suggestion),
            _json(row.clears_if),
            *(row.as_of, row.inputs_hash, row.ruleset_hash, row.cause, row.disclaimer_id),
        )
        for up, rows in ((False, changes.advice_gone), (True, changes.advice))
        for row in rows
    ]


def change_cells(changes: BookChanges) -> Cells:
    """Columns of ``AdviceChange``."""
    return [
        (
            True,
            *(entry.advice_id, entry.seq, entry.portfolio_id, entry.rule_id),
            *(entry.subject, entry.change, entry.cause, entry.as_of),
        )
        for entry in changes.log
    ]


def reject_cells(changes: BookChanges) -> Cells:
    """Columns of ``Rejected``."""
    gone = [(False, *key, "", "", 0) for key in changes.rejects_gone]
    return gone + [
        (True, row.source, row.position, row.reason, row.raw, row.ts_recv)
        for row in changes.rejects
    ]


def _json(value: Any) -> pw.Json:
    return pw.Json(value)
