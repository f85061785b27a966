"""A consumer of Kafka that joins no group, and words for what goes wrong with it.

Without a group a restart waits for no dead member, and where to go on is known to the reader alone.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from config.librdkafka import SECRETS
from connectors.sources.errors import SourceError
from connectors.sources.link import Link
from connectors.sources.live_feed import FeedLost

Setting = str | int | bool

FIRST: Final = -2  # in place of a moment: the first message that is still there
END: Final = -1
ANSWER_WAIT: Final = 5.0  # seconds for one answer of a broker
_SLICE: Final = 1.0  # of it, between two looks at what librdkafka complains of
_OWN: Final[Mapping[str, Setting]] = {
    "enable.auto.commit": False,
    "auto.offset.reset": "error",  # what was deleted before it was read is told, not skipped
    "allow.auto.create.topics": False,
}
_TUNED: Final[Mapping[str, Setting]] = {
    "queued.max.messages.kbytes": 16 << 10,  # bounds what lies ready beside the batch in hand
    "fetch.queue.backoff.ms": 10,  # the default, a second, reads a fifth of what could be read
    "reconnect.backoff.max.ms": 2_000,
}
_DENIED: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,
        KafkaError._SSL,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError.UNSUPPORTED_SASL_MECHANISM,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)
_log = logging.getLogger(__name__)

T = TypeVar("T")


class KafkaClient:
    """A consumer and how it stands with its brokers. All is called by one thread."""

    def __init__(
        self,
        bootstrap: str,
        link: Link,
        settings: Mapping[str, Setting] | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """Make the consumer; it connects in the background.

        Args:
            bootstrap: ``host:port``, several with commas.
            link: told when all brokers are away, and when one answers again.
            settings: of librdkafka; passwords among them are shown nowhere.
            secrets: more of them, none of which is shown.

        Raises:
            SourceError: librdkafka refuses a setting.
        """
        self._bootstrap, self._link = bootstrap, link
        given = {**(settings or {}), **(secrets or {})}
        hidden = {*(secrets or {}), *SECRETS}
        self._hidden = [str(value) for key, value in given.items() if key in hidden and value]
        self._complaint: KafkaError | None = None
        self.suspect = False  # whether brokers seem to be away since the last look
        who = {"bootstrap.servers": bootstrap, "group.id": f"yieldflow-{uuid.uuid4()}"}
        every = {**_TUNED, **who, **given, **_OWN, "error_cb": self._complain}
        try:
            self.consumer = Consumer(every, logger=_Quiet())
        except KafkaException as error:
            raise SourceError(f"kafka: {self.plain(error.args[0])}; mend its settings") from None

    def partitions(self, topic: str, wait: float = ANSWER_WAIT) -> list[int]:
        """The partitions of a topic. To be asked before any is read: it drops messages.

        Raises:
            FeedLost: no broker answers within ``wait`` seconds.
            SourceError: there is no such topic, or it may not be read.
        """
        until = time.monotonic() + wait
        while True:
            try:
                return self.look(topic, min(_SLICE, wait))
            except FeedLost:
                self.consumer.poll(0)  # hands over what librdkafka complains of meanwhile
                cause = self._complaint
                if cause is not None and (cause.code() in _DENIED or time.monotonic() >= until):
                    raise self.failure(cause) from None
                if time.monotonic() >= until:
                    raise

    def look(self, topic: str, timeout: float = _SLICE) -> list[int]:
        """The partitions of a topic, as a broker says them within ``timeout`` seconds.

        Raises:
            FeedLost: no broker answers. The link is away from now on.
            SourceError: there is no such topic any more, or it may not be read.
        """
        self.suspect = False
        try:
            found = self.consumer.list_topics(topic, timeout).topics[topic]
        except KafkaException as error:
            self._link.away(self.plain(self._complaint or error.args[0]))
            raise self.failure(error.args[0]) from None
        self._complaint = None
        self._link.connected()
        if found.error is None:
            return sorted(found.partitions)
        if found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            fix = "make it, or name another one"
            raise SourceError(f"kafka: there is no topic {topic!r} on {self._bootstrap}; {fix}")
        raise self.failure(found.error)

    def offsets(self, places: Iterable[tuple[str, int]], moment: int) -> dict[tuple[str, int], int]:
        """Offset of the first message since a moment, by topic and partition, asked for at once.

        Args:
            places: topic and partition.
            moment: milliseconds since the epoch, or ``FIRST``, or ``END``: of the next one to come.

        Returns:
            A negative offset where there is no message since then.

        Raises:
            FeedLost: a broker does not answer.
            SourceError: a topic may not be read.
        """
        wanted = [TopicPartition(topic, partition, moment) for topic, partition in places]
        if not wanted:
            return {}
        found = self.asked(lambda: self.consumer.offsets_for_times(wanted, ANSWER_WAIT))
        for place in found:
            if place.error is not None:
                raise self.failure(place.error)
        return {(place.topic, place.partition): place.offset for place in found}

    def asked(self, question: Callable[[], T]) -> T:
        """The answer to something that is asked of librdkafka.

        Raises:
            FeedLost: there is none.
            SourceError: it is refused.
        """
        try:
            return question()
        except KafkaException as error:
            raise self.failure(error.args[0]) from None

    def failure(self, error: KafkaError) -> FeedLost | SourceError:
        """The exception for an error: whether another attempt can succeed."""
        if error.code() in _DENIED:
            fix = "check the user, the password and security.protocol in its settings"
            return SourceError(f"kafka: {self._bootstrap}: {self.plain(error)}; {fix}")
        return FeedLost(f"kafka: {self._bootstrap}: {self.plain(error)}")

    def plain(self, error: KafkaError) -> str:
        """An error as one line without secrets, nor values, which may be secrets gone astray."""
        line = re.sub(r" \(after \d+ms.*", "", error.str().partition("\n")[0])
        line = re.sub(r'value ".*" for', "value for", line)
        for secret in self._hidden:
            line = line.replace(secret, "***")
        return line

    def close(self) -> None:
        """Disconnect."""
        self.consumer.close()

    def _complain(self, error: KafkaError) -> None:
        """Take what librdkafka complains of, while it is asked for messages."""
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self.suspect = True  # it may be an old complaint: a look tells
        else:
            self._complaint = error


class _Quiet:
    """Takes the log of librdkafka, which tells each attempt to connect: the link tells enough."""

    def log(self, level: int, message: str, *arguments: object) -> None:
        """Log at a level that is seldom shown."""
        _log.debug(message, *arguments)
