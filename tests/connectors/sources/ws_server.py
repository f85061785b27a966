"""A WebSocket venue on 127.0.0.1, in a thread of its own, that behaves as badly as it is told."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from connectors.sources.live_feed import Position
from connectors.sources.websocket import WebSocketFeed
from connectors.sources.websocket_pace import Backoff

Session = Callable[["Caller"], Awaitable[None]]


@dataclass
class Caller:
    """One connection, as the server sees it."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    server: "WsServer"

    async def tell(self, *frames: str | bytes) -> None:
        for frame in frames:
            if isinstance(frame, bytes):
                await self.socket.send_bytes(frame)
            else:
                await self.socket.send_str(frame)

    async def hear(self) -> str:
        """The next text of the client; fails when it has gone."""
        while True:
            message = await self.socket.receive()
            if message.type is WSMsgType.TEXT:
                self.server.heard.append((self.number, message.data))
                return message.data
            if message.type is WSMsgType.PING:
                self.server.pings += 1
                await self.socket.pong(message.data)
            elif message.type is not WSMsgType.PONG:
                raise ConnectionResetError

    async def sure(self) -> None:
        """Wait until the client has read all that it was told."""
        await self.socket.ping()
        while (await self.socket.receive()).type is not WSMsgType.PONG:
            pass

    async def stay(self) -> None:
        """Read until the client goes."""
        while True:
            await self.hear()

    def cut(self) -> None:
        """End the connection without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass
class WsServer:
    """Serves every connection by ``session``.

    Attributes:
        status: answers handshakes with it when it is not 101.
        heard: (connection, text) of all that clients have said.
        paths: with their queries, of all handshakes.
        calls: connections so far.
        pings: of clients, answered.
    """

    session: Session
    status: int = 101
    headers: dict[str, str] = field(default_factory=dict)
    heard: list[tuple[int, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    calls: int = 0
    pings: int = 0
    url: str = ""
    feeds: list[WebSocketFeed] = field(default_factory=list)

    def opened(
        self,
        venue: str,
        symbols: Sequence[str] = ("BTCUSDT",),
        position: Position | None = None,
        **options: Any,
    ) -> WebSocketFeed:
        """A feed of this server, which is closed before it ends."""
        options.setdefault("backoff", Backoff(base=0.02, longest=0.05))
        feed = WebSocketFeed(venue, symbols, url=self.url, **options)
        self.feeds.append(feed)
        feed.open(position)
        return feed

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        self.paths.append(request.path_qs)
        if self.status != 101:
            return web.Response(status=self.status, headers=self.headers)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        caller = Caller(self.calls, socket, request, self)
        with suppress(ConnectionError):  # the client has gone, or was thrown out
            await self.session(caller)
        return socket

    async def serve(self, started: threading.Event, stop: asyncio.Event) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self.handle)
        runner = web.AppRunner(
            app, shutdown_timeout=0.1, handler_cancellation=True, access_log=None
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"ws://127.0.0.1:{runner.addresses[0][1]}/"
        started.set()
        await stop.wait()
        await runner.cleanup()


@contextmanager
def serving(session: Session, status: int = 101, **headers: str) -> Iterator[WsServer]:
    """A server that runs while the block does."""
    server = WsServer(session, status, headers)
    started = threading.Event()
    control: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def run() -> None:
        async def main() -> None:
            stop = asyncio.Event()
            control.append((asyncio.get_running_loop(), stop))
            await server.serve(started, stop)

        asyncio.run(main())

    thread = threading.Thread(target=run)
    thread.start()
    assert started.wait(10)
    try:
        yield server
    finally:
        for feed in server.feeds:
            feed.close()
        loop, stop = control[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join()
