from collections.abc import Callable
from typing import Any

import pytest

World = Callable[..., Any]
SECTORS = {"A": "Bank", "B": "Bank", "C": "Bank", "D": "Energy", "E": "Pharma", "F": "Steel"}
UNITS = {"A": 20.0, "B": 12.0, "C": 3.0, "D": 20.0, "E": 22.0, "F": 15.0}


def sector_weight(world: Any, name: str) -> float:
    return float(world.tables.risks["p"]["sector_weights"].get(name, 0.0))


def opened(world: World, lot: int = 1) -> Any:
    return world().describe(lot, **SECTORS).hold(**UNITS).close(1, *UNITS)


def test_a_sector_above_its_limit_opens_a_row_about_the_sector(world: World) -> None:
    row = opened(world).one("P04")
    assert (row.subject, row.severity) == ("Bank", "warn")
    assert row.sentence.startswith("Bank is 38.04 % of the portfolio's value")


@pytest.mark.parametrize("lot", [1, 5])
def test_suggested_trims_of_the_sector_pass(world: World, lot: int) -> None:
    made = opened(world, lot)
    trades = made.one("P04").suggestion
    left = dict(UNITS)
    for trade in trades:
        left[trade["symbol"]] -= trade["quantity"]
        assert trade["quantity"] % lot == 0 or left[trade["symbol"]] == 0
    made.hold(at=2, **left).close(3, *UNITS).close(4, *UNITS)
    assert made.one("P04").state == "cleared"
    assert sector_weight(made, "Bank") <= 0.27
    assert sector_weight(made, "Bank") == pytest.approx(trades[-1]["metric_after"])


@pytest.mark.parametrize("number", [0, 1])
def test_applying_either_amount_clears(world: World, number: int) -> None:
    made = opened(world)
    way = made.one("P04").clears_if[number]
    members = ("A", "B", "C") if number == 0 else ("D", "E", "F")
    factor = way["value"] / (100 * sum(UNITS[symbol] for symbol in members))
    scaled = {s: units * (factor if s in members else 1.0) for s, units in UNITS.items()}
    made.hold(at=2, **scaled).close(3, *UNITS).close(4, *UNITS)
    assert next(row for row in made.rows("P04") if row.subject == "Bank").state == "cleared"
    assert sector_weight(made, "Bank") == pytest.approx(0.27, abs=1e-6)


def test_a_single_sector_can_only_be_diluted(world: World) -> None:
    row = world().describe(A="Bank").hold(A=1.0).close(1, "A").one("P04")
    assert row.suggestion == []
    assert [way["operator"] for way in row.clears_if] == ["<=", ">="]


def test_an_unknown_sector_is_a_fault_of_the_data(world: World) -> None:
    made = world().describe(**(SECTORS | {"A": ""})).hold(**UNITS).close(1, *UNITS)
    row = made.one("P04")
    assert (row.subject, row.severity) == ("", "info")
    assert "21.74 %" in row.sentence
    assert row.evidence[0]["source_keys"]["symbols"] == ["A"]


def test_a_sector_that_is_learnt_late_counts_from_the_start(world: World) -> None:
    late = world().hold(**UNITS).close(1, *UNITS).close(2, *UNITS).describe(**SECTORS)
    early = world().describe(**SECTORS).hold(**UNITS).close(1, *UNITS).close(2, *UNITS)
    assert late.tables.advice == early.tables.advice
    assert {entry.cause for entry in late.tables.log if entry.change == "withdrawn"} == {
        "instruments"
    }
