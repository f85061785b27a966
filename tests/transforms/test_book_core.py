from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from transforms.book_core import Book
from transforms.portfolio.documents import read_document

World = Callable[..., Any]
OVERBOUGHT = {"rsi_14": 75.0, "bb_percent_b": 1.2}


def causes(world: Any, change: str) -> set[str]:
    return {entry.cause for entry in world.tables.log if entry.change == change}


def test_a_correction_takes_advice_back_and_is_named(world: World) -> None:
    made = world().hold(A=1.0, B=30.0).close(1, "A", "B").close(2, "B", A=OVERBOUGHT)
    for minute in range(3, 6):
        made.close(minute, "B", A=OVERBOUGHT)
    advice_id = made.one("S01").advice_id
    made.close(2, A={"rsi_14": 69.0, "bb_percent_b": 1.2})
    assert advice_id not in made.tables.advice
    withdrawn = [entry for entry in made.tables.log if entry.change == "withdrawn"]
    assert [(entry.advice_id, entry.cause) for entry in withdrawn] == [
        (advice_id, "correction A 1970-01-01T00:02Z")
    ]
    assert made.one("S01").as_of == 3 * 60_000_000


def test_a_late_bar_and_a_withdrawn_one_are_named(world: World) -> None:
    made = world().hold(A=1.0, B=30.0).close(1, "A", "B").close(2, "B").close(3, "B")
    made.close(2, A=OVERBOUGHT)
    assert causes(made, "opened") >= {"late_bar A 1970-01-01T00:02Z"}
    assert made.one("S01").cause == "new_bar"  # the row says what the final inputs say
    made.withdraw(2, "A")
    assert made.rows("S01") == []
    assert causes(made, "withdrawn") == {"withdrawn_bar A 1970-01-01T00:02Z"}


def test_several_causes_of_one_commit_are_counted(world: World) -> None:
    made = world().hold(A=1.0, B=30.0).close(1, "A", "B").close(2, "A", "B")
    made.close(1, A=OVERBOUGHT, B=OVERBOUGHT)
    assert "correction A 1970-01-01T00:01Z and 1 more" in causes(made, "opened")


def test_holdings_that_arrive_late_count_from_their_own_time(world: World) -> None:
    late = world().close(1, "A", "B").close(2, "B", A={"close": 500.0}).close(3, "A", "B")
    late.hold(A=1.0).hold(A=1.0, B=9.0, at=2)
    early = world().hold(A=1.0).hold(A=1.0, B=9.0, at=2)
    early.close(1, "A", "B").close(2, "B", A={"close": 500.0}).close(3, "A", "B")
    assert late.tables.advice == early.tables.advice
    assert late.tables.positions == early.tables.positions
    assert {row.cause for row in late.rows(state="open")} >= {"holdings"}


def test_a_change_of_holdings_takes_effect_at_once(world: World) -> None:
    made = world().hold(A=1.0, B=1.0).close(1, "A", "B")
    made.hold(at=5, A=1.0)
    assert set(made.tables.positions) == {("p", "A")}
    assert made.tables.risks["p"]["ts_event"] == 5 * 60_000_000
    made.close(3, "A", "B").close(6, "A", "B")
    assert made.tables.risks["p"]["value_micros"] == 100_000_000


def test_an_empty_document_ends_a_portfolio(world: World) -> None:
    made = world().hold(A=1.0, NOPE=1.0).close(1, "A").hold(at=2)
    assert (made.tables.positions, made.tables.risks, made.tables.rejects) == ({}, {}, {})
    assert {row.state for row in made.rows()} <= {"cleared"}
    assert causes(made, "cleared") == {"holdings"}


def test_sending_a_document_again_changes_nothing(world: World) -> None:
    made = world()
    document = made.document("p", 0, {"A": 1.0})
    made.book.apply_holdings([document])
    made.close(1, "A")
    made.book.apply_holdings([document])
    changes = made.book.take_changes()
    assert (changes.advice, changes.log, changes.positions) == ([], [], [])


