"""Readers of a broker, each a process of its own that starts to read when it is told to."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

LONGEST = 300.0  # seconds of one reader


class Reader:
    """A process that is spoken to line by line."""

    def __init__(self, arguments: Sequence[str], complaints: IO[bytes]) -> None:
        command = [sys.executable, "-m", "scripts.bench_peers.kafka_bars", *arguments]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=complaints, text=True
        )
        self._way, self._complaints = arguments[0], complaints

    def tell(self, word: str) -> None:
        """Say one line."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def hear(self, word: str) -> None:
        """Wait for a line; anything else is a failure."""
        assert self.process.stdout is not None
        if self.process.stdout.readline().strip() != word:
            self._complaints.seek(0)
            said = self._complaints.read().decode(errors="replace")
            raise SystemExit(f"{self._way} failed:\n{said[-4_000:]}")

    def wait(self) -> float:
        """Seconds of a processor that it has taken, as soon as it has ended."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return usage.ru_utime + usage.ru_stime


@contextmanager
def reader(arguments: Sequence[str]) -> Iterator[Reader]:
    """A reader, killed when it takes too long, and in the end."""
    with tempfile.TemporaryFile() as complaints:
        started = Reader(arguments, complaints)
        limit = threading.Timer(LONGEST, started.process.kill)
        limit.start()
        try:
            yield started
        finally:
            limit.cancel()
            started.process.kill()
            started.process.communicate()
