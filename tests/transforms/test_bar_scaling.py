"""Splits re-scale stored bars: the tables are those of a file that was adjusted beforehand."""

from collections.abc import Callable, Iterable
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.transforms.shards import (
    EX,
    SOME,
    T0,
    VERSION,
    VOLUME,
    VWAP,
    Part,
    Row,
    Run,
    acts,
    bar_rows,
    market,
    split,
    trade_rows,
)
from transforms.kernels.registry import INDICATORS
from transforms.sessions import DAY, MINUTE
from transforms.shard_rows import ABSENT


def beforehand(rows: Iterable[Row], factor: Callable[[int], Fraction]) -> list[Row]:
    """A's rows as a vendor would have adjusted them: rounded once each."""
    return [
        (s, at, float(Fraction(price) / factor(at)), float(Fraction(size) * factor(at)))
        if s == "A"
        else (s, at, price, size)
        for s, at, price, size in rows
    ]


def halved(at: int) -> Fraction:
    return Fraction(2) if at < EX else Fraction(1)


def adjusted_bars(rows: Iterable[Row], factor: Callable[[int], Fraction]) -> Part:
    """Whole bars, adjusted beforehand field by field."""
    kind, step, part, clock = bar_rows(rows)
    listed = []
    for row in part.iter_rows(named=True):
        ratio = factor(row["bar_start"]) if row["symbol"] == "A" else Fraction(1)
        prices = {
            name: float(Fraction(row[name]) / ratio) for name in ("open", "high", "low", "close")
        }
        volume, picos = divmod(int(row["volume_units"] * 10**12 * ratio), 10**12)
        listed.append(row | prices | {"volume_units": volume, "volume_picos": picos})
    return kind, step, pl.DataFrame(listed, schema=part.schema), clock


@pytest.mark.parametrize("place", ["before", "in the middle", "at the end", "after the end"])
def test_a_split_gives_the_bars_and_indicators_of_bars_adjusted_beforehand(place: str) -> None:
    rows, action, columns = market(), acts(split(EX)), INDICATORS if place == "before" else SOME
    parts = [bar_rows(rows[:90]), bar_rows(rows[90:200]), bar_rows(rows[200:])]
    run = Run(columns=columns)
    if place == "after the end":
        run.add(acts()).add(*parts).end().add(action)
    else:
        at = {"before": 0, "in the middle": 2, "at the end": 3}[place]
        parts[at:at] = [action]
        run.add(*([] if at == 0 else [acts()]), *parts).end()
    plain = Run(columns=columns).add(adjusted_bars(rows, halved)).end()
    assert run.traded == plain.traded
    assert run.book == plain.book
    assert run.column(VERSION) == [1.0] * 70 + [0.0] * 50
    assert run.column(VERSION, "B") == [0.0] * 120
    assert run.adjustments == {("A", "1m", EX, "split"): (2, 1, 70)}


def test_a_split_of_a_trade_feed_gives_the_tables_of_trades_adjusted_beforehand() -> None:
    rows = market(500, step=14_000_000)
    pieces = [rows[n : n + 125] for n in range(0, len(rows), 125)]
    early, late, plain = (Run("1m", "5m", columns=SOME) for _ in range(3))
    early.add(acts(split(EX)), *map(trade_rows, pieces)).end()
    late.add(acts(), *map(trade_rows, pieces), acts(split(EX))).end()
    plain.add(*(trade_rows(beforehand(piece, halved)) for piece in pieces)).end()
    assert early.traded == plain.traded
    assert late.bars == early.bars
    assert late.adjustments == early.adjustments
    assert early.adjustments == {
        ("A", "1m", EX, "split"): (2, 1, 70),
        ("A", "5m", EX, "split"): (2, 1, 14),
    }


def test_a_late_trade_of_before_the_split_joins_its_bar_as_it_was_traded() -> None:
    rows = [("A", EX - 30_000_000, 100.0, 10.0), ("A", EX, 50.0, 10.0)]
    late = ("A", EX - 20_000_000, 120.0, 4.0)
    run = Run().add(acts(split(EX)), trade_rows(rows), trade_rows([late])).end()
    opened, high, low, close, volume, *_ = run.bars["A", "1m", EX - MINUTE][1:]
    assert (opened, high, low, close, volume) == (50.0, 60.0, 50.0, 60.0, 28.0)


