"""A callback per change of a table: for counters that live beside the graph."""

from collections.abc import Callable, Mapping
from typing import Any

import pathway as pw

OnChange = Callable[[Mapping[str, Any], bool], None]


def follow(table: pw.Table[Any], on_change: OnChange, *, name: str) -> None:
    """Call ``on_change(row, is_addition)`` in the engine's thread for every change of ``table``.

    What the callback raises ends the run. It sees changes from the start of the run on.

    Args:
        table: what to follow.
        on_change: an update comes as a removal and an addition.
        name: of the sink.
    """

    def changed(key: object, row: dict[str, Any], time: int, is_addition: bool) -> None:
        on_change(row, is_addition)

    pw.io.subscribe(table, on_change=changed, name=name)
