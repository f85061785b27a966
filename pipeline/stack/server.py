"""What the three servers share: a folder of their own, a port, a record of the running process."""

import json
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from pipeline.stack.errors import StackError
from pipeline.stack.processes import LOOK, end, free_port, is_free, launch, runs

Say = Callable[[str], None]
_TELL_EVERY = 5.0  # seconds


@dataclass(frozen=True)
class Running:
    """A started process: kept in a file of the server's folder.

    Attributes:
        command: what it was started with; by this a process is known to be ours.
    """

    pid: int
    port: int
    command: list[str]


class Server(ABC):
    """One server with all its files in one folder; started and stopped by any process.

    Args:
        directory: made when it is not there. The server finds its contents again after a stop.
        port: None: the one it had, else its usual one, else a free one; 0: the one it had, else
            a free one.
    """

    name: ClassVar[str]
    variable: ClassVar[str]  # environment variable that says where the server is
    usual_port: ClassVar[int]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_wait: ClassVar[float] = 60.0  # seconds
    stop_wait: ClassVar[float] = 20.0

    def __init__(self, directory: Path, *, port: int | None = None) -> None:
        self.directory = directory.resolve()
        self._wanted = port
        self._record = self.directory / "running.json"
        self.log = self.directory / "server.log"

    @property
    @abstractmethod
    def title(self) -> str:
        """Name and version, for people."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Value of ``variable`` for a started server."""

    @abstractmethod
    def prepare(self, say: Say) -> None:
        """Make what the server needs on disk; called before every start."""

    @abstractmethod
    def command(self, port: int) -> Sequence[str]:
        """The command to run."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether a client is served."""

    @property
    def port(self) -> int:
        """Where it listens, or did last.

        Raises:
            StackError: it was never started.
        """
        if (last := self._last()) is None:
            raise StackError(f"{self.name} was never started in {self.directory}")
        return last.port

    @property
    def running(self) -> Running | None:
        """The process, if it is alive."""
        last = self._last()
        return last if last is not None and runs(last.pid, last.command) else None

    def start(self, say: Say = lambda _: None) -> None:
        """Start the server unless it runs, and wait until it serves clients.

        Raises:
            StackError: it does not start, or its package is missing.
        """
        if (found := self.running) is not None:
            if self._wanted and found.port != self._wanted:
                raise StackError(f"{self.name} runs on port {found.port}: stop it first")
        else:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.prepare(say)
            port = self._choose_port(say)
            command = list(self.command(port))
            say(f"{self.title} starts on port {port}")
            pid = launch(command, log=self.log, cwd=self.directory)
            self._record.write_text(json.dumps(asdict(Running(pid, port, self.shown(command)))))
        self._await_ready(say)

    def stop(self) -> bool:
        """Stop the server in an orderly way; False when it did not run."""
        return self._end(self.stop_signal)

    def kill(self) -> bool:
        """Stop the server as a crash would; False when it did not run."""
        return self._end(signal.SIGKILL)

    def shown(self, command: list[str]) -> list[str]:
        """The command line that the running process has, when started with ``command``."""
        return command

    def _end(self, how: signal.Signals) -> bool:
        if (found := self.running) is None:
            return False
        end(found.pid, found.command, how, self.stop_wait)
        return True

    def _last(self) -> Running | None:
        try:
            return Running(**json.loads(self._record.read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            return None  # never started, or cut short while starting

    def _choose_port(self, say: Say) -> int:
        last = self._last()
        if self._wanted:
            if not is_free(self._wanted):
                raise StackError(f"{self.name}: port {self._wanted} is taken; give another one")
            return self._wanted
        usual = last.port if last else self.usual_port if self._wanted is None else 0
        if usual and is_free(usual):
            return usual
        port = free_port()
        if usual:
            say(f"{self.name}: port {usual} is taken, {port} is used")
        return port

    def _await_ready(self, say: Say) -> None:
        begun = told = time.monotonic()
        while not self.ready():
            now = time.monotonic()
            if self.running is None:
                raise StackError(f"{self.title} ended while starting: {self._last_words()}")
            if now - begun > self.start_wait:
                raise StackError(f"{self.title} is not ready after {now - begun:.0f} s: {self.log}")
            if now - told > _TELL_EVERY:
                told = now
                say(f"{self.title}: not ready yet, {now - begun:.0f} s")
            time.sleep(LOOK)
        say(f"{self.title} ready on port {self.port} after {time.monotonic() - begun:.1f} s")

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        spoken = [line.strip() for line in lines if line.strip()]
        return f"{spoken[-1] if spoken else 'it said nothing'} ({self.log})"
