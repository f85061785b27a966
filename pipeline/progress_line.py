"""One line that says how far a long job has got: redrawn on a terminal, now and then in a log."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO


class ProgressLine:
    """Shows ``describe()`` while the ``with`` block runs, from a thread of its own.

    Args:
        describe: gives the line; called about four times a second on a terminal.
        stream: where it goes. When it is no terminal a line is printed every ``log_every`` seconds.
        enabled: False prints nothing at all.
    """

    def __init__(
        self,
        describe: Callable[[], str],
        stream: TextIO,
        *,
        enabled: bool = True,
        log_every: float = 10.0,
    ) -> None:
        self._describe, self._stream, self._enabled = describe, stream, enabled
        self._live = stream.isatty()
        self._every = 0.25 if self._live else log_every
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._draw, name="progress", daemon=True)

    def __enter__(self) -> Self:
        """Start drawing."""
        if self._enabled:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing and clear the line."""
        self._done.set()
        if self._enabled:
            self._thread.join()
            if self._live:
                self._stream.write("\r\x1b[K")
                self._stream.flush()

    def _draw(self) -> None:
        while not self._done.wait(self._every):
            line = self._describe()
            self._stream.write(f"\r\x1b[K{line}" if self._live else f"{line}\n")
            self._stream.flush()


class Rate:
    """Units per second since the last call, from a growing count."""

    def __init__(self) -> None:
        self._at, self._count = time.monotonic(), 0

    def __call__(self, count: int) -> float:
        """The rate between the previous call and this one; 0 on a clock that stood still."""
        now = time.monotonic()
        passed, grown = now - self._at, count - self._count
        self._at, self._count = now, count
        return grown / passed if passed > 0 else 0.0
