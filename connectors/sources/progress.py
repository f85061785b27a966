"""Counters of a running feed, for the progress line and summary.json."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FeedCounts:
    """One consistent reading of the counters.

    Attributes:
        rows_in: rows that were seen; blank lines and the header do not count.
        rejected: refused rows by reason, an empty file and the rows of other files of the run
            (holdings, instruments) included, which ``rows_in`` does not count.
        skipped: rows left aside without being wrong: bars of another interval, withdrawals that
            only make room for a corrected bar.
        bytes_read: bytes of all files consumed so far, as they lie on disk.
        bytes_total: bytes of all files.
        clock: highest ts_event accepted so far, microseconds UTC; 0 before the first.
        drained: every file has been read to its end.
    """

    rows_in: int
    rejected: Mapping[str, int]
    skipped: int
    bytes_read: int
    bytes_total: int
    clock: int
    drained: bool


class FeedProgress:
    """Counts of one feed; written by its reading thread, read by any other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows_in = self._skipped = self._bytes_read = self._bytes_total = self._clock = 0
        self._rejected: Counter[str] = Counter()
        self._drained = False

    def expect(self, total: int) -> None:
        """Set the size of all files, in bytes."""
        with self._lock:
            self._bytes_total = total

    def accept(self, rows: int, clock: int) -> None:
        """Add accepted rows and move the clock; it never goes back."""
        with self._lock:
            self._rows_in += rows
            self._clock = max(self._clock, clock)

    def refuse(self, reasons: Mapping[str, int], *, rows: int) -> None:
        """Add what was refused by reason; ``rows`` of it were rows of the market."""
        with self._lock:
            self._rows_in += rows
            self._rejected.update(reasons)

    def skip(self, rows: int) -> None:
        """Add rows that were left aside."""
        with self._lock:
            self._rows_in += rows
            self._skipped += rows

    def read_to(self, position: int) -> None:
        """Set how many bytes of all files are consumed."""
        with self._lock:
            self._bytes_read = position

    def finish(self) -> None:
        """All files are read."""
        with self._lock:
            self._drained = True
            self._bytes_read = self._bytes_total

    def snapshot(self) -> FeedCounts:
        """All counters at one moment."""
        with self._lock:
            return FeedCounts(
                rows_in=self._rows_in,
                rejected=dict(self._rejected),
                skipped=self._skipped,
                bytes_read=self._bytes_read,
                bytes_total=self._bytes_total,
                clock=self._clock,
                drained=self._drained,
            )
