from collections.abc import Callable
from typing import Any

import pytest

World = Callable[..., Any]
OVERBOUGHT = {"rsi_14": 72.5, "bb_percent_b": 1.1}
OVERSOLD = {"rsi_14": 21.0, "bb_percent_b": -0.2}
BROKEN = {"close": 80.0, "ema_200": 90.0, "adx_14": 30.0, "plus_di_14": 10.0, "minus_di_14": 25.0}
FALLEN = {"close": 93.9, "highest_close_22": 100.0, "atr_22": 2.0}


def one_holding(world: World, **policy: Any) -> Any:
    return world(**policy).hold(A=1.0, B=30.0).close(1, "A", "B")


def states(world: Any, rule: str) -> list[str]:
    return [row.state for row in world.rows(rule)]


@pytest.mark.parametrize(
    ("rule", "fires", "ends"),
    [
        ("S01", OVERBOUGHT, {"rsi_14": 62.9}),
        ("S01", OVERBOUGHT, {"bb_percent_b": 0.9}),
        ("S01", OVERSOLD, {"rsi_14": 37.0}),
        ("S01", OVERSOLD, {"bb_percent_b": 0.1}),
        ("S02", BROKEN, {"close": 90.0}),
        ("S02", BROKEN, {"adx_14": 22.5}),
        ("S02", BROKEN, {"minus_di_14": 10.0}),
        ("S03", FALLEN, {"close": 94.61}),
        ("S05", {"robust_z_250": -3.5}, {"robust_z_250": 3.14}),
        ("S05", {"robust_z_250": 6.0}, {"robust_z_250": 0.0}),
    ],
)
def test_a_rule_opens_stays_and_clears_after_two_bars(
    world: World, rule: str, fires: dict[str, float], ends: dict[str, float]
) -> None:
    made = world().hold(A=3.0, B=30.0).close(1, "A", "B")
    assert states(made, rule) == []
    made.close(2, "B", A=fires)
    assert states(made, rule) == ["open"]
    made.close(3, "B", A=fires)
    made.close(4, "B", A=fires | ends)
    assert states(made, rule) == ["open"]
    made.close(5, "B", A=fires | ends)
    assert states(made, rule) == ["cleared"]


@pytest.mark.parametrize(
    ("rule", "fires", "holds"),
    [
        ("S01", OVERBOUGHT, {"rsi_14": 63.1, "bb_percent_b": 0.91}),
        ("S01", OVERSOLD, {"rsi_14": 36.9, "bb_percent_b": 0.09}),
        ("S02", BROKEN, {"adx_14": 22.6}),
        ("S03", FALLEN, {"close": 94.59}),
        ("S05", {"robust_z_250": -3.5}, {"robust_z_250": 3.15}),
    ],
)
def test_between_the_two_levels_an_open_row_stays_and_none_opens(
    world: World, rule: str, fires: dict[str, float], holds: dict[str, float]
) -> None:
    made = world().hold(A=3.0, B=30.0)
    made.close(1, "B", A=fires | holds)
    assert states(made, rule) == []
    made.close(2, "B", A=fires)
    for minute in range(3, 8):
        made.close(minute, "B", A=fires | holds)
    assert states(made, rule) == ["open"]


def test_clearing_counts_closed_bars_of_the_symbol_itself(world: World) -> None:
    made = one_holding(world).close(2, "B", A=OVERBOUGHT).close(3, "A", "B")
    made.close(4, "B").close(5, "B")
    assert states(made, "S01") == ["open"]
    made.close(6, "A", "B")
    assert states(made, "S01") == ["cleared"]


def test_a_flat_price_fires_nothing_whatever_the_library_says(world: World) -> None:
    flat = {"rsi_14": 100.0, "rsi_degenerate": 1.0, "bb_percent_b": float("nan"), "atr_22": 0.0}
    made = one_holding(world)
    made.close(2, "B", A=flat | {"highest_close_22": 100.0, "robust_z_250": float("nan")})
    assert states(made, "S01") == []
    assert states(made, "S03") == []
    row = made.one("S05")
    assert (row.state, row.cause) == ("not_evaluated", "D03 undefined")


