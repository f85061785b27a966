"""A topic of Kafka as a live feed: JSON messages, each with its partition, offset and key.

A message without a value, a tombstone, withdraws its key. Trades, bars and snapshots are only ever
appended: there is nothing to withdraw, and it is refused like other messages that say nothing.
Refused messages can be found: ``Rejected.source`` is ``kafka:TOPIC/PARTITION``, ``position`` the
offset, and ``raw`` begins with the key.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Final

from connectors.sources.errors import SourceError
from connectors.sources.kafka_client import ANSWER_WAIT, KafkaClient, Setting
from connectors.sources.kafka_reading import KafkaBounds, KafkaReading
from connectors.sources.kafka_topic import Start
from connectors.sources.link import Link
from connectors.sources.live_feed import FeedLost, Lines, LinkStatus, LiveKind, Position, Received

_LOOK_AWAY: Final = 1.0  # seconds between two looks at the topic while no broker answers


class KafkaFeed:
    """Partitions of one topic. No group is joined and nothing is committed to Kafka."""

    def __init__(
        self,
        topic: str,
        *,
        bootstrap: str,
        kind: LiveKind = "trades",
        start: Start = "earliest",
        partitions: Sequence[int] | None = None,
        settings: Mapping[str, Setting] | None = None,
        secrets: Mapping[str, str] | None = None,
        bounds: KafkaBounds | None = None,
    ) -> None:
        """Describe the feed; ``open`` connects.

        Args:
            topic: of JSON objects with the input columns of ``kind``.
            bootstrap: ``host:port``, several with commas.
            kind: what a message is.
            start: where to begin without a position; a time: at the first message since then, by
                the time that Kafka has of it.
            partitions: to read, for several engines side by side; None: all, also those that the
                topic gets later on.
            settings: of librdkafka.
            secrets: more of them, which are shown nowhere.
            bounds: of memory and of patience.
        """
        some = "" if partitions is None else "/" + ",".join(map(str, sorted(partitions)))
        self._name, self._kind = f"kafka:{topic}{some}", kind
        self._topic, self._start, self._wanted = topic, start, partitions
        self._bootstrap, self._settings, self._secrets = bootstrap, settings, secrets
        self._bounds = bounds or KafkaBounds()
        self._link = Link(self._name)
        self._client: KafkaClient | None = None
        self._looked = 0.0
        self._lag: int | None = None
        self._counters = {"messages": 0, "rejected": 0, "gaps": 0, "held": 0}

    @property
    def name(self) -> str:
        """``kafka:TOPIC``, with the partitions when they are named."""
        return self._name

    @property
    def kind(self) -> LiveKind:
        """What a message is."""
        return self._kind

    def open(self, position: Position | None) -> None:
        """Connect and go to ``{"TOPIC/PARTITION": offset}``, or to the start.

        Raises:
            FeedLost: no broker answers.
            SourceError: a setting, the password, the topic or a partition is wrong.
        """
        self.close()
        self._client = KafkaClient(self._bootstrap, self._link, self._settings, self._secrets)
        try:
            wait = min(ANSWER_WAIT, self._bounds.patience.total_seconds())
            chosen = self._chosen(self._client.partitions(self._topic, wait))
            self._reading = KafkaReading(self._client, self._topic, self._bounds)
            self._reading.begin(chosen, position, self._start)
        except (FeedLost, SourceError):
            self.close()
            raise
        self._looked = time.monotonic()

    def receive(self, timeout: float) -> Received | None:
        """Take messages. The first answer says where the feed begins, even without messages.

        Raises:
            FeedLost: all brokers are away for longer than the feed has patience, or the topic or a
                partition cannot be read any more.
        """
        try:
            self._look()
            found = self._reading.receive(timeout)
        except SourceError as error:  # on the way it may pass; when it does not, ``open`` says so
            self._link.away(str(error))
            raise FeedLost(str(error)) from None
        self._lag = self._reading.lag
        self._count(found)
        return found

    def status(self) -> LinkStatus:
        """Whether brokers answer, how many messages wait there, and what was counted."""
        return self._link.status(self._lag, self._counters)

    def close(self) -> None:
        """Disconnect. Twice is once."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _chosen(self, there: Sequence[int]) -> Sequence[int]:
        if self._wanted is None:
            return there
        if missing := set(self._wanted) - set(there):
            has = f"topic {self._topic!r} has partitions 0 to {len(there) - 1}"
            raise SourceError(f"kafka: {has}, not {min(missing)}; correct `partitions`")
        return self._wanted

    def _look(self) -> None:
        """Find new partitions, and whether brokers that were away are back."""
        every = _LOOK_AWAY if self._link.is_away else self._bounds.look.total_seconds()
        if self._client is None:
            return
        if time.monotonic() - self._looked < every and not self._client.suspect:
            return
        try:
            there = self._client.look(self._topic)
        except FeedLost:
            if self._link.away_for > self._bounds.patience.total_seconds():
                raise
        else:
            self._reading.admit(self._chosen(there))
        self._looked = time.monotonic()

    def _count(self, found: Received | None) -> None:
        counters = dict(self._counters, held=self._reading.held)
        if found is not None:
            counters["messages"] += (
                len(found.messages.values) if isinstance(found.messages, Lines) else 0
            )
            counters["rejected"] += len(found.rejects)
            counters["gaps"] += len(found.gaps)
        self._counters = counters
