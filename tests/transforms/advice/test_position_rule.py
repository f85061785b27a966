from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

World = Callable[..., Any]


def evenly(others: int, **own: float) -> dict[str, float]:
    return {**{f"O{number}": 10.0 for number in range(others)}, **own}


def weight_of(world: Any, symbol: str) -> float:
    return float(world.tables.positions["p", symbol][7])


def test_a_position_above_the_warning_limit_opens_a_row(world: World) -> None:
    made = world().hold(**evenly(17, BIG=20.0)).close(1, "BIG", *evenly(17))
    row = made.one("P01")
    assert (row.state, row.severity, row.subject, row.cause) == ("open", "warn", "BIG", "new_bar")
    assert row.sentence.startswith(
        "BIG is 10.53 % of the portfolio's value, above the limit of 10 %."
    )
    evidence = {piece["name"]: piece for piece in row.evidence}
    assert evidence["position_weight"]["value"] == pytest.approx(20 / 190)
    assert evidence["position_weight"]["threshold"] == 0.10
    assert evidence["portfolio_value"]["value"] == 19_000.0


def test_a_position_at_the_limit_opens_nothing(world: World) -> None:
    made = world().hold(**evenly(18, BIG=20.0)).close(1, "BIG", *evenly(18))
    assert weight_of(made, "BIG") == 0.1
    assert made.rows("P01") == []


def test_a_row_clears_only_after_two_bars_within_nine_tenths_of_the_limit(world: World) -> None:
    made = world().hold(**evenly(17, BIG=20.0))
    names = list(evenly(17))
    made.close(1, "BIG", *names)
    made.close(2, *names, BIG={"close": 90.0})  # 9.57 %: under the limit, over the clearing level
    assert made.one("P01").state == "open"
    made.close(3, *names, BIG={"close": 80.0})  # 8.6 %
    assert made.one("P01").state == "open"
    made.close(4, *names, BIG={"close": 100.0})  # over it again: counting starts anew
    made.close(5, *names, BIG={"close": 80.0})
    assert made.one("P01").state == "open"
    made.close(6, *names, BIG={"close": 80.0})
    row = made.one("P01")
    assert (row.state, row.cause) == ("cleared", "new_bar")
    assert row.evidence[-1]["name"] == "position_weight_at_clearing"
    assert row.evidence[-1]["source_time"] == 6 * 60_000_000
    assert row.evidence[-1]["value"] <= row.evidence[-1]["threshold"] == 0.09


def test_a_graver_level_supersedes_and_a_lesser_one_takes_its_place(world: World) -> None:
    names = list(evenly(17))
    made = world().hold(**evenly(17, BIG=20.0)).close(1, "BIG", *names)
    made.close(2, *names, BIG={"close": 400.0})
    warn, alert = made.rows("P01")
    assert (warn.severity, warn.state, warn.cause) == ("warn", "cleared", "superseded by alert")
    assert (alert.severity, alert.state, alert.subject) == ("alert", "open", "BIG")
    made.close(3, "BIG", *names).close(4, "BIG", *names)
    states = {(row.severity, row.state, row.cause) for row in made.rows("P01")}
    assert ("alert", "cleared", "superseded by warn") in states
    assert ("warn", "open", "new_bar") in states


@pytest.mark.parametrize("price", [400.0, 120.0, 7.35, 0.000123])
def test_applying_any_way_to_clear_clears(world: World, price: float) -> None:
    names = list(evenly(17))
    held, bars = evenly(17, BIG=2_000.0 / price), {key: {} for key in names}
    for number in range(3):
        made = world().hold(**held).close(1, BIG={"close": price}, **bars)
        row = made.one("P01")
        way = row.clears_if[number]
        assert way["closed_bars"] == 2
        after, other, units = price, 1.0, held["BIG"]
        if way["what"] == "price":
            after = way["value"]
        elif way["what"] == "quantity":
            units = way["value"]
        else:
            other = way["value"] / 17_000.0
        lines = {name: 10.0 * other for name in names}
        made.hold(at=2, **lines, BIG=units)
        for minute in (3, 4):
            made.close(minute, BIG={"close": after}, **bars)
        assert made.one("P01").state == "cleared", way
        assert weight_of(made, "BIG") <= 0.09
        if way["what"] != "quantity":  # whole units may have to go further
            assert weight_of(made, "BIG") == pytest.approx(0.09, rel=1e-5)


