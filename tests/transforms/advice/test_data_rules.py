from collections.abc import Callable
from typing import Any

import pytest

from transforms.portfolio.documents import read_document

World = Callable[..., Any]
OVERBOUGHT = {"rsi_14": 75.0, "bb_percent_b": 1.2}


def traded(world: World, minutes: int = 7, **policy: Any) -> Any:
    """A and B have closed a bar in every minute; A is overbought and heavy."""
    made = world(**policy).hold(A=3.0, B=1.0)
    for minute in range(1, minutes + 1):
        made.close(minute, "B", A=OVERBOUGHT)
    return made


def silent(made: Any, first: int, last: int) -> Any:
    for minute in range(first, last + 1):
        made.close(minute, "B")
    return made


def test_a_symbol_is_stale_after_three_times_its_usual_gap(world: World) -> None:
    made = silent(traded(world), 8, 10)
    assert made.rows("D01") == []
    silent(made, 11, 11)
    row = made.one("D01")
    assert (row.subject, row.state, row.severity) == ("A", "open", "alert")
    assert row.sentence == (
        "A has had no bar for 4 closed bars of the market, more than 3; "
        "0 sessions have opened since its last one. Advice that uses its price is withheld."
    )
    assert row.evidence[1]["value"] == 1.0


def test_the_usual_gap_is_the_symbols_own(world: World) -> None:
    made = world().hold(A=1.0, B=1.0)
    for minute in range(1, 32):
        made.close(minute, "B", *(["A"] if minute % 5 == 1 else []))
    silent(made, 32, 46)
    assert made.rows("D01") == []
    silent(made, 47, 47)
    assert made.one("D01").evidence[1]["value"] == 5.0


def test_a_symbol_that_misses_more_than_a_session_is_stale(world: World) -> None:
    made = world().hold(A=1.0, B=1.0).close(1, "A", "B")
    made.close(2, B={"session": 2.0})
    assert made.rows("D01") == []
    made.close(3, B={"session": 5.0})  # the session after that; a weekend may lie between
    assert made.one("D01").evidence[2]["value"] == 2


def test_open_rows_are_withheld_in_place_and_come_back_as_they_were(world: World) -> None:
    made = traded(world)
    before = {row.advice_id: row for row in made.rows(state="open")}
    assert {row.rule_id for row in before.values()} == {"P01", "P02", "P03", "P04", "S01"}
    silent(made, 8, 11)
    for advice_id in before:
        row = made.tables.advice[advice_id]
        assert (row.state, row.cause) == ("withheld", "D01 A")
    made.close(12, "B", A=OVERBOUGHT)
    for advice_id, row in before.items():
        assert made.tables.advice[advice_id] == row
    assert made.one("D01").state == "cleared"
    changes = [entry.change for entry in made.tables.log if entry.advice_id in before]
    assert {change: changes.count(change) for change in changes} == {
        "opened": len(before),
        "withheld": len(before),
        "resumed": len(before),
    }


def test_a_withheld_row_may_clear_once_the_price_is_back(world: World) -> None:
    made = silent(traded(world), 8, 11).close(12, "A", "B").close(13, "A", "B")
    assert made.one("S01").state == "cleared"


def test_nothing_opens_while_its_price_is_stale(world: World) -> None:
    made = world().hold(A=1.0, B=1.0, C=20.0)
    for minute in range(1, 8):
        made.close(minute, "A", "B", "C")
    made.close(8, "A", "B").close(9, "A", "B").close(10, "A", "B").close(11, "A", "B")
    made.close(12, "B", A={"close": 50_000.0})
    assert {row.state for row in made.rows("P01")} == {"withheld"}


def test_rules_with_nothing_open_say_that_they_are_withheld(world: World) -> None:
    made = world().hold(A=1.0, B=1.0)
    for minute in range(1, 8):
        made.close(minute, "A", "B")
    silent(made, 8, 11)
    row = made.one("S03")
    assert (row.state, row.subject, row.severity) == ("withheld", "", "alert")
    assert row.sentence == "Withheld: the price of 1 is too old (A)."
    assert row.cause == "D01 A"
    silent(made, 12, 14)
    assert made.one("S03") == row  # content does not change while the cause is the same
    made.close(15, "A", "B")
    assert made.rows("S03") == []


