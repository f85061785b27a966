"""How far the engine has counted the outbox, and when it got there."""

import threading
from bisect import bisect_left


class Progress:
    """Remembers when which outbox place was first part of the usage table. Any thread may call it.

    Only the current process counts: after a restart the engine counts from the start, and an event
    is aggregated again when it has been counted again. Memory is bounded: beyond ``limit`` steps
    every other step of the older half is given up, and the events between two steps then bear the
    time of the later one.
    """

    def __init__(self, *, limit: int = 65_536) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._seqs: list[int] = []
        self._times: list[int] = []

    def advance(self, seq: int, at: int) -> None:
        """Note that everything up to ``seq`` is counted, at ``at`` (microseconds UTC)."""
        with self._lock:
            if self._seqs and seq <= self._seqs[-1]:
                return
            self._seqs.append(seq)
            self._times.append(at)
            if len(self._seqs) > self._limit:
                older = self._limit // 2
                self._seqs[:older] = self._seqs[1:older:2]
                self._times[:older] = self._times[1:older:2]

    def reached(self, seq: int) -> int | None:
        """Return when ``seq`` had been counted, None while it has not."""
        with self._lock:
            place = bisect_left(self._seqs, seq)
            return self._times[place] if place < len(self._seqs) else None
