"""Clients that keep a server busy: raw sockets, one request after the other on each connection.

``python -m scripts.bench_peers.callers URL KEY CLIENTS SECONDS`` posts without a body for a second
of warm-up and then for ``SECONDS``. Its last line is JSON: see :class:`Tally`. It fails when an
answer is not 200; answers that are billed (``"usage":`` in their body) must name the events, and
no event may be named twice.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from scripts.bench_peers.latency import percentile

WARM_UP = 1.0
STATUS, LENGTH, HEAD_END = b"HTTP/1.1 200", b"content-length: ", b"\r\n\r\n"
USAGE = b'"usage":'


class NotAnswered(Exception):
    """A server gave something else than a whole answer with status 200."""


def request_of(url: str, key: str) -> bytes:
    """The bytes of one POST without a body."""
    parts = urlsplit(url)
    head = f"POST {parts.path} HTTP/1.1\r\nhost: {parts.netloc}\r\nx-api-key: {key}\r\n"
    return f"{head}content-length: 0\r\n\r\n".encode()


def whole_length(received: bytes) -> int | None:
    """Bytes of the answer that begins here; None while its head is not complete.

    Raises:
        NotAnswered: its status is not 200, or it does not tell its length.
    """
    head_end = received.find(HEAD_END)
    if head_end < 0:
        return None
    at = received.find(LENGTH, 0, head_end)
    if at < 0 or not received.startswith(STATUS):
        raise NotAnswered(received[:1_000].decode(errors="replace"))
    value = received[at + len(LENGTH) : received.index(b"\r", at)]
    return head_end + len(HEAD_END) + int(value)


@dataclass
class Tally:
    """What was asked and answered.

    Attributes:
        answers: of all requests, those of the warm-up too.
        analyses, generations: units that the answers say they were billed for.
        events: ids of their usage events.
        seconds: latencies of the answers inside the measured time.
    """

    answers: int = 0
    analyses: int = 0
    generations: int = 0
    events: set[str] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)

    def bill(self, answer: bytes) -> None:
        """Count what a metered answer says at its end.

        Raises:
            NotAnswered: it names no usage event, or one that another answer has named.
        """
        at = answer.rfind(USAGE)
        if at < 0:
            return
        usage = json.loads(answer[at + len(USAGE) : -1])
        ids, before = usage["event_ids"], len(self.events)
        self.events.update(ids)
        if not ids or len(self.events) != before + len(ids):
            raise NotAnswered(f"usage events missing or named twice: {ids}")
        self.analyses += usage["portfolio_analysis"]
        self.generations += usage["advice_generation"]


class Caller(asyncio.Protocol):
    """One connection: asks again as soon as it has its answer, until the time is over."""

    def __init__(
        self, request: bytes, tally: Tally, window: tuple[float, float], done: Callable[[], None]
    ) -> None:
        self._request, self._tally, self._done = request, tally, done
        self._from, self._until = window
        self._received, self._sent, self._waiting = b"", 0.0, False
        self.failure: NotAnswered | None = None

    def itself(self) -> Self:
        """Stand in for a factory, which is what asyncio wants."""
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the first time."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Collect the answer; count it when it is whole."""
        self._received = self._received + data if self._received else data
        try:
            length = whole_length(self._received)
            if length is None or len(self._received) < length:
                return
            self._count(self._received)
        except NotAnswered as failure:
            self.failure = failure
            self._transport.abort()

    def connection_lost(self, reason: Exception | None) -> None:
        """Tell that this connection is over."""
        if self.failure is None and self._waiting:
            self.failure = NotAnswered(f"the connection ended before its answer: {reason}")
        self._done()

    def _ask(self) -> None:
        self._received, self._sent, self._waiting = b"", time.perf_counter(), True
        self._transport.write(self._request)

    def _count(self, answer: bytes) -> None:
        now, tally = time.perf_counter(), self._tally
        tally.answers += 1
        tally.bill(answer)
        if self._from <= now < self._until:
            tally.seconds.append(now - self._sent)
        if now < self._until:
            self._ask()
        else:
            self._waiting = False
            self._transport.close()


async def call(url: str, key: str, clients: int, seconds: float) -> dict[str, float]:
    """Let the clients ask; what came of it.

    Raises:
        NotAnswered: an answer was not 200 or not billed as it says, or a connection broke.
    """
    loop, tally, over = asyncio.get_running_loop(), Tally(), asyncio.Semaphore(0)
    begins, parts = time.perf_counter() + WARM_UP, urlsplit(url)
    window, request = (begins, begins + seconds), request_of(url, key)
    callers = [Caller(request, tally, window, over.release) for _ in range(clients)]
    for caller in callers:
        await loop.create_connection(caller.itself, parts.hostname or "", parts.port or 80)
    for _ in callers:
        await over.acquire()
    for caller in callers:
        if caller.failure is not None:
            raise caller.failure
    return result(tally, seconds)


def result(tally: Tally, seconds: float) -> dict[str, float]:
    """Rate and latencies of the measured time; the units of all answers."""
    return {
        "requests_per_s": len(tally.seconds) / seconds,
        "p50_ms": percentile(tally.seconds, 50) * 1e3,
        "p99_ms": percentile(tally.seconds, 99) * 1e3,
        "answers": tally.answers,
        "analyses": tally.analyses,
        "generations": tally.generations,
    }


def main(url: str, key: str, clients: str, seconds: str) -> int:
    """Call and print; 1 when an answer was wrong."""
    started, used = time.perf_counter(), time.process_time()
    try:
        found = asyncio.run(call(url, key, int(clients), float(seconds)))
    except (NotAnswered, OSError) as failure:
        print(repr(failure), file=sys.stderr)
        return 1
    share = (time.process_time() - used) / (time.perf_counter() - started)
    print(json.dumps(found | {"cpu_share": share}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
