"""D01: the last bar of a symbol may lack trades, and no advice rests on it meanwhile."""

from collections.abc import Callable
from typing import Any

import pytest

World = Callable[..., Any]
OVERBOUGHT = {"rsi_14": 75.0, "bb_percent_b": 1.2}


def gapped(world: World, share: float = 0.5, **policy: Any) -> Any:
    """A and B are held; the second bar of A has a gap."""
    made = world(**policy).hold(A=3.0, B=1.0).close(1, "B", A=OVERBOUGHT)
    return made.close(2, "B", A={**OVERBOUGHT, "gap": share})


def test_it_opens_on_the_bar_and_says_how_much_of_it_may_be_missing(world: World) -> None:
    row = gapped(world).one("D01")
    assert (row.subject, row.state, row.severity, row.as_of) == ("A", "open", "alert", 120_000_000)
    assert row.sentence == (
        "Prices may be missing from 50 % of the last closed bar of A: its feed has a gap there. "
        "Advice that uses its price is withheld."
    )
    [piece] = row.evidence
    assert (piece["name"], piece["value"], piece["threshold"]) == ("gap_share", 0.5, 0.0)
    assert piece["source_table"] == "gaps"
    assert piece["source_keys"] == {"symbol": "A", "interval": "1m", "bar_start": 60_000_000}


def test_a_gap_of_a_microsecond_is_told_from_none(world: World) -> None:
    row = gapped(world, 1 / 60_000_000).one("D01")
    assert row.sentence.startswith("Prices may be missing from 0.000002 % of")


def test_it_clears_with_the_next_bar_of_the_symbol_and_not_of_another(world: World) -> None:
    made = gapped(world).close(3, "B")
    assert made.one("D01").state == "open"
    made.close(4, "A", "B")
    row = made.one("D01")
    assert row.state == "cleared"
    assert row.evidence[-1] | {"source_keys": None} == {
        **{"name": "gap_share_at_clearing", "value": 0.0, "unit": "fraction", "threshold": 0.0},
        **{"operator": "<=", "window": None, "n": None, "source_table": "gaps"},
        **{"source_keys": None, "source_time": 240_000_000, "stable_digits": None},
    }


def test_what_rests_on_the_bar_is_withheld_and_comes_back_as_it_was(world: World) -> None:
    made = world().hold(A=3.0, B=1.0).close(1, "B", A=OVERBOUGHT)
    before = {row.advice_id: row for row in made.rows(state="open")}
    assert {row.rule_id for row in before.values()} == {"P01", "P02", "P03", "P04", "S01"}
    made.close(2, "B", A={**OVERBOUGHT, "gap": 0.1})
    for advice_id in before:
        row = made.tables.advice[advice_id]
        assert (row.state, row.cause) == ("withheld", "D01 A")
    made.close(3, "B", A=OVERBOUGHT)
    for advice_id, row in before.items():
        assert made.tables.advice[advice_id] == row


def test_rules_with_nothing_open_say_why_they_are_withheld(world: World) -> None:
    made = world().hold(A=1.0, B=1.0).close(1, "B", A={"gap": 0.1})
    row = made.one("S03")
    assert (row.state, row.subject, row.cause) == ("withheld", "", "D01 A")
    assert row.sentence == "Withheld: prices of 1 may be missing from the last bar (A)."
    assert row.clears_if == [
        {"subject": "A", "what": "indicator", "name": "gap_share", "operator": "<=", "value": 0.0,
         "unit": "fraction", "closed_bars": 1}
    ]  # fmt: skip
    assert made.close(2, "A", "B").rows("S03") == []


def test_a_bar_that_is_too_old_and_has_a_gap_is_told_twice(world: World) -> None:
    others = [f"X{number}" for number in range(12)]
    made = world().hold(A=1.0, **dict.fromkeys(others, 1.0))
    for minute in range(1, 8):
        made.close(minute, *others, A={"gap": 0.1 if minute == 7 else 0.0})
    for minute in range(8, 13):
        made.close(minute, *others)
    measures = [row.evidence[0]["name"] for row in made.rows("D01", "open")]
    assert measures == ["gap_share", "bars_without_price"]
    row = made.one("P01")
    assert row.sentence == (
        "Withheld: the price of 1 is too old (A); prices of 1 may be missing from the last bar (A)."
    )
    assert row.cause == "D01 A"


def test_a_tolerated_weight_withholds_only_the_symbols_own_advice(
    world: World, rules: dict[str, Any]
) -> None:
    own = rules | {"D01": rules["D01"] | {"withhold_when_stale_weight_over": 0.8}}
    made = gapped(lambda **policy: world(own, **policy))
    assert made.one("S01").state == "withheld"
    assert {row.state for row in made.rows("P01")} == {"open"}


@pytest.mark.parametrize("lines", [{"B": 1.0}, {"B": 1.0, "A": 0.0}])
def test_a_symbol_that_is_not_held_withholds_nothing(world: World, lines: dict[str, float]) -> None:
    made = world().hold(**lines).close(1, "B", A={"gap": 1.0})
    assert made.rows("D01") == []
    assert "withheld" not in {row.state for row in made.rows()}


def test_a_gap_that_is_told_late_is_seen_at_its_bar_and_what_was_said_is_taken_back(
    world: World,
) -> None:
    made = world().hold(A=3.0, B=1.0).close(1, "A", "B").close(2, "B", A=OVERBOUGHT).close(3, "B")
    told = gapped(world).close(3, "B")
    assert made.one("S01").state == "open"
    nothing = float("nan")
    mark = {"gap": 0.5, "close": nothing}
    made.book.apply_market(made.delta([("A", 2, 0, mark)]))
    made.settle()
    known = {row.advice_id for row in made.rows("D01")}
    assert known == {row.advice_id for row in told.rows("D01")} != set()
    assert made.one("S01").state == "withheld"
    assert ("withdrawn", "correction A 1970-01-01T00:02Z") in {
        (entry.change, entry.cause) for entry in made.tables.log
    }
