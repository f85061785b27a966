import hashlib
import itertools
import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from serving.meter import Conflict, LedgerUnavailable, Mismatch
from serving.views import Analysis, ColdView
from tests.serving.fakes import (
    ALICE,
    BOB,
    MINUTE,
    NOON,
    Stage,
    advice_row,
    evaluation_row,
    options,
    position_row,
    quote_row,
)

ADVICE = "/v1/portfolios/growth/advice"
DAY = 86_400_000_000


def hash_of(answer: Mapping[str, Any]) -> str:
    """As the reference tells clients to compute it."""
    beside = ("served_hash", "basis", "now", "usage")
    served = {key: answer[key] for key in answer if key not in beside}
    text = json.dumps(served, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_open_rows_are_served_and_billed_and_the_others_are_free(stage: Stage) -> None:
    stage.views.put(
        "advice",
        advice_row("a", severity="info"),
        advice_row("b", severity="alert"),
        advice_row("c", state="withheld"),
        advice_row("d", state="not_evaluated"),
        advice_row("e", state="cleared", as_of=NOON - 5),
        advice_row("f", state="cleared", as_of=NOON - 2 * DAY),
        advice_row("g", portfolio_id="safe"),
    )
    answer = stage.client.post(ADVICE, headers=ALICE)
    assert answer.status_code == 200
    assert answer.headers["X-Usage-Event-Id"] == "e0"
    found = answer.json()
    assert [row["advice_id"] for row in found["advice"]] == ["b", "a"]
    for name, kept in (("withheld", "c"), ("not_evaluated", "d"), ("recently_cleared", "e")):
        assert [row["advice_id"] for row in found[name]] == [kept]
    assert found["usage"] == {
        "event_ids": ["e0", "e1", "e2"],
        "portfolio_analysis": 1,
        "advice_generation": 2,
    }
    assert stage.meter.charged == [
        ("alice", "portfolio_analysis", 1),
        ("alice", "advice_generation", 2),
    ]


def test_an_answer_starts_as_the_contract_has_it(stage: Stage) -> None:
    stage.views.put("advice", advice_row("a"))
    stage.views.put("evaluations", evaluation_row(NOON - MINUTE), evaluation_row(NOON))
    found = stage.client.post(ADVICE, headers=ALICE).json()
    assert list(found)[:4] == ["portfolio_id", "as_of", "served_hash", "advice"]
    assert (found["portfolio_id"], found["as_of"]) == ("growth", NOON)
    assert found["advice"] == [advice_row("a")]
    assert found["disclaimers"] == {"factual_in": "Not advice within the meaning of any law."}


def test_no_open_advice_is_one_analysis_and_nothing_else(stage: Stage) -> None:
    found = stage.client.post(ADVICE, headers=ALICE).json()
    assert (found["advice"], found["usage"]["advice_generation"]) == ([], 0)
    assert stage.meter.charged == [("alice", "portfolio_analysis", 1)]


@pytest.mark.parametrize("odd", [1e-7, 1e22, 0.1 + 0.2, "₹ 1,250", None, -0.0, 12])
def test_the_hash_can_be_recomputed_from_the_answer(stage: Stage, odd: object) -> None:
    stage.views.put("advice", advice_row("a", evidence=[{"name": "x", "value": odd}]))
    answer = stage.client.post(ADVICE, headers=ALICE).json()
    assert answer["served_hash"] == hash_of(answer)


def test_the_hash_covers_what_was_said_not_prices_since_nor_what_was_billed() -> None:
    seconds = itertools.count()  # the distances are computed anew for each call
    stage = Stage(options())
    desk = stage.app.state.services.desk
    desk._clock = lambda: float(next(seconds))
    stage.views.put("quotes", quote_row("TCS", 120.0))
    stage.views.put("positions", position_row("INFY", 10, 100.0), position_row("TCS", 5, 100.0))
    stage.views.put("advice", advice_row("a"))
    with stage.client:
        first, second = (stage.client.post(ADVICE, headers=ALICE).json() for _ in range(2))
        assert first == second
        stage.views.put("quotes", quote_row("TCS", 121.0))
        dearer = stage.client.post(ADVICE, headers=ALICE).json()
        assert dearer["served_hash"] == first["served_hash"]
        assert dearer["now"] != first["now"]
        stage.views.put("advice", advice_row("a", sentence="TCS is 31%."))
        changed = stage.client.post(ADVICE, headers=ALICE).json()
    assert changed["served_hash"] == hash_of(changed) != first["served_hash"]


def test_what_was_served_is_noted_for_the_bill(stage: Stage) -> None:
    stage.views.put("advice", advice_row("a"))
    stage.views.put("evaluations", evaluation_row(NOON))
    found = stage.client.post(ADVICE, headers=ALICE).json()
    stage.client.post("/v1/analyze", headers=ALICE, json=body())
    asked, analysed = stage.meter.receipts
    assert asked is not None
    assert analysed is not None
    assert (asked.portfolio_id, asked.as_of) == ("growth", NOON)
    assert asked.served_hash == found["served_hash"]
    said = json.loads(asked.content or b"")
    assert said == {name: found[name] for name in said}
    assert set(found) - set(said) == {"served_hash", "basis", "now", "usage"}
    assert analysed.content is None  # nothing is kept of holdings in a body


def test_strengths_are_told_apart_and_not_billed(stage: Stage) -> None:
    stage.views.put(
        "advice",
        advice_row("a"),
        advice_row("b", severity="strength"),
        advice_row("c", severity="strength", state="cleared", as_of=NOON),
    )
    found = stage.client.post(ADVICE, headers=ALICE).json()
    for name, ids in (("advice", ["a"]), ("strengths", ["b"]), ("recently_cleared", [])):
        assert [row["advice_id"] for row in found[name]] == ids
    assert list(found["now"]) == ["a"]
    assert stage.meter.charged[1:] == [("alice", "advice_generation", 1)]


def test_an_open_row_says_how_far_it_is_from_clearing(stage: Stage) -> None:
    stage.views.put("advice", advice_row("a"))
    found = stage.client.post(ADVICE, headers=ALICE).json()
    assert found["basis"] == "live"
    assert found["now"]["a"] == [
        {
            "metric": "position_weight",
            "value": 600 / 1700,
            "operator": "<=",
            "threshold": 0.09,
            "distance": 600 / 1700 - 0.09,
            "reached": False,
            "as_of": NOON,
        }
    ]


def test_an_answer_follows_the_next_commit(stage: Stage) -> None:
    assert stage.client.post(ADVICE, headers=ALICE).json()["advice"] == []
    stage.views.put("advice", advice_row("a"))
    assert len(stage.client.post(ADVICE, headers=ALICE).json()["advice"]) == 1


def test_another_accounts_portfolio_is_404_and_free(stage: Stage) -> None:
    stage.views.put("advice", advice_row("a"))
    assert stage.client.post(ADVICE, headers=BOB).status_code == 404
    assert stage.meter.charged == []


def test_a_cold_book_is_503_and_free(stage: Stage) -> None:
    stage.views["positions"].ready = False
    answer = stage.client.post(ADVICE, headers=ALICE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert stage.meter.charged == []


def test_what_a_failed_engine_left_behind_is_not_sold(stage: Stage) -> None:
    stage.status.state, stage.status.failure = "failed", "disk full"
    for answer in (
        stage.client.post(ADVICE, headers=ALICE),
        stage.client.post("/v1/analyze", headers=ALICE, json=body()),
    ):
        assert answer.status_code == 503
        assert answer.json()["type"] == "/problems/not-ready"
        assert answer.json()["reasons"] == ["the engine has failed: disk full"]


@pytest.mark.parametrize(
    ("fault", "status", "slug"),
    [
        (Conflict("still running"), 409, "request-in-progress"),
        (Mismatch("used before"), 422, "idempotency-key-reused"),
        (LedgerUnavailable("the disk is full"), 503, "ledger-unavailable"),
    ],
)
def test_what_the_meter_refuses_has_a_problem_of_its_own(
    stage: Stage, fault: Exception, status: int, slug: str
) -> None:
    stage.meter.fault = fault
    answer = stage.client.post(ADVICE, headers=ALICE)
    assert answer.status_code == status
    assert answer.json()["type"] == f"/problems/{slug}"
    assert answer.json()["detail"] == str(fault)
    assert ("Retry-After" in answer.headers) == (status != 422)


def test_the_idempotency_key_is_read_quoted_or_bare(stage: Stage) -> None:
    for sent in ("abc", '"abc"'):
        stage.client.post(ADVICE, headers={**ALICE, "Idempotency-Key": sent})
    assert stage.meter.keys == ["abc", "abc"]


def test_a_key_that_is_none_is_400(stage: Stage) -> None:
    for sent in ("", "x" * 256, '"open'):
        answer = stage.client.post(ADVICE, headers={**ALICE, "Idempotency-Key": sent})
        assert answer.status_code == 400
        assert answer.json()["type"] == "/problems/bad-idempotency-key"


def test_another_path_query_or_body_is_another_fingerprint(stage: Stage) -> None:
    stage.client.post(ADVICE, headers=ALICE)
    stage.client.post(f"{ADVICE}?x=1", headers=ALICE)
    stage.client.post("/v1/portfolios/income/advice", headers=ALICE)
    stage.client.post(ADVICE, headers=ALICE, content=b"{}")
    stage.client.post("/v1/analyze", headers=ALICE, json=body())
    stage.client.post("/v1/analyze", headers=ALICE, json=body(quantity=2))
    assert len(set(stage.meter.fingerprints)) == 6


def test_the_same_body_in_another_spelling_is_the_same_request(stage: Stage) -> None:
    for text in ('{"holdings":[{"symbol":"TCS","quantity":1}]}',
                 '{ "holdings": [{"quantity": 1.0, "symbol": "TCS"}] }'):  # fmt: skip
        headers = {**ALICE, "Content-Type": "application/json"}
        assert stage.client.post("/v1/analyze", headers=headers, content=text).status_code == 200
    assert len(set(stage.meter.fingerprints)) == 1


def body(**line: object) -> dict[str, object]:
    return {"holdings": [{"symbol": "TCS", "quantity": 1, **line}]}


def test_holdings_in_the_body_are_analysed_and_billed_alike(stage: Stage) -> None:
    rows = [advice_row("a", "mine"), advice_row("b", "mine", state="not_evaluated")]
    positions = [position_row("TCS", 5, 100.0, portfolio_id="mine")]
    stage.analyst.result = Analysis(as_of=NOON - 7, advice=rows, positions=positions)
    sent = {"portfolio_id": "mine", **body(avg_cost=90.5)}
    answer = stage.client.post("/v1/analyze", headers=ALICE, json=sent)
    found = answer.json()
    assert (answer.status_code, found["portfolio_id"], found["as_of"]) == (200, "mine", NOON - 7)
    assert found["served_hash"] == hash_of(found)
    assert [row["advice_id"] for row in found["advice"]] == ["a"]
    assert found["now"]["a"][0]["value"] == 1.0
    assert found["usage"]["advice_generation"] == 1
    line = {"currency": None, "target_weight": None, "avg_cost": 90.5}
    assert stage.analyst.given == [("mine", [{"symbol": "TCS", "quantity": 1.0, **line}])]


def test_a_portfolio_without_a_name_is_called_ad_hoc(stage: Stage) -> None:
    answer = stage.client.post("/v1/analyze", headers=ALICE, json=body())
    assert answer.json()["portfolio_id"] == "ad-hoc"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"holdings": []}, "body.holdings"),
        ({"holdings": [{"symbol": f"S{n}", "quantity": 1} for n in range(501)]}, "body.holdings"),
        (body(symbol=" "), "body.holdings.0.symbol"),
        (body(quantity="many"), "body.holdings.0.quantity"),
        (body(quantity=1e13), "body.holdings.0.quantity"),
        (body(avg_cost=-1), "body.holdings.0.avg_cost"),
        (body(currency="rupees"), "body.holdings.0.currency"),
        (body(target_weight=1.5), "body.holdings.0.target_weight"),
        (body(shares=1), "body.holdings.0.shares"),
        ({**body(), "account_id": "bob"}, "body.account_id"),
        ({**body(), "portfolio_id": "../x"}, "body.portfolio_id"),
        ({"holdings": [{"symbol": "A", "quantity": 1}, {"symbol": "A", "quantity": 2}]}, "body"),
        ({"holdings": [{"symbol": s, "quantity": 1, "target_weight": 0.6} for s in "AB"]}, "body"),
        ([], "body"),
    ],
)
def test_a_bad_body_is_422_and_names_the_field(stage: Stage, sent: Any, field: str) -> None:
    answer = stage.client.post("/v1/analyze", headers=ALICE, json=sent)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert stage.analyst.given == []


