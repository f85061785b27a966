"""Changes on their way to the streams: one queue per subscriber, bounded.

A subscriber that falls more than the length of its queue behind is not slowed down for and loses
nothing silently: its subscription ends as overflowed, the stream says so and closes, and the client
connects again for a fresh snapshot.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from serving.options import wall_clock
from serving.views import Row

Op = Literal["upsert", "delete"]


@dataclass(frozen=True, slots=True)
class Change:
    """One row of one table that changed. ``seq`` counts all changes of this process from 1."""

    seq: int
    table: str
    op: Op
    row: Row


class Subscription:
    """The changes of some tables that one stream has not taken yet."""

    def __init__(self, wants: Callable[[Change], bool], limit: int) -> None:
        self._wants = wants
        self._limit = limit
        self._waiting: deque[Change] = deque()
        self._wake = asyncio.Event()
        self.overflowed = False
        self.closed = False

    def offer(self, change: Change) -> bool:
        """Queue the change if it is wanted; False when that made the queue overflow."""
        if self.overflowed or not self._wants(change):
            return True
        if len(self._waiting) >= self._limit:
            self.overflowed = True
            self._waiting.clear()
        else:
            self._waiting.append(change)
        self._wake.set()
        return not self.overflowed

    def close(self) -> None:
        """End the subscription; whoever waits for it wakes up."""
        self.closed = True
        self._wake.set()

    async def wait(self) -> None:
        """Until there is something to take, or the subscription has ended."""
        await self._wake.wait()

    def take(self, most: int) -> list[Change]:
        """Up to ``most`` changes, oldest first; empty when there are none."""
        count = min(most, len(self._waiting))
        taken = [self._waiting.popleft() for _ in range(count)]
        if not self._waiting and not self.overflowed and not self.closed:
            self._wake.clear()
        return taken


class ChangeHub:
    """Hands every change to every subscription that wants it. Lives on the API's event loop.

    Attributes:
        published_at: wall clock of the last commit, microseconds; None before the first.
        sequence: changes so far.
        overflows: subscriptions that fell too far behind.
    """

    def __init__(self, clock: Callable[[], int] = wall_clock) -> None:
        self._clock = clock
        self._subscriptions: dict[str, dict[Subscription, None]] = {}
        self._streams: dict[Subscription, str] = {}
        self.published_at: int | None = None
        self.sequence = 0
        self.overflows = 0
        self.closed = False

    @property
    def subscribers(self) -> int:
        """Open subscriptions."""
        return len(self._streams)

    def held_by(self, account_id: str) -> int:
        """Open subscriptions of one account."""
        return sum(owner == account_id for owner in self._streams.values())

    def subscribe(
        self,
        *,
        account_id: str,
        tables: Iterable[str],
        wants: Callable[[Change], bool],
        limit: int,
    ) -> Subscription:
        """Receive the changes of ``tables`` that ``wants`` accepts, from now on."""
        subscription = Subscription(wants, limit)
        self._streams[subscription] = account_id
        for table in tables:
            self._subscriptions.setdefault(table, {})[subscription] = None
        if self.closed:
            subscription.close()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Forget a subscription."""
        self._streams.pop(subscription, None)
        for listeners in self._subscriptions.values():
            listeners.pop(subscription, None)

    def publish(self, changes: Sequence[tuple[str, Op, Row]]) -> None:
        """Pass on the changes of one engine commit, in order."""
        self.published_at = self._clock()
        for table, op, row in changes:
            self.sequence += 1
            listeners = self._subscriptions.get(table)
            if not listeners:
                continue
            change = Change(self.sequence, table, op, row)
            for subscription in listeners:
                if not subscription.offer(change):
                    self.overflows += 1

    def close(self) -> None:
        """End all streams, now and from now on: the server is stopping."""
        self.closed = True
        for subscription in self._streams:
            subscription.close()
