"""The partitions of one topic that a feed reads: where they start, what comes, what goes wrong."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, cast

from confluent_kafka import KafkaError, TopicPartition

from connectors.sources.kafka_client import END, FIRST, KafkaClient

Start = Literal["earliest", "latest"] | datetime


class Message(Protocol):
    """A message that was taken: unlike librdkafka's own kind it has a place for sure."""

    def partition(self) -> int:
        """Where it stood: the partition."""

    def offset(self) -> int:
        """Where it stood in the partition."""

    def key(self) -> bytes | None:
        """What it is about; None: it does not say."""

    def value(self) -> bytes | None:
        """What it says; None: it is a tombstone."""

    def timestamp(self) -> tuple[int, int]:
        """What kind of time it is, and milliseconds since the epoch."""


class Trouble(NamedTuple):
    """What is wrong with a partition."""

    partition: int
    error: KafkaError


class TopicReader:
    """Partitions assigned to a client. All is called by one thread."""

    def __init__(self, client: KafkaClient, topic: str) -> None:
        """Read ``topic`` through ``client``; nothing is read before ``add``."""
        self._client, self._consumer, self._topic = client, client.consumer, topic

    def starts(self, partitions: Iterable[int], start: Start) -> dict[int, int]:
        """Offset of each partition at which ``start`` is; a time: of the first message since then.

        Raises:
            FeedLost: a broker does not answer.
            SourceError: the topic may not be read.
        """
        places = list(partitions)
        if start == "earliest":
            return self._offsets(places, FIRST)
        ends = self._offsets(places, END)
        if start == "latest":
            return ends
        since = self._offsets(places, int(start.timestamp() * 1_000))
        return ends | {partition: offset for partition, offset in since.items() if offset >= 0}

    def edges(self, partition: int) -> tuple[int, int]:
        """Offset of the first message that is still there, and of the next one to come.

        Raises:
            FeedLost: the broker does not answer.
            SourceError: the topic may not be read.
        """
        first, end = (self._offsets([partition], moment)[partition] for moment in (FIRST, END))
        return first, end

    def end(self, partition: int) -> int | None:
        """Offset of the next message to come, as of the last answer; None: not known."""
        at = TopicPartition(self._topic, partition)
        found = self._consumer.get_watermark_offsets(at, cached=True)
        return found[1] if found and found[1] >= 0 else None

    def add(self, offsets: Mapping[int, int]) -> None:
        """Read these partitions too, each from its offset."""
        self._consumer.incremental_assign(self._places(offsets))

    def move(self, partition: int, offset: int) -> None:
        """Go on with ``partition`` at ``offset``."""
        self._consumer.incremental_unassign(self._places({partition: offset}))
        self.add({partition: offset})

    def pause(self, partitions: Iterable[int]) -> None:
        """Read no more of these for now."""
        self._consumer.pause(self._places(dict.fromkeys(partitions, 0)))

    def resume(self, partitions: Iterable[int]) -> None:
        """Go on with these where they were paused."""
        self._consumer.resume(self._places(dict.fromkeys(partitions, 0)))

    def take(self, most: int, timeout: float) -> tuple[list[Message], list[Trouble]]:
        """Messages, in order within each partition, and what came instead of some.

        Only the first message is waited for: ``consume`` alone would wait for ``most`` of them.

        Raises:
            FeedLost: the consumer is broken for good.
        """
        found = self._client.asked(lambda: self._consumer.consume(1, timeout))
        if found and most > 1:
            found += self._client.asked(lambda: self._consumer.consume(most - 1, 0))
        errors = [message.error() for message in found]
        if not any(errors):
            return cast("list[Message]", found), []
        messages = [message for message, error in zip(found, errors, strict=True) if error is None]
        troubles = [
            Trouble(message.partition() or 0, error)
            for message, error in zip(found, errors, strict=True)
            if error is not None
        ]
        return cast("list[Message]", messages), troubles

    def _offsets(self, partitions: Sequence[int], moment: int) -> dict[int, int]:
        found = self._client.offsets([(self._topic, p) for p in partitions], moment)
        return {partition: offset for (_, partition), offset in found.items()}

    def _places(self, offsets: Mapping[int, int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, *place) for place in offsets.items()]
