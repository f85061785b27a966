"""What the reading of live feeds must remember across a restart, as bytes for a checkpoint."""

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
        """All of it, for ``unpacked``: a header, and the frames as columns, which are many rows."""
        frames = [_columns(self.newest), _columns(self.seen)]
        header = orjson.dumps(
            {
                "positions": {name: dict(one) for name, one in self.positions.items()},
                "clock": self.clock,
                "textual": self.textual,
                "frames": [None if one is None else len(one) for one in frames],
                "latest": self.latest.rows(),
                "symbols": self.symbols,
                "wide": self.wide,
            }
        )
        return b"".join([len(header).to_bytes(8), header, *(one or b"" for one in frames)])

    @classmethod
    def unpacked(cls, packed: bytes) -> "LiveState":
        """The state that ``packed`` gave."""
        start = 8 + int.from_bytes(packed[:8])
        found: Mapping[str, Any] = orjson.loads(packed[8:start])
        frames: list[pl.DataFrame | None] = []
        for size in found["frames"]:
            frames.append(None if size is None else pl.read_ipc(packed[start : start + size]))
            start += size or 0
        latest = LatestPrices()
        latest.note(
            (symbol, time, order, price, size)
            for symbol, time, order, price, size in found["latest"]
        )
        return cls(
            positions=found["positions"],
            clock=found["clock"],
            textual=found["textual"],
            newest=frames[0],
            seen=frames[1],
            latest=latest,
            symbols=found["symbols"],
            wide={
                name: [(start, end, cause) for start, end, cause in gaps]
                for name, gaps in found["wide"].items()
            },
        )


def _columns(frame: pl.DataFrame | None) -> bytes | None:
    return None if frame is None else frame.write_ipc(None, compression="lz4").getvalue()
