"""The record of small histories by hand, and of random ones against a recount from scratch."""

import random
from collections.abc import Iterable

import pytest

from transforms.insights.openings import Clearing, Opening, direction_of
from transforms.insights.record import Record
from transforms.insights.tally import NO_SYMBOL, NOT_OVER, RecordRow

DAY = 100


def opening(advice_id: str, day: int, rule: str = "S02", **changed: object) -> Opening:
    """Of portfolio p about A, on the bar of a day."""
    found: dict[str, object] = {
        "portfolio_id": "p", "subject": "A", "severity": "warn", "direction": -1
    }  # fmt: skip
    found |= changed
    return Opening(advice_id=advice_id, rule_id=rule, started=day * DAY - DAY // 2, **found)  # type: ignore[arg-type]


def clearing(day: int, rule: str = "S02", portfolio: str = "p", subject: str = "A") -> Clearing:
    return Clearing((portfolio, rule, subject), day * DAY - DAY // 2)


def sessions(prices: Iterable[float], symbol: str = "A") -> list[tuple[str, int, float | None]]:
    """One a day, from day 1."""
    return [(symbol, DAY * day, price) for day, price in enumerate(prices, 1)]


def rows_of(record: Record) -> list[RecordRow]:
    rows, _ = record.take()
    return rows


def by_horizon(rows: Iterable[RecordRow]) -> dict[int, RecordRow]:
    return {row.horizon: row for row in rows}


def test_what_followed_is_told_per_horizon() -> None:
    record = Record()
    record.apply_sessions(sessions([100.0, 90.0, 99.0, 80.0, 100.0, 110.0, 120.0]))
    record.apply([], [opening("a", 1), opening("b", 2), opening("c", 7)])
    found = by_horizon(rows_of(record))
    one, five, twenty = found[1], found[5], found[20]
    assert (one.fired, one.openings, one.n) == (3, 3, 2)
    assert one.mean_return_pct == (-10.0 + 10.0) / 2
    assert one.hit_rate == 0.5  # down, up: the rule expects a fall
    assert (five.n, five.mean_return_pct) == (2, 100 * (100_000 + 333_333) / 2e6)
    assert five.hit_rate == 0.0
    assert (twenty.n, twenty.mean_return_pct, twenty.hit_rate) == (0, None, None)
    assert (one.reason, twenty.reason) == ("", NOT_OVER)


def test_portfolios_that_share_an_opening_count_it_once_but_each_fired() -> None:
    record = Record()
    record.apply_sessions(sessions([100.0, 90.0]))
    record.apply([], [opening("a", 1), opening("b", 1, portfolio_id="q")])
    row = by_horizon(rows_of(record))[1]
    assert (row.fired, row.openings, row.n, row.mean_return_pct) == (2, 1, 1, -10.0)
    record.apply([opening("a", 1)], [])
    row = by_horizon(rows_of(record))[1]
    assert (row.fired, row.openings, row.n, row.mean_return_pct) == (1, 1, 1, -10.0)


def test_a_rule_that_expects_nothing_has_returns_but_no_hit_rate() -> None:
    record = Record()
    record.apply_sessions(sessions([100.0, 90.0]))
    record.apply([], [opening("a", 1, "S05", direction=0)])
    row = by_horizon(rows_of(record))[1]
    assert (row.mean_return_pct, row.hit_rate) == (-10.0, None)


def test_a_rule_that_is_not_about_a_symbol_says_so() -> None:
    record = Record()
    record.apply_sessions(sessions([100.0, 90.0], symbol="IT"))
    record.apply([], [opening("a", 1, "P04", subject="IT", direction=0)])
    row = by_horizon(rows_of(record))[1]
    assert (row.fired, row.n, row.mean_return_pct, row.reason) == (1, 0, None, NO_SYMBOL)


def test_stale_prices_are_not_followed() -> None:
    record = Record()
    record.apply_sessions(sessions([100.0, 90.0]))
    record.apply([], [opening("a", 1, "D01", direction=0)])
    assert by_horizon(rows_of(record))[1].reason == NO_SYMBOL


def flips(*changes: Opening | Clearing, days: int = 60) -> int:
    record = Record()
    record.apply_sessions(sessions([100.0] * days))
    record.apply([], changes)
    return rows_of(record)[0].flips


def test_an_opening_soon_after_a_clearing_is_a_flip() -> None:
    assert flips(opening("a", 1), clearing(3), opening("b", 5)) == 1
    assert flips(opening("a", 1), clearing(3), opening("b", 23)) == 1
    assert flips(opening("a", 1), clearing(3), opening("b", 24)) == 0


def test_another_severity_at_the_same_instant_is_no_flip() -> None:
    assert flips(opening("a", 1), clearing(3), opening("b", 3)) == 0
    assert flips(opening("a", 1), clearing(2), opening("b", 2), clearing(3), opening("c", 3)) == 0


def test_another_portfolio_subject_or_rule_does_not_flip() -> None:
    assert flips(opening("a", 1), clearing(3), opening("b", 5, portfolio_id="q")) == 0
    assert flips(opening("a", 1), clearing(3), opening("b", 5, subject="B")) == 0
    assert flips(clearing(3, rule="S03"), opening("b", 5)) == 0


def test_sessions_that_turn_up_later_end_a_flip() -> None:
    record = Record()
    record.apply_sessions(sessions([1.0] * 3))
    record.apply([], [opening("a", 1), clearing(3), opening("b", 24)])
    assert rows_of(record)[0].flips == 1
    record.apply_sessions(sessions([1.0] * 23))
    assert rows_of(record)[0].flips == 0
    record.apply_sessions([("A", 5 * DAY, None)])
    assert rows_of(record)[0].flips == 1


def test_only_rows_that_changed_are_given() -> None:
    record = Record()
    record.apply_sessions(sessions([100.0, 90.0]))
    record.apply([], [opening("a", 1)])
    assert len(rows_of(record)) == 3
    assert record.take() == ([], [])
    record.apply_sessions(sessions([100.0, 90.0, 95.0]))
    assert record.take() == ([], [])
    record.apply_sessions([("A", 2 * DAY, 80.0)])
    assert [row.horizon for row in rows_of(record)] == [1]
    record.apply([opening("a", 1)], [])
    upserts, gone = record.take()
    assert (upserts, [row.horizon for row in gone]) == ([], [1, 5, 20])


def test_an_update_that_changes_nothing_gives_nothing() -> None:
    record = Record()
    record.apply_sessions(sessions([100.0, 90.0]))
    record.apply([], [opening("a", 1)])
    record.take()
    record.apply([opening("a", 1)], [opening("a", 1)])
    assert record.take() == ([], [])


def test_the_direction_of_rules_that_look_both_ways_is_in_their_evidence() -> None:
    high = [{"name": "rsi_14", "operator": ">"}, {"name": "bb_percent_b", "operator": ">"}]
    low = [{"name": "rsi_14", "operator": "<"}]
    broke_out = [{"name": "squeeze_bars", "operator": ">="}, {"name": "close", "operator": ">"}]
    assert (direction_of("S01", high), direction_of("S01", low)) == (-1, 1)
    assert direction_of("S04", broke_out) == 1
    assert direction_of("S04", [{"name": "close", "operator": "<"}]) == -1
    assert (direction_of("S02", []), direction_of("S06", high), direction_of("S01", [])) == (
        -1,
        0,
        0,
    )


def history(chance: random.Random) -> tuple[list[Opening | Clearing], list[tuple[str, int, float]]]:
    """Advice on three symbols of two portfolios, and the sessions of these symbols."""
    advice: list[Opening | Clearing] = []
    for number in range(60):
        rule, subject = chance.choice(["S02", "S05", "P03"]), chance.choice("ABC")
        portfolio, day = chance.choice("pq"), chance.randrange(1, 90)
        opened = opening(
            str(number), day, rule, subject=subject, portfolio_id=portfolio,
            severity=chance.choice(["warn", "alert"]),
        )  # fmt: skip
        advice.append(opened)
        if chance.random() < 0.7:
            advice.append(clearing(day + chance.randrange(1, 9), rule, portfolio, subject))
    closes = [
        (symbol, day * DAY, 50.0 + chance.randrange(100))
        for symbol in "ABC"
        for day in range(1, 90)
        if chance.random() < 0.9
    ]
    return advice, closes


class Table:
    """Rows as a sink would keep them."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.rows: dict[tuple[object, ...], RecordRow] = {}

    def commit(self) -> list[RecordRow]:
        upserts, gone = self.record.take()
        for row in gone:
            del self.rows[row[:4]]
        self.rows |= {row[:4]: row for row in upserts}
        return sorted(self.rows.values())


def take_advice(record: Record, one: Opening | Clearing, chance: random.Random) -> None:
    """Add it, now and then after a detour."""
    record.apply([], [one])
    if chance.random() < 0.2:
        record.apply([one], [])
        record.apply([], [one])


def take_close(table: Table, session: tuple[str, int, float], chance: random.Random) -> None:
    """Add it, now and then after a wrong one that was shown."""
    if chance.random() < 0.2:
        symbol, end, _ = session
        table.record.apply_sessions([(symbol, end, 1.0)])
        table.commit()
        table.record.apply_sessions([(symbol, end, None)])
    table.record.apply_sessions([session])


@pytest.mark.parametrize("seed", range(8))
def test_any_order_of_changes_and_detours_gives_the_record_of_a_fresh_start(seed: int) -> None:
    chance = random.Random(seed)
    advice, closes = history(chance)
    fresh = Record()
    fresh.apply([], advice)
    fresh.apply_sessions(closes)
    steps = [*advice, *closes]
    chance.shuffle(steps)
    table = Table(Record())
    for one in steps:
        if isinstance(one, tuple):
            take_close(table, one, chance)
        else:
            take_advice(table.record, one, chance)
        if chance.random() < 0.3:
            table.commit()
    assert table.commit() == sorted(rows_of(fresh))
