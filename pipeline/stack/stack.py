"""Kafka, PostgreSQL and Redis together: up, down, status."""

import fcntl
import os
import shlex
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pipeline.stack.errors import StackError, StackMissing
from pipeline.stack.kafka import Kafka
from pipeline.stack.postgres import Postgres
from pipeline.stack.redis import Redis
from pipeline.stack.server import Say, Server

EXIT_DONE, EXIT_FAILED, EXIT_BAD_INPUT = 0, 1, 2
KINDS: Sequence[type[Server]] = (Redis, Postgres, Kafka)  # the quickest first
NO_PORTS: Mapping[str, int | None] = {}


class Stack:
    """The three servers, with all they keep below one folder.

    Args:
        directory: made by ``up``.
        kinds: of servers, in the order of their start.
        ports: by name of the server; without: its usual port, or a free one.
    """

    def __init__(
        self,
        directory: Path,
        *,
        kinds: Sequence[type[Server]] = KINDS,
        ports: Mapping[str, int | None] = NO_PORTS,
    ) -> None:
        self._directory = directory
        self.servers = [kind(directory / kind.name, port=ports.get(kind.name)) for kind in kinds]

    def up(self, say: Say) -> list[Server]:
        """Start what does not run; returns what was started.

        Raises:
            StackError: a server does not start, or its package is missing; then those that were
                started before it are stopped again.
        """
        started: list[Server] = []
        with self._locked():
            try:
                for server in self.servers:
                    if server.running is None:
                        started.append(server)
                    server.start(say)
            except BaseException:
                for server in reversed(started):
                    server.stop()
                raise
        return started

    def down(self, say: Say, servers: Sequence[Server] | None = None) -> None:
        """Stop these servers; None: all."""
        if not self._directory.is_dir():
            say(f"nothing was started in {self._directory}")
            return
        with self._locked():
            for server in reversed(self.servers if servers is None else servers):
                said = "stopped" if server.stop() else "was not running"
                say(f"{server.name}: {said}")

    def environment(self) -> dict[str, str]:
        """Variables that say where the started servers are."""
        return {server.variable: server.address for server in reversed(self.servers)}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One up or down at a time; another one waits."""
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def run(options: Namespace) -> int:
    """``yieldflow stack``: environment lines on standard output, all else on standard error."""
    ports = {kind.name: getattr(options, f"{kind.name}_port") for kind in KINDS}
    stack = Stack(options.dir or home(os.environ) / "stack", ports=ports)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        return ACTIONS[options.action](stack)
    except StackError as error:
        print(f"yieldflow: {error}", file=sys.stderr)
        return EXIT_BAD_INPUT if isinstance(error, StackMissing) else EXIT_FAILED


def home(env: Mapping[str, str]) -> Path:
    """Folder of all that the system writes."""
    return Path(env.get("YIELDFLOW_HOME") or "var")


def tell(line: str) -> None:
    """Progress: standard output is for the environment lines alone."""
    print(line, file=sys.stderr, flush=True)


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Let SIGTERM end a command as Ctrl-C does: what it has started is stopped."""
    raise KeyboardInterrupt


def _up(stack: Stack) -> int:
    stack.up(tell)
    for variable, address in stack.environment().items():
        print(f"export {variable}={shlex.quote(address)}")
    return EXIT_DONE


def _down(stack: Stack) -> int:
    stack.down(tell)
    return EXIT_DONE


def _status(stack: Stack) -> int:
    for server in reversed(stack.servers):
        print(f"{server.name:8}  {_state(server)}")
    return EXIT_DONE if all(server.running for server in stack.servers) else EXIT_FAILED


def _state(server: Server) -> str:
    if (found := server.running) is None:
        return "not running"
    state = "ready" if server.ready() else "not ready"
    return f"{state}  pid {found.pid}  port {found.port}  log {server.log}"


ACTIONS = {"up": _up, "down": _down, "status": _status}