def test_a_body_that_is_no_json_is_422(stage: Stage) -> None:
    headers = {**ALICE, "Content-Type": "application/json"}
    answer = stage.client.post("/v1/analyze", headers=headers, content=b'{"holdings": [NaN')
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-request"


def test_not_a_number_is_no_quantity(stage: Stage) -> None:
    headers = {**ALICE, "Content-Type": "application/json"}
    text = b'{"holdings": [{"symbol": "A", "quantity": NaN}]}'
    answer = stage.client.post("/v1/analyze", headers=headers, content=text)
    assert answer.status_code == 422


def test_an_analyst_without_prices_is_503_and_free(stage: Stage) -> None:
    def cold() -> None:
        raise ColdView("prices")

    stage.analyst.during = cold
    assert stage.client.post("/v1/analyze", headers=ALICE, json=body()).status_code == 503
    assert stage.meter.charged == []


def test_more_analyses_than_slots_are_refused() -> None:
    stage = Stage(options(analyses=1, analyses_waiting=0))
    running, finish = threading.Event(), threading.Event()

    def during() -> None:
        running.set()
        assert finish.wait(10)

    stage.analyst.during = during
    with stage.client:
        first: list[int] = []
        caller = threading.Thread(
            target=lambda: first.append(
                stage.client.post("/v1/analyze", headers=ALICE, json=body()).status_code
            )
        )
        caller.start()
        assert running.wait(10)
        second = stage.client.post("/v1/analyze", headers=BOB, json=body())
        finish.set()
        caller.join(10)
    assert (second.status_code, second.json()["type"]) == (503, "/problems/busy")
    assert first == [200]
