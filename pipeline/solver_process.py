"""The solver in a process of its own, started when it is first needed.

``multiprocessing`` would import the main module again in its child, that is the engine: half a
gigabyte and seconds. Here the child is the worker's file alone, with one thread of arithmetic, in
a session of its own, so that Ctrl-C in a terminal does not reach it; it ends with its socket.
"""

import importlib.util
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from transforms.kernels.columns import Floats

WORKER = Path(__file__).with_name("optimiser_worker.py")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
STOPPING = "the server is stopping"
START_WITHIN, ANSWER_WITHIN = 60.0, 20.0  # seconds; an import takes 2 to 6, a solution 0.05


class SolverMissing(Exception):
    """skfolio is not installed, or cannot be imported."""


class SolverFailed(Exception):
    """The process crashed, did not answer in time, or was closed. The next call starts another."""


class Unsolved(Exception):
    """There are no such weights; the reason is in ``args``."""


@dataclass(frozen=True, slots=True)
class SolverTask:
    """What to solve: long only, fully invested.

    Attributes:
        method: ``min_variance``, ``risk_parity``, ``hrp``, ``min_cvar`` or ``max_sharpe``.
        returns: a row per day, a column per name.
        max_weight: of one name; sectors: of each name, '' when unknown; max_sector_weight: of the
            names of one known sector together. ``hrp`` heeds none of them.
    """

    method: str
    returns: Floats
    max_weight: float = 1.0
    sectors: Sequence[str] = ()
    max_sector_weight: float = 1.0


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    connection: Connection


@dataclass
class SolverProcess:
    """Solves one problem at a time; to be called from worker threads.

    Args:
        start_within, answer_within: seconds the process may take to start and to answer.
        environment: of the process, beside the present one.
    """

    start_within: float = START_WITHIN
    answer_within: float = ANSWER_WITHIN
    environment: Mapping[str, str] = field(default_factory=dict)
    worker: Path = WORKER
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _child: _Child | None = None
    _closed: bool = False

    @staticmethod
    def installed() -> bool:
        """Whether the extra seems to be there. Nothing is imported."""
        return importlib.util.find_spec("skfolio") is not None

    @property
    def pid(self) -> int | None:
        """Of the process; None when there is none."""
        return None if self._child is None else self._child.process.pid

    def solve(self, task: SolverTask) -> Floats:
        """Weights that sum to 1, rounded to billionths.

        Raises:
            Unsolved: there are none.
            SolverMissing: skfolio is not there.
            SolverFailed: the process crashed or took too long.
        """
        with self._turn:
            child = self._child or self._start()
            problem = (
                *(task.method, task.returns, task.max_weight),
                *(tuple(task.sectors), task.max_sector_weight),
            )
            outcome, content = self._exchange(child, problem, self.answer_within)
        if outcome == "unsolved":
            raise Unsolved(content)
        weights: Floats = content
        return weights

    def warm(self) -> None:
        """Start the process now. Raises what ``solve`` raises but for Unsolved."""
        with self._turn:
            if self._child is None:
                self._start()

    def close(self) -> None:
        """End the process at once; a call that waits for it raises SolverFailed."""
        self._closed = True
        child = self._child
        if child is not None:
            child.process.kill()
        with self._turn:
            if self._child is not None:
                self._discard(self._child)

    def _start(self) -> _Child:
        if self._closed:
            raise SolverFailed(STOPPING)
        ours, theirs = Pipe()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", str(self.worker), str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={**os.environ, **ONE_THREAD, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._child = child = _Child(process, ours)
        outcome, content = self._exchange(child, None, self.start_within)
        if outcome == "missing":
            self._discard(child)
            raise SolverMissing(f"skfolio cannot be imported: {content}")
        return child

    def _exchange(self, child: _Child, problem: object, seconds: float) -> tuple[str, Any]:
        """Send, unless there is nothing to send, and wait for what comes back."""
        try:
            if self._closed:
                raise EOFError
            if problem is not None:
                child.connection.send(problem)
            if child.connection.poll(seconds):
                answer: tuple[str, Any] = child.connection.recv()
                return answer
        except (EOFError, OSError):
            code = self._discard(child)
            raise SolverFailed(self._ended(code)) from None
        child.process.kill()
        self._discard(child)
        raise SolverFailed(f"the solver did not answer within {seconds:g} s")

    def _ended(self, code: int) -> str:
        if self._closed:
            return STOPPING
        return f"the solver's process ended with code {code}"

    def _discard(self, child: _Child) -> int:
        """Put an end to the process; its exit code, negative for a signal."""
        self._child = None
        child.connection.close()
        try:
            return child.process.wait(timeout=1.0)  # when it has crashed, its own code
        except subprocess.TimeoutExpired:
            child.process.kill()
        return child.process.wait()