def test_other_ratios_agree_to_rounding_and_volumes_are_exact() -> None:
    bonus = ("A", T0 + 20 * MINUTE, "bonus", 3, 2, 1)
    rows = market()

    def ratio(at: int) -> Fraction:
        return (Fraction(3, 2) if at < bonus[1] else Fraction(1)) * (
            Fraction(7, 3) if at < EX else Fraction(1)
        )

    run = Run(columns=INDICATORS).add(acts(bonus, split(EX, 7, 3)), bar_rows(rows)).end()
    plain = Run(columns=INDICATORS).add(adjusted_bars(rows, ratio)).end()
    assert run.traded.keys() == plain.traded.keys()
    for key, row in run.traded.items():
        assert row == pytest.approx(plain.traded[key], rel=1e-12, abs=1e-10)
    volumes = [row[3] * ratio(row[1]) for row in rows if row[0] == "A"]
    assert run.column(VOLUME) == pytest.approx([float(Fraction(v)) for v in volumes], rel=1e-15)
    assert run.column(VERSION) == [2.0] * 20 + [1.0] * 50 + [0.0] * 50


def test_what_was_turned_over_stays() -> None:
    rows = market()
    run = Run().add(acts(split(EX)), bar_rows(rows)).end()
    plain = Run().add(bar_rows(rows)).end()
    products = [np.multiply(one.column(VOLUME), one.column(VWAP)) for one in (run, plain)]
    assert products[0] == pytest.approx(products[1], rel=1e-15)


def test_an_action_ahead_of_the_market_changes_nothing_before_its_time() -> None:
    rows = market()
    run = Run().add(acts(split(EX)), bar_rows(rows[:140]))  # 70 bars of each symbol: up to EX
    plain = Run().add(bar_rows(rows[:140]))
    assert run.bars == plain.bars
    assert run.actions == []
    assert run.adjustments == {("A", "1m", EX, "split"): (2, 1, 0)}
    run.add(bar_rows(rows[140:142]))
    assert run.actions == [("A", "split", EX, 2, 1, 1)]
    assert run.adjustments == {("A", "1m", EX, "split"): (2, 1, 70)}


def test_a_split_rescales_what_the_book_holds_in_the_commit_that_tells_of_it() -> None:
    rows = market()
    run = Run().add(acts(), bar_rows(rows))
    before = {key: row[0] for key, row in run.book.items()}
    run.add(acts(split(EX)))
    after = {key: row[0] for key, row in run.book.items()}
    assert run.actions == [("A", "split", EX, 2, 1, 1)]
    for (symbol, instant), close in after.items():
        halves = symbol == "A" and instant <= EX
        assert close == before[symbol, instant] / (2 if halves else 1)


def test_a_withdrawn_action_leaves_no_trace_but_its_withdrawal() -> None:
    rows = market()
    run = Run(columns=SOME).add(acts(split(EX)), bar_rows(rows), acts(split(EX, diff=-1)))
    assert run.end().bars == Run(columns=SOME).add(bar_rows(rows)).end().bars
    assert run.adjustments == {}
    assert run.actions == [("A", "split", EX, 2, 1, 1), ("A", "split", EX, 2, 1, -1)]


def test_a_corrected_ratio_replaces_the_one_before() -> None:
    rows = market()
    run = Run().add(acts(split(EX, 5)), bar_rows(rows), acts(split(EX, 2), split(EX, 5, diff=-1)))
    assert run.end().bars == Run().add(acts(split(EX)), bar_rows(rows)).end().bars
    assert [row[2:] for row in run.actions] == [(EX, 5, 1, 1), (EX, 2, 1, 1)]


def test_a_bar_before_the_split_may_be_corrected_added_and_withdrawn() -> None:
    rows = market()
    fixed = ("A", rows[20][1], 90.0, 36.0)
    missing, gone = rows[60], rows[80]
    first = [row for row in rows if row not in (missing,)]
    run = Run(columns=SOME).add(acts(split(EX)), bar_rows(first))
    run.add(bar_rows([fixed]), bar_rows([missing]), bar_rows([gone], diff=-1.0)).end()
    final = [fixed if row[:2] == fixed[:2] else row for row in rows if row != gone]
    plain = Run(columns=SOME).add(adjusted_bars(final, halved)).end()
    assert {row[0] for row in (fixed, missing, gone)} == {"A"}
    assert run.traded == plain.traded
    assert run.adjustments == {("A", "1m", EX, "split"): (2, 1, 69)}


def test_an_action_is_out_of_force_when_the_only_bar_behind_it_is_withdrawn() -> None:
    rows = market()[:142]
    last = [row for row in rows if row[:2] == ("A", EX)]
    run = Run().add(acts(split(EX)), bar_rows(rows), bar_rows(last, diff=-1.0)).end()
    assert run.bars == Run().add(bar_rows([row for row in rows if row not in last])).end().bars
    assert [row[-1] for row in run.actions] == [1, -1]


