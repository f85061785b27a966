from collections.abc import Callable, Mapping
from typing import Any

import pytest

World = Callable[..., Any]
SIZES = {"A": 90.0, "B": 50.0, "C": 30.0, "D": 12.0, "E": 11.0, "F": 10.0, "G": 9.0, "H": 8.0}


def risk_of(world: Any) -> tuple[float, float]:
    """(HHI, share of the five largest)."""
    row = world.tables.risks["p"]
    return row["hhi"], row["top5_weight"]


def plain_index(sizes: Mapping[str, float]) -> float:
    whole = sum(sizes.values())
    return sum((size / whole) ** 2 for size in sizes.values())


def test_five_largest_positions_above_the_limit_open_a_row(world: World) -> None:
    made = world().hold(**SIZES).close(1, *SIZES)
    row = made.one("P02")
    assert row.sentence.startswith(
        "The 5 largest positions (A, B, C, D, E) are 87.73 % of the portfolio's value, "
        "above the limit of 60 %."
    )
    weights = [piece for piece in row.evidence if piece["name"] == "position_weight"]
    assert sum(piece["value"] for piece in weights) == pytest.approx(risk_of(made)[1])


def test_index_agrees_with_plain_arithmetic(world: World) -> None:
    made = world().hold(**SIZES).close(1, *SIZES)
    assert risk_of(made)[0] == pytest.approx(plain_index(SIZES), abs=1e-9)
    row = made.one("P03")
    assert (row.severity, row.state) == ("warn", "open")
    assert "as concentrated as 4.03 equal positions" in row.sentence


@pytest.mark.parametrize(("rule", "measured", "limit"), [("P02", 1, 0.54), ("P03", 0, 0.162)])
def test_trimming_to_the_cap_of_clears_if_clears(
    world: World, rule: str, measured: int, limit: float
) -> None:
    many = SIZES | {f"X{number}": 9.5 for number in range(3)}
    made = world().hold(**many).close(1, *many)
    [way] = made.one(rule).clears_if
    assert (way["what"], way["operator"], way["unit"]) == ("amount", "<=", "INR")
    trimmed = {symbol: min(size, way["value"] / 100.0) for symbol, size in many.items()}
    made.hold(at=2, **trimmed).close(3, *many).close(4, *many)
    assert made.one(rule).state == "cleared"
    assert risk_of(made)[measured] == pytest.approx(limit, abs=1e-5)
    assert risk_of(made)[measured] <= limit


@pytest.mark.parametrize(("rule", "needed"), [("P02", 10), ("P03", 5)])
def test_too_few_holdings_are_told_how_many_it_takes(world: World, rule: str, needed: int) -> None:
    few = {"A": 1.0, "B": 1.0, "C": 2.0}
    row = world().hold(**few).close(1, *few).one(rule)
    [way] = row.clears_if
    assert (way["what"], way["operator"], way["value"]) == ("holdings", ">=", needed)
    enough = {f"E{number}": 1.0 for number in range(needed)}
    made = world().hold(**few).close(1, *few, *enough)
    first = made.one(rule)
    made.hold(at=2, **enough).close(3, *enough).close(4, *enough)
    assert made.tables.advice[first.advice_id].state == "cleared"


def test_three_best_trades_lower_the_index_step_by_step(world: World) -> None:
    made = world().hold(**SIZES).close(1, *SIZES)
    trades = made.one("P03").suggestion
    sizes, before = dict(SIZES), plain_index(SIZES)
    for trade in trades:
        assert trade["metric_before"] == pytest.approx(before, abs=1e-9)
        sizes[trade["symbol"]] -= trade["quantity"]
        before = plain_index(sizes)
        assert trade["metric_after"] == pytest.approx(before, abs=1e-9)
    assert before <= 0.162
    assert len(trades) <= 3
    made.hold(at=2, **sizes).close(3, *SIZES).close(4, *SIZES)
    assert made.one("P03").state == "cleared"


def test_trades_that_cannot_reach_the_limit_still_lower_the_index(world: World) -> None:
    five = {"A": 60.0, "B": 30.0, "C": 25.0, "D": 20.0, "E": 5.0}
    trades = world().hold(**five).close(1, *five).one("P03").suggestion
    assert trades
    assert all(trade["metric_after"] < trade["metric_before"] for trade in trades)


def test_three_holdings_get_no_trades(world: World) -> None:
    row = world().hold(A=3.0, B=1.0, C=1.0).close(1, "A", "B", "C").one("P03")
    assert row.suggestion == []
