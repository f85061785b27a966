"""Sends messages to a topic at the pace of their market."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from confluent_kafka import KafkaException, Producer

from connectors.sources.pace import Pace, Speed
from connectors.sources.stop import StopToken
from scripts.kafka_feed.malformed import Malformed
from scripts.kafka_feed.messages import Messages

FLUSH: Final = timedelta(milliseconds=20)
FAREWELL: Final = 2.0  # seconds for what is on its way when sending is interrupted
MILLISECOND: Final = 1_000  # microseconds
SETTINGS: Final = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 5,
    "compression.type": "lz4",
    "partitioner": "murmur2_random",  # that of Kafka's own clients: a key stays in its partition
    "delivery.report.only.error": True,
    "message.timeout.ms": 60_000,
    "log_level": 0,
}


class SendError(Exception):
    """Messages that the broker did not take. One line."""


class Sender:
    """One producer of one topic.

    Attributes:
        sent: messages given to the producer, good ones and malformed ones.
        clock: of the market, microseconds UTC; 0 before the first message.
    """

    def __init__(self, bootstrap: str, topic: str, *, malformed: Malformed | None = None) -> None:
        """Make the producer; it connects in the background."""
        self.sent = self.clock = 0
        self._topic, self._malformed, self._failure = topic, malformed, ""
        own = {"bootstrap.servers": bootstrap, "on_delivery": self._on_failure}
        self._producer = Producer({**SETTINGS, **own})

    def send(self, feed: Iterator[Messages], speed: Speed) -> None:
        """Send all of ``feed`` and wait until the broker has it.

        Raises:
            SendError: the broker does not take it.
        """
        pace = Pace(speed, FLUSH, StopToken())
        try:
            for part in feed:
                done = 0
                for count, _ in pace.release(part.clock):
                    self._produce(part, done, count)
                    done = count
        except BaseException:
            self._producer.flush(FAREWELL)
            raise
        self._producer.flush()
        self._check()

    def _produce(self, part: Messages, start: int, end: int) -> None:
        latest = time.time_ns() // 1_000_000  # brokers refuse times that are yet to come
        for at in range(start, end):
            moment = min(int(part.times[at]) // MILLISECOND, latest)
            self._put(part.values[at], part.keys[at], moment)
            for bad in self._malformed.after(part.values[at]) if self._malformed else ():
                self._put(bad, part.keys[at], moment)
        self._producer.poll(0)
        self._check()
        if end > start:
            self.clock = int(part.clock[end - 1])

    def _put(self, value: bytes | None, key: bytes, moment: int) -> None:
        while True:
            try:
                self._producer.produce(self._topic, value, key, timestamp=moment)
            except BufferError:  # full: the broker is slower than the file
                self._producer.poll(0.1)
                self._check()
            except KafkaException as error:
                raise SendError(str(error)) from None
            else:
                self.sent += 1
                return

    def _on_failure(self, error: object, _message: object) -> None:
        self._failure = self._failure or str(error)

    def _check(self) -> None:
        if self._failure:
            raise SendError(self._failure)
