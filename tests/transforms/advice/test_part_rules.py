"""P07, P08, P15, P16 and P17: what they count, and what keeps them from judging."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.transforms.advice.scenes import MONEY, SCENES, SMALL

StageOf = Callable[..., Any]


def test_the_largest_of_several_currencies_counts(stage: StageOf) -> None:
    row = stage(SCENES["P07"]).open().opened()
    assert row.evidence[0]["value"] == pytest.approx(1800 / 3550)
    assert row.sentence.startswith(
        "USD is 50.7 % of the portfolio's value, above the limit of 50 % for a currency other "
        "than INR."
    )
    assert row.clears_if[0]["subject"] == "USD"


def test_the_portfolios_own_currency_may_be_all_of_it(stage: StageOf) -> None:
    made = stage(SCENES["P07"])
    made.scene.lines = {"A": 10.0}
    assert made.show().rows() == []


def test_without_a_rate_the_currency_rule_is_not_evaluated(stage: StageOf) -> None:
    made = stage(SCENES["P07"])
    made.scene.currencies["V"] = "XYZ"
    [row] = made.show().rows()
    assert row.sentence == "Not evaluated: no exchange rate for 1 (V)."


def test_small_caps_are_ranked_among_all_instruments_with_a_market_value(stage: StageOf) -> None:
    made = stage(SCENES["P08"])
    for number in range(3):  # three of the large ones turn out to be smaller than all others
        made.world.book.apply_instruments([(f"I{number + 5}", SMALL.__class__(market_cap=1.0))])
    assert made.open().rows() == []


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ({"I0": 60.0, "S1": 30.0, "WHO": 10.0}, ["not_evaluated"]),  # 30 % and perhaps 40 %
        ({"I0": 70.0, "S1": 20.0, "WHO": 10.0}, []),  # 30 % at most
        ({"I0": 50.0, "S1": 40.0, "WHO": 10.0}, ["open"]),  # 40 % in any case
    ],
)
def test_what_has_no_market_value_counts_as_what_it_may_be(
    stage: StageOf, lines: dict[str, float], state: list[str]
) -> None:
    made = stage(SCENES["P08"])
    made.scene.lines = lines
    assert made.show().states() == state
    for row in made.rows("not_evaluated"):
        assert row.cause == "no_market_cap"
        assert row.sentence == "Not evaluated: no market value known of 1 (WHO)."


def test_cash_is_of_no_size_and_of_no_sector(stage: StageOf) -> None:
    made = stage(SCENES["P08"], "P08", "P04")
    made.world.book.apply_instruments([("INR", MONEY)])
    made.scene.facts["INR"] = MONEY
    made.scene.lines = {"I0": 10.0, "INR": 9000.0}
    made.show()
    assert made.rows() == []
    assert [row.subject for row in made.world.rows("P04")] == []


def test_a_position_without_volume_is_not_evaluated_and_the_others_are(stage: StageOf) -> None:
    made = stage(SCENES["P15"])
    del made.scene.capacity["B"]
    made.show()
    found = {row.state: row for row in made.world.rows("P15")}
    assert found["not_evaluated"].sentence == (
        "Not evaluated: no average daily volume yet of 1 (B)."
    )
    assert found["not_evaluated"].cause == "no_volume"
    assert found["open"].subject == "A"
    made.scene.capacity["B"] = 100.0
    assert [row.state for row in made.show().world.rows("P15")] == ["open"]


def test_days_come_with_the_volume_they_rest_on(stage: StageOf) -> None:
    row = stage(SCENES["P15"]).open().opened()
    assert row.sentence.startswith(
        "A takes 7.75 days to sell at 10 % of its average daily volume over 20 sessions, 40; "
        "the limit is 5 days."
    )
    assert row.clears_if[0]["value"] == 18.0  # 4.5 days at 4 a day, whole units


def test_a_portfolio_without_transactions_has_no_row_about_fees(stage: StageOf) -> None:
    made = stage(SCENES["P16"])
    made.scene.fees = float("nan")
    assert made.show(3).rows() == []


def test_fees_that_are_no_longer_known_clear_their_row_without_a_number(stage: StageOf) -> None:
    made = stage(SCENES["P16"]).open()
    made.scene.fees = float("nan")
    [row] = made.show().rows()
    assert row.state == "cleared"
    assert "at_clearing" not in row.evidence_json


def test_cash_limits_that_are_not_set_say_nothing(
    stage: StageOf, every_rule: dict[str, Any]
) -> None:
    neither = {
        k: v for k, v in every_rule["P17"].items() if k not in ("min_cash", "emergency_fund")
    }
    made = stage(SCENES["P17"], portfolios={"p": {"P17": neither}})
    made.scene.lines = {"A": 1.0, "WAITS": 1.0}
    made.world.close(1, A={})
    assert made.open().world.rows("P17") == []


def test_cash_that_cannot_be_converted_may_cover_the_fund(stage: StageOf) -> None:
    made = stage(SCENES["P17, fund"])
    made.world.book.apply_instruments(
        [("GBP", MONEY.__class__(currency="GBP", asset_class="cash"))]
    )
    made.scene.facts["GBP"] = MONEY
    made.scene.lines["GBP"] = 100.0
    made.scene.currencies["GBP"] = "GBP"
    made.show()
    sentences = {row.sentence for row in made.world.rows("P17")}
    assert sentences == {
        "Not evaluated: no exchange rate for 1 (GBP).",
        "Not evaluated: no exchange rate for cash in another currency.",
    }
    made.scene.lines["INR"] = 300.0
    made.show()
    assert len(made.world.rows("P17")) == 1  # the fund is covered whatever pounds are worth


def test_debts_are_taken_off_cash(stage: StageOf) -> None:
    made = stage(SCENES["P17, fund"])
    made.scene.lines = {"A": 20.0, "INR": -50.0}
    row = made.show().opened()
    assert row.sentence.startswith("Cash of INR -50.00 does not cover")
