"""Tables as Redis streams: one entry per change, with the fields ``key`` and ``value``.

``value`` is the row as a JSON object with Pathway's ``diff`` and ``time``, as in the topics of
Kafka. Entries are added in batches that Redis takes whole or not at all, so changes keep their
order. Delivery is at least once: what Redis has not confirmed is sent again, unless it is found at
the end of the stream.
"""

import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pathway as pw
import redis

from connectors.sinks.change_lines import ChangeLine, change_line
from connectors.sinks.outbox import Outbox
from connectors.sinks.postgres_link import SinkLost, StoreError
from connectors.sources.link import Link
from connectors.sources.live_feed import LinkStatus
from connectors.sources.patience import Patience
from connectors.sources.redis_client import AWAY, DENIED, RedisClient, transaction
from connectors.sources.stop import StopToken

QUEUE_ROWS: Final = 50_000
PATIENCE: Final = timedelta(minutes=1)
MAXLEN: Final = 100_000
_BATCH: Final = 1_000


class RedisSink:
    """A running sink: what the subscription calls, and how it stands. See ``write_redis``."""

    def __init__(
        self,
        client: RedisClient,
        stream: str,
        outbox: Outbox[ChangeLine],
        *,
        key: str,
        maxlen: int,
        patience: timedelta,
        label: str = "",
    ) -> None:
        self._client, self._stream, self._key, self._maxlen = client, stream, key, maxlen
        self._outbox, self._patience = outbox, Patience(patience)
        name = f"redis:{stream}/{label}" if label else f"redis:{stream}"
        self._link = Link(name, vital=False)  # views are fresh without it
        self._gone: list[ChangeLine] = []
        self._come: list[ChangeLine] = []
        self._written = 0
        self._thread = threading.Thread(target=self._run, name=f"redis-{stream}", daemon=True)

    def status(self) -> LinkStatus:
        """How the sink stands with Redis; from any thread. Lag: changes that wait."""
        return self._link.status(len(self._outbox), {"written": self._written})

    def close(self) -> None:
        """Disconnect; what waits is not written. Twice is once."""
        self._outbox.close()
        if self._thread.is_alive():
            self._thread.join()
        self._client.close()

    def _changed(self, key: object, row: dict[str, Any], time: int, is_addition: bool) -> None:
        line = change_line(row, self._key, time=time, is_addition=is_addition)
        (self._come if is_addition else self._gone).append(line)

    def _time_ended(self, time: int) -> None:
        # The last entry of a key is its row: what goes is told before what comes in its place. The
        # engine keeps no order within a minibatch: sorted, entries follow from the rows alone.
        lines, self._gone, self._come = sorted(self._gone) + sorted(self._come), [], []
        if lines and self._thread.ident is None:
            self._thread.start()
        self._outbox.put(lines)

    def _ended(self) -> None:
        self._outbox.drain()

    def _run(self) -> None:
        try:
            while (lines := self._outbox.take(_BATCH)) and self._deliver(lines):
                self._written += len(lines)
                self._outbox.sent(len(lines))
        finally:
            if not self._outbox.closed and self._outbox.failure is None:
                self._outbox.fail(SinkLost(f"redis:{self._stream}: the writing thread has died"))

    def _deliver(self, lines: Sequence[ChangeLine]) -> bool:
        """Send until Redis confirms; false: it never will, or nobody waits for it any more."""
        unsure = False
        while not self._outbox.closed:
            try:
                if not (unsure and self._is_last(lines)):
                    self._add(lines)
            except AWAY as error:
                if isinstance(error, DENIED):
                    return self._refused(error)
                unsure = True
                self._link.away(self._client.said(error))
                self._patience.failed()
                self._outbox.pause(self._patience.pause)
            except redis.ResponseError as error:
                return self._refused(error)
            else:
                self._link.connected()
                self._patience.answered()
                return True
        return False

    def _add(self, lines: Sequence[ChangeLine]) -> None:
        batch = self._client.redis.pipeline(transaction=True)
        for line in lines:
            batch.xadd(self._stream, line._asdict(), maxlen=self._maxlen, approximate=True)
        ids = transaction(batch)
        if len(set(ids)) != len(lines):
            raise redis.ConnectionError(f"{len(set(ids))} of {len(lines)} entries confirmed")

    def _is_last(self, lines: Sequence[ChangeLine]) -> bool:
        """Whether the stream ends with these lines: then only the answer was lost."""
        found = self._client.redis.xrevrange(self._stream, count=len(lines))
        ends = [fields for _, fields in reversed(found)]
        return ends == [{b"key": line.key, b"value": line.value} for line in lines]

    def _refused(self, error: Exception) -> bool:
        reason = self._client.said(error)
        self._link.away(reason)
        fix = "mend REDIS_URL or the rights of its user, or free the name of the stream"
        self._outbox.fail(StoreError(f"redis:{self._stream}: {reason}; {fix}"))
        return False


def write_redis(
    table: pw.Table[Any],
    url: str,
    stream: str,
    *,
    key: str,
    name: str,
    stop: StopToken,
    maxlen: int = MAXLEN,
    patience: timedelta = PATIENCE,
    queue_rows: int = QUEUE_ROWS,
    label: str = "",
) -> RedisSink:
    """Write every change of ``table`` to a stream.

    While Redis is away changes wait, up to ``queue_rows`` of them; then the engine does; and when
    that has lasted for ``patience``, ``SinkLost`` goes out of ``pw.run``.

    Args:
        table: any.
        url: of Redis, as in ``RedisClient``.
        stream: its key in Redis; made when it is not there.
        key: column whose value is the key of an entry.
        name: of the sink in the graph.
        stop: ends waiting for Redis.
        maxlen: entries that the stream is trimmed to, about.
        patience: how long the engine waits for Redis.
        queue_rows: how many changes may wait, beside those of one minibatch.
        label: where several tables share a stream, a column ``table`` with this value tells them
            apart.

    Raises:
        ValueError: the url is none, or the table has no such column.
    """
    if key not in table.typehints():
        raise ValueError(f"`key` must be a column of the table, was {key!r}")

    def lost() -> SinkLost:
        said = sink.status()
        return SinkLost(f"{said.name}: {said.lag} changes wait; {said.reason or 'no progress'}")

    outbox: Outbox[ChangeLine] = Outbox(queue_rows, patience, stop, lost)
    client = RedisClient(url)
    sink = RedisSink(client, stream, outbox, key=key, maxlen=maxlen, patience=patience, label=label)
    pw.io.subscribe(
        table.with_columns(table=label) if label else table,
        on_change=sink._changed,
        on_time_end=sink._time_ended,
        on_end=sink._ended,
        name=name,
    )
    return sink
