"""Reading the log of a recorder line by line, while it may still be written."""

from pathlib import Path
from typing import BinaryIO

from connectors.sources.recorder import log_files


class LogLines:
    """The lines of a log from one place on.

    Attributes:
        file: name of the file that is read; '' before the first.
        line: how many of its lines are read.
    """

    def __init__(self, folder: Path, file: str, line: int) -> None:
        """Go to the place after ``line`` lines of ``file``, or after ``file`` if it is gone."""
        self.file, self.line = file, line
        self._folder = folder
        self._open: BinaryIO | None = None
        path = folder / file
        if file and path.exists():
            self._enter(path)
            for _ in range(line):
                self._line()
            self.line = line

    def next(self) -> bytes | None:
        """The next line with its end; without one if it was cut short; None: there is none yet."""
        while self._open is not None or self._enter_next():
            if line := self._line():
                self.line += 1
                return line
            newer = self._newer()
            # The file is finished: what was added until its successor began is there now.
            if line := self._line(finished=newer is not None):
                self.line += 1
                return line
            if newer is None:
                return None
            self.close()
        return None

    def _line(self, *, finished: bool = False) -> bytes:
        """The next line; of one without an end nothing, unless none can come."""
        assert self._open is not None
        at = self._open.tell()
        line = self._open.readline()
        if not line.endswith(b"\n") and not finished:
            self._open.seek(at)
            return b""
        return line

    def _newer(self) -> Path | None:
        return next((path for path in log_files(self._folder) if path.name > self.file), None)

    def _enter_next(self) -> bool:
        path = self._newer()
        if path is not None:
            self._enter(path)
        return path is not None

    def _enter(self, path: Path) -> None:
        self._open = path.open("rb")
        self.file, self.line = path.name, 0

    def close(self) -> None:
        """Close the file that is open. Twice is once."""
        if self._open is not None:
            self._open.close()
            self._open = None
