import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from serving.errors import Invalid
from serving.insights import Insight, Outlook
from serving.meter import LedgerUnavailable
from serving.models.insights import InsightAnswer, InsightsOut
from serving.options import Account, MeterPrice
from serving.views import ColdView, Row
from tests.serving.fakes import ALICE, BOB, NOON, Stage, options

PORTFOLIO = "/v1/insights/portfolio/growth"
MARKET = "/v1/insights/market-summary"
PIECE = {"name": "positions", "value": 2, "unit": "count"}
TOLD = {"text": "It has 2 positions.", "evidence": [PIECE]}
SYMBOL: dict[str, object] = {
    "symbol": "TCS",
    "trend": {"score": 50.0, "label": "bull", "parts": {"supertrend": 25.0}, "reason": ""},
    "checks_interval": "1d",
    "checks": [
        {"kind": "move", "state": "normal", "value": 0.5, "unit": "sigma", "threshold": 3.5,
         "n": 250, "reason": ""}
    ],
    "forecasts": [],
}  # fmt: skip


def record_row(rule_id: str = "S02", horizon: int = 1, **changed: object) -> Row:
    row = {
        "rule_id": rule_id,
        "severity": "warn",
        "direction": -1,
        "horizon": horizon,
        "fired": 12,
        "flips": 2,
        "openings": 11,
        "n": 9,
        "mean_return_pct": -1.25,
        "hit_rate": 0.6,
        "reason": "",
    }
    return {**row, **changed}