def test_a_symbol_without_bars_has_no_rows_but_those_of_its_action() -> None:
    rows = market()
    run = Run().add(acts(split(EX, symbol="ZZZ")), bar_rows(rows)).end()
    assert run.bars == Run().add(bar_rows(rows)).end().bars
    assert run.adjustments == {("ZZZ", "1m", EX, "split"): (2, 1, 0)}
    assert run.actions == []


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York", "UTC"])
@pytest.mark.parametrize("named", ["midnight UTC", "local midnight"])
def test_bars_of_a_day_go_by_their_date(zone: str, named: str) -> None:
    def midnight(day: int) -> int:
        return int(datetime(2026, 1, day, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000

    starts = [
        midnight(day) if named == "local midnight" else midnight(day) // DAY * DAY
        for day in range(5, 10)
    ]
    if named == "midnight UTC":
        starts = [
            int(datetime(2026, 1, d, tzinfo=ZoneInfo("UTC")).timestamp()) * 10**6
            for d in range(5, 10)
        ]
    rows = [("A", start, 100.0, 12.0) for start in starts]
    run = Run("1d", zone=zone).add(acts(split(midnight(8))), bar_rows(rows, DAY)).end()
    assert run.column(VERSION) == [1.0, 1.0, 1.0, 0.0, 0.0]


def test_bars_that_have_been_let_go_cannot_be_rescaled() -> None:
    rows = market(300, "A")
    run, kept = Run(), Run().add(acts())
    for n in range(0, 300, 50):
        run.add(trade_rows(rows[n : n + 50]))
        kept.add(trade_rows(rows[n : n + 50]))
    with pytest.raises(ValueError, match="before bars are let go"):
        run.add(acts(split(EX)))
    assert sum(kept.add(acts(split(EX))).column(VERSION)) == 70


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[list[Row], list[Part], list[Part]]:
    """Bars, and parts of them and of actions in any order; a withdrawal follows its action."""
    count = draw(st.integers(1, 40))
    rows = market(count)
    edges = st.integers(-2, count + 2).map(lambda number: T0 + number * MINUTE)
    ratios = st.sampled_from([(2, 1), (3, 2), (1, 10), (4, 1)])
    stay, told = [], []
    for kind in draw(st.lists(st.sampled_from(["split", "bonus"]), max_size=5)):
        ex, (new, old) = draw(edges), draw(ratios)
        symbol = draw(st.sampled_from("ABZ"))
        row = (symbol, ex, kind, new, old, 1)
        if any(row[:3] == other[:3] for other in told):
            continue
        told.append(row)
        if draw(st.booleans()):
            stay.append(row)
    pieces = [bar_rows([rows[n] for n in piece]) for piece in _pieces(draw, len(rows))]
    parts = draw(st.permutations([*pieces, *(acts(row) for row in told)]))
    for row in told:
        if row not in stay:
            at = next(
                n for n, part in enumerate(parts) if part[0] == "actions" and part[2].row(0) == row
            )
            parts.insert(draw(st.integers(at + 1, len(parts))), acts((*row[:5], -1)))
    return rows, [acts(), *parts], [acts(*stay)]


def _pieces(draw: st.DrawFn, count: int) -> list[list[int]]:
    owner = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    return [piece for n in range(5) if (piece := [i for i, o in enumerate(owner) if o == n])]


@settings(max_examples=40, deadline=None)
@given(shuffled())
def test_bars_and_actions_in_any_order_give_the_tables_of_the_actions_told_first(
    case: tuple[list[Row], list[Part], list[Part]],
) -> None:
    rows, parts, first = case
    columns = ("ema_9", "sma_20", "obv", "vwap_session")
    late = Run(columns=columns).add(*parts).end()
    plain = Run(columns=columns).add(*first, bar_rows(rows)).end()
    assert late.bars == plain.bars
    assert late.adjustments == plain.adjustments
    assert late.book == plain.book
    in_force = {action[:5]: 0 for action in late.actions}
    for action in late.actions:
        in_force[action[:5]] += action[5]
    assert {action for action, net in in_force.items() if net} == {a[:5] for a in plain.actions}
    assert set(in_force.values()) <= {0, 1}


def test_no_row_is_infinite_or_nan_but_for_the_mark_of_absence() -> None:
    run = Run(columns=INDICATORS).add(acts(split(EX, 1, 10)), bar_rows(market())).end()
    values = np.array([row for row in run.bars.values()])
    assert not np.isnan(values).any()
    assert set(values[np.isinf(values)].tolist()) <= {ABSENT}
