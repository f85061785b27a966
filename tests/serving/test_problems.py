"""Every error is a problem document with a stable type."""

import pytest

from serving.errors import ALL_KINDS, BY_STATUS, KINDS
from serving.routes import market
from tests.serving.fakes import ALICE, Stage, options

JSON = "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nothing", 404, "no-such-route"),
        ("GET", "/v1/nothing", 404, "no-such-route"),
        ("GET", "/v1/quotes/", 404, "no-such-route"),
        ("DELETE", "/v1/quotes", 405, "method-not-allowed"),
        ("POST", "/healthz", 405, "method-not-allowed"),
        ("GET", "/v1/portfolios/safe", 404, "not-found"),
        ("GET", "/v1/usage/events/none", 404, "not-found"),
        ("GET", "/v1/symbols/NOPE/bars", 404, "unknown-symbol"),
        ("GET", "/v1/symbols/TCS/bars?limit=0", 422, "invalid-request"),
        ("POST", "/v1/analyze", 422, "invalid-request"),
        ("GET", "/v1/stream?topics=nope", 422, "invalid-request"),
        ("GET", "/problems/nope", 404, "unknown-problem"),
        ("GET", "/docs/assets/nope.js", 404, "not-found"),
    ],
)
def test_every_error_is_a_problem_document(
    stage: Stage, method: str, path: str, status: int, slug: str
) -> None:
    answer = stage.client.request(method, path, headers={**ALICE, "X-Request-Id": "my-id"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, JSON)
    document = answer.json()
    assert document["type"] == f"/problems/{slug}"
    assert document["status"] == status
    assert document["title"] == ALL_KINDS[slug].title
    assert document["detail"]
    assert document["instance"] == path.partition("?")[0]
    assert document["request_id"] == answer.headers["X-Request-Id"] == "my-id"


def test_a_method_that_is_not_allowed_is_told_which_are(stage: Stage) -> None:
    assert stage.client.delete("/v1/quotes", headers=ALICE).headers["Allow"] == "GET"


def test_a_fault_of_ours_is_500_and_tells_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(market, "warm", broken)
    answer = stage.client.get("/v1/quotes", headers={**ALICE, "X-Request-Id": "my-id"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, JSON)
    assert answer.json()["type"] == "/problems/internal-error"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"] == "my-id"
    assert "secret" not in answer.text


def test_a_body_that_is_too_large_is_413_announced_or_not() -> None:
    stage = Stage(options(max_body_bytes=1000))
    headers = {**ALICE, "Content-Type": "application/json"}
    with stage.client:
        announced = stage.client.post("/v1/analyze", headers=headers, content=b"x" * 1001)
        pieces = (b"x" * 400 for _ in range(3))
        streamed = stage.client.post("/v1/analyze", headers=headers, content=pieces)
        fits = stage.client.post("/v1/analyze", headers=headers, content=b"x" * 1000)
    for answer in (announced, streamed):
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/body-too-large"
    assert fits.status_code == 422


def test_retry_after_is_as_it_was_set() -> None:
    stage = Stage(options(retry_after=options().heartbeat))
    stage.views["quotes"].ready = False
    with stage.client:
        assert stage.client.get("/v1/quotes", headers=ALICE).headers["Retry-After"] == "15"


def test_each_kind_has_a_page_that_explains_it(stage: Stage) -> None:
    listed = stage.client.get("/problems").json()
    assert {kind["type"] for kind in listed} == {kind.type for kind in ALL_KINDS.values()}
    for kind in listed:
        assert stage.client.get(kind["type"]).json() == kind
        assert kind["what_to_do"]


def test_slugs_are_unique() -> None:
    kinds = {id(kind): kind for kind in (*KINDS.values(), *BY_STATUS.values())}
    assert len(ALL_KINDS) == len(kinds)
