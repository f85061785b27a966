"""Keeps a WebSocket venue connected: one connection after the other, or a little over each other.

Runs in an event loop of its own; other threads read ``standing`` and set ``stop`` in the loop.
"""

import asyncio
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from connectors.sources.intake import Intake
from connectors.sources.live_feed import LinkState
from connectors.sources.websocket_link import Link
from connectors.sources.websocket_pace import Backoff
from connectors.sources.websocket_target import Ended, FrameLog, Target

OVERLAP: Final = 10.0  # seconds that an old connection is read beside its successor
_log = logging.getLogger(__name__)


@dataclass
class Standing:
    """How the feed stands with its venue; written by the runner, read by any thread.

    Attributes:
        state: as in ``LinkStatus``.
        since: wall time in seconds of its last change.
        reason: of being away.
        connects: connections begun.
        open: connections that are read.
        fatal: the reason why no further one is tried; '' while they are.
        known: set when it is known whether the first subscription works.
    """

    state: LinkState = "starting"
    since: float = field(default_factory=time.time)
    reason: str = ""
    connects: int = 0
    open: int = 0
    fatal: str = ""
    known: threading.Event = field(default_factory=threading.Event)

    def turn(self, name: str, state: LinkState, reason: str = "") -> None:
        """Note a change of state, and say it once."""
        if state != self.state:
            self.state, self.since = state, time.time()
            _log.info("%s: %s%s", name, state, f", {reason}" if reason else "")
        self.reason = reason


class Runner:
    """The connections of one feed."""

    def __init__(
        self, name: str, target: Target, intake: Intake, log: FrameLog | None, backoff: Backoff
    ) -> None:
        self.standing = Standing()
        self._name, self._target, self._intake, self._log = name, target, intake, log
        self._backoff = backoff
        self._old: set[asyncio.Task[Ended]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Connect again and again until told to stop, or until that is hopeless."""
        stopped = asyncio.create_task(stop.wait())
        async with aiohttp.ClientSession() as session:
            try:
                while not stop.is_set() and not self.standing.fatal:
                    wait = await self._one(session, stopped)
                    await asyncio.wait({stopped}, timeout=wait)
            finally:
                stopped.cancel()
                for task in self._old:
                    task.cancel()
                await asyncio.gather(*self._old, return_exceptions=True)

    async def _one(self, session: aiohttp.ClientSession, stopped: asyncio.Task[bool]) -> float:
        """Run a connection until it ends or has to be replaced; seconds until the next one."""
        self.standing.connects += 1
        number = self.standing.connects
        link = Link(self._target, number, self._intake, self._log, self._subscribed)
        task = asyncio.create_task(self._lived(link, session))
        retiring = asyncio.create_task(link.retiring.wait())
        await asyncio.wait({stopped, task, retiring}, return_when=asyncio.FIRST_COMPLETED)
        retiring.cancel()
        self._backoff.prove(link.good, link.age if link.subscribed else 0.0)
        if task.done():
            return self._after(task.result())
        self._old.add(task)
        task.add_done_callback(self._old.discard)
        if stopped.done():
            return 0.0
        # At once, unless this one was itself a replacement that had not proved good.
        first, wait = self._backoff.failures == 0, self._backoff.wait()
        return 0.0 if first else wait

    async def _lived(self, link: Link, session: aiohttp.ClientSession) -> Ended:
        self.standing.open += 1
        try:
            ended = await link.run(session)
        finally:
            self.standing.open -= 1
        if not self.standing.open:
            self.standing.turn(self._name, "away", ended.reason)
        return ended

    def _after(self, ended: Ended) -> float:
        if ended.fatal:
            self.standing.fatal = ended.reason
            self.standing.known.set()
        return self._backoff.wait(ended.after)

    def _subscribed(self) -> None:
        self.standing.turn(self._name, "connected")
        self.standing.known.set()
        loop = asyncio.get_running_loop()
        for task in self._old:
            loop.call_later(OVERLAP, task.cancel)
