"""The rows of a market file as messages: JSON of the input columns, keyed, with a time.

Rows that are wrong for their neighbours (late, repeated, far in the future) are sent as they are: a
reader has to judge them. Lines that cannot be read are no rows; they are counted by reason.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from connectors.sources.clock import SEED_ROWS, ReplayClock
from connectors.sources.parse import read_rows
from connectors.sources.source import FileSource

CHUNK_BYTES: Final = 1 << 20
SKEW: Final = timedelta(days=10) // timedelta(microseconds=1)
WEEK: Final = timedelta(weeks=1) // timedelta(microseconds=1)
IDS_PER_WEEK: Final = 10**12
Times = NDArray[np.int64]


@dataclass(frozen=True)
class Messages:
    """Some consecutive messages.

    Attributes:
        values: one JSON object each. keys: UTF-8.
        times: of the events, microseconds UTC.
        clock: of the market after each message; it never falls, and not even a wrong time moves it
            far ahead.
    """

    values: list[bytes]
    keys: list[bytes]
    times: Times
    clock: Times


@dataclass
class Feed:
    """A file that can be sent once or again and again.

    Attributes:
        source: the file.
        left_out: lines of one reading that are no rows, by reason.
    """

    source: FileSource
    left_out: Counter[str] = field(default_factory=Counter)

    def messages(self, *, after: int | None = None, endless: bool = False) -> Iterator[Messages]:
        """The file's messages, as it is or whole weeks later, so that its sessions are sessions.

        Args:
            after: microseconds UTC; the first message comes after it. None: the file as it is.
            endless: begin again at the end of the file, later than all of it.
        """
        weeks = 0
        while True:
            clock = _Clock()
            self.left_out.clear()
            for rows in self._rows():
                reached = clock.after(rows["ts_event"].to_numpy())
                if after is not None and after >= reached[0] + weeks * WEEK:
                    weeks = (after - int(reached[0])) // WEEK + 1
                after = None
                yield self._messages(_moved(rows, weeks), reached + weeks * WEEK)
            if not endless or clock.length is None:
                return
            weeks += clock.length // WEEK + 1

    def _rows(self) -> Iterator[pl.DataFrame]:
        for parsed in read_rows(self.source, CHUNK_BYTES):
            self.left_out.update(refusal.reason for refusal in parsed.refusals)
            rows = parsed.rows.drop("line")
            if "ts_event" not in rows.columns:
                rows = rows.with_columns(ts_event=pl.lit(self.source.as_of or 0, dtype=pl.Int64))
            if rows.height:
                yield rows

    def _messages(self, rows: pl.DataFrame, clock: Times) -> Messages:
        keys = rows["portfolio_id" if self.source.kind == "holdings" else "symbol"]
        return Messages(
            values=rows.write_ndjson().encode().splitlines(),
            keys=[key.encode() for key in keys.to_list()],
            times=rows["ts_event"].to_numpy(),
            clock=clock,
        )


class _Clock:
    """The market's clock along one reading of a file."""

    def __init__(self) -> None:
        self._replay: ReplayClock | None = None
        self._first = self._reached = 0

    @property
    def length(self) -> int | None:
        """From the first time to the last, in microseconds; None: there was none."""
        return None if self._replay is None else self._reached - self._first

    def after(self, times: Times) -> Times:
        """The clock after each of the next rows."""
        if self._replay is None:
            self._replay = ReplayClock(SKEW, times[:SEED_ROWS])
            self._first = self._reached = int(min(times[0], self._replay.value))
        wrong = self._replay.ahead(times, last=True)
        believed = np.where(wrong, self._reached, times)
        clock = np.maximum.accumulate(np.maximum(believed, self._reached))
        self._reached = int(clock[-1])
        return clock


def _moved(rows: pl.DataFrame, weeks: int) -> pl.DataFrame:
    """Rows some weeks later, with trade ids of those weeks: none is a repetition of another one."""
    if not weeks:
        return rows
    moved = rows.with_columns(pl.col("ts_event") + weeks * WEEK)
    if "trade_id" not in rows.columns:
        return moved
    if rows.schema["trade_id"] == pl.String:
        return moved.with_columns(pl.col("trade_id") + f"-{weeks}")
    return moved.with_columns(pl.col("trade_id") + weeks * IDS_PER_WEEK)
