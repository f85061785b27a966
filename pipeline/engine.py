"""Running the graph: logging, and how a run ends."""

import gc
import logging
import os
import sys
import threading
from functools import _lru_cache_wrapper

import pathway as pw

from connectors.sources.errors import SourceError
from connectors.sources.stop import FeedStopped, StopToken

GC_THRESHOLD = (50_000, 20, 50)  # rows cross the border as objects without cycles: look seldom
STOP_WAIT = 1.5  # seconds the engine may take to unwind after a stop
_log = logging.getLogger(__name__)


class _Expected(logging.Filter):
    """Drops the engine's report of a stop that was asked for, and of what ends the run anyway."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is worth showing."""
        return not any(one.__name__ in record.getMessage() for one in (FeedStopped, SourceError))


def quiet_engine() -> None:
    """Keep the engine's progress chatter out of the terminal; errors stay.

    The engine sets up logging itself unless there is a handler already.
    """
    os.environ["RUST_BACKTRACE"] = "0"  # Pathway asks for one: sixty lines for each lost server
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("pathway_engine").setLevel(logging.ERROR)
    for handler in logging.getLogger().handlers:
        handler.addFilter(_Expected())


def clear_graph() -> None:
    """Forget the graph that has been built, so that another one can be.

    Pathway remembers answers of methods of tables, and with them whole graphs of before.
    """
    pw.internals.parse_graph.G.clear()
    theirs = [one for name, one in sys.modules.items() if name.startswith("pathway.internals")]
    kinds = {kind for one in theirs for kind in vars(one).values() if isinstance(kind, type)}
    for method in (method for kind in kinds for method in vars(kind).values()):
        if isinstance(method, _lru_cache_wrapper):
            method.cache_clear()


def run_engine(stop: StopToken) -> None:
    """Run the graph that has been built until its feeds end or are stopped.

    Args:
        stop: set when the run has ended for whatever reason: a reading thread that waits for a dead
            engine would keep the process alive.

    Raises:
        Exception: whatever a source, a sink or a builder raised; a stop asked for is no error.
    """
    quiet_engine()
    gc.unfreeze()  # what is frozen stays for good: not the graph of an engine that has ended
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLD)
    try:
        pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    except FeedStopped as stopped:
        stopped.__traceback__ = None  # the source keeps it, and its frames would keep the graph
    finally:
        stop.set()


class Engine:
    """The graph in a thread of its own.

    Args:
        stop: makes the sources raise when the engine is to end, so that no window is flushed.
    """

    def __init__(self, stop: StopToken) -> None:
        self._stop = stop
        self.failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the graph is running."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Run the graph."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the sources to stop; wait ``STOP_WAIT`` seconds at most for the engine to unwind."""
        self._stop.set()
        self.join(STOP_WAIT)

    def join(self, seconds: float) -> None:
        """Wait until it has ended, for so long at most."""
        if self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            run_engine(self._stop)
        except BaseException as error:  # kept for the main thread, which reports it
            _log.debug("the engine has failed", exc_info=True)
            # A source may keep what it has raised, whose frames would keep the whole graph.
            self.failure = error.with_traceback(None)
