from prometheus_client.parser import text_string_to_metric_families

from serving.meter import MeterHealth
from serving.views import PartStatus
from tests.serving.fakes import ALICE, NOON, Stage, quote_row


def values(stage: Stage) -> dict[tuple[str, ...], float]:
    """Samples by name and label values."""
    text = stage.client.get("/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_health_asks_nothing_of_the_parts(stage: Stage) -> None:
    stage.status.state = "failed"
    answer = stage.client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_when_everything_is(stage: Stage) -> None:
    for state in ("running", "drained"):
        stage.status.state = state
        answer = stage.client.get("/readyz")
        assert answer.status_code == 200
        ready = {"status": "ready", "engine": state, "as_of": NOON}
        assert answer.json() == {**ready, "stale_since": None, "parts": []}


def test_a_part_that_is_away_degrades_and_in_the_end_refuses(stage: Stage) -> None:
    since = NOON - 60_000_000
    stage.status.parts = [
        PartStatus("kafka:market.trades", "away", since, "no broker answers", 7),
        PartStatus("postgres", "connected", since),
    ]
    stage.status.stale_since = since
    answer = stage.client.get("/readyz")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["stale_since"]) == ("degraded", since)
    assert body["parts"][0] == {
        "name": "kafka:market.trades",
        "state": "away",
        "since": since,
        "reason": "no broker answers",
        "lag": 7,
    }
    stage.status.stale_since = NOON - 301_000_000
    answer = stage.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == [
        "kafka:market.trades: away since 2026-11-20T11:59:00Z, no broker answers",
        "nothing new since 2026-11-20T11:54:59Z",
    ]


def test_an_engine_that_waits_for_its_first_start_says_for_what_and_since_when(
    stage: Stage,
) -> None:
    stage.status.state, stage.status.failure = "starting", "postgres is away: connection refused"
    stage.status.stale_since = NOON - 60_000_000
    stage.views["advice"].ready = False
    answer = stage.client.get("/readyz")
    assert answer.status_code == 503
    waits = "engine: starting postgres is away: connection refused, since 2026-11-20T11:59:00Z"
    assert answer.json()["reasons"] == [waits, "views not filled yet: advice"]


def test_views_that_were_never_filled_name_what_is_away(stage: Stage) -> None:
    stage.status.parts = [PartStatus("kafka:t", "away", NOON, "no broker answers")]
    stage.status.stale_since = NOON
    stage.views["advice"].ready = False
    assert stage.client.get("/readyz").json()["reasons"] == [
        "kafka:t: away since 2026-11-20T12:00:00Z, no broker answers",
        "views not filled yet: advice",
    ]


def test_metrics_tell_lag_and_counters_of_parts(stage: Stage) -> None:
    stage.status.parts = [PartStatus("kafka:t", "connected", NOON, "", 12, {"messages": 5})]
    stage.status.restarts = 2
    found = values(stage)
    assert found["yieldflow_link_up", "kafka:t"] == 1
    assert found["yieldflow_link_lag", "kafka:t"] == 12
    assert found["yieldflow_link_total", "kafka:t", "messages"] == 5
    assert found["yieldflow_engine_restarts_total",] == 2


def test_not_ready_names_every_reason(stage: Stage) -> None:
    stage.status.state, stage.status.failure = "failed", "feed broke"
    stage.views["bars"].ready = stage.views["usage"].ready = False
    stage.meter.healthy = MeterHealth(False, 0, 0.0, "disk full")
    answer = stage.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert answer.json()["type"] == "/problems/not-ready"
    assert answer.json()["reasons"] == [
        "engine: failed feed broke",
        "views not filled yet: bars, usage",
        "ledger: disk full",
    ]


def test_metrics_tell_what_the_parts_say(stage: Stage) -> None:
    stage.status.ticks, stage.status.rejected = 5, {"late": 2, "not_a_number": 1}
    stage.status.clock = NOON - 3_000_000
    stage.hub.publish([("quotes", "upsert", quote_row("TCS", 1.0))])
    found = values(stage)
    expected: dict[tuple[str, ...], float] = {
        ("yieldflow_ticks_total",): 5,
        ("yieldflow_rejected_total", "late"): 2,
        ("yieldflow_commits_total",): stage.views.version,
        ("yieldflow_engine_state", "running"): 1,
        ("yieldflow_engine_state", "failed"): 0,
        ("yieldflow_market_clock_lag_seconds",): 3,
        ("yieldflow_commit_age_seconds",): 0,
        ("yieldflow_view_rows", "quotes"): 2,
        ("yieldflow_ledger_writable",): 1,
        ("yieldflow_ledger_queue_depth",): 3,
        ("yieldflow_ledger_commit_seconds",): 0.002,
        ("yieldflow_stream_subscribers",): 0,
        ("yieldflow_stream_overflows_total",): 0,
    }
    assert {name: found[name] for name in expected} == expected


def test_requests_are_counted_by_route_not_by_path(stage: Stage) -> None:
    for name in ("growth", "income", "safe"):
        stage.client.get(f"/v1/portfolios/{name}", headers=ALICE)
    stage.client.get("/v1/portfolios")
    stage.client.get("/nothing/here")
    stage.client.request("BREW", "/nothing/here")
    found = values(stage)
    route = "/v1/portfolios/{portfolio_id}"
    requests = "yieldflow_http_requests_total"
    assert found[requests, "GET", route, "200"] == 2
    assert found[requests, "GET", route, "404"] == 1
    assert found[requests, "GET", "unrouted", "401"] == 1
    assert found[requests, "GET", "unrouted", "404"] == 1
    assert found[requests, "OTHER", "unrouted", "404"] == 1
    assert found["yieldflow_http_request_seconds_count", route] == 3
