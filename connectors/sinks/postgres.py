"""Tables in Postgres that stand where an undisturbed run would have them, whatever happened.

All tables are read through ONE subscription, so that a minibatch is written as a whole, and so that
a checkpoint of the engine comes with the very rows it belongs to. The engine's thread only collects
rows; a thread of its own writes them.
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any, Final

import pathway as pw

from connectors.sinks.postgres_backlog import Backlog
from connectors.sinks.postgres_batch import Batch, Checkpoint
from connectors.sinks.postgres_link import SinkLost
from connectors.sinks.postgres_store import PostgresStore
from connectors.sinks.postgres_streams import Packing, Stream, pack
from connectors.sinks.postgres_writer import Writer
from connectors.sources.live_feed import LinkStatus
from connectors.sources.stop import StopToken

QUEUE_ROWS: Final = 50_000
PATIENCE: Final = timedelta(seconds=10)
HANGS: Final = 60.0  # seconds without an answer after which Postgres is taken for lost
_log = logging.getLogger(__name__)


class PostgresSink:
    """A running sink: what the subscription calls, and how it stands. See ``write_postgres``."""

    def __init__(
        self,
        packings: Sequence[Packing],
        backlog: Backlog,
        writer: Writer,
        expected_parts: Collection[str],
    ) -> None:
        self.skipped = 0
        self._packings = packings
        self._backlog = backlog
        self._writer = writer
        self._expected = frozenset(expected_parts)
        self._batch = Batch()
        self._states: dict[int, dict[str, bytes]] = {}

    @property
    def failure(self) -> Exception | None:
        """Why the writer has given up; None while it works."""
        return self._backlog.failure

    @property
    def checkpoint(self) -> int | None:
        """Number of the last checkpoint that this sink has committed."""
        return self._writer.checkpoint

    @property
    def seconds_behind(self) -> float:
        """Age of the oldest minibatch that is not committed; 0 when all are."""
        oldest = self._backlog.oldest
        return 0.0 if oldest is None else time.monotonic() - oldest

    def status(self) -> LinkStatus:
        """How the sink stands with Postgres; from any thread."""
        writer, state, since = self._writer, self._writer.state, self._writer.since
        counters = {**writer.counters, "checkpoints_skipped": self.skipped}
        reason, busy = writer.reason, writer.busy_seconds
        if state == "connected" and busy > writer.patience:
            state, since, reason = "away", time.time() - busy, f"no answer for {busy:.0f} s"
        return LinkStatus("postgres", state, since, reason, self._backlog.rows, counters)

    def close(self, wait: float = 2.0) -> None:
        """Write what waits for at most ``wait`` seconds, then disconnect; twice is once."""
        self._writer.stop(wait)

    def _changed(self, key: object, row: dict[str, Any], time: int, is_addition: bool) -> None:
        stream = row["stream"]
        if stream < len(self._packings):
            self._packings[stream].add(self._batch, row["cells"], is_addition)
        elif is_addition:
            part, number, state = row["cells"]
            self._states.setdefault(number, {})[part] = state

    def _time_ended(self, time: int) -> None:
        batch, self._batch = self._batch, Batch()
        for packing in self._packings:
            packing.log(batch)
        checkpoint = self._complete()
        self._writer.start()
        if self._writer.busy_seconds > HANGS:
            raise SinkLost(f"postgres has not answered for {HANGS:.0f} s")
        if len(batch) or checkpoint is not None:
            self._backlog.put(batch, checkpoint)
        else:
            self._backlog.check()

    def _ended(self) -> None:
        self._backlog.drain()

    def _complete(self) -> Checkpoint | None:
        """The newest checkpoint all of whose parts have come in this minibatch."""
        states, self._states = self._states, {}
        whole = [number for number, parts in states.items() if self._expected == parts.keys()]
        if len(whole) < len(states):
            # Tables are exact only as of the minibatch that all parts came in.
            self.skipped += len(states) - len(whole)
            _log.warning("postgres: checkpoint without all of its parts: %s", sorted(states))
        return Checkpoint(max(whole), states[max(whole)]) if whole else None


def write_postgres(
    streams: Sequence[Stream],
    store: PostgresStore,
    *,
    stop: StopToken,
    checkpoints: pw.Table[Any] | None = None,
    expected_parts: Collection[str] = (),
    on_checkpoint: Callable[[int], None] | None = None,
    on_lost: Callable[[SinkLost], None] | None = None,
    patience: timedelta = PATIENCE,
    queue_rows: int = QUEUE_ROWS,
    name: str = "postgres",
) -> PostgresSink:
    """Write tables of the graph, and the checkpoints that come with them.

    A feed that ends waits for its last commit. When Postgres is lost, the next minibatch raises
    ``SinkLost`` out of ``pw.run``: then close the sink and go on from the last checkpoint.

    Args:
        streams: each to a table of ``store`` of its own.
        store: prepared and restored. The sink closes it.
        stop: ends waiting for a slow Postgres.
        checkpoints: append-only (part: str, number: int, state: bytes), numbers grow; the parts of
            a number come in one minibatch.
        expected_parts: of each number.
        on_checkpoint: called in the writing thread with each number that is committed: what was
            read up to it need never be read again.
        on_lost: called in the writing thread when the sink gives up.
        patience: how long Postgres may be away before the sink gives up.
        queue_rows: how many rows may wait before the engine does.
        name: of the sink in the graph.

    Raises:
        ValueError: a stream and its table do not fit.
    """
    known = [table.name for table in store.tables]
    targets = [stream.target.name for stream in streams]
    if len(set(targets)) < len(targets) or not set(targets) <= set(known):
        raise ValueError(f"streams {targets} do not fit the tables of the store: {known}")
    packings = [Packing(stream) for stream in streams]
    packed = [packing.packed(number) for number, packing in enumerate(packings)]
    if checkpoints is not None:
        packed.append(pack(checkpoints, ("part", "number", "state"), len(packings)))
    backlog = Backlog(queue_rows, stop)
    writer = Writer(
        store,
        backlog,
        patience=patience.total_seconds(),
        on_checkpoint=on_checkpoint or _ignore,
        on_lost=on_lost or _ignore,
    )
    sink = PostgresSink(packings, backlog, writer, expected_parts)
    pw.io.subscribe(
        pw.Table.concat_reindex(*packed),
        on_change=sink._changed,
        on_time_end=sink._time_ended,
        on_end=sink._ended,
        name=name,
    )
    return sink


def _ignore(news: object) -> None:
    """Nobody wants to know."""
