"""Server-sent events: a snapshot, then every change, nothing billed that was not committed.

Wire format: https://html.spec.whatwg.org/multipage/server-sent-events.html. A stream is state, not
a log: each connection begins with a snapshot, so ``Last-Event-ID`` is accepted and not needed.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from serving.composition import is_billed
from serving.errors import KINDS, SlowStream, Stopping
from serving.hub import ChangeHub, Subscription
from serving.meter import LedgerUnavailable, Meter
from serving.options import ServerOptions
from serving.problems import document
from serving.rows import text
from serving.topics import Interest
from serving.views import Row, Views

BATCH = 500
RECONNECT = b"retry: 3000\n\n"
HEARTBEAT = b": heartbeat\n\n"
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, slots=True)
class Item:
    """One row on its way out. ``change``: snapshot, upsert or delete."""

    seq: int
    topic: str
    change: str
    row: Row

    @property
    def billed(self) -> bool:
        """Open advice is billed; its retraction, strengths and what is no advice are free."""
        return self.topic == "advice" and self.change != "delete" and is_billed(self.row)


def event(name: str, data: object, seq: int | None = None) -> bytes:
    """One event of the wire format. JSON has no raw line breaks, so ``data`` is one line."""
    number = b"" if seq is None else b"id: %d\n" % seq
    return b"%bevent: %b\ndata: %b\n\n" % (number, name.encode(), orjson.dumps(data))


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in order, up to ``BATCH`` at a time."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


class EventStream(Response):
    """The open stream of one client."""

    media_type = "text/event-stream"

    def __init__(
        self,
        interest: Interest,
        *,
        views: Views,
        hub: ChangeHub,
        meter: Meter,
        options: ServerOptions,
    ) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self.interest = interest
        self.views = views
        self.hub = hub
        self.meter = meter
        self.options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the client goes, falls behind, or the server stops."""
        account_id = self.interest.principal.account_id
        subscription = self.hub.subscribe(
            account_id=account_id,
            tables=self.interest.topics,
            wants=self.interest.wants,
            limit=self.options.stream_queue,
        )
        pump = asyncio.ensure_future(self.pump(subscription, scope, send))
        gone = asyncio.ensure_future(disconnected(receive))
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.hub.unsubscribe(subscription)
            for task in (pump, gone):
                task.cancel()
            ended = await asyncio.gather(pump, gone, return_exceptions=True)
        fault = ended[0]
        if isinstance(fault, Exception) and not isinstance(fault, TimeoutError):
            raise fault

    async def pump(self, subscription: Subscription, scope: Scope, send: Send) -> None:
        """Send the snapshot and what follows.

        Raises:
            TimeoutError: the client took nothing for too long.
        """
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        try:
            await self.write(send, RECONNECT)
            await self.send_snapshot(send)
            await self.follow(subscription, send)
        except (LedgerUnavailable, SlowStream, Stopping) as error:
            kind = KINDS[type(error)]
            await self.write(send, event("problem", document(kind, str(error), scope)))
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send_snapshot(self, send: Send) -> None:
        """Where things stand, and an event that says the snapshot is complete."""
        seq = self.hub.sequence
        rows = list(self.interest.snapshot(self.views, self.options.intervals))
        for batch in batches(Item(seq, topic, "snapshot", row) for topic, row in rows):
            await self.write(send, await self.paid(batch))
        ready = {"topics": list(self.interest.topics), "rows": len(rows)}
        await self.write(send, event("ready", ready, seq))

    async def follow(self, subscription: Subscription, send: Send) -> None:
        """Every change as it comes; a comment when nothing has come for a heartbeat."""
        heartbeat = self.options.heartbeat.total_seconds()
        while True:
            try:
                await self.options.within(subscription.wait(), heartbeat)
            except TimeoutError:
                await self.write(send, HEARTBEAT)
                continue
            if subscription.overflowed:
                limit = self.options.stream_queue
                raise SlowStream(f"the stream fell more than {limit} changes behind")
            changes = subscription.take(BATCH)
            if changes:
                items = [Item(c.seq, c.table, c.op, c.row) for c in changes]
                await self.write(send, await self.paid(items))
            elif subscription.closed:
                raise Stopping("the server is stopping")

    async def paid(self, items: Sequence[Item]) -> bytes:
        """The events of ``items``, after what is billed among them was committed.

        Raises:
            LedgerUnavailable: it was not; nothing of the batch may be sent.
        """
        keys = [text(item.row, "advice_id") for item in items if item.billed]
        ids: dict[str, str] = {}
        if keys:
            account_id = self.interest.principal.account_id
            bought = await self.meter.deliver(
                account_id=account_id, meter="advice_generation", keys=keys
            )
            ids = dict(zip(keys, bought, strict=True))
        events = []
        for item in items:
            data = {**item.row, "change": item.change}
            if item.billed:
                data["usage_event_id"] = ids[text(item.row, "advice_id")]
            events.append(event(item.topic, data, item.seq))
        return b"".join(events)

    async def write(self, send: Send, body: bytes) -> None:
        """Send a piece; TimeoutError when the client does not take it."""

        async def piece() -> None:
            await send({"type": "http.response.body", "body": body, "more_body": True})

        await self.options.within(piece(), self.options.stream_stall.total_seconds())


async def disconnected(receive: Receive) -> None:
    """Until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
