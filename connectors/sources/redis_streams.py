"""A Redis stream as a live feed, read as a member of a consumer group.

Redis keeps what was given to a member as pending until it is acknowledged, and here that is done
for what the engine has made durable (``acknowledge``). A position tells the last entry exactly:
going on from one, a member that has its group to itself reads what is behind it, whatever the group
says; one that shares its group reads its own share of that.

Members of one group share a stream: each sees a part of the trades, so lateness, gaps and bars are
those of its part. Give symbols to streams, or groups to engines, where bars must be whole. Entries
that somebody deletes count as trimmed ones: where they were not read for sure, that is a gap.
"""

import contextlib
import time
from datetime import timedelta
from socket import gethostname

import redis

from connectors.sources.errors import SourceError
from connectors.sources.link import Link
from connectors.sources.live_feed import FeedLost, LinkStatus, LiveKind, Position, Received
from connectors.sources.patience import Patience
from connectors.sources.redis_client import AWAY, DENIED, RedisClient
from connectors.sources.redis_group import Group, is_gone
from connectors.sources.redis_place import Begin
from connectors.sources.redis_reader import StreamReader


class RedisStreamFeed:
    """Entries of one stream as JSON lines, with reconnects inside.

    Args:
        url: redis:// or rediss://, perhaps with a password, which is shown nowhere.
        stream: its key.
        kind: of its messages.
        group: of readers that share the stream; made when it is not there.
        consumer: this reader, another name than that of every other one in the group; default: the
            name of the machine.
        start: where a new group begins.
        claim_after: when entries of a member that has gone silent are taken over.
        patience: how long Redis may be away before ``FeedLost``.
    """

    def __init__(
        self,
        url: str,
        stream: str,
        kind: LiveKind,
        *,
        group: str = "yieldflow",
        consumer: str | None = None,
        start: Begin = "earliest",
        claim_after: timedelta = timedelta(seconds=30),
        patience: timedelta = timedelta(minutes=1),
    ) -> None:
        self._name, self._kind = f"redis:{stream}", kind
        self._url, self._stream, self._group = url, stream, group
        self._member, self._begin = consumer or gethostname(), start
        self._claim_after, self._patience = claim_after, Patience(patience)
        self._link = Link(self.name)
        self._client: RedisClient | None = None
        self._reader: StreamReader | None = None
        self._durable: Position | None = None

    @property
    def name(self) -> str:
        """``redis:`` and the stream."""
        return self._name

    @property
    def kind(self) -> LiveKind:
        """What its messages are."""
        return self._kind

    def open(self, position: Position | None) -> None:
        """Connect and go to a place.

        Raises:
            FeedLost: Redis cannot be reached.
            SourceError: it can, but the password is wrong, or the key is no stream.
        """
        self.close()
        try:
            self._client = RedisClient(self._url)
            self._reader = self._new_reader(self._client, position)
            self._reader.resume()
        except ValueError as error:
            raise SourceError(f"{self.name}: {error}") from None
        except DENIED as error:
            raise SourceError(f"{self._said(error)}: mend user or password in REDIS_URL") from None
        except AWAY as error:
            self._link.away(self._said(error))
            raise FeedLost(self._said(error)) from None
        except redis.ResponseError as error:
            raise SourceError(f"{self._said(error)}: name another stream or user") from None
        self._patience.answered()
        self._link.connected()

    def receive(self, timeout: float) -> Received | None:
        """Take what is there, waiting ``timeout`` seconds at most for the first of it.

        Raises:
            FeedLost: Redis has been away for too long, or refuses what it allowed before.
        """
        try:
            if self._link.is_away and not self._back(timeout):
                return None
            found = self._take(timeout)
        except AWAY as error:
            self._lost(error)
            return None
        except redis.ResponseError as error:
            raise FeedLost(self._said(error)) from None
        self._patience.answered()
        self._link.connected()
        return found

    def acknowledge(self, position: Position) -> None:
        """Tell the group that all up to ``position`` is durable; from any thread.

        It is done by the thread that receives, bit by bit, or in ``close``. Without it entries
        stay pending: they are given again where there is no position to go on from.

        Args:
            position: one of ``Received``.
        """
        self._durable = position

    def status(self) -> LinkStatus:
        """How it stands; its lag is known when there is none, and from Redis 7.0 on."""
        reader = self._reader
        if reader is None:
            return self._link.status()
        return self._link.status(reader.lag, dict(reader.counters))

    def close(self) -> None:
        """Acknowledge what is durable, and disconnect. Twice is once."""
        client, self._client = self._client, None
        if client is None:
            return
        if not self._link.is_away:
            with contextlib.suppress(redis.RedisError):  # then it stays pending, which is harmless
                while self._durable is not None:
                    self._acknowledge()
        client.close()

    def _new_reader(self, client: RedisClient, position: Position | None) -> StreamReader:
        return StreamReader(
            Group(client.redis, self._stream, self._group, self._member),
            self._member,
            position,
            name=self.name,
            begin=self._begin,
            claim_after=self._claim_after,
        )

    def _take(self, timeout: float) -> Received | None:
        if self._reader is None:
            raise FeedLost(f"{self.name}: not open")
        try:
            self._acknowledge()
            return self._reader.take(timeout)
        except redis.ResponseError as error:
            if not is_gone(error):
                raise
            self._reader.resume()
            return None

    def _acknowledge(self) -> None:
        durable = self._durable
        if durable is None or self._reader is None:
            return
        if self._reader.acknowledge(durable) and self._durable is durable:
            self._durable = None

    def _back(self, timeout: float) -> bool:
        """Wait for the next attempt, and make it if its time comes within ``timeout``."""
        pause = self._patience.pause
        time.sleep(min(pause, timeout))
        if pause > timeout or self._reader is None:
            return False
        self._reader.resume()
        return True

    def _lost(self, error: Exception) -> None:
        self._link.away(self._said(error))
        self._patience.failed()
        if self._patience.exhausted:
            raise FeedLost(self._said(error)) from None

    def _said(self, error: Exception) -> str:
        text = type(error).__name__ if self._client is None else self._client.said(error)
        return f"{self.name}: {text}"