class FakeInsights:
    """Gives what it was told to, or raises ``fault``."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.asked: list[object] = []

    def _asked(self, what: object) -> None:
        self.asked.append(what)
        if self.fault is not None:
            raise self.fault

    async def outlook(self, symbols: Sequence[str]) -> Outlook:
        self._asked(list(symbols))
        return Outlook(NOON, "1m", [SYMBOL])

    async def portfolio(self, portfolio_id: str) -> Insight:
        self._asked(portfolio_id)
        return Insight(NOON, [TOLD, TOLD], "factual_in")

    async def market(self) -> Insight:
        self._asked("market")
        return Insight(NOON, [TOLD], "factual_in")


def with_insights(stage: Stage) -> FakeInsights:
    found = FakeInsights()
    stage.app.state.services = replace(stage.app.state.services, insights=found)
    return found


@pytest.fixture
def insights(stage: Stage) -> FakeInsights:
    return with_insights(stage)


@pytest.fixture
def priced() -> Iterator[Stage]:
    """Insights are part of plans; alice has one, bob has none."""
    accounts = [
        Account("alice", "Alice", "key-of-alice", ["growth"], "pro"),
        Account("bob", "Bob", "key-of-bob", ["safe"]),
    ]
    meters = [MeterPrice("ai_insight", 0, "INR", "v1", per_plan=True)]
    stage = Stage(options(accounts=accounts, meters=meters))
    with_insights(stage)
    with stage.client:
        yield stage


def hash_of(answer: Mapping[str, Any]) -> str:
    """As the reference tells clients to compute it."""
    served = {key: answer[key] for key in answer if key not in ("served_hash", "usage")}
    text = json.dumps(served, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_record_is_told_per_rule_with_its_horizons(
    stage: Stage, insights: FakeInsights
) -> None:
    stage.views.put("track_record", *(record_row(horizon=sessions) for sessions in (1, 5)))
    stage.views.put("track_record", record_row("P03", direction=0, mean_return_pct=None, n=0))
    answer = stage.client.get("/v1/insights", headers=ALICE)
    assert answer.status_code == 200
    found = answer.json()
    assert [row["rule_id"] for row in found["track_record"]] == ["P03", "S02"]
    trend = found["track_record"][1]
    assert (trend["fired"], trend["flips"], trend["openings"]) == (12, 2, 11)
    assert trend["followed"] == [
        {"sessions": sessions, "n": 9, "mean_return_pct": -1.25, "hit_rate": 0.6, "reason": ""}
        for sessions in (1, 5)
    ]
    assert found["symbols"] == [SYMBOL]
    assert InsightsOut.model_validate(found).model_dump(mode="json") == found
    assert stage.meter.charged == []


def test_only_symbols_of_the_caller_are_told(stage: Stage, insights: FakeInsights) -> None:
    stage.client.get("/v1/insights", headers=ALICE)
    stage.client.get("/v1/insights", headers=BOB)
    assert insights.asked == [["INFY", "TCS"], []]


@pytest.mark.parametrize(("path", "subject"), [(PORTFOLIO, "growth"), (MARKET, "market")])
def test_an_insight_is_billed_once_and_carries_its_evidence(
    stage: Stage, insights: FakeInsights, path: str, subject: str
) -> None:
    answer = stage.client.post(path, headers=ALICE)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["subject"], found["as_of"]) == (subject, NOON)
    assert found["text"] == " ".join(one["text"] for one in found["statements"])
    assert found["statements"][0]["evidence"] == [PIECE]
    assert found["disclaimers"] == {"factual_in": "Not advice within the meaning of any law."}
    assert found["usage"] == {"event_ids": ["e0"], "ai_insight": 1}
    assert stage.meter.charged == [("alice", "ai_insight", 1)]
    assert found["served_hash"] == hash_of(found)
    [receipt] = stage.meter.receipts
    assert receipt is not None
    assert (receipt.served_hash, receipt.portfolio_id, receipt.content) == (
        found["served_hash"],
        subject,
        None,
    )
    assert InsightAnswer.model_validate(found).model_dump(mode="json") == found


def test_a_portfolio_of_somebody_else_is_not_there(stage: Stage, insights: FakeInsights) -> None:
    for path in ("/v1/insights/portfolio/safe", "/v1/insights/portfolio/none"):
        assert stage.client.post(path, headers=ALICE).status_code == 404
    assert (insights.asked, stage.meter.charged) == ([], [])


def test_without_credentials_there_is_nothing(stage: Stage, insights: FakeInsights) -> None:
    assert stage.client.get("/v1/insights").status_code == 401
    assert stage.client.post(MARKET).status_code == 401


def test_a_plan_is_required_where_the_plan_prices_insights(priced: Stage) -> None:
    assert priced.client.post(PORTFOLIO, headers=ALICE).status_code == 200
    for path in (MARKET, "/v1/insights/portfolio/safe"):
        answer = priced.client.post(path, headers=BOB)
        assert (answer.status_code, answer.json()["type"]) == (402, "/problems/plan-required")
    assert priced.client.get("/v1/insights", headers=BOB).status_code == 200
    assert priced.meter.charged == [("alice", "ai_insight", 1)]


@pytest.mark.parametrize("fault", [ColdView("symbol states"), LedgerUnavailable("disk full")])
def test_what_is_cold_or_not_durable_is_503_and_not_billed(
    stage: Stage, insights: FakeInsights, fault: Exception
) -> None:
    if isinstance(fault, ColdView):
        insights.fault = fault
        assert stage.client.get("/v1/insights", headers=ALICE).status_code == 503
    else:
        stage.meter.fault = fault
    answer = stage.client.post(PORTFOLIO, headers=ALICE)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert stage.meter.charged == []


def test_a_cold_record_is_503(stage: Stage, insights: FakeInsights) -> None:
    stage.views["track_record"].ready = False
    assert stage.client.get("/v1/insights", headers=ALICE).status_code == 503
    assert insights.asked == []


def test_an_engine_that_failed_sells_nothing(stage: Stage, insights: FakeInsights) -> None:
    stage.status.state = "failed"
    assert stage.client.post(MARKET, headers=ALICE).status_code == 503
    assert insights.asked == []


def test_a_portfolio_without_positions_is_refused_and_free(
    stage: Stage, insights: FakeInsights
) -> None:
    insights.fault = Invalid("nothing to tell")
    assert stage.client.post(PORTFOLIO, headers=ALICE).status_code == 422
    assert stage.meter.charged == []


def test_the_key_and_the_target_tell_requests_apart(stage: Stage, insights: FakeInsights) -> None:
    headers = {**ALICE, "Idempotency-Key": "one"}
    for path in (PORTFOLIO, PORTFOLIO, MARKET, "/v1/insights/portfolio/income"):
        stage.client.post(path, headers=headers)
    assert stage.meter.keys == ["one"] * 4
    assert len(set(stage.meter.fingerprints)) == 3
    bad = stage.client.post(MARKET, headers={**ALICE, "Idempotency-Key": ""})
    assert bad.status_code == 400


def test_a_server_without_insights_says_so(stage: Stage) -> None:
    for answer in (
        stage.client.get("/v1/insights", headers=ALICE),
        stage.client.post(PORTFOLIO, headers=ALICE),
        stage.client.post(MARKET, headers=ALICE),
    ):
        assert (answer.status_code, answer.json()["detail"]) == (
            422,
            "insights are not part of this server",
        )
    assert stage.meter.charged == []
