"""Answers from views that stand still are marked, and refused after ``max_staleness``."""

from tests.serving.fakes import ALICE, NOON, Stage

QUOTES = "/v1/quotes?symbols=TCS"


def test_fresh_answers_carry_no_mark(stage: Stage) -> None:
    answer = stage.client.get(QUOTES, headers=ALICE)
    assert answer.status_code == 200
    assert "X-Stale-Since" not in answer.headers


def test_answers_while_a_part_is_away_say_since_when(stage: Stage) -> None:
    stage.status.state, stage.status.stale_since = "restarting", NOON - 299_000_000
    answer = stage.client.get(QUOTES, headers=ALICE)
    assert answer.status_code == 200
    assert answer.headers["X-Stale-Since"] == "2026-11-20T11:55:01Z"


def test_too_old_is_refused_and_not_billed(stage: Stage) -> None:
    stage.status.state, stage.status.stale_since = "restarting", NOON - 301_000_000
    answer = stage.client.post("/v1/portfolios/growth/advice", headers=ALICE)
    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/data-stale"
    assert "the engine is restarting" in answer.json()["detail"]
    assert answer.headers["Retry-After"] == "1"
    assert stage.meter.charged == []
    assert stage.client.get("/healthz").status_code == 200
