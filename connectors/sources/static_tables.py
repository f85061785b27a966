"""Tables whose rows are known before the run: sent once, then their source has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TypeVar

import pathway as pw

from connectors.sources.fx_rates import FxRow
from connectors.sources.holdings import HoldingDocument
from connectors.sources.instruments import InstrumentRow
from connectors.sources.subjects import AUTOCOMMIT_MS
from connectors.sources.transactions import TransactionDocument
from transforms.schemas import FxRate, Holding, Instrument, Transactions

S = TypeVar("S", bound=pw.Schema)


def read_holdings(
    documents: Sequence[HoldingDocument], *, name: str = "holdings"
) -> pw.Table[Holding]:
    """One row per document."""
    return _table([asdict(document) for document in documents], Holding, name)


def read_instruments(
    rows: Sequence[InstrumentRow], *, name: str = "instruments"
) -> pw.Table[Instrument]:
    """One row per symbol; symbols must differ."""
    return _table([asdict(row) for row in rows], Instrument, name)


def read_fx_rates(rows: Sequence[FxRow], *, name: str = "fx") -> pw.Table[FxRate]:
    """One row per rate."""
    return _table([asdict(row) for row in rows], FxRate, name)


def read_transactions(
    documents: Sequence[TransactionDocument], *, name: str = "transactions"
) -> pw.Table[Transactions]:
    """One row per portfolio."""
    return _table([asdict(document) for document in documents], Transactions, name)


def _table(rows: Sequence[Mapping[str, object]], schema: type[S], name: str) -> pw.Table[S]:
    return pw.io.python.read(
        _Once(rows), schema=schema, name=name, autocommit_duration_ms=AUTOCOMMIT_MS
    )


class _Once(pw.io.python.ConnectorSubject):
    """Sends all rows and ends."""

    def __init__(self, rows: Sequence[Mapping[str, object]]) -> None:
        super().__init__()
        self._rows = rows

    def run(self) -> None:
        for row in self._rows:
            self.next(**row)
        self.commit()
