import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from serving.errors import Invalid, NotReady
from serving.meter import LedgerUnavailable
from serving.models.optimise import OptimiseAnswer
from serving.optimiser import DEFAULT_METHODS, Optimisation, OptimiseOptions
from serving.views import ColdView
from tests.serving.fakes import ALICE, BOB, NOON, Stage

OPTIMISE = "/v1/portfolios/growth/optimise"
METRICS = {
    "volatility_pct": 20.0,
    "cvar95_pct": 2.5,
    "hhi": 0.2,
    "n_effective": 5.0,
    "n": 252,
    "reason": None,
}
PLAN = {
    "method": "capped",
    "weights": [{"symbol": "TCS", "before": 0.3, "target": 0.15, "after": 0.151}],
    "trades": [
        {
            "symbol": "TCS",
            "side": "sell",
            "quantity": 5.0,
            "price": 120.0,
            "amount": "600.00",
            "cost": "0.60",
        }
    ],
    "before": METRICS,
    "after": METRICS,
    "turnover": 0.15,
    "cost": "0.60",
    "cash_after": "599.40",
    "binding_constraints": [{"constraint": "max_weight", "subject": "TCS", "limit": 0.15}],
    "note": "",
}
LIMITS = {
    "max_weight": 0.15,
    "max_sector_weight": 0.3,
    "max_turnover": 0.2,
    "cost_bps": 10.0,
    "cash": "0.00",
    "currency": "INR",
}


