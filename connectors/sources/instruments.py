"""A file of instruments, or of snapshots that describe their symbols -> instruments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from connectors.sources.rejects import Reject
from connectors.sources.small_file import SmallFile
from connectors.sources.snapshots import market_cap
from connectors.sources.source import FileSource


@dataclass(frozen=True)
class InstrumentRow:
    """A row of the ``Instrument`` table."""

    symbol: str
    name: str
    sector: str
    currency: str
    asset_class: str
    market_cap: float | None
    lot_size: int
    exchange: str


@dataclass(frozen=True)
class ParsedInstruments:
    """What a file of instruments gives; rows are sorted by symbol."""

    rows: list[InstrumentRow]
    rejects: list[Reject]


def parse_instruments(source: FileSource, *, currency: str = "") -> ParsedInstruments:
    """Read what is known of each symbol; of several rows of a symbol the last counts.

    The name of a symbol without one is the symbol, its asset class ``equity``, its lot size 1.

    Args:
        source: a file of kind ``instruments``, or of kind ``snapshots``: these are in rupees and
            give their market capitalisation in crore. Rows that a feed of their prices refuses
            are left out here, and told there.
        currency: of instruments whose row names none.

    Raises:
        SourceError: the file has become unreadable.
    """
    build = _from_snapshot if source.kind == "snapshots" else _from_instrument(currency)
    file = SmallFile(source)
    rows = {row["symbol"]: build(row) for row in file.rows()}
    rejects = file.rejects if source.kind == "instruments" else []
    return ParsedInstruments([rows[symbol] for symbol in sorted(rows)], rejects)


def _from_instrument(currency: str) -> Callable[[Mapping[str, object]], InstrumentRow]:
    def build(row: Mapping[str, object]) -> InstrumentRow:
        lot, cap = row.get("lot_size"), row.get("market_cap")
        return InstrumentRow(
            symbol=str(row["symbol"]),
            name=_text(row, "name", str(row["symbol"])),
            sector=_text(row, "sector", ""),
            currency=_text(row, "currency", currency),
            asset_class=_text(row, "asset_class", "equity"),
            market_cap=cap if isinstance(cap, float) else None,
            lot_size=int(lot) if isinstance(lot, float) else 1,
            exchange=_text(row, "exchange", ""),
        )

    return build


def _from_snapshot(row: Mapping[str, object]) -> InstrumentRow:
    crore = row.get("market_cap_cr")
    return InstrumentRow(
        symbol=str(row["symbol"]),
        name=_text(row, "name", str(row["symbol"])),
        sector=_text(row, "sector", ""),
        currency="INR",
        asset_class="equity",
        market_cap=market_cap(crore if isinstance(crore, float) else None),
        lot_size=1,
        exchange="",
    )


def _text(row: Mapping[str, object], name: str, default: str) -> str:
    return str(row.get(name) or default)
