"""The meter against a model of a page: any order of calls, failures, time and restarts."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from connectors.store.ledger import Ledger
from serving.meter import Answer, Charge, Conflict, Draft, Mismatch
from serving.metering.meter import LedgerMeter
from serving.metering.progress import Progress

DAY = 86_400_000_000
KEYS = st.sampled_from(["k1", "k2", "k3"])
REQUESTS = st.sampled_from([b"request 1", b"request 2"])
UNITS = st.integers(0, 3)


class BuildFailed(Exception):
    pass


class MeterModel(RuleBasedStateMachine):
    """``kept``: key -> (request, body, when it was made). ``open``: calls that are being built."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.now = 1_790_000_000_000_000
        self.calls = 0
        self.units = 0
        self.kept: dict[str, tuple[bytes, bytes, int]] = {}
        self.open: dict[str, tuple[bytes, int, asyncio.Task[Answer], asyncio.Future[bool]]] = {}
        self.start()

    def start(self) -> None:
        self.ledger = Ledger(Path(self.folder.name))
        self.meter = LedgerMeter(
            self.ledger, price_version="v", progress=Progress(), clock=lambda: self.now
        )

    def teardown(self) -> None:
        for _, _, task, _ in self.open.values():
            task.cancel()
            self.outcome(task)
        self.ledger.close()
        self.loop.close()
        self.folder.cleanup()

    async def call(
        self, key: str | None, request: bytes, units: int, outcome: "asyncio.Future[bool] | bool"
    ) -> Answer:
        self.calls += 1
        number = self.calls

        async def build() -> Draft:
            if not (outcome if isinstance(outcome, bool) else await outcome):
                raise BuildFailed
            charges = [Charge("m", units)] if units else []
            return Draft(charges, lambda ids: f"{number}: {','.join(ids)}".encode())

        return await self.meter.answer(
            account_id="a", route="r", idempotency_key=key, fingerprint=request, build=build
        )

    def outcome(self, call: Coroutine[Any, Any, Answer] | asyncio.Task[Answer]) -> object:
        async def wait() -> object:
            [result] = await asyncio.gather(call, return_exceptions=True)
            return result

        return self.loop.run_until_complete(wait())

    def expected(self, key: str, request: bytes) -> type[Exception] | bytes | None:
        """What a call must meet: an error, a stored body, or None when it is new."""
        if key in self.open:
            return Conflict if self.open[key][0] == request else Mismatch
        if key in self.kept and self.kept[key][2] + DAY > self.now:
            fingerprint, body, _ = self.kept[key]
            return body if fingerprint == request else Mismatch
        return None

    @rule(key=KEYS, request=REQUESTS, units=UNITS, works=st.booleans())
    def ask(self, key: str, request: bytes, units: int, works: bool) -> None:
        expected = self.expected(key, request)
        result = self.outcome(self.call(key, request, units, works))
        if isinstance(expected, bytes):
            assert isinstance(result, Answer)
            assert (result.body, result.replayed) == (expected, True)
        elif expected:
            assert type(result) is expected
        elif works:
            assert isinstance(result, Answer)
            assert not result.replayed
            self.kept[key] = (request, result.body, self.now)
            self.units += units
        else:
            assert isinstance(result, BuildFailed)

    @rule(units=UNITS)
    def ask_without_a_key(self, units: int) -> None:
        answer = self.loop.run_until_complete(self.call(None, b"any", units, True))
        assert not answer.replayed
        self.units += units

    @rule(key=KEYS, request=REQUESTS, units=UNITS)
    def begin(self, key: str, request: bytes, units: int) -> None:
        if self.expected(key, request) is not None:
            return

        async def begin() -> None:
            outcome: asyncio.Future[bool] = self.loop.create_future()
            task = asyncio.ensure_future(self.call(key, request, units, outcome))
            await asyncio.sleep(0)
            self.open[key] = (request, units, task, outcome)

        self.loop.run_until_complete(begin())

    @precondition(lambda self: self.open)
    @rule(data=st.data(), end=st.sampled_from(["works", "fails", "is cancelled"]))
    def finish(self, data: st.DataObject, end: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.open)))
        request, units, task, outcome = self.open.pop(key)
        if end == "is cancelled":
            task.cancel()
        else:
            outcome.set_result(end == "works")
        result = self.outcome(task)
        if end == "works":
            assert isinstance(result, Answer)
            self.kept[key] = (request, result.body, self.now)
            self.units += units
        else:
            assert isinstance(result, BuildFailed | asyncio.CancelledError)

    @rule(hours=st.integers(1, 25))
    def time_passes(self, hours: int) -> None:
        self.now += hours * DAY // 24

    @precondition(lambda self: not self.open)
    @rule()
    def restart(self) -> None:
        self.ledger.close()
        self.start()

    @invariant()
    def billed_is_what_was_answered(self) -> None:
        with closing(sqlite3.connect(self.ledger.path)) as connection:
            query = (
                "SELECT count(*), count(seq), max(seq) FROM usage_events JOIN outbox USING (seq)"
            )
            [events, rows, last] = connection.execute(query).fetchone()
        assert (events, rows, last or 0) == (self.units,) * 3


TestMeterModel = MeterModel.TestCase
TestMeterModel.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
