"""The final tables do not depend on the order in which anything arrived."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import transforms.book_market as book_market
import transforms.book_shelf as book_shelf
from transforms.portfolio.instruments import InstrumentFacts

SYMBOLS = ("A", "B", "C", "D")
LAST = 26
Bars = dict[tuple[str, int], dict[str, float]]
Documents = list[tuple[str, int, dict[str, float]]]


def hair_trigger(rules: dict[str, Any]) -> dict[str, Any]:
    """Rules that have something to say on short histories."""
    changed = {rule: dict(values) for rule, values in rules.items()}
    changed["S01"] |= {"min_stable_digits": 0, "required_bars": 3}
    for rule in ("S02", "S03", "S05"):
        changed[rule]["required_bars"] = 4
    return changed


def a_bar(rng: np.random.Generator, minute: int, count: int) -> dict[str, float]:
    close = float(np.round(rng.choice([5.0, 20.0, 100.0, 101.0, 400.0]) * rng.uniform(0.9, 1.1), 2))
    fields = {
        "close": close,
        "ts_last_trade": minute * 60e6 - 1.0,
        "count": float(count),
        "session": float(minute // 8),
        "rsi_14": rng.choice([np.nan, 10.0, 36.0, 50.0, 66.0, 80.0]),
        "rsi_degenerate": float(rng.random() < 0.1),
        "bb_percent_b": rng.choice([np.nan, -0.5, 0.05, 0.5, 0.95, 1.5]),
        "adx_14": rng.choice([20.0, 23.0, 30.0]),
        "plus_di_14": rng.choice([10.0, 30.0]),
        "minus_di_14": 20.0,
        "ema_200": close * rng.choice([0.9, 1.1]),
        "atr_22": rng.choice([0.0, 1.0, close / 30]),
        "highest_close_22": close * rng.choice([1.0, 1.05, 1.2]),
        "robust_z_250": rng.choice([np.nan, 0.1, -3.3, 4.0, -6.0]),
    }
    return {name: float(value) for name, value in fields.items()}


def scenario(seed: int) -> tuple[Bars, Documents]:
    """Final bars by (symbol, minute), and documents (portfolio, minute, lines)."""
    rng = np.random.default_rng(seed)
    bars = {}
    for symbol, chance in zip(SYMBOLS, rng.choice([0.2, 0.7, 0.97], len(SYMBOLS)), strict=True):
        count = 0
        for minute in range(1, LAST):
            if rng.random() < chance:
                count += 1
                bars[symbol, minute] = a_bar(rng, minute, count)
    documents = []
    for portfolio in ("p", "q", "r"):
        for _ in range(rng.integers(1, 4)):
            names = rng.permutation([*SYMBOLS, "X"])[: rng.integers(0, 5)]
            lines = {str(name): float(rng.integers(-2, 12)) for name in names}
            documents.append((portfolio, int(rng.choice([0, 0, 3, 9, 15, LAST + 3])), lines))
    return bars, documents


def arrivals(seed: int, bars: Any, documents: Any) -> list[Any]:
    """Events in order of arrival: final bars, wrong ones before them, ones to be withdrawn."""
    rng = np.random.default_rng(seed)
    events: list[tuple[float, Any]] = []
    for (symbol, minute), fields in bars.items():
        at = minute + (rng.uniform(0, LAST) if rng.random() < 0.2 else 0.0)
        events.append((at, ("bar", symbol, minute, 1, fields)))
        if rng.random() < 0.15:
            wrong = ("bar", symbol, minute, 1, a_bar(rng, minute, 9))
            events.append((at - rng.uniform(0, 5), wrong))
    for _ in range(6):
        symbol, minute = str(rng.choice([*SYMBOLS, "Z"])), int(rng.integers(1, LAST + 8))
        if (symbol, minute) not in bars:
            at = rng.uniform(0, LAST)
            events.append((at, ("bar", symbol, minute, 1, a_bar(rng, minute, 5))))
            events.append((at + rng.uniform(0.01, 9), ("bar", symbol, minute, -1, {})))
    events += [(rng.uniform(0, LAST + 9), ("document", *document)) for document in documents]
    events += [(rng.uniform(0, LAST + 9), ("sector", symbol)) for symbol in SYMBOLS[1:]]
    return [event for _, event in sorted(events, key=lambda event: event[0])]


def run(world: Any, rules: Any, events: list[Any], cuts: set[int], bps: float) -> Any:
    """Apply events, settle after each index in ``cuts``, end the feed."""
    made = world(hair_trigger(rules), unknown_after_bars=6, reprice_bps=bps)
    batch: list[Any] = []
    for index, (kind, *event) in enumerate(events):
        if kind == "bar":
            batch.append(tuple(event))
        elif kind == "document":
            made.book.apply_holdings([event[3]])
        else:
            facts = InstrumentFacts("x" if event[0] < "D" else "y", "INR", 1)
            made.book.apply_instruments([(event[0], facts)])
        if index in cuts:
            made.book.apply_market(made.delta(batch))
            batch = []
            made.settle()
    made.book.apply_market(made.delta(batch))
    made.settle()
    return made.end()


def numbered(documents: Any, world: Any) -> list[Any]:
    """Documents with their revisions fixed, whatever the order in which they arrive."""
    maker = world()
    return [
        (portfolio, at, None, maker.document(portfolio, at, lines))
        for portfolio, at, lines in documents
    ]


@pytest.mark.parametrize("kept", [(8, 64, 16, 64), (1, 3, 2, 5)])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), order=st.integers(0, 10**6), every=st.integers(1, 40))
def test_any_arrival_order_gives_the_tables_of_a_clean_run(
    world: Callable[..., Any],
    rules: Any,
    monkeypatch: pytest.MonkeyPatch,
    kept: tuple[int, int, int, int],
    seed: int,
    order: int,
    every: int,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(book_shelf, "RECENT", kept[0])
        patch.setattr(book_shelf, "SPARSE", kept[1])
        patch.setattr(book_market, "RECENT", kept[2])
        patch.setattr(book_market, "SPARSE", kept[3])
        bars, plain = scenario(seed)
        documents = numbered(plain, world)
        clean = [("document", *document) for document in documents]
        clean += [("sector", symbol) for symbol in SYMBOLS[1:]]
        ordered = sorted(bars.items(), key=lambda item: item[0][1])
        clean += [("bar", symbol, minute, 1, fields) for (symbol, minute), fields in ordered]
        events = arrivals(order, bars, documents)
        expected = run(world, rules, clean, set(), 0.0).tables
        found = run(world, rules, events, set(range(every, len(events), every)), 25.0).tables
    assert found.advice == expected.advice
    assert found.positions == expected.positions
    assert found.risks == expected.risks
    assert found.rejects == expected.rejects


def test_one_bar_per_delta_equals_one_delta_for_all(world: Callable[..., Any], rules: Any) -> None:
    bars, plain = scenario(7)
    documents = numbered(plain, world)
    events = [("document", *document) for document in documents]
    ordered = sorted(bars.items(), key=lambda item: item[0][1])
    events += [("bar", symbol, minute, 1, fields) for (symbol, minute), fields in ordered]
    whole = run(world, rules, events, set(), 0.0).tables
    single = run(world, rules, events, set(range(len(events))), 0.0).tables
    assert single.advice == whole.advice
    assert len(whole.advice) > 20
