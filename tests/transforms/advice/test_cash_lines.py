"""Cash among holdings: worth 1 of its currency, part of the value, and no position."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.transforms.advice.scenes import MANY, MONEY, SCENES, TEN, Scene

StageOf = Callable[..., Any]
CASH = {"INR": MONEY}


def test_cash_counts_at_one_without_any_bar(stage: StageOf) -> None:
    made = stage(Scene(("P01", "A"), {"A": 10.0, "INR": 9000.0}, CASH)).show()
    assert made.world.tables.risks["p"]["value_micros"] == 10_000_000_000
    assert made.world.tables.positions["p", "INR"][7] == pytest.approx(0.9)
    assert made.world.tables.rejects == {}


def test_cash_is_worth_one_whatever_trades_under_its_name(stage: StageOf) -> None:
    made = stage(Scene(("P01", "A"), {"A": 10.0, "INR": 9000.0}, CASH))
    made.world.close(1, INR={"close": 77.0})
    made.show()
    assert made.world.tables.risks["p"]["value_micros"] == 10_000_000_000


def test_cash_in_another_currency_is_converted(stage: StageOf) -> None:
    scene = Scene(("P01", "A"), {"A": 10.0, "USD": 10.0}, {"USD": MONEY})
    scene.currencies, scene.rates = {"A": "INR", "USD": "USD"}, {"USD": 80.0}
    made = stage(scene).show()
    assert made.world.tables.risks["p"]["value_micros"] == 1_800_000_000


def test_nothing_but_cash_is_a_portfolio_with_nothing_to_say(
    stage: StageOf, every_rule: dict[str, Any]
) -> None:
    quiet = set(every_rule) - {"P03", "P05"}  # it is concentrated, and no equity
    made = stage(Scene(("P01", ""), {"INR": 9000.0}, CASH), *quiet).show(9)
    assert made.world.rows() == []


def test_cash_is_no_large_position_and_no_bar_of_it_is_awaited(stage: StageOf) -> None:
    rules = ("P01", "P02", "S01", "S02", "S03", "S05", "S06", "D01", "D03")
    made = stage(Scene(("P01", "INR"), {**TEN, "INR": 9000.0}, CASH), *rules).show(9)
    assert made.world.rows() == []


def test_cash_dilutes_the_five_largest(stage: StageOf) -> None:
    made = stage(Scene(("P02", ""), {**MANY, "INR": 22_000.0}, CASH)).show()
    assert made.world.rows() == []
    made.scene.lines["INR"] = 5_000.0
    row = made.show().opened()
    assert "INR" not in row.sentence.split(")")[0]
    assert row.evidence[0]["value"] == pytest.approx(193 / 270)


def test_the_index_counts_cash_but_no_trade_touches_it(stage: StageOf) -> None:
    row = stage(SCENES["P03 with cash"]).open().opened()
    whole = sum(MANY.values()) + 5.0
    index = sum((one / whole) ** 2 for one in [*MANY.values(), 5.0])
    assert row.evidence[0]["value"] == pytest.approx(index, abs=1e-8)
    assert row.suggestion
    assert "INR" not in {trade["symbol"] for trade in row.suggestion}
    sizes = {**MANY, "INR": 5.0}
    for trade in row.suggestion:
        sizes[trade["symbol"]] -= trade["quantity"]
        whole = sum(sizes.values())
        after = sum((one / whole) ** 2 for one in sizes.values())
        assert trade["metric_after"] == pytest.approx(after, abs=1e-8)


def test_cash_belongs_to_no_sector(stage: StageOf) -> None:
    facts = {**SCENES["P04"].facts, "INR": MONEY.__class__("Bank 7", "INR", 1, "cash")}
    lines = {**SCENES["P04"].lines, "INR": 3000.0}
    made = stage(Scene(("P04", "Bank 7"), lines, facts)).show()
    assert made.world.rows() == []  # 32 of 119, and cash is no bank
    made.scene.lines["INR"] = 100.0
    row = made.show().opened()
    assert "INR" not in {trade["symbol"] for trade in row.suggestion}
    assert row.evidence[0]["value"] == pytest.approx(32 / 90)


def test_what_becomes_cash_late_was_cash_from_the_start(stage: StageOf) -> None:
    lines = {"A": 10.0, "INR": 9000.0}
    late = stage(Scene(("P01", ""), lines)).show(2)
    late.world.book.apply_instruments(CASH.items())
    late.world.settle().end()
    early = stage(Scene(("P01", ""), lines, CASH)).show(2)
    early.world.end()
    assert late.world.tables.advice == early.world.tables.advice
    assert late.world.tables.risks == early.world.tables.risks
