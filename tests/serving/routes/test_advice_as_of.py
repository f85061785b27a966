import json
from datetime import timedelta
from typing import Any

import orjson
import pytest

from serving.meter import LedgerUnavailable
from serving.sealed import HASHED
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
    version_row,
)

ADVICE = "/v1/portfolios/growth/advice"
DAY = 86_400_000_000
OPENED, HELD, CLEARED = NOON - 9 * MINUTE, NOON - 6 * MINUTE, NOON - 3 * MINUTE


@pytest.fixture
def past(stage: Stage) -> Stage:
    """Row a opens, is withheld and clears; status row s goes; b stays from the start on."""
    stage.views.put(
        "advice_versions",
        version_row("b", NOON - 30 * MINUTE, as_of=NOON - 30 * MINUTE),
        version_row("s", NOON - 30 * MINUTE, state="not_evaluated"),
        version_row("a", OPENED, as_of=OPENED),
        version_row("s", OPENED, state="not_evaluated", removed=True),
        version_row("a", HELD, as_of=OPENED, state="withheld"),
        version_row("a", CLEARED, as_of=OPENED, state="cleared"),
        version_row("x", OPENED, portfolio_id="safe"),
    )
    stage.views.put("evaluations", *(evaluation_row(NOON - n * MINUTE) for n in range(31)))
    stage.views.put(
        "advice",
        advice_row("b", as_of=NOON - 30 * MINUTE),
        advice_row("a", as_of=OPENED, state="cleared"),
        advice_row("x", portfolio_id="safe"),
    )
    return stage


def ask(stage: Stage, time: object, **headers: str) -> Any:
    return stage.client.post(f"{ADVICE}?as_of={time}", headers=ALICE | headers)


def shown(answer: Any) -> dict[str, list[str]]:
    found = answer.json()
    names = ("advice", "withheld", "not_evaluated", "recently_cleared")
    return {name: [row["advice_id"] for row in found[name]] for name in names if found[name]}


@pytest.mark.parametrize(
    ("time", "lists"),
    [
        (OPENED - 1, {"advice": ["b"], "not_evaluated": ["s"]}),
        (OPENED, {"advice": ["a", "b"]}),
        (HELD - 1, {"advice": ["a", "b"]}),
        (HELD, {"advice": ["b"], "withheld": ["a"]}),
        (CLEARED, {"advice": ["b"], "recently_cleared": ["a"]}),
        (NOON, {"advice": ["b"], "recently_cleared": ["a"]}),
    ],
)
def test_the_rows_are_those_that_stood_then(past: Stage, time: int, lists: dict[str, Any]) -> None:
    answer = ask(past, time)
    assert answer.status_code == 200
    assert shown(answer) == lists
    found = answer.json()
    assert (found["basis"], found["now"]) == ("reconstructed", {})
    rows = [row for name in lists for row in found[name]]
    assert all(set(row) == set(advice_row("a")) for row in rows)


def test_as_of_is_the_last_evaluation_up_to_the_time(past: Stage) -> None:
    assert ask(past, HELD + MINUTE - 1).json()["as_of"] == HELD
    between = NOON - MINUTE // 2  # holdings changed between two bars
    past.views.put("advice_versions", version_row("c", between, as_of=between))
    assert ask(past, NOON - 1).json()["as_of"] == between
    assert ask(past, between - 1).json()["as_of"] == NOON - MINUTE


def test_it_is_billed_and_noted_like_a_live_answer(past: Stage) -> None:
    found = ask(past, OPENED).json()
    assert past.meter.charged == [
        ("alice", "portfolio_analysis", 1),
        ("alice", "advice_generation", 2),
    ]
    assert found["usage"]["event_ids"] == ["e0", "e1", "e2"]
    [receipt] = past.meter.receipts
    assert receipt is not None
    assert (receipt.served_hash, receipt.as_of) == (found["served_hash"], OPENED)


def test_the_live_answer_and_the_same_instant_later_are_the_same_bytes(past: Stage) -> None:
    live = past.client.post(ADVICE, headers=ALICE)
    past.views.put("evaluations", evaluation_row(NOON + MINUTE))
    past.views.put("advice_versions", version_row("b", NOON + MINUTE, state="cleared"))
    later = ask(past, live.json()["as_of"])
    whole = live.content.split(b',"basis"')[0]
    assert later.content.split(b',"basis"')[0] == whole
    assert b'"served_hash"' in whole
    assert (live.json()["basis"], later.json()["basis"]) == ("live", "reconstructed")


