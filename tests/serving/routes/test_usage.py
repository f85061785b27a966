from datetime import UTC, datetime

from serving.meter import EventTrace, LedgerUnavailable
from serving.views import Row
from tests.serving.fakes import ALICE, BOB, NOON, Stage


def micros(year: int, month: int) -> int:
    return int(datetime(year, month, 1, tzinfo=UTC).timestamp()) * 1_000_000


def used(account: str, meter: str, quantity: int, start: int, granularity: str) -> Row:
    return {
        "account_id": account,
        "meter": meter,
        "granularity": granularity,
        "period_start": start,
        "quantity": quantity,
        "ts_last_event": NOON,
    }


def test_every_meter_is_there_unused_ones_with_zero(stage: Stage) -> None:
    found = stage.client.get("/v1/usage", headers=ALICE).json()
    unused = {"count": 0, "amount": "0.00", "currency": "INR"}
    meters = ("portfolio_analysis", "advice_generation", "ai_insight")
    assert found == {
        "account_id": "alice",
        "period": "2026-11",
        "meters": dict.fromkeys(meters, unused),
        "as_of": NOON,
    }


def test_usage_of_this_month_is_priced(stage: Stage) -> None:
    november = micros(2026, 11)
    stage.views.put(
        "usage",
        used("alice", "advice_generation", 6, november, "month"),
        used("alice", "portfolio_analysis", 3, november, "month"),
        used("alice", "advice_generation", 4, november, "hour"),
        used("alice", "advice_generation", 90, micros(2026, 10), "month"),
        used("bob", "advice_generation", 70, november, "month"),
    )
    meters = stage.client.get("/v1/usage", headers=ALICE).json()["meters"]
    assert meters["advice_generation"] == {"count": 6, "amount": "12.00", "currency": "INR"}
    assert meters["portfolio_analysis"] == {"count": 3, "amount": "15.00", "currency": "INR"}


def test_usage_that_is_not_counted_yet_is_503(stage: Stage) -> None:
    stage.views["usage"].ready = False
    assert stage.client.get("/v1/usage", headers=ALICE).status_code == 503


def test_the_fate_of_an_event_has_null_for_what_is_still_to_come(stage: Stage) -> None:
    stage.meter.traces["alice", "ev"] = EventTrace("ev", "advice_generation", 2, 10, 20)
    assert stage.client.get("/v1/usage/events/ev", headers=ALICE).json() == {
        "event_id": "ev",
        "meter": "advice_generation",
        "quantity": 2,
        "created_at": 10,
        "aggregated_at": 20,
        "sent_at": None,
        "confirmed_at": None,
        "served_hash": None,
        "portfolio_id": None,
        "as_of": None,
    }


def test_an_event_names_what_was_served(stage: Stage) -> None:
    stage.meter.traces["alice", "ev"] = EventTrace(
        "ev", "advice_generation", 1, 10, served_hash="ab", portfolio_id="growth", as_of=7
    )
    found = stage.client.get("/v1/usage/events/ev", headers=ALICE).json()
    assert (found["served_hash"], found["portfolio_id"], found["as_of"]) == ("ab", "growth", 7)


def test_an_event_of_another_account_is_404(stage: Stage) -> None:
    stage.meter.traces["alice", "ev"] = EventTrace("ev", "advice_generation", 2, 10)
    assert stage.client.get("/v1/usage/events/ev", headers=BOB).status_code == 404


def test_a_ledger_that_cannot_be_read_is_503(stage: Stage) -> None:
    stage.meter.fault = LedgerUnavailable("closed")
    assert stage.client.get("/v1/usage/events/ev", headers=ALICE).status_code == 503
