"""Whether what was handed to Kafka has arrived there.

Pathway's writer looks at no report of delivery: with all brokers away a run goes on, and messages
that time out are gone without a word. So changes are counted as they are handed over, and compared
with how far the topics have grown since the run began. Nobody else may write to these topics.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any, Final

import pathway as pw

from connectors.sources.errors import SourceError
from connectors.sources.kafka_client import END, KafkaClient, Setting
from connectors.sources.link import Link
from connectors.sources.live_feed import FeedLost, LinkStatus

_LAST_LOOK: Final = 2.0  # seconds: brokers that do not answer hold up no shutdown


class _Counter:
    """Changes of one table; told by one thread."""

    count = 0

    def changed(self, key: object, row: object, time: int, is_addition: bool) -> None:
        self.count += 1


class Arrivals:
    """What was handed to one topic and what has arrived there, as far as it was looked at."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.handed = self.arrived = 0
        self._looks: deque[tuple[float, int]] = deque()  # when how many had been handed over

    @property
    def behind(self) -> int:
        """Messages that are not known to have arrived."""
        return max(0, self.handed - self.arrived)

    def note(self, now: float, handed: int, arrived: int) -> float:
        """Seconds for which the oldest message that has not arrived has been on its way.

        Args:
            now: when ``handed`` was read, before ``arrived`` was.
            handed: messages so far.
            arrived: growth of the topic so far.
        """
        self.handed, self.arrived = handed, arrived
        self._looks.append((now, handed))
        while self._looks and self._looks[0][1] <= arrived:
            self._looks.popleft()
        return now - self._looks[0][0] if self._looks else 0.0


class DeliveryCheck:
    """Compares what tables have handed over with how far their topics are filled.

    Declare tables with :meth:`count`, call :meth:`begin` before the graph runs.
    """

    def __init__(
        self,
        bootstrap: str,
        *,
        settings: Mapping[str, Setting] | None = None,
        secrets: Mapping[str, str] | None = None,
        grace: timedelta = timedelta(seconds=10),
        every: timedelta = timedelta(seconds=1),
        name: str = "kafka",
    ) -> None:
        """Describe the check.

        Args:
            bootstrap: ``host:port``, several with commas.
            settings: of librdkafka.
            secrets: more of them, which are shown nowhere.
            grace: how long a message may be on its way before the sink counts as away.
            every: time between two looks.
            name: of the sink in its status.
        """
        self._link = Link(name, vital=False)
        self._connect = partial(KafkaClient, bootstrap, self._link, settings, secrets)
        self._grace, self._every = grace.total_seconds(), every.total_seconds()
        self._counters: dict[str, list[_Counter]] = defaultdict(list)
        self._arrivals: dict[str, Arrivals] = {}
        self._base: dict[tuple[str, int], int] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def count(self, table: pw.Table[Any], topic: str, *, name: str) -> None:
        """Count the changes of ``table``, all of which go to ``topic``; ``name`` is used once."""
        counter = _Counter()
        self._counters[topic].append(counter)
        self._arrivals.setdefault(topic, Arrivals())
        pw.io.subscribe(table, on_change=counter.changed, name=name)

    def begin(self) -> None:
        """Note how far the topics are filled now, and look again and again from then on.

        Raises:
            FeedLost: no broker answers.
            SourceError: a topic is not there, or a setting or password is wrong.
        """
        client = self._connect()
        try:
            self._base = client.offsets(self._places(client), END)
        except (FeedLost, SourceError):
            client.close()
            raise
        self._thread = threading.Thread(
            target=self._watch, args=(client,), name="kafka delivery", daemon=True
        )
        self._thread.start()

    def status(self) -> LinkStatus:
        """Whether all arrives; ``lag`` are messages on their way."""
        known = self._arrivals.values()
        counters = {
            "handed": sum(one.handed for one in known),
            "arrived": sum(one.arrived for one in known),
        }
        return self._link.status(sum(one.behind for one in known), counters)

    def close(self) -> None:
        """Look once more and end. Twice is once."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(_LAST_LOOK)
            self._thread = None

    def _watch(self, client: KafkaClient) -> None:
        ended = False
        while not ended:
            ended = self._ended.wait(self._every)
            try:
                self._look(client)
            except (FeedLost, SourceError) as error:
                self._link.away(str(error))
        client.close()

    def _places(self, client: KafkaClient) -> list[tuple[str, int]]:
        return [(topic, number) for topic in self._counters for number in client.partitions(topic)]

    def _look(self, client: KafkaClient) -> None:
        now = monotonic()
        handed = {topic: sum(c.count for c in self._counters[topic]) for topic in self._counters}
        ends = client.offsets(self._base, END)
        grown: dict[str, int] = defaultdict(int)
        for (topic, partition), end in ends.items():
            grown[topic] += end - self._base[topic, partition]
        late = ""
        for topic, arrivals in self._arrivals.items():
            waits = arrivals.note(now, handed[topic], grown[topic])
            if waits > self._grace:
                late = f"{topic}: {arrivals.behind} messages have not arrived for {waits:.0f} s"
        if late:
            self._link.away(f"kafka: {late}")
            self._base = (
                dict.fromkeys(self._places(client), 0) | self._base
            )  # there may be new ones
        else:
            self._link.connected()
