"""What the reading of live feeds must remember across a restart, as bytes for a checkpoint."""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import polars as pl

from connectors.sources.feed_gaps import Symbols, WideGap
from connectors.sources.latest import LatestPrices
from connectors.sources.live_feed import Position


@dataclass
class LiveState:
    """Where the reading of live feeds stands.

    Attributes:
        positions: feed -> where it goes on.
        clock: highest ``ts_event`` accepted, microseconds UTC.
        textual: a trade id that is no number has been seen.
        newest: latest time of each symbol; None: none yet.
        seen: ids of the trades that may still be repeated; None: none yet.
        latest: prices of symbols.
        symbols: feed -> those it has given. wide: feed -> gaps of all its symbols.
    """

    positions: dict[str, Position] = field(default_factory=dict)
    clock: int = 0
    textual: bool = False
    newest: pl.DataFrame | None = None
    seen: pl.DataFrame | None = None
    latest: LatestPrices = field(default_factory=LatestPrices)
    symbols: Symbols = field(default_factory=dict)
    wide: dict[str, list[WideGap]] = field(default_factory=dict)

    def packed(self) -> bytes:
        """All of it, for ``unpacked``."""
        return orjson.dumps(
            {
                "positions": {name: dict(one) for name, one in self.positions.items()},
                "clock": self.clock,
                "textual": self.textual,
                "newest": _text(self.newest),
                "seen": _text(self.seen),
                "latest": self.latest.rows(),
                "symbols": self.symbols,
                "wide": self.wide,
            }
        )

    @classmethod
    def unpacked(cls, packed: bytes) -> "LiveState":
        """The state that ``packed`` gave."""
        found: Mapping[str, Any] = orjson.loads(packed)
        latest = LatestPrices()
        latest.note(
            (symbol, time, order, price, size)
            for symbol, time, order, price, size in found["latest"]
        )
        return cls(
            positions=found["positions"],
            clock=found["clock"],
            textual=found["textual"],
            newest=_frame(found["newest"]),
            seen=_frame(found["seen"]),
            latest=latest,
            symbols=found["symbols"],
            wide={
                name: [(start, end, cause) for start, end, cause in gaps]
                for name, gaps in found["wide"].items()
            },
        )


def _text(frame: pl.DataFrame | None) -> str | None:
    if frame is None:
        return None
    return base64.b64encode(frame.write_ipc(None).getvalue()).decode()


def _frame(text: str | None) -> pl.DataFrame | None:
    return None if text is None else pl.read_ipc(io.BytesIO(base64.b64decode(text)))
