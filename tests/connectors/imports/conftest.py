"""Reading a sample and asking what became of its lines."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.imports.formats import read_import
from connectors.imports.imported import Imported, ImportedHolding

Read = Callable[..., Imported]


@pytest.fixture
def read() -> Read:
    """A file as text or bytes, imported."""

    def of(data: str | bytes, **options: Any) -> Imported:
        return read_import(data.encode() if isinstance(data, str) else data, **options)

    return of


def held(imported: Imported) -> dict[str, ImportedHolding]:
    """Holdings by symbol."""
    return {holding.symbol: holding for holding in imported.holdings}


def told(imported: Imported, *, left_out: bool) -> set[tuple[int, str]]:
    """(line, kind) of the findings that leave lines out, or of those that do not."""
    return {
        (finding.line, finding.kind)
        for finding in imported.findings
        if finding.left_out is left_out
    }