@pytest.mark.parametrize("lot", [1, 7, 50])
def test_the_suggestion_is_in_whole_lots_and_passes(world: World, lot: int) -> None:
    names = list(evenly(17))
    made = world().describe(lot, BIG="x").hold(**evenly(17, BIG=700.0))
    made.close(1, *names, BIG={"close": 20.0})
    row = made.one("P01")
    [trade] = row.suggestion
    assert (trade["symbol"], trade["side"]) == ("BIG", "sell")
    assert trade["quantity"] % lot == 0
    assert trade["amount_micros"] == trade["quantity"] * 20_000_000
    made.hold(at=2, **evenly(17, BIG=700.0 - trade["quantity"]))
    made.close(3, *names, BIG={"close": 20.0}).close(4, *names, BIG={"close": 20.0})
    assert made.rows("P01", "open") == []
    assert weight_of(made, "BIG") == pytest.approx(trade["metric_after"], abs=1e-12)
    kept = 700.0 - trade["quantity"] + lot
    assert kept * 20 / (kept * 20 + 17_000) > 0.09  # one lot less would not have been enough


def test_fractions_are_traded_in_steps_of_their_last_decimal(world: World) -> None:
    made = world().hold(A=0.25, B=10.5).close(1, A={"close": 60_000.0}, B={"close": 2_500.0})
    trade = next(row for row in made.rows("P01") if row.subject == "A").suggestion[0]
    assert trade["quantity"] == 0.21
    assert trade["metric_after"] == pytest.approx(0.04 * 60_000 / (0.04 * 60_000 + 26_250))


def test_a_short_position_weighs_and_is_bought_back(world: World) -> None:
    names = list(evenly(12))
    made = world().hold(**evenly(12, BIG=-20.0)).close(1, "BIG", *names)
    row = made.one("P01")
    assert row.suggestion[0]["side"] == "buy"
    assert made.tables.positions["p", "BIG"][4] == -2_000_000_000
    assert np.isclose(weight_of(made, "BIG"), 20 / 140)


def test_a_single_holding_can_only_be_diluted(world: World) -> None:
    row = world().hold(A=1.0).close(1, "A").one("P01")
    [way] = row.clears_if
    assert (way["what"], way["operator"]) == ("amount", ">=")
    assert row.suggestion == []
    assert 100 / (100 + way["value"]) <= 0.225  # it is an alert: 0.9 x 25 %


def test_selling_a_holding_clears_its_row_at_once_and_names_the_cause(world: World) -> None:
    names = list(evenly(17))
    made = world().hold(**evenly(17, BIG=20.0)).close(1, "BIG", *names).hold(at=2, **evenly(17))
    row = made.one("P01")
    assert (row.state, row.cause) == ("cleared", "holdings")
    assert row.evidence[-1]["name"] == "quantity_at_clearing"


def test_wording_is_a_request_only_behind_the_switch(world: World) -> None:
    sentences = [
        world(wording=wording).hold(A=5.0, B=1.0).close(1, "A", "B").rows("P01")[0].sentence
        for wording in ("factual", "imperative")
    ]
    assert "Sell" not in sentences[0]
    assert " Sell 5 A (INR 500.00) to come to 0 %." in sentences[1]


def test_a_portfolio_may_have_limits_of_its_own(world: World, rules: dict[str, Any]) -> None:
    own = rules | {"P01": rules["P01"] | {"warn": 0.6, "alert": 0.9}}
    made = world(portfolios={"q": own}).hold("p", A=1.0, B=1.0).hold("q", A=1.0, B=1.0)
    made.close(1, "A", "B")
    assert {row.portfolio_id for row in made.rows("P01")} == {"p"}
    assert len({row.ruleset_hash for row in made.rows()}) == 2
