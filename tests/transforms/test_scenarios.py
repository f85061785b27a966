"""What names with a peculiar history may be advised on, and what they may not cause.

Each scene is a small file of daily bars and the holdings of one portfolio, replayed as a user would
do it, or given to the book where no indicator matters.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.transforms.advice.risk_scenes import RISKY, moving
from tests.transforms.advice.scenes import EQUITY
from tests.transforms.daily_market import (
    DAYS,
    MINUTE,
    ODD,
    ORDINARY,
    Advice,
    Bars,
    dates,
    day_of,
    replay_market,
    scaled,
    walk,
)

RISK_RULES = {"P09", "P10", "P11", "P12", "P13", "P14"}
RISK_STRENGTHS = {"G04", "G05", "G06", "G07"}
Replayed = Callable[..., Advice]


@pytest.fixture
def replayed(tmp_path: Path) -> Replayed:
    """Replays a market of ODD and ordinary names, all of them held."""
    return partial(replay_market, tmp_path)


def flat() -> Bars:
    """Traded every day, always at one price."""
    return dict.fromkeys(range(DAYS), (100.0, 100.0, 100.0, 100.0, 1e6))


def test_a_flat_name_is_no_signal_of_any_kind(replayed: Replayed) -> None:
    advice = replayed(flat(), units=15.0)
    assert advice.standing("open", ODD) == {"P01"}  # its weight is what it is
    assert advice.opened(ODD) == {"P01"}
    assert advice.untold("S05") == (
        f"Not evaluated for holdings: 1 without a value to judge ({ODD})."
    )
    assert {"G04", "G05", "G06"} <= advice.standing("open")  # the others move, and are judged
    assert not advice.standing("not_evaluated") - {"S05", "P14"}


HALT, RESUMED = 190, 215


def test_a_halted_name_withholds_what_would_rest_on_its_price(replayed: Replayed) -> None:
    advice = replayed({day: bar for day, bar in walk(70).items() if day < HALT}, units=15.0)
    assert advice.standing("open", ODD) == {"D01"}
    assert [day_of(row["as_of"]) for row in advice.of("D01", "open", ODD)] == [HALT + 1]
    assert advice.opened(ODD, since=HALT) == {"D01"}
    assert [row["cause"] for row in advice.of("P01", "withheld", ODD)] == [f"D01 {ODD}"]
    assert advice.standing("withheld") >= {"P03", "P04", "S01", "S03", "S05"}
    assert advice.standing("withheld") >= RISK_RULES - {"P14"}
    assert not advice.standing("open") & ({*RISK_RULES, *RISK_STRENGTHS, "P02", "G01", "G02"})


def test_a_halted_name_that_comes_back_lower_is_told_once_it_trades(replayed: Replayed) -> None:
    lower = scaled(walk(70), 0.7, RESUMED, volume=False)
    bars = {day: bar for day, bar in lower.items() if not HALT <= day < RESUMED}
    advice = replayed(bars, units=15.0)
    assert advice.of("D01", "open", ODD) == []
    [silence] = advice.of("D01", "cleared", ODD)
    assert day_of(silence["as_of"]) == HALT + 1
    assert not advice.opened(ODD, HALT, RESUMED - 1) - {"D01"}
    assert {"S03", "S05"} <= advice.opened(ODD, RESUMED, RESUMED)
    assert advice.standing("withheld") == set()


def test_an_illiquid_name_is_slow_to_sell_and_neither_stale_nor_unusual(
    replayed: Replayed,
) -> None:
    thin = {day: bar for day, bar in walk(70, volume=20.0).items() if day % 2 == 0}
    advice = replayed(thin, units=15.0)
    [row] = advice.of("P15", "open", ODD)
    assert "average daily volume" in row["sentence"]
    assert not advice.opened(ODD) & {"D01", "S05", "S06"}
    assert advice.standing("withheld") == set()
    assert not advice.standing("not_evaluated") & {"P10", "P12", "P13", "P15"}
    assert {rule for name in ORDINARY for rule in advice.opened(name)} & {"P15", "D01"} == set()


LISTED = 190


def test_a_newly_listed_name_is_never_judged_on_what_it_has_not_lived_through(
    replayed: Replayed,
) -> None:
    young = {day: bar for day, bar in walk(70).items() if day >= LISTED}
    advice = replayed(young, units=15.0)
    assert "P01" in advice.standing("open", ODD)
    assert advice.opened(ODD, until=LISTED + 20) == {"P01"}
    assert not advice.opened(ODD) & {"S01", "S02", "S05"}
    for rule in ("S01", "S02", "S05"):
        assert f"({ODD})" in advice.untold(rule)
    for rule in RISK_RULES:
        assert advice.untold(rule).endswith(f"common to all holdings (too few of {ODD}).")
    assert not advice.standing("open") & ({*RISK_RULES, *RISK_STRENGTHS})
    for rule in ("G04", "G05", "G06"):  # claimed of the others until it came
        assert [len(advice.of(rule, state)) for state in ("cleared", "open")] == [1, 0]


EX = 200
OF_THE_SPLIT = {"S01", "S02", "S03", "S05"}


def halved() -> Bars:
    return scaled(walk(70), 0.5, EX)


def test_a_split_that_is_told_causes_nothing(replayed: Replayed) -> None:
    advice = replayed(halved(), units=60.0, actions=f"{ODD},{dates()[EX]},2:1,split")
    assert advice.opened(ODD, EX, EX + 5) == set()
    assert not advice.opened(ODD, since=EX) & OF_THE_SPLIT
    assert advice.opened(since=EX) == set()
    [weight] = advice.of("P01", "open", ODD)
    assert day_of(weight["as_of"]) == 0  # it was as heavy all the time
    assert {"G05", "G06"} <= advice.standing("open")
    assert advice.of("P13", "open") == []


def test_a_split_that_nobody_tells_looks_like_a_crash(replayed: Replayed) -> None:
    """That is what the rules make of such prices: the test above could fail."""
    advice = replayed(halved(), units=60.0)
    assert advice.opened(ODD, EX, EX) >= OF_THE_SPLIT
    assert "P13" in advice.opened(since=EX)
    assert advice.of("G06", "open") == []


def test_a_delisted_name_withholds_until_it_is_no_longer_held(
    world: Callable[..., Any], rules: dict[str, Any]
) -> None:
    made = world({**rules, **RISKY}).hold(GONE=30.0, A=30.0, B=30.0)
    made.book.apply_instruments((name, EQUITY) for name in ("GONE", "A", "B"))
    made.sessions(moving(0.05, "GONE", "A", "B"))
    for minute in range(100, 108):
        made.close(minute, "GONE", "A", "B")
    open_before = {row.rule_id for row in made.rows(state="open")}
    assert {"P01", "P03", "P10", "P12"} <= open_before
    for minute in range(108, 118):
        made.close(minute, "A", "B")
    assert {row.rule_id for row in made.rows(state="open")} == {"D01"}
    assert {row.rule_id for row in made.rows(state="withheld")} >= {"P01", "P03", "P10", "P12"}
    assert not [row for row in made.rows() if row.subject == "GONE" and row.as_of > 108 * MINUTE
                and row.rule_id != "D01"]  # fmt: skip
    made.hold(at=118, A=30.0, B=30.0).close(119, "A", "B").close(120, "A", "B")
    assert made.rows(state="withheld") == []
    assert made.one("D01").state == "cleared"
    assert {"P01", "P03", "P10", "P12"} <= {row.rule_id for row in made.rows(state="open")}
    assert "GONE" not in {row.subject for row in made.rows(state="open")}


def test_past_sessions_give_the_same_advice_whenever_they_arrive(
    world: Callable[..., Any], rules: dict[str, Any]
) -> None:
    held, closed = {"A": 30.0, "B": 20.0, "C": 5.0}, moving(0.03, "A", "B", "C", common=0.9)
    early, late = (world({**rules, **RISKY}).hold(**held) for _ in range(2))
    for made in (early, late):
        made.book.apply_instruments((name, EQUITY) for name in held)
    early.sessions(closed)
    for made in (early, late):
        for minute in range(90, 96):
            made.close(minute, "A", "B", C={"close": 100.0 + minute})
    assert late.tables.advice != early.tables.advice
    late.sessions({name: prices[40:] for name, prices in closed.items()}, first=41)
    late.sessions({name: prices[:40] for name, prices in closed.items()})
    assert late.end().tables.advice == early.end().tables.advice
    assert {"P09", "P10", "P12"} <= {row.rule_id for row in early.rows(state="open")}
