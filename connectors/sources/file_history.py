"""History from a file of bars, of which only the rows of the symbols asked for are kept."""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from connectors.sources.batches import read_batches
from connectors.sources.errors import SourceError
from connectors.sources.history import NOTHING, History, HistoryLost
from connectors.sources.rejects import Reject
from connectors.sources.source import FileSource


class FileHistory:
    """Reads the file anew for each question, so that what nobody asks for takes no memory.

    Args:
        source: of bars.
        max_future_skew: how far a row may lie ahead of the file's clock, see ``read_batches``.
        chunk_bytes: how much is read at a time.
    """

    def __init__(
        self,
        source: FileSource,
        *,
        max_future_skew: timedelta | None = None,
        chunk_bytes: int = 8 << 20,
    ) -> None:
        self._source, self._skew, self._chunk = source, max_future_skew, chunk_bytes

    def __call__(self, symbols: Sequence[str]) -> History:
        """The bars of some symbols, judged as those of any file.

        Raises:
            HistoryLost: the file has become unreadable.
        """
        found: list[pl.DataFrame] = []
        rejects: list[Reject] = []
        try:
            for batch in read_batches(
                self._source,
                chunk_bytes=self._chunk,
                late_allowance=timedelta(),
                max_future_skew=self._skew,
            ):
                rejects += batch.rejects
                if batch.rows.height:
                    found.append(batch.rows.filter(pl.col("symbol").is_in(symbols)))
        except SourceError as error:
            raise HistoryLost(str(error)) from None
        bars = pl.concat(found, how="vertical_relaxed") if found else NOTHING
        return History(bars.drop("diff_time", strict=False), self._source.name, rejects=rejects)
