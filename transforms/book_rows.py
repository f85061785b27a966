"""Rows of the book as they cross the border to pathway: tuples, cell 0 true for one that comes."""

from collections.abc import Iterable, Mapping
from typing import Any

import pathway as pw

from transforms.advice.rows import AdviceRow
from transforms.book_changes import BookChanges
from transforms.schemas import AdviceVersion, PortfolioRisk

Cells = list[tuple[Any, ...]]
BLANK: dict[Any, Any] = {int: 0, float: 0.0, str: "", pw.Json: pw.Json([])}


def state_type(tables: Iterable[type[pw.Schema]]) -> Any:
    """Type of what the fold returns: its state, the rows of each table, number and frozen parts.

    A row is the flag and then the columns of its schema.
    """
    rows = [tuple.__class_getitem__((bool, *table.typehints().values())) for table in tables]
    wrapped: Any = pw.PyObjectWrapper
    frozen = (int, list[tuple[str, bytes]])
    return tuple.__class_getitem__(
        (wrapped, *(list.__class_getitem__(row) for row in rows), *frozen)
    )


def ops_of(
    commits: pw.Table[Any], part: str, names: Iterable[str], kinds: Mapping[str, Any]
) -> pw.Table[Any]:
    """Rows of one part of the commits that come (``up``, cell 0) or go, as columns."""
    flat = commits.select(row=commits[part]).flatten(pw.this.row)
    cells = {name: flat.row[place] for place, name in enumerate(names, 1)}
    return flat.select(up=flat.row[0], **cells).update_types(**kinds)


def position_cells(changes: BookChanges) -> Cells:
    """Columns of ``Position``."""
    gone = [
        (False, *key, 0.0, 0.0, 0, None, None, 0.0, "", "", 0, 1.0)
        for key in changes.positions_gone
    ]
    return gone + [(True, *row) for row in changes.positions]


def risk_cells(changes: BookChanges) -> Cells:
    """Columns of ``PortfolioRisk``."""
    kinds = PortfolioRisk.typehints()
    empty = {name: BLANK.get(kind) for name, kind in kinds.items()}
    gone = [
        (False, *{**empty, "portfolio_id": portfolio}.values()) for portfolio in changes.risks_gone
    ]
    json = [name for name, kind in kinds.items() if kind is pw.Json]
    return gone + [
        (True, *(_json(row[name]) if name in json else row[name] for name in kinds))
        for row in changes.risks
    ]


def advice_cells(changes: BookChanges) -> Cells:
    """Columns of ``Advice``."""
    return [
        (up, row.advice_id, *_said(row))
        for up, rows in ((False, changes.advice_gone), (True, changes.advice))
        for row in rows
    ]


def _said(row: AdviceRow, *, removed: bool = False) -> tuple[Any, ...]:
    """Columns of an advice row behind its id; of one that is removed without its lists."""
    lists = ([], [], []) if removed else (row.evidence, row.suggestion, row.clears_if)
    return (
        *(row.portfolio_id, row.rule_id, row.subject, row.state, row.severity, row.sentence),
        *map(_json, lists),
        *(row.as_of, row.inputs_hash, row.ruleset_hash, row.cause, row.disclaimer_id),
    )


def version_cells(changes: BookChanges) -> Cells:
    """Columns of ``AdviceVersion``."""
    blank = [BLANK[kind] for kind in list(AdviceVersion.typehints().values())[3:]]
    gone = [(False, *key, False, *blank) for key in changes.versions_gone]
    return gone + [
        (True, one.row.advice_id, one.valid_from, one.removed, *_said(one.row, removed=one.removed))
        for one in changes.versions
    ]


def evaluation_cells(changes: BookChanges, interval: str) -> Cells:
    """Columns of ``Evaluation``."""
    return [
        (up, interval, instant)
        for up, instants in ((False, changes.instants_gone), (True, changes.instants))
        for instant in instants
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
