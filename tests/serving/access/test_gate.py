import pytest
from fastapi.routing import APIRoute

from serving.access.keys import KeyRing
from serving.app import ROUTERS
from serving.options import Account
from tests.serving.fakes import ALICE, BOB, Stage, advice_row, position_row

GUARDED = sorted(
    (method, route.path)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute) and route.path.startswith("/v1/")
    for method in route.methods or ()
)
OPEN = {"/", "/docs", "/docs/assets/{name}", "/healthz", "/readyz", "/metrics"}


def test_what_is_not_guarded_is_known() -> None:
    paths = {route.path for router in ROUTERS for route in router.routes
             if isinstance(route, APIRoute) and not route.path.startswith("/v1/")}  # fmt: skip
    assert paths == OPEN | {"/problems", "/problems/{slug}"}


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_no_route_under_v1_answers_without_a_known_key(
    stage: Stage, method: str, path: str
) -> None:
    for headers in ({}, {"X-API-Key": "unknown"}, {"Authorization": "Basic a2V5LW9mLWFsaWNl"}):
        answer = stage.client.request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json()["type"] == "/problems/unauthenticated"


def test_routes_that_do_not_exist_are_not_told_apart_without_a_key(stage: Stage) -> None:
    assert stage.client.get("/v1/nothing").status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"X-API-Key": "key-of-alice"},
        {"Authorization": "Bearer key-of-alice"},
        {"Authorization": "bearer  key-of-alice "},
    ],
)
def test_a_key_is_taken_from_either_header(stage: Stage, headers: dict[str, str]) -> None:
    assert stage.client.get("/v1/usage", headers=headers).json()["account_id"] == "alice"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/portfolios/{}"),
        ("POST", "/v1/portfolios/{}/advice"),
        ("POST", "/v1/portfolios/{}/advice?as_of=1"),
    ],
)
def test_two_accounts_never_reach_each_other(stage: Stage, method: str, path: str) -> None:
    stage.views.put("positions", position_row("TCS", 1, 7.77, portfolio_id="safe"))
    stage.views.put("advice", advice_row("theirs", "safe"))
    for headers, own, other in ((ALICE, "growth", "safe"), (BOB, "safe", "growth")):
        refused = stage.client.request(method, path.format(other), headers=headers)
        assert refused.status_code == 404
        assert "7.77" not in refused.text
        assert "theirs" not in refused.text
        allowed = stage.client.request(method, path.format(own), headers=headers)
        assert allowed.status_code != 404


def test_the_ring_keeps_no_keys() -> None:
    ring = KeyRing([Account("a", "A", "key-of-a", [])])
    assert b"key-of-a" not in repr(vars(ring)).encode()
    assert "key-of-a" not in repr(Account("a", "A", "key-of-a", []))
    found = ring.find(b"key-of-a")
    assert found is not None
    assert found.account_id == "a"
    assert ring.find(b"") is None
