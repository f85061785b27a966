"""Frames of a WebSocket feed kept as they came, before anyone reads them.

A folder of JSONL files, numbered from 1: ``{"recv_ns": ..., "conn": "...", "frame": "..."}``;
frames that are no text have ``b64`` instead, the end of a connection has neither. ``conn`` is the
life of the recorder and the connection in it. Every start begins a new file, so a line that a crash
has cut short stays the last one of its file.

A frame is handed to the operating system before it is read: whatever the feed has given, the log
holds, also when the process is killed. It is forced to disk once a second and at the end of a file:
a loss of power costs a second of frames. The folder is bounded: the oldest files are deleted.
"""

import logging
import os
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from connectors.streams.fields import Frame
from connectors.streams.venue import Credentials

SUFFIX: Final = ".jsonl"
_SYNC_NS: Final = 1_000_000_000
_log = logging.getLogger(__name__)


class Recorder:
    """A ``FrameLog`` in a folder. A disk that refuses ends the log, never the feed."""

    def __init__(
        self,
        folder: Path,
        *,
        credentials: Credentials | None = None,
        file_bytes: int = 1 << 26,
        files: int = 16,
    ) -> None:
        """Begin a new file.

        Args:
            folder: made when it is not there; of this recorder alone.
            credentials: never written, should the venue repeat them.
            file_bytes: a file is ended when it has grown to so much.
            files: so many are kept.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder, self._file_bytes, self._files = folder, file_bytes, files
        self._credentials = credentials or Credentials()
        folder.mkdir(parents=True, exist_ok=True)
        self._number = max((int(path.stem) for path in log_files(folder)), default=0)
        self._life = time.time_ns()  # connections are counted anew in every life
        self._file: int | None = None
        self._size = self._synced_ns = 0
        self.written = 0  # frames
        self.lost = 0  # frames that the disk did not take
        self._next_file()

    def write(self, recv_ns: int, connection: int, frame: Frame) -> None:
        """Keep a frame; ``recv_ns`` is the wall time in nanoseconds."""
        raw = frame.encode() if isinstance(frame, str) else frame
        try:
            kept = {"frame": self._credentials.redact(raw.decode())}
        except UnicodeDecodeError:
            kept = {"b64": b64encode(raw).decode()}
        self._write(recv_ns, connection, kept)
        self.written += self._file is not None
        self.lost += self._file is None

    def end(self, recv_ns: int, connection: int) -> None:
        """Keep that a connection has ended: no other one is waited for to fill its holes."""
        self._write(recv_ns, connection, {})

    def _write(self, recv_ns: int, connection: int, kept: Mapping[str, str]) -> None:
        if self._file is None:
            return
        said = {"recv_ns": recv_ns, "conn": f"{self._life}-{connection}", **kept}
        try:
            self._append(recv_ns, orjson.dumps(said) + b"\n")
        except OSError as error:
            _log.error("%s: frames are recorded no longer: %s", self._folder, error)
            with suppress(OSError):
                self.close()

    def _append(self, recv_ns: int, line: bytes) -> None:
        assert self._file is not None
        done = os.write(self._file, line)
        if done < len(line):
            raise OSError("the disk is full")
        self._size += done
        if recv_ns - self._synced_ns >= _SYNC_NS:
            os.fsync(self._file)
            self._synced_ns = recv_ns
        if self._size >= self._file_bytes:
            self._next_file()

    def _next_file(self) -> None:
        self.close()
        self._number += 1
        path = self._folder / f"{self._number:08}{SUFFIX}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._size, self._synced_ns = 0, time.time_ns()
        for old in log_files(self._folder)[: -self._files]:
            old.unlink()

    def close(self) -> None:
        """Force what was written to disk. Twice is once."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            os.fsync(file)
        finally:
            os.close(file)


def log_files(folder: Path) -> list[Path]:
    """The files of a log, oldest first."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())
