"""P10, P12, P13 and P14 on real closes: what is solved holds, and nothing else is offered."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.advice.risk_scenes import (
    ALL_IN,
    KNOWN,
    RISK_SCENES,
    fallen,
)
from tests.transforms.advice.scenes import Scene
from transforms.portfolio.drawdown import drawdowns
from transforms.portfolio.instruments import InstrumentFacts

StageOf = Callable[..., Any]
RETURN = st.floats(-0.3, 0.3)


def names(row: Any) -> list[str]:
    return [way["name"] for way in row.clears_if]


def test_the_loss_is_told_in_money(stage: StageOf) -> None:
    row = stage(RISK_SCENES["P12"]).open().opened()
    pieces = {piece["name"]: piece for piece in row.evidence}
    amount, share = pieces["cvar95_amount"], pieces["cvar95"]
    assert amount["unit"] == "INR"
    assert amount["value"] == pytest.approx(share["value"] * 1000.0)
    assert (amount["n"], amount["window"]) == (80, 252)
    assert f"INR {amount['value']:,.2f}" in row.sentence


def test_the_loss_in_money_is_in_the_portfolios_currency(stage: StageOf) -> None:
    scene = replace(RISK_SCENES["P12"], currencies={"A": "USD", "B": "USD"}, rates={"USD": 80.0})
    scene.facts = KNOWN | {name: InstrumentFacts("S", "USD", 1, "equity") for name in "AB"}
    scene.currencies["INR"], scene.lines = "INR", {"A": 6.0, "B": 4.0, "INR": 200.0}
    row = stage(scene).open().opened()
    pieces = {piece["name"]: piece for piece in row.evidence}
    assert pieces["cvar95_amount"]["value"] == pytest.approx(pieces["cvar95"]["value"] * 80_200.0)


@pytest.mark.parametrize("name", ["P10", "P12", "P14, above"])
def test_turning_holdings_into_cash_brings_exactly_the_clearing_level(
    stage: StageOf, name: str
) -> None:
    made = stage(RISK_SCENES[name]).open()
    row = made.opened()
    sold, added = row.clears_if
    left = 1.0 - sold["value"] / 1000.0
    measure, clear = row.evidence[0]["value"], row.evidence[1]["value"]
    assert measure * left == pytest.approx(clear, rel=1e-6)
    assert added["value"] == pytest.approx(1000.0 / left - 1000.0, rel=1e-6)
    [amount] = [one["value"] for one in row.evidence if one["name"] == "to_cash"]
    assert amount == sold["value"]


def test_what_is_owed_or_sold_short_is_no_way_into_cash(stage: StageOf) -> None:
    scene = replace(RISK_SCENES["P10"], lines={"A": 6.0, "B": 4.0, "INR": -100.0})
    row = stage(scene).open().opened()
    assert [(way["what"], way["name"]) for way in row.clears_if] == [("indicator", "volatility")]
    assert "into cash" not in row.sentence
    short = replace(RISK_SCENES["P10"], lines={"A": 6.0, "B": -4.0})
    row = stage(short).open().opened()
    assert names(row) == ["value of cash"]
    assert "into cash" not in row.sentence


def test_cash_in_another_currency_moves(stage: StageOf) -> None:
    scene = replace(RISK_SCENES["P10 with cash"], currencies={"USD": "USD"}, rates={"USD": 2.0})
    scene.facts = KNOWN | {"USD": InstrumentFacts("", "USD", 1, "cash")}
    scene.lines = {"A": 6.0, "B": 3.0, "INR": 50.0, "USD": 25.0}
    row = stage(scene).open().opened()
    sold = row.clears_if[0]["value"]
    left = 1.0 - sold / 950.0  # dollars are sold in proportion too
    assert row.evidence[0]["value"] * left == pytest.approx(0.18, rel=1e-6)


def test_beside_cash_no_rise_is_solved_for_a_drawdown(stage: StageOf) -> None:
    """A rise would change the weights, and with them the past."""
    row = stage(RISK_SCENES["P13 with cash"]).open().opened()
    assert len(row.clears_if) == 2
    assert all("cash" in name for name in names(row))
    assert [way["what"] for way in stage(RISK_SCENES["P13"]).open().opened().clears_if] == [
        *("indicator", "amount"),
        *("amount", "amount"),
    ]


def test_a_level_of_value_is_told_at_the_prices_of_the_last_close_only(stage: StageOf) -> None:
    made = stage(RISK_SCENES["P13"])
    made._minute += 1  # prices of the next session already
    row = made.open().opened()
    assert not [name for name in names(row) if name.startswith("value at the close")]
    assert [name for name in names(row) if name.startswith("return of every holding")]


@pytest.mark.parametrize("far", [0.12, 0.30])
def test_cash_that_clears_a_drawdown_is_enough_and_little_more(stage: StageOf, far: float) -> None:
    scene = Scene(("P13", ""), **ALL_IN, closes=fallen(0.004, far, "A", "B"))
    made = stage(scene).open()
    row = made.opened()
    sold = next(way for way in row.clears_if if "sold" in way["name"])
    clear = next(p["value"] for p in row.evidence if p["name"] == "drawdown_clear_level")
    made.scene.lines = {"A": 6.0, "B": 4.0, "INR": 0.0}
    made.scene.scale({"A", "B"}, 1000.0 - sold["value"])
    made.scene.scale({"INR"}, sold["value"])
    made.show(2)
    assert made.rows("open") == [] or far > 0.2
    found = made.world.tables.risks["p"]["drawdown_pct"] / 100
    assert 0.9 * clear < found <= clear


@given(st.lists(RETURN, min_size=2, max_size=40), st.floats(0.01, 0.99))
def test_a_fall_shrinks_at_least_as_its_logarithm_does(returns: list[float], part: float) -> None:
    _, present = drawdowns(np.array(returns))
    _, less = drawdowns(part * np.array(returns))
    assert less <= 1.0 - (1.0 - present) ** part + 1e-9
