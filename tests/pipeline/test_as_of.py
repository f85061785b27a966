"""Advice of the past: served live, asked for later, and replayed, it is the same bytes."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pathway.internals.parse_graph import G

from pipeline.cli import main
from pipeline.results import advice_at, load
from serving.sealed import HASHED
from tests.pipeline.small_market import (
    MINUTE,
    OPEN,
    PORTFOLIOS,
    Market,
    Server,
    all_trades,
    hashed,
    members,
    serving,
)

Moment = tuple[str, int]


@dataclass
class Day:
    """What a server said while its market day went by, and what it says of it afterwards."""

    market: Market
    live: dict[Moment, bytes] = field(default_factory=dict)
    later: dict[Moment, bytes] = field(default_factory=dict)
    refused: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    events: dict[Moment, str] = field(default_factory=dict)
    traces: dict[Moment, dict[str, Any]] = field(default_factory=dict)


def watch(server: Server, day: Day) -> None:
    """Ask again and again until the day is over; half of the answers only."""
    last = 0
    while last < OPEN + 36 * MINUTE:
        for portfolio in PORTFOLIOS:
            status, body = server.advice(portfolio)
            if status == 200:
                last = json.loads(body)["as_of"]
                day.live[portfolio, last] = body


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    found = Day(Market(tmp_path_factory.mktemp("market")))
    with serving(found.market) as server:
        watch(server, found)
        for portfolio in PORTFOLIOS:
            for minute in range(1, 37):
                time = OPEN + minute * MINUTE
                status, body = server.advice(portfolio, time)
                assert status == 200, body
                found.later[portfolio, time] = body
        for moment, body in found.live.items():
            found.events[moment] = json.loads(body)["usage"]["event_ids"][-1]
            event = server.call(f"/v1/usage/events/{found.events[moment]}", "GET")[1]
            found.traces[moment] = json.loads(event)
        for time in (OPEN + 37 * MINUTE, OPEN + MINUTE - 1, OPEN - 9 * 24 * 60 * MINUTE):
            status, body = server.advice("mine", time)
            found.refused[time] = (status, json.loads(body))
    return found


def test_the_day_is_worth_looking_at(day: Day) -> None:
    assert len(day.live) >= 10
    bases = {json.loads(body)["basis"] for body in day.later.values()}
    assert "served" in bases
    said = [json.loads(body) for body in day.later.values()]
    assert len({one["served_hash"] for one in said}) == len(said)
    assert len({len(one["advice"]) for one in said}) > 1
    assert any(one["recently_cleared"] for one in said)


def test_what_was_served_live_is_the_same_bytes_when_asked_for_later(day: Day) -> None:
    for moment, body in day.live.items():
        assert hashed(day.later[moment]) == hashed(body), moment


def test_an_event_names_the_hash_it_was_billed_for(day: Day) -> None:
    for (portfolio, as_of), trace in day.traces.items():
        said = json.loads(day.live[portfolio, as_of])
        named = (trace["served_hash"], trace["portfolio_id"], trace["as_of"])
        assert named == (said["served_hash"], portfolio, as_of)


def test_times_without_advice_are_refused_with_a_stable_type(day: Day) -> None:
    found = [(status, problem["type"]) for status, problem in day.refused.values()]
    assert found == [
        (422, "/problems/as-of-not-yet"),
        (404, "/problems/as-of-before-first"),
        (410, "/problems/as-of-beyond-retention"),
    ]


@pytest.mark.parametrize("how", ["in order", "by symbol", "out of order", "small pieces", "live"])
def test_a_replay_gives_the_bytes_of_the_live_api_at_every_minute(
    day: Day, how: str, tmp_path: Path
) -> None:
    trades, chunk = all_trades(), "8MB"
    if how == "by symbol":
        trades.sort(key=lambda trade: trade[0])
    if how == "out of order":  # no trade later than the allowance of two minutes
        trades.sort(key=lambda trade: trade[1] + random.Random(str(trade)).uniform(0, 100e6))
    if how == "small pieces":
        chunk = "4KB"
    out = day.market.home / "runs" / "latest"
    if how != "live":
        out = tmp_path / "out"
        flags = day.market.flags(day.market.write(trades, f"{how}.csv"))
        assert main(["replay", *flags, "--chunk", chunk, "--out", str(out), "--quiet"]) == 0
        G.clear()
    for (portfolio, as_of), body in day.later.items():
        found = advice_at(out, portfolio, as_of)
        expected = members(body)
        assert found["served_hash"] == expected["served_hash"], as_of
        assert [json.dumps(found[name]) for name in HASHED] == [
            json.dumps(expected[name]) for name in HASHED
        ]
    assert advice_at(out, "mine", OPEN + 5 * MINUTE + 1)["as_of"] == OPEN + 5 * MINUTE
    with pytest.raises(LookupError, match="nothing had been evaluated"):
        advice_at(out, "mine", OPEN)
    assert {"advice_versions", "evaluations"} <= set(load(out))


def test_an_event_of_the_day_is_verified_after_the_server_has_gone(
    day: Day, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YIELDFLOW_HOME", raising=False)
    moments = sorted(day.live, key=lambda moment: moment[1])
    for moment in (moments[0], moments[len(moments) // 2]):
        code = main(["verify", day.events[moment], "--config", str(day.market.profile)])
        G.clear()
        told = capsys.readouterr().out
        assert (code, told.splitlines()[-1]) == (0, "reproduced")
        assert json.loads(day.live[moment])["served_hash"] in told
