"""A server on this machine that answers as it is told to, and misbehaves as providers do."""

import asyncio
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from connectors.providers.access import Access
from connectors.providers.http import HttpFetcher
from connectors.providers.registry import client


@dataclass(frozen=True)
class Reply:
    """One answer.

    Attributes:
        declared: Content-Length; more than the body has cuts the connection after it.
        hang: send nothing and keep the connection.
        echo: ``{key}`` in the body becomes the key that came, from the query or a header.
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: int | None = None
    hang: bool = False
    echo: bool = False


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


class ReplayServer:
    """Replies in the order in which they were given per path; the last one over and over."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self._replies: defaultdict[str, list[Reply]] = defaultdict(list)

    def reply(self, path: str, *replies: Reply) -> None:
        self._replies[path] = list(replies)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        seen = Seen(request.path, dict(request.query), dict(request.headers))
        self.seen.append(seen)
        queue = self._replies[request.path]
        if not queue:
            return web.Response(status=404, text="nothing is replayed here")
        reply = queue.pop(0) if len(queue) > 1 else queue[0]
        if reply.hang:
            await asyncio.Event().wait()
        body = reply.body.replace(b"{key}", key_of(seen).encode()) if reply.echo else reply.body
        if reply.declared is None:
            return web.Response(body=body, status=reply.status, headers=reply.headers)
        return await _cut(request, reply, body)


async def _cut(request: web.Request, reply: Reply, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_length = reply.declared
    await response.prepare(request)
    await response.write(body)
    assert request.transport is not None
    request.transport.close()
    return response


def key_of(seen: Seen) -> str:
    found = [seen.query.get(name) for name in ("apikey", "api_key")]
    found += [seen.headers.get(name) for name in ("X-Finnhub-Token", "X-Api-Key")]
    return next((key for key in found if key), "")


def open_fetcher(access: Mapping[str, Access], **how: Any) -> HttpFetcher:
    """Providers that are reached as ``access`` says."""
    return HttpFetcher([client(name, one, **how) for name, one in access.items()])


@contextmanager
def serving() -> Iterator[ReplayServer]:
    """A server on a free port, in a thread of its own."""
    server, loop = ReplayServer(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="replay server")
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_start(server), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_stop(runner), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _stop(runner: web.AppRunner) -> None:
    await runner.cleanup()
    hanging = asyncio.all_tasks() - {asyncio.current_task()}
    for each in hanging:
        each.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until ``condition`` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)


async def _start(server: ReplayServer) -> web.AppRunner:
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.01, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    return runner