def test_false_and_unknown_is_false(world: World) -> None:
    made = one_holding(world)
    made.close(2, "B", A={"rsi_14": 50.0, "bb_percent_b": float("nan")})
    assert states(made, "S01") == []
    made.close(3, "B", A={"rsi_14": 80.0, "bb_percent_b": float("nan")})
    assert states(made, "S01") == ["not_evaluated"]


def test_overbought_and_oversold_are_alternatives(world: World) -> None:
    made = one_holding(world).close(2, "B", A=OVERBOUGHT).close(3, "B", A=OVERSOLD)
    first, second = made.rows("S01")
    assert (first.state, first.cause) == ("cleared", "superseded by info")
    assert second.sentence == (
        "RSI(14) of A is 21, below 30, and %B(20) is -0.2, below 0: oversold."
    )


def test_an_rsi_that_still_depends_on_where_history_starts_does_not_fire(world: World) -> None:
    made = world().hold(A=1.0, B=30.0)
    made.close(1, "B", A=OVERBOUGHT | {"count": 139.0})
    row = made.one("S01")
    assert (row.state, row.cause, row.subject) == ("not_evaluated", "D03 short_history", "")
    assert row.sentence == ("Not evaluated for holdings: 1 with fewer than 140 closed bars (A).")
    made.close(2, "B", A=OVERBOUGHT | {"count": 140.0})
    row = made.one("S01")
    assert row.state == "open"
    assert row.evidence[0]["stable_digits"] == 4


def test_a_trend_break_needs_a_position_that_matters(world: World) -> None:
    made = world().hold(A=1.0, B=30.0).close(1, "B", A=BROKEN)
    assert states(made, "S02") == []
    made.hold(at=2, A=3.0, B=30.0)
    row = made.one("S02")
    assert (row.state, row.cause) == ("open", "holdings")
    assert {way["name"] for way in row.clears_if} == {
        "close", "adx_14", "minus_di_14", "position_weight",
    }  # fmt: skip


def test_the_price_that_clears_a_trailing_stop_clears_it(world: World) -> None:
    made = one_holding(world).close(2, "B", A=FALLEN)
    row = made.one("S03")
    assert "below the stop price 94.00 at 3 ATR" in row.sentence
    way = next(way for way in row.clears_if if way["what"] == "price")
    assert way["value"] == pytest.approx(94.6)
    for minute in (3, 4):
        made.close(minute, "B", A=FALLEN | {"close": way["value"]})
    assert states(made, "S03") == ["cleared"]


@pytest.mark.parametrize(
    ("rule", "fires"),
    [("S01", OVERBOUGHT), ("S01", OVERSOLD), ("S02", BROKEN), ("S05", {"robust_z_250": -4.2})],
)
def test_each_way_to_clear_clears(world: World, rule: str, fires: dict[str, float]) -> None:
    ways = world().hold(A=3.0, B=30.0).close(1, "B", A=fires).one(rule).clears_if
    for way in ways:
        if way["name"] == "position_weight":
            continue  # a matter of holdings, not of the bar
        made = world().hold(A=3.0, B=30.0).close(1, "B", A=fires)
        name, value = way["name"], way["value"]
        if way["operator"] == "<":
            value -= 1e-9
        after = fires | {name.removeprefix("abs_"): value}
        made.close(2, "B", A=after).close(3, "B", A=after)
        assert states(made, rule) == ["cleared"], way


def test_anomalies_are_graver_than_unusual_moves(world: World) -> None:
    made = one_holding(world).close(2, "B", A={"robust_z_250": -5.5})
    row = made.one("S05")
    assert row.severity == "alert"
    assert row.sentence == (
        "The last bar of A moved by -5.5 robust standard deviations; "
        "5.5 is not below the limit of 5: an anomaly."
    )


def test_every_portfolio_that_holds_the_symbol_hears_of_it(world: World) -> None:
    made = world().hold("p", A=1.0).hold("q", A=2.0).hold("r", B=1.0)
    made.close(1, "B", A=OVERBOUGHT)
    rows = made.rows("S01", "open")
    assert {row.portfolio_id for row in rows} == {"p", "q"}
    assert len({row.advice_id for row in rows}) == 2
    assert len({row.inputs_hash for row in rows}) == 1