def test_what_was_served_comes_back_as_it_was_although_an_input_was_revised(past: Stage) -> None:
    live = past.client.post(ADVICE, headers=ALICE)
    [receipt] = past.meter.receipts
    assert receipt is not None
    past.meter.contents["growth", receipt.as_of] = receipt.content or b""
    past.views.put("advice_versions", version_row("late", NOON - MINUTE))
    past.views.put("evaluations", evaluation_row(NOON + MINUTE))
    for time in (NOON, NOON + MINUTE - 1):
        again = ask(past, time)
        assert again.json()["basis"] == "served"
        assert again.content.split(b',"basis"')[0] == live.content.split(b',"basis"')[0]
    assert "late" in shown(ask(past, NOON + MINUTE))["advice"]


def test_what_was_served_at_an_instant_that_was_withdrawn_is_still_found(past: Stage) -> None:
    content = orjson.dumps({name: [] for name in HASHED} | {"portfolio_id": "growth", "as_of": 7})
    past.meter.contents["growth", 7] = content
    answer = ask(past, 7)
    assert (answer.json()["basis"], answer.json()["as_of"]) == ("served", 7)
    other = past.client.post("/v1/portfolios/income/advice?as_of=7", headers=ALICE)
    assert other.status_code == 410


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T11:51:00Z",
        "2026-11-20T17:21:00%2B05:30",
        "2026-11-20T17:21:00+05:30",  # a client that does not encode the plus sign
        "2026-11-20T11:51:00.000000Z",
        str(OPENED),
    ],
)
def test_a_time_may_be_text_with_an_offset_or_microseconds(past: Stage, text: str) -> None:
    assert ask(past, text).json()["as_of"] == OPENED


@pytest.mark.parametrize(
    "text", ["", "noon", "-1", "1.5", "2026-11-20", "2026-11-20T11:51:00", "9" * 16, "9" * 5000]
)
def test_a_time_that_is_none_is_refused_and_free(past: Stage, text: str) -> None:
    answer = ask(past, text)
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-request"
    assert past.meter.charged == []


@pytest.mark.parametrize(
    ("time", "status", "slug"),
    [
        (NOON + 1, 422, "as-of-not-yet"),
        (NOON - 31 * MINUTE, 404, "as-of-before-first"),
        (NOON - 8 * DAY - 1, 410, "as-of-beyond-retention"),
        (0, 410, "as-of-beyond-retention"),
    ],
)
def test_a_time_without_advice_has_a_problem_of_its_own(
    past: Stage, time: int, status: int, slug: str
) -> None:
    answer = ask(past, time)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert past.meter.charged == []


def test_retention_is_as_it_was_set() -> None:
    stage = Stage(options(retention=timedelta(minutes=10)))
    stage.views.put("positions", position_row("TCS", 5, 100.0))
    stage.views.put("evaluations", *(evaluation_row(NOON - n * MINUTE) for n in range(31)))
    with stage.client:
        assert ask(stage, NOON - 10 * MINUTE).status_code == 200
        assert ask(stage, NOON - 10 * MINUTE - 1).status_code == 410


def test_a_book_that_has_not_been_evaluated_is_503(stage: Stage) -> None:
    assert ask(stage, NOON).json()["type"] == "/problems/view-cold"
    stage.views["evaluations"].ready = False
    assert ask(stage, NOON).status_code == 503


def test_a_ledger_that_cannot_be_read_is_503(past: Stage) -> None:
    past.meter.fault = LedgerUnavailable("closed")
    assert ask(past, NOON).json()["type"] == "/problems/ledger-unavailable"


def test_another_accounts_portfolio_has_no_past_either(past: Stage) -> None:
    assert past.client.post(f"{ADVICE}?as_of={NOON}", headers=BOB).status_code == 404


def test_what_a_failed_engine_left_behind_is_not_sold_as_the_past(past: Stage) -> None:
    past.status.state = "failed"
    assert ask(past, NOON).status_code == 503


def test_the_bytes_do_not_depend_on_the_order_of_versions_of_one_instant(past: Stage) -> None:
    first = ask(past, CLEARED).content
    view = past.views["advice_versions"]
    view.kept = sorted(view.kept, key=lambda row: (row["valid_from"], row["cause"], str(row)))
    assert json.loads(ask(past, CLEARED).content) == json.loads(first)
    assert ask(past, CLEARED).content == first
