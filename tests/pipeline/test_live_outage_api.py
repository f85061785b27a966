"""The API while Postgres is away: old answers that say so, then none, then fresh ones again."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from pipeline.stack.postgres import Postgres
from tests.connectors.sources.redis_trades import connect
from tests.pipeline.conftest import LiveRun
from tests.pipeline.live_api import ACCOUNTS, ENV, Answer, Api
from tests.pipeline.live_bars import bars_of, stored_bars
from tests.pipeline.live_runs import PATIENCE, Run
from tests.pipeline.live_trades import send
from tests.servers import RedisLink, unique

pytestmark = pytest.mark.integration
INTERVALS = ("1s", "1m")
ADVICE = "/v1/portfolios/p1/advice"


def engine(live_run: LiveRun, database: str, redis: str, stream: str, **settings: str) -> Run:
    source = {"venue": "BINANCE", "redis": {"stream": stream, "consumer": "one"}}
    env = {**ENV, "REDIS_URL": redis}
    return live_run(database, engine=settings, source=source, more=ACCOUNTS, env=env)


@pytest.fixture
def stream(redis_server: RedisLink) -> Iterator[str]:
    name = unique("stream")
    yield name
    with connect(redis_server.url) as client:
        client.delete(name)


def since(answer: Answer) -> float:
    """When its data stopped to be fresh, seconds since the epoch."""
    assert answer.stale_since is not None
    return datetime.fromisoformat(answer.stale_since).timestamp()


def while_answered(api: Api) -> tuple[list[Answer], Answer, Answer]:
    """Ask until there is no advice: marked answers, a degraded state, and the refusal."""
    marked, degraded, end = [], [], time.monotonic() + PATIENCE
    while (answer := api.advice()).status == 200:
        assert time.monotonic() < end, api.run.log
        marked += [answer] if answer.stale_since else []
        ready = api.ready()
        degraded += [ready] if ready.body["status"] == "degraded" else []
    assert marked
    return marked, degraded[0], answer


def answered(api: Api, reached: Callable[[Answer], bool]) -> Callable[[], bool]:
    """Whether an answer is as wanted; each must be one, and hold advice."""

    def look() -> bool:
        answer = api.advice()
        assert answer.status == 200, answer
        assert answer.body["advice"], answer
        return reached(answer)

    return look


def test_old_answers_say_so_and_end_and_fresh_ones_come_back(
    trades: list[Any],
    own_postgres: Callable[..., Postgres],
    redis_server: RedisLink,
    stream: str,
    live_run: LiveRun,
) -> None:
    database = own_postgres()
    run = engine(live_run, database.address, redis_server.url, stream, max_staleness="5s")
    with connect(redis_server.url) as client:
        send(client, stream, trades[:600])
        run.start()
        api = Api(run)
        run.wait(600)
        assert api.until("/readyz", 200).body["status"] == "ready"
        assert api.until(ADVICE, 200, "POST").stale_since is None

        stopped = time.time()
        database.stop()
        send(client, stream, trades[600:700])
        marked, degraded, refusal = while_answered(api)
        assert all(stopped - 1 <= since(one) <= time.time() - 5 for one in marked)
        parts = {part["name"]: part for part in degraded.body["parts"]}
        assert stopped <= parts["postgres"]["since"] / 1e6 <= time.time()
        assert [one["state"] for one in parts.values()] == ["connected", "away"]
        assert (refusal.status, refusal.body["type"]) == (503, "/problems/data-stale")
        assert "postgres is away" in refusal.body["detail"]
        assert "postgres: away since" in api.until("/readyz", 503).body["detail"]

        database.start()
        send(client, stream, trades[700:])
        run.until(lambda: api.advice().status == 200, "answers again")
        run.wait(len(trades))
        run.until(lambda: api.ready().body["status"] == "ready", "all to be there")
        assert api.advice().stale_since is None
        assert run.end() == 0
    assert stored_bars(run.database, run.schema) == bars_of(trades, *INTERVALS)


def test_answers_go_on_while_the_engine_is_started_again(
    trades: list[Any],
    own_postgres: Callable[..., Postgres],
    redis_server: RedisLink,
    stream: str,
    live_run: LiveRun,
) -> None:
    database = own_postgres()
    run = engine(live_run, database.address, redis_server.url, stream)
    with connect(redis_server.url) as client:
        send(client, stream, trades[:600])
        run.start()
        api = Api(run)
        run.wait(600)
        api.until(ADVICE, 200, "POST")

        database.stop()
        send(client, stream, trades[600:700])
        for reached, what in (
            (lambda one: one.stale_since is not None, "a mark"),
            (lambda _: "starting again in" in run.log, "an engine that gives up"),
            (lambda _: api.ready().body["engine"] == "restarting", "a restart to be told"),
        ):
            run.until(answered(api, reached), what)
        database.start()
        run.until(answered(api, lambda one: one.stale_since is None), "fresh answers")
        send(client, stream, trades[700:])
        run.wait(len(trades))
        assert run.end() == 0
    assert stored_bars(run.database, run.schema) == bars_of(trades, *INTERVALS)
