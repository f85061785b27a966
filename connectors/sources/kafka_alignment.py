"""Partitions of one topic kept side by side in time while they catch up.

After a restart a quiet partition gives all it has at once and a busy one takes minutes. Taken as it
comes, the quiet one would move the market's clock on and close the bars of the other one's symbols
before their trades are read.
"""

import math
import time
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from itertools import groupby
from typing import Final

from connectors.sources.kafka_topic import Message

_WAIT: Final = 10.0  # seconds: a partition that gives nothing for so long holds up no other
_NEVER: Final = -1


class Alignment:
    """Holds messages back that are more than ``align`` ahead of the slowest partition.

    Time is that of the messages in Kafka. Order within a partition stays; what is held is taken
    off again by ``release`` as the slowest partition moves on, catches up or falls silent.
    """

    def __init__(self, align: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        """Align to ``align``; ``clock`` gives seconds."""
        self._align = align // timedelta(milliseconds=1)
        self._clock = clock
        self._begun = clock()
        self._given: dict[int, float] = {}
        self._held: dict[int, list[Message]] = {}
        self.reached: dict[int, int] = {}  # partition -> milliseconds since the epoch

    @property
    def held(self) -> int:
        """Messages that are held back."""
        return sum(map(len, self._held.values()))

    @property
    def ahead(self) -> list[int]:
        """Partitions whose messages are held back."""
        return list(self._held)

    def begin(self, partitions: Iterable[int]) -> None:
        """Wait for these from now on, as they begin or go on after a pause."""
        self._given.update(dict.fromkeys(partitions, self._clock()))

    def align(
        self, messages: list[Message], last: Mapping[int, Message], behind: Collection[int]
    ) -> list[Message]:
        """Take messages in and give those out that are due.

        Args:
            messages: as they were consumed.
            last: of them, by partition.
            behind: partitions of which Kafka has more.
        """
        for partition, message in last.items():
            stamp = message.timestamp()[1]
            self.reached[partition] = max(stamp, self.reached.get(partition, _NEVER))
        self.begin(last)
        limit = self._limit(behind)
        if not self._held and max(self.reached.values(), default=_NEVER) <= limit:
            return messages
        for partition, some in groupby(messages, lambda message: message.partition()):
            self._held.setdefault(partition, []).extend(some)
        return self._due(limit)

    def _limit(self, behind: Collection[int]) -> float:
        """Up to which time messages are due."""
        now = self._clock()
        awaited = [p for p in behind if now - self._given.get(p, self._begun) < _WAIT]
        if not awaited:
            return math.inf
        return min(self.reached.get(partition, _NEVER) for partition in awaited) + self._align

    def _due(self, limit: float) -> list[Message]:
        due: list[Message] = []
        for partition, waiting in list(self._held.items()):
            count = bisect_right(waiting, limit, key=_stamp)
            due += waiting[:count]
            del waiting[:count]
            if not waiting:
                del self._held[partition]
        return due


def _stamp(message: Message) -> int:
    return message.timestamp()[1]
