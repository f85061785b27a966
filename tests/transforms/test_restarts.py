"""What is pending at a checkpoint goes on behind it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.transforms.flows import Event, hair_trigger
from tests.transforms.restarts import LongFlow, Tables
from tests.transforms.worlds import HOUR, START
from transforms.frozen import freeze, thaw
from transforms.sessions import DAY

SECOND = 1_000_000
OPENS = START + 4 * HOUR
MIDNIGHT = START + DAY - 11 * HOUR // 2  # in Kolkata
MARKS = pytest.mark.parametrize("restarts", [False, True], ids=["one run", "restarted"])
World = Callable[..., Any]


def trade(seconds: int, price: float, order: int) -> Event:
    return ("trade", "1m", "A", OPENS + seconds * SECOND, price, 5.0, order)


def bar(hour: int, price: float, diff: int = 1) -> Event:
    return ("bar", "1h", "A", OPENS + hour * HOUR, price, 7.0, diff)


def tables_of(interval: str, *commits: list[Event], restarts: bool, ends: bool = False) -> Tables:
    """Tables after commits, between any two of which there is a restart."""
    flow = LongFlow(interval, "1d", policy=hair_trigger(), forming=True)
    flow.begin()
    for events in commits:
        flow.commit(events)
        if restarts:
            flow.restart()
    return flow.end() if ends else flow.final()


def prices(tables: Tables, number: int = 0) -> list[tuple[float, ...]]:
    """Whether it is final, open and close of the bars of an interval."""
    rows = [(key, row) for key, row in sorted(tables["rows"].items()) if key[1] == number]
    return [(row[0], row[1], row[4]) for _, row in rows]


@MARKS
def test_a_forming_bar_goes_on_forming(restarts: bool) -> None:
    commits = [trade(10, 10.0, 1)], [trade(5, 9.0, 0)], [trade(70, 12.0, 3)], [trade(40, 11.0, 2)]
    found = tables_of("1m", *commits[:2], restarts=restarts)
    assert prices(found) == [(0.0, 9.0, 10.0)]
    found = tables_of("1m", *commits, restarts=restarts)
    assert prices(found) == [(1.0, 9.0, 11.0), (0.0, 12.0, 12.0)]
    assert prices(found, 1) == [(0.0, 9.0, 12.0)]


@MARKS
def test_a_bar_that_was_given_before_is_taken_back(restarts: bool) -> None:
    bars = [bar(hour, 10.0 + (3 * hour) % 7) for hour in range(6)]
    whole = tables_of("1h", bars, [], restarts=restarts)
    gone = [key for key in whole["signals"] if key[2] == bars[3][3]]
    found = tables_of("1h", bars, [bar(3, 1.0, -1)], restarts=restarts)
    expected = tables_of("1h", [one for one in bars if one != bars[3]], restarts=False)
    assert gone
    assert {name: found[name] for name in ("rows", "signals")} == {
        name: expected[name] for name in ("rows", "signals")
    }
    assert tables_of("1h", bars, [bar(3, 1.0, -1)], [bars[3]], restarts=restarts) == whole


@MARKS
def test_a_session_is_over_when_its_midnight_passes(restarts: bool) -> None:
    today, late = [bar(0, 10.0)], bar(1, 20.0)
    tomorrow = ("bar", "1h", "A", MIDNIGHT + HOUR, 30.0, 7.0, 1)
    assert "daily" not in tables_of("1h", today, [], restarts=restarts)
    found = tables_of("1h", today, [tomorrow], restarts=restarts)
    assert found["daily"] == {("A", MIDNIGHT): [10.25, 7.0]}
    found = tables_of("1h", today, [tomorrow], [late], restarts=restarts)
    assert found["daily"] == {("A", MIDNIGHT): [20.25, 14.0]}


def behind(made: Any, *, restarts: bool) -> Any:
    """A world whose book has come out of a checkpoint."""
    if restarts:
        made.book = thaw(freeze(made.book))
    return made


@MARKS
def test_advice_goes_on_counting_towards_its_end(world: World, restarts: bool) -> None:
    made = world().hold(A=1.0, B=30.0).close(1, "A", "B").close(2, "B", A={"robust_z_250": 6.0})
    made = behind(made.close(3, "A", "B"), restarts=restarts)
    assert made.one("S05").state == "open"
    assert made.close(4, "A", "B").one("S05").state == "cleared"


@MARKS
def test_a_symbol_without_a_price_goes_on_being_waited_for(world: World, restarts: bool) -> None:
    made = (
        world(unknown_after_bars=3).hold(A=1.0, NOPE=2.0).close(1, "A").close(2, "A").close(3, "A")
    )
    made = behind(made, restarts=restarts)
    assert made.tables.rejects == {}
    [row] = made.close(4, "A").tables.rejects.values()
    assert (row.source, row.position, row.reason) == ("holdings:p", 2, "unknown_symbol")
    made = behind(made, restarts=restarts).hold(at=5, A=1.0).close(6, "A")
    assert made.tables.rejects == {}


@MARKS
def test_what_is_sent_again_is_known(world: World, restarts: bool) -> None:
    made = world().hold(A=1.0, B=30.0).describe(A="Bank", B="Steel").close(1, "A", "B")
    document = made.document("p", 0, {"A": 2.0, "B": 30.0})
    made.book.apply_holdings([document])
    made = behind(made.settle(), restarts=restarts)
    log, rows = list(made.tables.log), dict(made.tables.advice)
    made.book.apply_holdings([document])
    made.describe(A="Bank", B="Steel")
    assert (made.tables.log, made.tables.advice) == (log, rows)
    assert made.describe(B="Bank").tables.log != log