class FakeOptimiser:
    """Gives what it was told to, or raises ``fault``."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.given: list[tuple[str, OptimiseOptions]] = []
        missing = {"method": "hrp", "kind": "not_installed", "reason": "needs skfolio"}
        self.result = Optimisation(
            NOON, LIMITS, METRICS, [PLAN], [missing], disclaimer_id="factual_in"
        )

    async def optimise(self, portfolio_id: str, options: OptimiseOptions) -> Optimisation:
        self.given.append((portfolio_id, options))
        if self.fault is not None:
            raise self.fault
        return self.result


@pytest.fixture
def optimiser(stage: Stage) -> FakeOptimiser:
    found = FakeOptimiser()
    stage.app.state.services = replace(stage.app.state.services, optimiser=found)
    return found


def hash_of(answer: Mapping[str, Any]) -> str:
    """As the reference tells clients to compute it."""
    served = {key: answer[key] for key in answer if key not in ("served_hash", "usage")}
    text = json.dumps(served, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_answer_has_plans_and_is_one_analysis(stage: Stage, optimiser: FakeOptimiser) -> None:
    answer = stage.client.post(OPTIMISE, headers=ALICE)
    found = answer.json()
    assert answer.status_code == 200
    assert list(found)[:3] == ["portfolio_id", "as_of", "served_hash"]
    assert (found["portfolio_id"], found["as_of"]) == ("growth", NOON)
    assert (found["plans"], found["current"], found["limits"]) == ([PLAN], METRICS, LIMITS)
    assert [row["method"] for row in found["missing"]] == ["hrp"]
    assert found["disclaimers"] == {"factual_in": "Not advice within the meaning of any law."}
    assert found["usage"] == {
        "event_ids": ["e0"],
        "portfolio_analysis": 1,
        "advice_generation": 0,
    }
    assert answer.headers["X-Usage-Event-Id"] == "e0"
    assert stage.meter.charged == [("alice", "portfolio_analysis", 1)]
    assert found["served_hash"] == hash_of(found)


def test_the_answer_is_what_the_reference_describes(stage: Stage, optimiser: FakeOptimiser) -> None:
    found = stage.client.post(OPTIMISE, headers=ALICE).json()
    assert OptimiseAnswer.model_validate(found).model_dump(mode="json") == found
    described = stage.client.get("/openapi.json").json()["paths"]
    operation = described["/v1/portfolios/{portfolio_id}/optimise"]["post"]
    assert {"Idempotency-Key", "portfolio_id"} == {one["name"] for one in operation["parameters"]}


def test_without_a_body_everything_is_as_configured(stage: Stage, optimiser: FakeOptimiser) -> None:
    for sent in (None, {}):
        assert stage.client.post(OPTIMISE, headers=ALICE, json=sent).status_code == 200
    assert optimiser.given == [("growth", OptimiseOptions(list(DEFAULT_METHODS)))] * 2
    assert len(set(stage.meter.fingerprints)) == 1


def test_what_the_caller_wants_is_passed_on(stage: Stage, optimiser: FakeOptimiser) -> None:
    sent = {
        "methods": ["max_sharpe", "capped"],
        "max_weight": 0.25,
        "max_sector_weight": 0.5,
        "max_turnover": 0.1,
        "cost_bps": 12.5,
        "cash": "2500.75",
    }
    stage.client.post(OPTIMISE, headers=ALICE, json=sent)
    assert optimiser.given == [
        (
            "growth",
            OptimiseOptions(["max_sharpe", "capped"], 0.25, 0.5, 0.1, 12.5, 2_500_750_000),
        )
    ]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"methods": []}, "body.methods"),
        ({"methods": ["markowitz"]}, "body.methods.0"),
        ({"methods": ["hrp", "hrp"]}, "body.methods"),
        ({"max_weight": 0}, "body.max_weight"),
        ({"max_weight": 1.1}, "body.max_weight"),
        ({"max_sector_weight": "a third"}, "body.max_sector_weight"),
        ({"max_turnover": -0.2}, "body.max_turnover"),
        ({"cost_bps": 1001}, "body.cost_bps"),
        ({"cash": -1}, "body.cash"),
        ({"cash": "lots"}, "body.cash"),
        ({"leverage": 2}, "body.leverage"),
        ([], "body"),
    ],
)
def test_a_bad_body_is_422_and_names_the_field(
    stage: Stage, optimiser: FakeOptimiser, sent: Any, field: str
) -> None:
    answer = stage.client.post(OPTIMISE, headers=ALICE, json=sent)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (optimiser.given, stage.meter.charged) == ([], [])


def test_another_accounts_portfolio_is_404_and_free(stage: Stage, optimiser: FakeOptimiser) -> None:
    assert stage.client.post(OPTIMISE, headers=BOB).status_code == 404
    assert stage.client.post(OPTIMISE).status_code == 401
    assert (optimiser.given, stage.meter.charged) == ([], [])


@pytest.mark.parametrize(
    ("fault", "status", "slug"),
    [
        (ColdView("positions"), 503, "view-cold"),
        (NotReady("the solver's process ended with code -9"), 503, "not-ready"),
        (Invalid("nothing to optimise"), 422, "invalid-request"),
    ],
)
def test_no_result_is_a_problem_and_free(
    stage: Stage, optimiser: FakeOptimiser, fault: Exception, status: int, slug: str
) -> None:
    optimiser.fault = fault
    answer = stage.client.post(OPTIMISE, headers=ALICE)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert ("Retry-After" in answer.headers) == (status == 503)
    assert stage.meter.charged == []


def test_an_answer_that_is_not_committed_is_not_given(
    stage: Stage, optimiser: FakeOptimiser
) -> None:
    stage.meter.fault = LedgerUnavailable("the disk is full")
    assert stage.client.post(OPTIMISE, headers=ALICE).status_code == 503


def test_what_a_failed_engine_left_behind_is_not_optimised(
    stage: Stage, optimiser: FakeOptimiser
) -> None:
    stage.status.state = "failed"
    assert stage.client.post(OPTIMISE, headers=ALICE).status_code == 503
    assert optimiser.given == []


def test_the_key_and_the_body_tell_requests_apart(stage: Stage, optimiser: FakeOptimiser) -> None:
    headers = {**ALICE, "Idempotency-Key": "one"}
    stage.client.post(OPTIMISE, headers=headers, json={"max_weight": 0.2})
    stage.client.post(OPTIMISE, headers=headers, json={"max_weight": 0.20})
    stage.client.post(OPTIMISE, headers=headers, json={"max_weight": 0.25})
    stage.client.post("/v1/portfolios/income/optimise", headers=headers, json={"max_weight": 0.2})
    assert stage.meter.keys == ["one"] * 4
    assert len(set(stage.meter.fingerprints)) == 3


def test_a_server_without_an_optimiser_says_so(stage: Stage) -> None:
    answer = stage.client.post(OPTIMISE, headers=ALICE)
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "optimisation is not part of this server",
    )
    assert stage.meter.charged == []
