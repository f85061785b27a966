"""P09 on real closes: which pairs count, and how far they must be trimmed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.transforms.advice.risk_scenes import RISK_SCENES, closes, noise, twins
from tests.transforms.advice.scenes import TEN, Scene

StageOf = Callable[..., Any]
NEAR = 1e-4
PAIR, TWO = RISK_SCENES["P09"], RISK_SCENES["P09, two pairs"]


def weighing(together: float) -> dict[str, float]:
    """A and B are so much of the value, the ten others the rest."""
    rest = 1.0 - together
    return {"A": 60 * together, "B": 40 * together, **{name: 10 * rest for name in TEN}}


def shown(stage: StageOf, together: float, **policy: Any) -> Any:
    return stage(replace(PAIR, lines=weighing(together)), **policy).show()


def correlated(level: float) -> dict[str, list[float]]:
    """Closes of A and B with that correlation, exactly."""
    first, second = noise(1), noise(2)
    second = second - first * (first @ second) / (first @ first)
    second *= np.sqrt((first @ first) / (second @ second))
    own = 0.01 * (level * first + np.sqrt(1.0 - level * level) * second)
    return {**twins(), **closes(A=0.01 * first, B=own)}


def test_it_opens_above_the_joint_weight_and_names_the_pair(stage: StageOf) -> None:
    assert shown(stage, 0.2).rows() == []
    row = shown(stage, 0.2 * (1 + NEAR)).opened()
    assert (row.subject, row.severity) == ("", "warn")
    assert row.sentence.startswith("A and B move together, with a correlation of 0.98")
    assert row.evidence[0]["source_keys"] == {"portfolio_id": "p", "symbols": ["A", "B"]}
    assert (row.evidence[0]["n"], row.evidence[0]["window"]) == (80, 252)


@pytest.mark.parametrize(("level", "states"), [(0.849, []), (0.851, ["open"])])
def test_it_opens_above_the_correlation(stage: StageOf, level: float, states: list[str]) -> None:
    assert stage(replace(PAIR, closes=correlated(level))).show().states() == states


@pytest.mark.parametrize(("between", "within"), [(0.19, 0.18 * (1 - NEAR))])
def test_it_clears_after_two_bars_in_a_row_at_a_lower_weight(
    stage: StageOf, between: float, within: float
) -> None:
    made = shown(stage, 0.25)
    for together in (within, between, within):
        made.scene.lines = weighing(together)
        assert made.show().states() == ["open"]
    [row] = made.close().rows()
    last = row.evidence[-1]
    assert (row.state, last["name"]) == ("cleared", "pair_weight_at_clearing")
    assert last["value"] == pytest.approx(within)
    assert last["threshold"] == 0.18


@pytest.mark.parametrize(("level", "state"), [(0.80, "open"), (0.76, "cleared")])
def test_it_clears_at_a_lower_correlation(stage: StageOf, level: float, state: str) -> None:
    """The next sessions drive the two apart."""
    made = stage(replace(PAIR, closes=correlated(0.9), risk=replace(PAIR.risk, window=80))).show()
    assert made.states() == ["open"]
    later = correlated(level)
    made.world.sessions(
        {name: [prices[-1] * price / later[name][0] for price in later[name][1:]]
         for name, prices in made.scene.closes.items()},
        first=made._minute + 1,
    )  # fmt: skip
    made._minute += 80
    assert made.show(2).states() == [state]


def test_a_pair_of_which_one_is_sold_short_is_a_hedge(stage: StageOf) -> None:
    lines = weighing(0.3)
    assert stage(replace(PAIR, lines=lines | {"B": -lines["B"]})).show().rows() == []
    both = lines | {"A": -lines["A"], "B": -lines["B"]}
    row = stage(replace(PAIR, lines=both)).show().opened()
    assert [trade["side"] for trade in row.suggestion] == ["buy"]


def test_several_pairs_are_named_heaviest_first(stage: StageOf) -> None:
    row = stage(TWO).open().opened()
    assert "So do C with D, above both limits too." in row.sentence
    pieces = {piece["name"]: piece for piece in row.evidence}
    assert pieces["pair_2_weight"]["source_keys"]["symbols"] == ["C", "D"]
    assert pieces["pair_2_weight"]["value"] == pytest.approx(49 / 199)
    assert pieces["pair_2_correlation"]["threshold"] == 0.85


def test_done_together_the_suggested_trades_clear_and_lead_to_what_they_say(
    stage: StageOf,
) -> None:
    made = stage(TWO).open()
    trades = made.opened().suggestion
    assert len({trade["symbol"] for trade in trades}) == len(trades) > 1
    for trade in trades:
        made.scene.lines[trade["symbol"]] -= trade["quantity"]
        assert trade["quantity"] == int(trade["quantity"])
    assert made.show(2).states() == ["cleared"]
    joint = max(made.scene.weight("A") + made.scene.weight("B"),
                made.scene.weight("C") + made.scene.weight("D"))  # fmt: skip
    assert trades[-1]["metric_after"] == pytest.approx(joint)


def test_one_trim_is_no_way_where_another_pair_is_too_heavy(stage: StageOf) -> None:
    ways = stage(TWO).open().opened().clears_if
    assert [way["what"] for way in ways] == ["amount"]


def test_nothing_is_solved_where_all_holdings_are_one_pair(stage: StageOf) -> None:
    pair = {name: twins()[name] for name in "AB"}
    scene = Scene(("P09", ""), {"A": 6.0, "B": 4.0}, closes=pair, measure="pair_weight")
    row = stage(scene).show().opened()
    assert row.suggestion == []
    assert [(way["what"], way["name"]) for way in row.clears_if] == [("indicator", "pair_weight")]


def test_a_single_holding_has_no_pair_and_nothing_unknown(stage: StageOf) -> None:
    alone = {"A": twins()["A"]}
    made = stage(Scene(("P09", ""), {"A": 6.0}, closes=alone), "P09", "G04", "D03").show(3)
    assert made.world.rows() == []


def test_pairs_are_those_of_the_report_when_holdings_change_later(stage: StageOf) -> None:
    """A line that comes first by name and has no price yet must not shift the others."""
    made = stage(PAIR, "P09", "D03").open()
    before = made.opened()
    made.scene.lines = {"0NEW": 1.0, **made.scene.lines}
    made.scene.silent = ("0NEW",)
    made._start -= 100  # silent from now on
    made.show(3)
    assert made.opened() == before
    made.scene.lines = {name: units for name, units in made.scene.lines.items() if name != "A"}
    made.show(2)
    assert made.rows("open") == [before]  # the price of 0NEW is still awaited
    del made.scene.lines["0NEW"]
    assert made.show(2).states() == ["cleared"]


def test_a_portfolio_may_have_limits_of_its_own(stage: StageOf, every_rule: dict[str, Any]) -> None:
    for own in ({"weight_over": 0.5}, {"correlation_over": 0.99}):
        rules = {"P09": every_rule["P09"] | own}
        assert shown(stage, 0.25, portfolios={"p": rules}).rows() == []
        assert shown(stage, 0.25, portfolios={"q": rules}).states() == ["open"]


def test_two_portfolios_in_one_block_have_pairs_of_their_own(stage: StageOf) -> None:
    made = stage(PAIR)
    made.world.hold("q", A=1.0, **TEN)
    made.world.hold("z", A=5.0, B=5.0, **TEN)
    made.show()
    assert {row.portfolio_id for row in made.world.rows("P09", "open")} == {"p"}
    made.world.hold("z", at=200, A=30.0, B=30.0, **TEN)
    assert {row.portfolio_id for row in made.world.rows("P09", "open")} == {"p", "z"}


def test_the_closest_pairs_are_named_where_the_average_is_high(stage: StageOf) -> None:
    common = noise(7)
    near = closes(**{name: 0.01 * common + 0.001 * spread * noise(spread)
                     for spread, name in enumerate("ABCD", 1)})  # fmt: skip
    scene = Scene(("P09", ""), dict.fromkeys("ABCD", 1.0), closes=near, measure="average_corr")
    row = stage(scene).show().opened()
    assert " The closest are A with B, A with C and " in row.sentence
    assert [way["name"] for way in row.clears_if] == ["average_correlation"]