def test_the_end_of_the_feed_judges_the_last_instant_again(world: World) -> None:
    made = world().hold(A=1.0, NOPE=1.0).close(1, "A").close(2, "A").end()
    assert made.one("P01").as_of == 2 * 60_000_000
    assert causes(made, "withdrawn") == {"feed ended"}
    made.close(3, "A")  # it was not the end after all
    assert made.one("P01").as_of == 3 * 60_000_000


def test_all_feeds_must_have_ended(world: World) -> None:
    made = world()
    made.book = Book(made.policy, feeds=2)
    made.hold(A=1.0, NOPE=1.0).close(1, "A").end()
    assert not made.book.drained
    made.book.apply_market(replace(made.delta([]), drained=True), feed=1)
    assert made.book.drained


def test_when_every_bar_is_withdrawn_nothing_is_left(world: World) -> None:
    made = world(unknown_after_bars=0).hold(A=1.0, NOPE=1.0).close(1, "A")
    assert made.tables.rejects
    made.withdraw(1, "A")
    assert (made.tables.advice, made.tables.positions) == ({}, {})
    assert (made.tables.risks, made.tables.rejects) == ({}, {})
    made.close(2, "A")
    assert made.tables.positions


def test_other_portfolios_change_nothing(world: World) -> None:
    alone, among = world().hold("p", A=1.0, B=2.0), world().hold("p", A=1.0, B=2.0)
    for number in range(40):
        among.hold(f"o{number}", **{f"X{number}": 1.0, "A": number + 1.0, "B": 5.0})
    for made in (alone, among):
        for minute in range(1, 5):
            made.close(minute, "A", B={"close": 30.0 * minute})
    mine = {k: row for k, row in among.tables.advice.items() if row.portfolio_id == "p"}
    assert mine == alone.tables.advice
    assert among.tables.risks["p"] == alone.tables.risks["p"]


@pytest.mark.parametrize("bps", [0.0, 100.0])
def test_positions_are_sent_again_when_they_moved_enough(world: World, bps: float) -> None:
    made = world(reprice_bps=bps).hold(A=1.0, B=1.0).close(1, "A", "B")
    made.close(2, "B", A={"close": 100.5})
    price = made.tables.positions["p", "A"][3]
    assert price == (100.5 if bps == 0.0 else 100.0)
    made.close(3, "B", A={"close": 102.0})
    assert made.tables.positions["p", "A"][3] == 102.0
    made.close(4, "B", A={"close": 102.1}).end()
    assert made.tables.positions["p", "A"][3] == 102.1
    assert made.tables.risks["p"]["value_micros"] == 202_100_000


def test_positions_show_cost_and_profit_where_the_cost_is_known(world: World) -> None:
    made = world()
    text = b'[{"symbol":"A","quantity":2,"avg_cost":80.5},{"symbol":"B","quantity":1}]'
    made.book.apply_holdings([read_document("p", 0, 0, text)])
    made.close(1, "B", A={"ts_last_trade": 59.0})
    assert made.tables.positions["p", "A"] == (
        "p", "A", 2.0, 100.0, 200_000_000, 161_000_000, 39_000_000, 2 / 3, "", "INR", 59, 1.0,
    )  # fmt: skip
    assert made.tables.positions["p", "B"][5:7] == (None, None)
    assert made.tables.positions["p", "B"][10] == 60_000_000


def test_retention_bounds_what_is_kept_and_changes_no_result(world: World) -> None:
    bounded, whole = world(), world()
    bounded.book = Book(bounded.policy, currency="INR", keep=20)
    for made in (bounded, whole):
        made.hold(A=3.0, B=1.0)
        for minute in range(1, 400):
            swing = 100.0 + 60.0 * ((minute // 7) % 3)
            made.close(minute, "B", A={"close": swing, "robust_z_250": minute % 11 / 2})
        made.close(395, A={"close": 250.0})
    assert bounded.tables.advice == whole.tables.advice
    assert len(bounded.book.market.times) < 250
    bounded.close(3, A={"close": 1.0})
    assert [row.reason for row in bounded.tables.rejects.values()] == ["before_retention"]
