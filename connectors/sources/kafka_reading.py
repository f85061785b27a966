"""One life of a Kafka feed, from ``open`` to ``close``: where each partition stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from confluent_kafka import KafkaError

from connectors.sources.kafka_alignment import Alignment
from connectors.sources.kafka_batch import as_lines
from connectors.sources.kafka_client import KafkaClient
from connectors.sources.kafka_topic import Message, Start, TopicReader, Trouble
from connectors.sources.live_feed import Gap, Position, Received

_FIRST_BATCH: Final = 1_000  # messages, as long as their size is not known


@dataclass(frozen=True)
class KafkaBounds:
    """How much is taken at a time, and how long is waited.

    Attributes:
        messages: of one batch, and of what is held back for a slower partition, about.
        size: of the same in bytes.
        align: how far partitions may be apart in the time of their messages.
        patience: how long all brokers may be away before the feed gives up.
        look: how often the topic is asked for new partitions.
    """

    messages: int = 20_000
    size: int = 16 << 20
    align: timedelta = timedelta(seconds=60)
    patience: timedelta = timedelta(seconds=60)
    look: timedelta = timedelta(seconds=10)


@dataclass(frozen=True)
class _Torn:
    """A partition whose next messages were gone: where it goes on, since when, and why."""

    offset: int
    ts_from: int
    cause: str


class KafkaReading:
    """Partitions of a topic, each with the offset that is read and the one that is given next."""

    def __init__(self, client: KafkaClient, topic: str, bounds: KafkaBounds) -> None:
        """Read ``topic`` within ``bounds``; ``begin`` says where."""
        self._client, self._topic, self._bounds = client, topic, bounds
        self._reader = TopicReader(client, topic)
        self._alignment = Alignment(bounds.align)
        self._read: dict[int, int] = {}
        self._next: dict[int, int] = {}
        self._paused: set[int] = set()
        self._torn: dict[int, _Torn] = {}
        self._room = min(_FIRST_BATCH, bounds.messages)
        self._told = False
        self.lag: int | None = None

    @property
    def held(self) -> int:
        """Messages that wait here for a slower partition."""
        return self._alignment.held

    def begin(self, partitions: Iterable[int], position: Position | None, start: Start) -> None:
        """Go to ``position``, or to ``start`` without one.

        A partition that a position does not know is newer than it: it is read from its beginning.
        """
        places = {partition: f"{self._topic}/{partition}" for partition in partitions}
        position = position or {}
        known = {p: int(position[name]) for p, name in places.items() if name in position}
        unknown = places.keys() - known.keys()
        self._add(known | self._reader.starts(unknown, "earliest" if position else start))

    def admit(self, partitions: Iterable[int]) -> None:
        """Read those that are new from their beginnings."""
        if new := set(partitions) - self._read.keys():
            self._add(self._reader.starts(new, "earliest"))

    def receive(self, timeout: float) -> Received | None:
        """Take messages. The first answer says where the feed begins, even without messages.

        Raises:
            FeedLost: a partition cannot be read any more.
            SourceError: it must not be.
        """
        messages, troubles = self._reader.take(self._room, timeout)
        last = {message.partition(): message for message in messages}
        self._read.update({partition: message.offset() + 1 for partition, message in last.items()})
        for trouble in troubles:
            self._mend(trouble)
        ends = {partition: self._reader.end(partition) for partition in self._read}
        behind = [p for p, end in ends.items() if end is None or self._read[p] < end]
        due = self._alignment.align(messages, last, behind)
        self._pause_and_resume()
        found = self._received(due) if due or not self._told else None
        self.lag = sum(max(0, (ends[p] or 0) - offset) for p, offset in self._next.items())
        return found

    def _add(self, offsets: dict[int, int]) -> None:
        self._read.update(offsets)
        self._next.update(offsets)
        self._alignment.begin(offsets)
        self._reader.add(offsets)

    def _received(self, due: Sequence[Message]) -> Received:
        lines, rejects = as_lines(self._topic, due)
        gaps = self._gaps(due) if self._torn else []
        self._next.update({message.partition(): message.offset() + 1 for message in due})
        if lines is not None:
            mean = sum(map(len, lines.values)) // len(lines.values)
            self._room = max(1, min(self._bounds.messages, self._bounds.size // mean))
        self._told = True
        position = {f"{self._topic}/{p}": offset for p, offset in self._next.items()}
        return Received(lines, position, rejects, gaps)

    def _mend(self, trouble: Trouble) -> None:
        partition, error = trouble
        if error.code() != KafkaError._AUTO_OFFSET_RESET:
            raise self._client.failure(error)
        low, high = self._reader.edges(partition)
        wanted = self._read[partition]
        if not low <= wanted <= high:
            past = f"{low - 1} were deleted before they were read"
            if wanted > high:
                past = f"later are not there, {high} comes next: the topic was made anew"
            cause = f"{self._topic}/{partition}: offsets {wanted} to {past}"
            reached = self._alignment.reached.get(partition, 0)
            self._torn[partition] = _Torn(low, max(reached, 0) * 1_000, cause)
            self._read[partition] = low
        self._paused.discard(partition)
        self._reader.move(partition, self._read[partition])

    def _gaps(self, due: Sequence[Message]) -> list[Gap]:
        """Gaps that end with these messages; until then the position stays before the gap."""
        found = []
        for message in due:
            torn = self._torn.get(message.partition())
            if torn is not None and message.offset() >= torn.offset:
                del self._torn[message.partition()]
                found.append(Gap("", torn.ts_from, message.timestamp()[1] * 1_000, torn.cause))
        return found

    def _pause_and_resume(self) -> None:
        """Bound what is held back."""
        held, ahead = self._alignment.held, set(self._alignment.ahead)
        if held > self._room and ahead > self._paused:
            self._reader.pause(ahead - self._paused)
            self._paused |= ahead
        back = self._paused - ahead if held > self._room // 2 else self._paused.copy()
        if back:
            self._reader.resume(back)
            self._alignment.begin(back)
            self._paused -= back