def test_a_tolerated_stale_weight_withholds_only_the_symbols_own_advice(
    world: World, rules: dict[str, Any]
) -> None:
    own = rules | {"D01": rules["D01"] | {"withhold_when_stale_weight_over": 0.8}}
    made = silent(traded(lambda **policy: world(own, **policy)), 8, 11)
    assert made.one("S01").state == "withheld"
    assert {row.state for row in made.rows("P01")} == {"open"}


def test_a_symbol_that_is_not_held_withholds_nothing(world: World) -> None:
    made = world().hold(B=1.0)
    for minute in range(1, 8):
        made.close(minute, "A", "B")
    silent(made, 8, 12)
    assert "withheld" not in {row.state for row in made.rows()}


def test_short_history_is_never_a_pass(world: World) -> None:
    made = world().hold(A=1.0, B=1.0).close(1, A={"count": 10.0}, B={"count": 500.0})
    rows = {row.rule_id: row for row in made.rows(state="not_evaluated")}
    assert set(rows) == {"S01", "S02", "S03", "S05"}
    assert all(row.cause == "D03 short_history" for row in rows.values())
    assert rows["S02"].clears_if[0]["value"] == 200
    made.close(2, A={"count": 11.0}, B={"count": 501.0})
    assert {row.rule_id: row for row in made.rows(state="not_evaluated")} == rows


@pytest.mark.parametrize("ends", [False, True])
def test_a_holding_without_a_price_keeps_value_rules_from_judging(world: World, ends: bool) -> None:
    made = world(unknown_after_bars=3).hold(A=1.0, B=1.0, NOPE=5.0).close(1, "A", "B")
    row = made.one("P01")
    assert (row.state, row.cause) == ("not_evaluated", "no_price")
    assert row.sentence == "Not evaluated: no price yet for 1 (NOPE)."
    assert made.tables.rejects == {}
    assert "NOPE" in made.tables.risks["p"]["reasons"]["value_micros"]
    if ends:
        made.end()
    else:
        made.close(2, "A", "B").close(3, "A", "B").close(4, "A", "B")
    assert {row.state for row in made.rows("P01")} == {"open"}
    [reject] = made.tables.rejects.values()
    assert (reject.source, reject.position, reject.reason) == ("holdings:p", 3, "unknown_symbol")
    assert made.tables.risks["p"]["value_micros"] == 200_000_000


def test_a_symbol_that_trades_after_all_is_no_longer_rejected(world: World) -> None:
    made = world(unknown_after_bars=1).hold(A=1.0, NEW=1.0).close(1, "A").close(2, "A")
    assert len(made.tables.rejects) == 1
    made.close(3, "A", "NEW")
    assert made.tables.rejects == {}
    assert ("p", "NEW") in made.tables.positions


def test_holdings_in_another_currency_are_refused_for_want_of_a_rate(world: World) -> None:
    made = world()
    lines = b'[{"symbol":"A","quantity":1},{"symbol":"B","quantity":1,"currency":"USD"}]'
    made.book.apply_holdings([read_document("p", 1, 0, lines)])
    made.close(1, "A", "B")
    assert made.one("P01").sentence == "Not evaluated: no exchange rate for 1 (B)."
    assert [row.reason for row in made.tables.rejects.values()] == ["no_exchange_rate"]
    assert set(made.tables.positions) == {("p", "A")}


def test_a_value_that_cannot_be_added_up_is_refused(world: World) -> None:
    made = world().hold(A=1e15, B=1.0).close(1, "A", "B")
    assert [row.reason for row in made.tables.rejects.values()] == ["value_out_of_range"]
    assert made.one("P03").state == "not_evaluated"
