"""Trades of a WebSocket venue as a live feed.

An event loop in a thread of its own keeps the venue connected and takes frames apart; ``receive``
hands over what has come meanwhile. A venue cannot be asked for what was missed: ``open`` at a
position means that what lies between it and the first trade is told as a gap, unless ids prove
that there is nothing.
"""

import asyncio
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from connectors.sources.errors import SourceError
from connectors.sources.intake import Intake
from connectors.sources.live_feed import FeedLost, LinkStatus, LiveKind, Position, Received
from connectors.sources.websocket_pace import Backoff
from connectors.sources.websocket_runner import Runner
from connectors.sources.websocket_target import FrameLog, Target
from connectors.streams.registry import VENUES
from connectors.streams.venue import Credentials, Venue


class WebSocketFeed:
    """A ``LiveFeed`` of one venue. Opened again it remembers what it has given."""

    def __init__(
        self,
        venue: str,
        symbols: Sequence[str],
        *,
        url: str | None = None,
        key: str = "",
        secret: str = "",
        log: FrameLog | None = None,
        name: str | None = None,
        patience: float = 15.0,
        idle_timeout: float | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        """Prepare; nothing is connected yet.

        Args:
            venue: one of ``connectors.streams.registry``.
            symbols: as the venue spells them.
            url: instead of the venue's own.
            key: for venues that want one.
            secret: beside the key.
            log: keeps frames as they came.
            name: of the feed; default: ``websocket:`` and the venue.
            patience: seconds ``open`` waits for the first subscription.
            idle_timeout: seconds of silence after which a connection is dead; default: the venue's.
            backoff: waits between connections.

        Raises:
            SourceError: a key or symbol is missing, or there are more symbols than may be.
        """
        self.name = name or f"websocket:{venue}"
        self.kind: LiveKind = "trades"
        spec = VENUES[venue]
        credentials = Credentials(key, secret)
        _check(self.name, spec, symbols, credentials)
        idle = spec.idle_timeout if idle_timeout is None else idle_timeout
        target = Target(spec, url or spec.url, tuple(symbols), credentials, idle)
        self._intake = Intake(spec, self.name, credentials, first=time.time_ns() // 1_000)
        self._runner = Runner(self.name, target, self._intake, log, backoff or Backoff())
        self._patience = patience
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def open(self, position: Position | None) -> None:
        """See ``LiveFeed``; a position only says from where on all that is missed is a gap."""
        self.close()
        if position:
            self._intake.go_on_after(position)
        standing = self._runner.standing
        standing.fatal = ""
        standing.known.clear()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), name=self.name)
        self._thread.start()
        started.wait()
        known = standing.known.wait(self._patience)
        if known and not standing.fatal:
            return
        self.close()
        if standing.fatal:
            raise SourceError(f"{self.name}: {standing.fatal}")
        raise FeedLost(f"{self.name}: {standing.reason or 'no connection'}")

    def _run(self, started: threading.Event) -> None:
        async def connected() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            started.set()
            await self._runner.run(self._stop)

        asyncio.run(connected())

    def receive(self, timeout: float) -> Received | None:
        """See ``LiveFeed``. Takes all that waits; gaps come when no second connection fills them.

        Raises:
            FeedLost: the venue refuses any further connection.
        """
        if not self._intake.waiting:
            self._intake.ready.wait(timeout)
        alive = self._thread is not None and self._thread.is_alive()
        found = self._intake.take(settled=self._runner.standing.open <= 1)
        if found is None and not alive:
            raise FeedLost(f"{self.name}: {self._runner.standing.fatal or 'not open'}")
        return found

    def status(self) -> LinkStatus:
        """See ``LiveFeed``."""
        standing, counters = self._runner.standing, self._intake.counters
        counters |= {"connects": standing.connects, "buffered": self._intake.waiting}
        return LinkStatus(
            self.name, standing.state, standing.since, standing.reason, counters=counters
        )

    def close(self) -> None:
        """See ``LiveFeed``. What was not received yet can be received still."""
        if self._thread is None:
            return
        if self._loop is not None and self._stop is not None:
            with suppress(RuntimeError):  # the loop has ended by itself
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._thread = None


def _check(name: str, venue: Venue, symbols: Sequence[str], credentials: Credentials) -> None:
    """Refuse what the venue would refuse.

    Raises:
        SourceError: says what to mend.
    """
    if not symbols:
        raise SourceError(f"{name}: no symbols; name one at least")
    if len(symbols) > venue.max_symbols:
        raise SourceError(
            f"{name}: {len(symbols)} symbols, {venue.name} takes {venue.max_symbols} on one "
            "connection; split them over several sources"
        )
    for need in venue.needs:
        if not getattr(credentials, need):
            raise SourceError(
                f"{name}: {venue.name} needs a {need}; name its variable `{need}_env`"
            )
