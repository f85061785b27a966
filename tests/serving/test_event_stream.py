"""Streams, driven as a server drives them: one scope, one receive, one send."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from serving.event_stream import HEARTBEAT, event
from serving.hub import Op
from serving.meter import LedgerUnavailable
from serving.views import Row
from tests.serving.fakes import (
    ALICE,
    NOON,
    Stage,
    advice_row,
    bar_row,
    options,
    position_row,
    quote_row,
)

Event = dict[str, Any]


class Clock:
    """Stands still until told: a wait that is not over when its time is up raises TimeoutError."""

    def __init__(self) -> None:
        self._waits: dict[asyncio.Event, float] = {}

    async def within(self, wait: Awaitable[None], seconds: float) -> None:
        late = asyncio.Event()
        self._waits[late] = seconds
        work, timer = asyncio.ensure_future(wait), asyncio.ensure_future(late.wait())
        try:
            await asyncio.wait({work, timer}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                raise TimeoutError
        finally:
            del self._waits[late]
            timer.cancel()
            work.cancel()

    async def run_out(self, seconds: float) -> None:
        """Let time be up for whoever waits that long, as soon as somebody does."""
        while seconds not in self._waits.values():
            await asyncio.sleep(0)
        for late, asked in self._waits.items():
            if asked == seconds:
                late.set()


class Wire:
    """A client of one stream. ``stalled``: it takes nothing from its socket."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""
        self.ended = False
        self.stalled = False
        self._arrived = asyncio.Event()
        self._resumed = asyncio.Event()
        self._gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if self.stalled:
            await self._resumed.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {key.decode(): value.decode() for key, value in message["headers"]}
        else:
            self.body += message["body"]
            self.ended = not message.get("more_body", False)
        self._arrived.set()

    def resume(self) -> None:
        self.stalled = False
        self._resumed.set()

    def hang_up(self) -> None:
        self._gone.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for something to have arrived; the stream must not end before."""
        while not holds():
            self._arrived.clear()
            await asyncio.wait_for(self._arrived.wait(), 5)

    @property
    def events(self) -> list[Event]:
        """What has arrived: name, data, id of each event."""
        found = []
        for block in self.body.decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
            if "event" in fields:
                data = json.loads(fields["data"])
                found.append({"event": fields["event"], "id": fields.get("id"), **data})
        return found

    def named(self, name: str) -> list[Event]:
        return [found for found in self.events if found["event"] == name]

    async def ready(self) -> None:
        await self.until(lambda: bool(self.named("ready")))


@asynccontextmanager
async def stream(
    stage: Stage, query: str = "", headers: dict[str, str] = ALICE
) -> AsyncIterator[Wire]:
    wire = Wire()
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/v1/stream",
        "raw_path": b"/v1/stream",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }
    served = asyncio.ensure_future(stage.app(scope, wire.receive, wire.send))
    try:
        yield wire
    finally:
        wire.resume()
        wire.hang_up()
        await asyncio.wait_for(served, 5)


def commit(stage: Stage, *changes: tuple[str, Op, Row]) -> None:
    """What the engine does: swap the views, then tell the hub."""
    for name, op, row in changes:
        if op == "upsert":
            stage.views.put(name, row)
    stage.hub.publish(changes)


def upsert(name: str, row: Row) -> tuple[str, Op, Row]:
    return name, "upsert", row


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_a_stream_begins_with_a_snapshot_and_says_when_it_is_complete(stage: Stage) -> None:
    stage.views.put("advice", advice_row("a"), advice_row("b", state="withheld"))
    stage.views.put("advice", advice_row("gone", state="cleared"), advice_row("x", "safe"))

    async def scenario() -> None:
        async with stream(stage) as wire:
            await wire.ready()
            assert wire.status == 200
            assert wire.headers["content-type"].startswith("text/event-stream")
            assert wire.headers["cache-control"] == "no-cache"
            assert "content-length" not in wire.headers
            assert wire.body.startswith(b"retry: 3000\n\n")
            first, second, ready = wire.events
            assert (first["advice_id"], first["change"]) == ("a", "snapshot")
            assert first["sentence"] == advice_row("a")["sentence"]
            assert second["advice_id"] == "b"
            assert ready == {"event": "ready", "id": "0", "topics": ["advice"], "rows": 2}

    run(scenario)


def test_changes_follow_in_the_order_of_the_commit(stage: Stage) -> None:
    async def scenario() -> None:
        async with stream(stage, "topics=quotes,advice") as wire:
            await wire.ready()
            row = advice_row("a")
            commit(stage, upsert("quotes", quote_row("TCS", 1.0)), upsert("advice", row))
            commit(stage, upsert("quotes", quote_row("TCS", 2.0)), ("advice", "delete", row))
            await wire.until(lambda: len(wire.events) == 7)
            changes = wire.events[3:]
            assert [(e["event"], e["change"]) for e in changes] == [
                ("quotes", "upsert"),
                ("advice", "upsert"),
                ("quotes", "upsert"),
                ("advice", "delete"),
            ]
            assert [e["id"] for e in changes] == ["1", "2", "3", "4"]
            assert [e["price"] for e in changes[::2]] == [1.0, 2.0]

    run(scenario)


def test_nothing_of_another_account_is_sent(stage: Stage) -> None:
    stage.views.put("positions", position_row("TCS", 1, 1.0, portfolio_id="safe"))
    usage: Row = {"account_id": "bob", "meter": "m", "granularity": "month", "period_start": 0}
    stage.views.put("usage", usage)

    async def scenario() -> None:
        topics = "topics=advice,positions,portfolio_risk,usage,quotes"
        async with stream(stage, topics) as wire:
            await wire.ready()
            commit(
                stage,
                upsert("advice", advice_row("theirs", "safe")),
                upsert("positions", position_row("TCS", 2, 1.0, portfolio_id="safe")),
                upsert("portfolio_risk", {"portfolio_id": "safe"}),
                upsert("usage", {**usage, "quantity": 2}),
                upsert("quotes", quote_row("LAST", 1.0)),
            )
            await wire.until(lambda: any(e.get("symbol") == "LAST" for e in wire.events))
            for found in wire.events:
                assert found.get("portfolio_id", "growth") == "growth"
                assert found.get("account_id", "alice") == "alice"
            assert stage.meter.delivered == {}

    run(scenario)


def test_each_open_row_is_billed_once_per_account(stage: Stage) -> None:
    stage.views.put("advice", advice_row("a"), advice_row("w", state="withheld"))

    async def scenario() -> None:
        for _ in range(2):
            async with stream(stage) as wire:
                await wire.ready()
                commit(stage, upsert("advice", advice_row("b")))
                commit(stage, ("advice", "delete", advice_row("b")))
                await wire.until(lambda: wire.events[-1].get("change") == "delete")
                bills = {e["advice_id"]: e.get("usage_event_id") for e in wire.named("advice")[:-1]}
                assert bills == {"a": "d0", "b": "d1", "w": None}
                assert "usage_event_id" not in wire.events[-1]

    run(scenario)
    assert list(stage.meter.delivered) == [
        ("alice", "advice_generation", "a"),
        ("alice", "advice_generation", "b"),
    ]


def test_what_cannot_be_billed_is_not_sent(stage: Stage) -> None:
    async def scenario() -> None:
        async with stream(stage, "topics=advice,quotes") as wire:
            await wire.ready()
            sent = len(wire.events)
            stage.meter.fault = LedgerUnavailable("the disk is full")
            commit(stage, upsert("advice", advice_row("a")), upsert("quotes", quote_row("X", 1.0)))
            await wire.until(lambda: wire.ended)
            [problem] = wire.events[sent:]
            assert problem["event"] == "problem"
            assert problem["type"] == "/problems/ledger-unavailable"
            assert problem["detail"] == "the disk is full"
            assert problem["request_id"] == wire.headers["x-request-id"]
            assert stage.hub.subscribers == 0

    run(scenario)


def test_silence_is_filled_with_heartbeats() -> None:
    clock = Clock()
    stage = Stage(options(within=clock.within))

    async def scenario() -> None:
        async with stream(stage) as wire:
            await wire.ready()
            for count in (1, 2):
                await clock.run_out(15.0)
                await wire.until(lambda: wire.body.count(HEARTBEAT) == count)  # noqa: B023
            commit(stage, upsert("advice", advice_row("a")))
            await wire.until(lambda: len(wire.named("advice")) == 1)

    run(scenario)


def test_a_slow_client_is_told_and_closed() -> None:
    stage = Stage(options(stream_queue=3))

    async def scenario() -> None:
        async with stream(stage, "topics=quotes") as wire:
            await wire.ready()
            wire.stalled = True
            for price in range(10):
                commit(stage, upsert("quotes", quote_row("TCS", float(price))))
                await asyncio.sleep(0)
            assert stage.hub.overflows == 1
            wire.resume()
            await wire.until(lambda: wire.ended)
            assert wire.events[-1]["type"] == "/problems/slow-stream"
            assert len(wire.named("quotes")) < 10
            assert stage.hub.subscribers == 0

    run(scenario)


def test_a_client_that_takes_nothing_at_all_is_cut() -> None:
    clock = Clock()
    stage = Stage(options(within=clock.within))

    async def scenario() -> None:
        async with stream(stage, "topics=quotes") as wire:
            await wire.ready()
            wire.stalled = True
            commit(stage, upsert("quotes", quote_row("TCS", 1.0)))
            await clock.run_out(30.0)
            while stage.hub.subscribers:
                await asyncio.sleep(0)
            assert not wire.ended

    run(scenario)


def test_a_client_that_hangs_up_is_forgotten(stage: Stage) -> None:
    async def scenario() -> None:
        async with stream(stage) as wire:
            await wire.ready()
            assert stage.hub.subscribers == 1
            wire.hang_up()
            while stage.hub.subscribers:
                await asyncio.sleep(0)
            assert not wire.ended

    run(scenario)


def test_a_stopping_server_ends_its_streams(stage: Stage) -> None:
    async def scenario() -> None:
        async with stream(stage) as wire:
            await wire.ready()
            stage.hub.close()
            await wire.until(lambda: wire.ended)
            assert wire.events[-1]["type"] == "/problems/stopping"

    run(scenario)


def test_streams_per_account_are_limited() -> None:
    stage = Stage(options(streams_per_account=1))

    async def scenario() -> None:
        async with stream(stage) as first:
            await first.ready()
            async with stream(stage) as second:
                await second.until(lambda: second.ended)
                assert second.status == 429
                assert json.loads(second.body)["type"] == "/problems/too-many-streams"
                assert "retry-after" in second.headers
            async with stream(stage, headers={"X-API-Key": "key-of-bob"}) as other:
                await other.ready()
        async with stream(stage) as third:
            await third.ready()

    run(scenario)


def test_symbols_narrow_the_market_topics(stage: Stage) -> None:
    stage.views.put("bars", bar_row("TCS", 1), bar_row("TCS", 0), bar_row("INFY", 0))

    async def scenario() -> None:
        async with stream(stage, "topics=quotes,bars&symbols=TCS") as wire:
            await wire.ready()
            commit(stage, upsert("bars", bar_row("INFY", 0)), upsert("bars", bar_row("TCS", 0)))
            await wire.until(lambda: wire.events[-1].get("change") == "upsert")
            assert {e["symbol"] for e in wire.events if "symbol" in e} == {"TCS"}
            starts = [e["bar_start"] for e in wire.named("bars")]
            assert starts == [NOON, NOON]  # the newest one of the snapshot, and the change

    run(scenario)


@pytest.mark.parametrize("topics", ["nope", "advice,nope", "", ","])
def test_topics_are_checked_and_the_known_ones_named(stage: Stage, topics: str) -> None:
    answer = stage.client.get("/v1/stream", params={"topics": topics}, headers=ALICE)
    assert answer.status_code == 422
    assert "known are advice, positions" in answer.json()["detail"]


def test_advice_of_a_failed_engine_is_not_streamed(stage: Stage) -> None:
    stage.status.state = "failed"
    assert stage.client.get("/v1/stream", headers=ALICE).status_code == 503


def test_an_id_of_an_earlier_stream_is_accepted(stage: Stage) -> None:
    async def scenario() -> None:
        async with stream(stage, headers={**ALICE, "Last-Event-ID": "99"}) as wire:
            await wire.ready()
            assert wire.status == 200

    run(scenario)


def test_line_breaks_do_not_end_an_event() -> None:
    text = event("advice", {"sentence": "one\ntwo\r\n\r\nthree"}, 7).decode()
    assert text.count("\n") == 4
    assert text.startswith("id: 7\nevent: advice\ndata: {")
