from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transforms.advice.scenes import MONEY, SCENES, Scene

StageOf = Callable[..., Any]


def trades(row: Any) -> list[tuple[str, str, float]]:
    return [(one["side"], one["symbol"], one["quantity"]) for one in row.suggestion]


def test_cash_pays_first_and_sales_only_for_the_rest(stage: StageOf) -> None:
    made = stage(SCENES["P06, below"], wording="imperative")
    made.scene.lines = {"A": 20.0, "B": 54.0, "C": 11.0, "INR": 1550.0}
    row = made.show().opened()
    assert trades(row) == [("buy", "A", 15.0), ("sell", "B", 5.0), ("buy", "A", 5.0)]
    assert (
        " Buy 15 A (INR 1,500.00) from cash, then sell 5 B (INR 500.00), then buy 5 A "
        "(INR 500.00): it is then 0.2 % away." in row.sentence
    )


def test_cash_that_suffices_sells_nothing(stage: StageOf) -> None:
    made = stage(SCENES["P06, below"])
    row = made.open().opened()
    assert trades(row) == [("buy", "A", 10.0)]
    assert " Buying 10 A (INR 1,000.00) from cash would leave it 0 % away." in row.sentence


def test_no_cash_is_spent_twice(stage: StageOf) -> None:
    made = stage(SCENES["P06, below"])
    made.scene.targets = {"A": 0.4, "B": 0.3, "D": 0.2}
    made.scene.lines = {"A": 30.0, "B": 22.0, "D": 14.0, "E": 20.0, "INR": 1400.0}
    made.show()
    rows = made.world.rows("P06", "open")
    spent = sum(row.suggestion[0]["amount_micros"] for row in rows if row.suggestion)
    assert len(rows) == 3
    assert spent <= 1400 * 10**6
    firsts = {row.subject: row.suggestion[0]["quantity"] for row in rows if row.suggestion}
    assert firsts == {"A": 10.0, "B": 4.0}  # the largest shortfall first, nothing left for D


def test_cash_keeps_its_own_target(stage: StageOf) -> None:
    made = stage(SCENES["P06, below"])
    made.scene.targets |= {"INR": 0.10}
    row = made.open().opened()
    assert trades(row)[0] == ("buy", "A", 5.0)  # 1,500 of 10,000 less a tenth of it all


def test_a_lot_too_large_to_pay_for_sells_nothing(stage: StageOf) -> None:
    made = stage(SCENES["P06, below"])
    made.scene.facts["A"] = MONEY.__class__("S", "INR", 50, "equity")
    made.scene.lines |= {"A": 0.0, "INR": 4000.0}
    made.world.book.apply_instruments(made.scene.facts.items())
    row = made.show().opened()
    assert trades(row) == []


def test_a_stale_price_is_not_traded_at(stage: StageOf) -> None:
    made = stage(SCENES["P06, not owned"], "P06", "D01")
    made.scene.targets = {"A": 0.5, "C": 0.1}
    made.show(7)
    made.scene.lines = {"A": 60.0, "B": 20.0, "INR": 2000.0}
    made.scene.facts["INR"] = MONEY
    made.world.book.apply_instruments([("INR", MONEY)])
    made.close(6, "C")
    made.show(0)
    assert trades(made.rows("open")[-1]) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 60), min_size=3, max_size=6),
    st.integers(0, 3000),
    st.lists(st.sampled_from([0.05, 0.1, 0.2, 0.3]), min_size=6, max_size=6),
    st.sampled_from([1, 2, 5]),
    st.booleans(),
)
def test_done_one_after_the_other_the_trades_lead_to_what_they_say(
    stage: StageOf, units: list[int], cash: int, weights: list[float], lot: int, has_cash: bool
) -> None:
    names = [f"N{number}" for number in range(len(units))]
    scene = Scene(
        ("P06", "N0"), {name: float(one * lot) for name, one in zip(names, units, strict=True)}
    )
    scene.targets = dict(zip(names, weights, strict=False))
    scene.facts = {name: MONEY.__class__("S", "INR", lot, "equity") for name in names}
    has_cash = has_cash and cash > 0  # a line of nothing is no line
    if has_cash:
        scene.lines["INR"], scene.facts["INR"] = float(cash), MONEY
    if not scene.gross:
        return
    made = stage(scene).show()
    for row in made.world.rows("P06", "open"):
        lines, target = dict(scene.lines), scene.targets[row.subject]
        for trade in row.suggestion:
            whole = sum(units * scene.price(name) for name, units in lines.items())
            before = abs(lines[row.subject] * 100 / whole - target)
            assert trade["metric_before"] == pytest.approx(before, abs=1e-9)
            sign = 1 if trade["side"] == "buy" else -1
            assert trade["quantity"] % lot == 0
            lines[trade["symbol"]] += sign * trade["quantity"]
            assert lines[trade["symbol"]] >= 0
            if has_cash:
                lines["INR"] -= sign * trade["amount_micros"] / 1e6
                assert lines["INR"] >= -1e-6
            whole = sum(units * scene.price(name) for name, units in lines.items())
            after = abs(lines[row.subject] * 100 / whole - target) if whole else target
            assert trade["metric_after"] == pytest.approx(after, abs=1e-9)
        if row.suggestion:  # else no lot would bring it nearer
            first, last = row.suggestion[0], row.suggestion[-1]
            assert last["metric_after"] < first["metric_before"]
