"""Holdings sent to a running server: advice follows, and a restart and ``verify`` know them."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import main
from tests.connectors.imports.samples import kite, kite_holding
from tests.pipeline.small_market import KEY, MINUTE, OPEN, PATIENCE, Market, Server, serving

Rows = list[dict[str, Any]]


def send(server: Server, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
    """A request with a body: JSON, or a file as it is."""
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    request = urllib.request.Request(server.url + path, data, method=method)
    request.add_header("X-API-Key", KEY)
    request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def until(
    server: Server, portfolio: str, ready: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Ask for advice until it is as wanted."""
    deadline, body = time.monotonic() + PATIENCE, b""
    while time.monotonic() < deadline:
        status, body = server.advice(portfolio)
        if status == 200 and ready(found := json.loads(body)):
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE} s: {body[:2000]!r}")


def subjects(rows: Rows, rule: str = "P01") -> set[str]:
    return {row["subject"] for row in rows if row["rule_id"] == rule}


def holdings(**quantities: float) -> dict[str, Any]:
    return {"holdings": [{"symbol": name, "quantity": n} for name, n in quantities.items()]}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """A market at a pace at which requests arrive in the middle of the day."""
    found = Market(tmp_path_factory.mktemp("market"))
    profile = json.loads(found.profile.read_text())
    profile["engine"]["speed"] = 40
    found.profile.write_text(json.dumps(profile))
    return found


@pytest.fixture(scope="module")
def server(market: Market) -> Iterator[Server]:
    with serving(market) as found:
        until(found, "mine", lambda answer: bool(answer["advice"]))
        yield found


def test_advice_follows_new_holdings_and_names_them_as_its_cause(server: Server) -> None:
    before = until(server, "mine", lambda answer: "A" in subjects(answer["advice"]))
    status, placed = send(server, "PUT", "/v1/portfolios/mine", holdings(D=5))
    assert (status, placed["holdings"]) == (200, 1)
    assert OPEN < placed["ts_event"] < OPEN + 60 * MINUTE
    assert placed["ts_event"] > before["as_of"]
    found = until(server, "mine", lambda answer: subjects(answer["advice"]) == {"D"})
    [row] = [row for row in found["advice"] if row["rule_id"] == "P01"]
    assert row["cause"] == "holdings"
    assert found["as_of"] >= placed["ts_event"]
    gone = [row for row in found["recently_cleared"] if row["cause"] == "holdings"]
    assert "A" in subjects(gone)
    [position] = send(server, "GET", "/v1/portfolios/mine")[1]["positions"]
    assert (position["symbol"], position["quantity"]) == ("D", 5.0)


def test_withdrawing_a_position_clears_its_advice_and_emptying_all_of_it(server: Server) -> None:
    send(server, "PUT", "/v1/portfolios/mine", holdings(C=10, D=10))
    until(server, "mine", lambda answer: subjects(answer["advice"]) == {"C", "D"})
    send(server, "PUT", "/v1/portfolios/mine", holdings(D=10))
    found = until(server, "mine", lambda answer: subjects(answer["advice"]) == {"D"})
    cleared = [row for row in found["recently_cleared"] if row["subject"] == "C"]
    assert cleared[0]["cause"] == "holdings"
    assert send(server, "DELETE", "/v1/portfolios/mine")[0] == 200
    found = until(server, "mine", lambda answer: not answer["advice"])
    assert "D" in subjects(found["recently_cleared"])
    assert send(server, "GET", "/v1/portfolios/mine")[1]["positions"] == []


def test_a_new_portfolio_is_advised_on(server: Server) -> None:
    body = {"portfolio_id": "fresh", **holdings(A=1, B=1)}
    assert send(server, "POST", "/v1/portfolios", body)[0] == 201
    assert send(server, "POST", "/v1/portfolios", body)[0] == 409
    until(server, "fresh", lambda answer: bool(answer["advice"]))
    listed = send(server, "GET", "/v1/portfolios")[1]["portfolios"]
    assert {one["portfolio_id"]: one["positions"] for one in listed}["fresh"] == 2


def test_a_file_that_is_imported_is_held(server: Server) -> None:
    unknown = kite_holding("ZZZ", isin="")
    body = kite(kite_holding("C", isin="", quantity=7), unknown)
    path = "/v1/portfolios/fresh/holdings/import"
    status, dry = send(server, "POST", f"{path}?dry_run=true", body)
    assert (status, dry["applied"]) == (200, False)
    _, found = send(server, "POST", path, body)
    assert [one["kind"] for one in found["findings"]] == ["unknown_symbol"]
    assert (found["applied"], found["revision"]) == (True, 2)
    found = until(server, "fresh", lambda answer: not subjects(answer["advice"]))
    causes = {row["cause"] for row in found["not_evaluated"] if row["rule_id"] == "P01"}
    assert causes == {
        "no_price"
    }  # of what the whole is worth a symbol without a price says nothing
    send(server, "POST", path, kite(kite_holding("C", isin="", quantity=7)))
    until(server, "fresh", lambda answer: subjects(answer["advice"]) == {"C"})


def test_a_billed_answer_on_holdings_that_were_sent_is_reproduced(
    server: Server,
    market: Market,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMALL_MARKET_KEY", KEY)
    send(server, "PUT", "/v1/portfolios/fresh", holdings(A=3, C=4))
    found = until(server, "fresh", lambda answer: subjects(answer["advice"]) >= {"C"})
    event = found["usage"]["event_ids"][0]
    flags = ("--config", str(market.profile), "--ledger", str(market.home), "--quiet")
    assert main(["verify", event, *flags]) == 0
    assert "reproduced" in capsys.readouterr().out


def test_a_restart_knows_what_was_sent(market: Market, tmp_path: Path) -> None:
    market = Market(tmp_path)
    body = {"portfolio_id": "fresh", **holdings(B=2)}
    with serving(market) as first:
        first.wait_until_drained()
        assert send(first, "POST", "/v1/portfolios", body)[0] == 201
        send(first, "PUT", "/v1/portfolios/mine", holdings(D=1))
        last = until(first, "fresh", lambda answer: subjects(answer["advice"]) == {"B"})
    with serving(market) as second:
        second.wait_until_drained()
        again = until(second, "fresh", lambda answer: subjects(answer["advice"]) == {"B"})
        assert again["served_hash"] == last["served_hash"]
        until(second, "mine", lambda answer: subjects(answer["advice"]) == {"D"})
        [position] = send(second, "GET", "/v1/portfolios/mine")[1]["positions"]
        assert position["symbol"] == "D"
        assert send(second, "POST", "/v1/portfolios", body)[0] == 409


def test_a_replayed_day_is_not_advised_on_holdings_of_its_evening(tmp_path: Path) -> None:
    market = Market(tmp_path)
    with serving(market) as first:
        first.wait_until_drained()
        send(first, "PUT", "/v1/portfolios/mine", holdings(D=1))
        until(first, "mine", lambda answer: subjects(answer["advice"]) == {"D"})
    profile = json.loads(market.profile.read_text())
    profile["engine"]["speed"] = 40
    market.profile.write_text(json.dumps(profile))
    with serving(market) as second:
        morning = until(second, "mine", lambda answer: bool(answer["advice"]))
        assert morning["as_of"] < OPEN + 30 * MINUTE
        assert "D" not in subjects(morning["advice"])
