"""Messages of Kafka as a feed gives them."""

import time
from collections.abc import Sequence

from connectors.sources.kafka_topic import Message
from connectors.sources.lines import keyed, readable
from connectors.sources.live_feed import Lines
from connectors.sources.rejects import Reject


def as_lines(topic: str, messages: Sequence[Message]) -> tuple[Lines | None, list[Reject]]:
    """Messages that say something, and the others: ``tombstone`` or ``empty_message``."""
    rejects: list[Reject] = []
    values = [value for message in messages if (value := message.value())]
    if len(values) < len(messages):
        rejects = [_refused(topic, message) for message in messages if not message.value()]
        messages = [message for message in messages if message.value()]
    if not messages:
        return None, rejects
    partitions = [message.partition() for message in messages]
    places = {partition: place for place, partition in enumerate(dict.fromkeys(partitions))}
    lines = Lines(
        values=values,
        positions=[message.offset() for message in messages],
        names=[name_of(topic, partition) for partition in places],
        sources=[places[partition] for partition in partitions] if len(places) > 1 else None,
        keys=[message.key() for message in messages],
    )
    return lines, rejects


def name_of(topic: str, partition: int) -> str:
    """What ``Rejected.source`` says of a partition."""
    return f"kafka:{topic}/{partition}"


def _refused(topic: str, message: Message) -> Reject:
    value = message.value()
    return Reject(
        source=name_of(topic, message.partition()),
        position=message.offset(),
        reason="tombstone" if value is None else "empty_message",
        raw=keyed(message.key(), readable(value or b"")),
        ts_recv=time.time_ns() // 1_000,
    )
