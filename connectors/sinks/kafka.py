"""Changes of tables as JSON messages in topics of Kafka.

A message holds the columns of the row and, like a line of ``jsonlines``, Pathway's ``diff`` (+1 or
-1) and ``time``. An update is two messages of one key, -1 before +1, and so in one partition:
whoever reads along, or keeps the newest message of each key alone, ends with the current row.

Delivery is at least once: after a restart the changes since the last checkpoint are sent again,
with other values of ``time``. Within a run the producer is idempotent: its retries double nothing.
Pathway looks at no report of delivery; whether all has arrived is told by ``DeliveryCheck``.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import pathway as pw

Setting = str | int | bool

_OWN: Final[Mapping[str, Setting]] = {
    "acks": "all",
    "enable.idempotence": True,
    "linger.ms": 5,  # what waits longer is lost when the process is killed
}
_TUNED: Final[Mapping[str, Setting]] = {
    # What Kafka does not take for so long is given up: long enough for a rolling upgrade, a move.
    "message.timeout.ms": timedelta(hours=1) // timedelta(milliseconds=1),
    "queue.buffering.max.kbytes": 64 << 10,
    "partitioner": "murmur2_random",  # that of Kafka's own clients: a key stays in its partition
    "reconnect.backoff.max.ms": 2_000,
}


def write_kafka(
    table: pw.Table[Any],
    bootstrap: str,
    topic: str,
    *,
    key: str,
    name: str,
    settings: Mapping[str, Setting] | None = None,
    secrets: Mapping[str, str] | None = None,
    label: str = "",
) -> None:
    """Send every change of ``table`` to ``topic``.

    Args:
        table: any table.
        bootstrap: ``host:port``, several with commas.
        topic: it must be there.
        key: the column that becomes the key of a message: changes of one key stay in order.
        name: of the sink in the graph, used once.
        settings: of librdkafka.
        secrets: more of them, which are shown nowhere.
        label: where several tables share a topic, a column ``table`` with this value tells them
            apart.

    Raises:
        ValueError: there is no column ``key``, or it holds no text.
    """
    kind = table.typehints().get(key)
    if kind is not str:
        raise ValueError(f"`key` must be a column of text, {key!r} is {kind}")
    sent = table.with_columns(table=label) if label else table
    given = {
        **_TUNED,
        "bootstrap.servers": bootstrap,
        **(settings or {}),
        **(secrets or {}),
        **_OWN,
    }
    pw.io.kafka.write(sent, _as_text(given), topic, key=sent[key], name=name)


def _as_text(settings: Mapping[str, Setting]) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in settings.items()
    }
