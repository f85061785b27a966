"""The log of a recorder as a live feed: the same frames through the same parser, from any place."""

import time
from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from connectors.sources.errors import SourceError
from connectors.sources.frame_log import LogLines
from connectors.sources.intake import Intake
from connectors.sources.lines import readable
from connectors.sources.live_feed import LinkStatus, LiveKind, Position, Received
from connectors.streams.fields import Frame
from connectors.streams.registry import VENUES
from connectors.streams.venue import Credentials

_AT_ONCE: Final = 5_000  # lines
_LOOK: Final = 0.05  # seconds between two looks for more
_END: Final = {"recv_ns", "conn"}  # keys of a line that ends a connection


class RecordedFrames:
    """A ``LiveFeed`` that reads a log and follows it while it is written.

    A position is the file and the line that was read last. A connection that the log names for the
    first time is a reconnect, as it was in life. A last line without an end is left until it has
    one; when there is a newer file, a crash has cut it, and it is refused.
    """

    def __init__(self, venue: str, folder: Path, *, name: str | None = None) -> None:
        """Prepare to read.

        Args:
            venue: whose frames they are.
            folder: of one recorder.
            name: of the feed; default: ``recorded:`` and the venue.
        """
        self.name = name or f"recorded:{venue}"
        self.kind: LiveKind = "trades"
        self._venue, self._folder = VENUES[venue], folder
        self._since = time.time()
        self._intake = Intake(self._venue, self.name, Credentials(), first=1)
        self._lines: LogLines | None = None
        self._connections: dict[str, int] = {}
        self._count = 0  # of connections
        self._open: set[str] = set()  # connections that have not ended

    def open(self, position: Position | None) -> None:
        """Go to a position; None: to the beginning.

        Raises:
            SourceError: there is no such folder.
        """
        self.close()
        if not self._folder.is_dir():
            raise SourceError(f"{self.name}: no folder {self._folder}; record frames first")
        at = position or {}
        self._intake = Intake(self._venue, self.name, Credentials(), int(at.get("row", 1)))
        self._intake.go_on_after(at)
        self._count, self._connections = int(at.get("connections", 0)), {}
        self._open.clear()
        file = str(at.get("file", ""))
        if file and (self._folder / file).exists():  # else what was deleted is a gap
            self._connections[str(at.get("connection", ""))] = self._count
        self._lines = LogLines(self._folder, file, int(at.get("line", 0)))

    def receive(self, timeout: float) -> Received | None:
        """See ``LiveFeed``."""
        assert self._lines is not None, "receive before open"
        until = time.monotonic() + timeout
        while not self._read(self._lines) and time.monotonic() < until:
            time.sleep(_LOOK)
        found = self._intake.take(settled=len(self._open) <= 1)
        if found is None:
            return None
        last = next(reversed(self._connections), "")
        place: dict[str, str | int] = {"file": self._lines.file, "line": self._lines.line}
        place |= {"row": self._intake.number, "connection": last, "connections": self._count}
        return Received(found.messages, {**found.position, **place}, found.rejects, found.gaps)

    def _read(self, lines: LogLines) -> bool:
        """Read some lines; whether there was one."""
        for count in range(_AT_ONCE):
            line = lines.next()
            if line is None:
                return count > 0
            self._give(line)
        return True

    def _give(self, line: bytes) -> None:
        try:
            kept = orjson.loads(line)
            recv_ns = int(kept["recv_ns"])
            connection = str(kept.get("conn", ""))
            if kept.keys() == _END:
                self._open.discard(connection)
                return
            frame = _frame(kept)
        except (ValueError, TypeError, KeyError, AttributeError):
            reason = "not_recorded" if line.endswith(b"\n") else "cut_short"
            self._intake.refuse(reason, readable(line), time.time_ns() // 1_000)
            return
        self._intake.give(frame, self._number(connection), recv_ns // 1_000)

    def _number(self, name: str) -> int:
        number = self._connections.get(name)
        if number is None:
            self._count += 1
            number = self._connections[name] = self._count
            life = name.split("-")[0]  # those of an earlier life ended with it
            self._open = {other for other in self._open if other.split("-")[0] == life}
            self._open.add(name)
        return number

    def status(self) -> LinkStatus:
        """See ``LiveFeed``; a log is never away."""
        counters = {**self._intake.counters, "connects": self._count}
        return LinkStatus(self.name, "connected", self._since, counters=counters)

    def close(self) -> None:
        """See ``LiveFeed``."""
        if self._lines is not None:
            self._lines.close()
            self._lines = None


def _frame(kept: Mapping[str, Any]) -> Frame:
    if "b64" in kept:
        return b64decode(kept["b64"], validate=True)
    frame = kept["frame"]
    if not isinstance(frame, str):
        raise TypeError("a frame is text")
    return frame
