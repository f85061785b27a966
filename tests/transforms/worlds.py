"""Small worlds by chance: what is true of a market and its portfolios, and how it gets known."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson

from tests.transforms.flows import Event
from tests.transforms.gaps import half, some_gaps
from transforms.sessions import DAY

START = 1_768_435_200_000_000  # 2026-01-15 00:00 UTC
HOUR = DAY // 24
SYMBOLS = ("A", "B", "C", "U")
PORTFOLIOS = ("p", "q", "r")
KINDS = ("split", "bonus")
RATIOS = ((2, 1), (3, 2), (1, 10), (4, 1))
DAILY = [START + DAY * n for n in range(20)]
HOURLY = [START + DAY * day + HOUR * hour for day in range(6) for hour in range(4, 7)]
CLASSES = {"A": "equity", "B": "equity", "C": "crypto", "U": "equity", "INR": "cash"}


@dataclass
class World:
    """What is true in the end.

    Attributes:
        interval: of its bars, which start at ``starts``.
        bars: (price, size) by (interval, symbol, start). second: of another source.
        trades: by arrival, where bars of ``interval`` are made of them.
        others: actions, documents, facts, rates, accounts and gaps, as events with their time.
    """

    interval: str
    starts: list[int]
    bars: dict[tuple[str, str, int], tuple[float, float]] = field(default_factory=dict)
    second: dict[tuple[str, str, int], tuple[float, float]] = field(default_factory=dict)
    trades: list[tuple[float, Event]] = field(default_factory=list)
    others: list[tuple[int, Event]] = field(default_factory=list)

    def told_in_order(self) -> list[Event]:
        """Everything but bars first, then bars by time."""
        bars = sorted(self.bars.items(), key=lambda item: item[0][::-1])
        return [
            *(event for _, event in self.others),
            *(("check", *key, *row, 1) for key, row in self.second.items()),
            *(("bar", *key, *row, 1) for key, row in bars),
        ]


def a_price(rng: np.random.Generator, symbol: str) -> float:
    """In eighths, of very different sizes; B hardly moves."""
    base = {"A": 40.0, "B": 8.0, "C": 2000.0, "U": 3.0}.get(symbol, 1.0)
    return float(base + rng.integers(0, 2 if symbol == "B" else 5 * int(base)) / 8)


def a_world(seed: int, *, hourly: bool) -> World:
    rng = np.random.default_rng(seed)
    world = World("1h", HOURLY) if hourly else World("1d", DAILY)
    for symbol, chance in zip(SYMBOLS, rng.choice([0.6, 0.9, 1.0], len(SYMBOLS)), strict=True):
        for start in world.starts[rng.choice([0, len(world.starts) // 3]) :]:
            if rng.random() < chance:
                row = a_price(rng, symbol), float(rng.integers(0, 400))
                world.bars[world.interval, symbol, start] = row
                if rng.random() < 0.2:
                    other = row[0] * float(rng.choice([1.0, 1.004, 1.02]))
                    world.second[world.interval, symbol, start] = other, 1.0
        for day in range(6 if hourly else 0):  # 1d bars that a feed delivers whole
            if rng.random() < 0.3:
                world.bars["1d", symbol, START + day * DAY] = a_price(rng, symbol), 5000.0
    world.others = others(rng, world)
    return world


def others(rng: np.random.Generator, world: World) -> list[tuple[int, Event]]:
    """What is known beside prices."""
    found = [*_actions(rng), *_documents(rng, world), *_facts(rng), *_accounts(rng, world)]
    starts = [_span(rng, world) for _ in range(rng.integers(0, 6))]
    return [*found, *some_gaps(rng, [*SYMBOLS, "Z"], starts)]


def _span(rng: np.random.Generator, world: World) -> int:
    """Some time of the world, at the start of a bar or inside of one, or soon after the end."""
    place = int(rng.integers(0, len(world.starts) + 2))
    start = world.starts[place] if place < len(world.starts) else world.starts[-1] + 2 * DAY
    return start + int(rng.choice([0, HOUR // 2]))


def _actions(rng: np.random.Generator) -> list[tuple[int, Event]]:
    found = {}
    for _ in range(rng.integers(0, 4)):
        symbol, kind = str(rng.choice(["A", "B", "Z"])), str(rng.choice(KINDS))
        ex = START + int(rng.integers(0, 8)) * DAY - 11 * HOUR // 2  # midnight in Kolkata
        found[symbol, ex, kind] = tuple(map(int, RATIOS[rng.integers(len(RATIOS))]))
    return [(key[1], ("action", (*key, *ratio, 1))) for key, ratio in found.items()]


def _documents(rng: np.random.Generator, world: World) -> list[tuple[int, Event]]:
    found = []
    for portfolio in PORTFOLIOS:
        for revision in range(int(rng.integers(1, 4))):
            since = int(rng.choice([0, START - DAY, _span(rng, world), _span(rng, world)]))
            lines = orjson.dumps([_line(rng, name) for name in _some(rng)])
            found.append((since, ("holding", (portfolio, revision, since, lines), 1)))
    return found


def _some(rng: np.random.Generator) -> list[str]:
    names = rng.permutation([*SYMBOLS, "INR", "NOPE"])
    return [str(name) for name in names[: rng.integers(0, 6)]]


def _line(rng: np.random.Generator, symbol: str) -> dict[str, Any]:
    line: dict[str, Any] = {"symbol": symbol, "quantity": float(rng.integers(-3, 40))}
    if symbol == "INR":
        line["quantity"] = float(rng.integers(1, 2000))
    if rng.random() < 0.5:
        line["avg_cost"] = a_price(rng, symbol)
    if rng.random() < 0.4:
        line["target_weight"] = float(rng.choice([0.1, 0.3]))
    return line


def _facts(rng: np.random.Generator) -> list[tuple[int, Event]]:
    found = []
    for symbol, asset_class in CLASSES.items():
        sector = "" if asset_class == "cash" else str(rng.choice(["", "Bank", "Steel"]))
        cap = None if rng.random() < 0.3 else float(rng.integers(1, 9))
        currency = "USD" if symbol == "U" else "INR"
        facts = (symbol, sector, currency, int(rng.choice([1, 5])), asset_class, cap, "NSE")
        found.append((0, ("instrument", facts, 1)))
    return found


def _accounts(rng: np.random.Generator, world: World) -> list[tuple[int, Event]]:
    """Exchange rates and transactions."""
    times = {0 if rng.random() < 0.5 else _span(rng, world) for _ in range(rng.integers(0, 5))}
    rates = [
        (at, ("rate", ("USD", "INR", at, float(rng.integers(60, 100))), 1)) for at in sorted(times)
    ]
    accounts: list[tuple[int, Event]] = []
    for portfolio in PORTFOLIOS[:2]:
        listed = [
            {"ts_event": _span(rng, world), "kind": str(rng.choice(["buy", "buy", "sell"])),
             "symbol": str(rng.choice(SYMBOLS)), "quantity": float(rng.integers(1, 30)),
             "price": 20.0, "fee": float(rng.integers(0, 9))}
            for _ in range(rng.integers(1, 5))
        ]  # fmt: skip
        accounts.append((START, ("account", (portfolio, orjson.dumps(listed)), 1)))
    return rates + accounts


def arrivals(seed: int, world: World) -> list[Event]:
    """The same late and out of order, after what was wrong, between what is taken back."""
    rng = np.random.default_rng(seed)
    first, last = world.starts[0], world.starts[-1] + 2 * DAY
    told: list[tuple[float, Event]] = list(world.trades)
    whole = ["1d"] if world.trades else [world.interval, "1d"]
    for kind, table in (("bar", world.bars), ("check", world.second)):
        for key, row in table.items():
            at = key[2] + (rng.uniform(0, last - first) if rng.random() < 0.15 else 0.0)
            told.append((at, (kind, *key, *row, 1)))
            if rng.random() < 0.12:
                wrong = (kind, *key, a_price(rng, key[1]), float(rng.integers(1, 400)), 1)
                told.append((at - rng.uniform(0, last - first) / 4, wrong))
        for _ in range(6):
            interval, start = str(rng.choice(whole)), int(rng.choice(world.starts))
            day = start // DAY * DAY
            key = interval, str(rng.choice([*SYMBOLS, "Z"])), day if interval == "1d" else start
            if key not in table:
                told += _taken_back(rng, first, last, (kind, *key, a_price(rng, key[1]), 9.0))
    for _, event in world.others:
        told.append((rng.uniform(first, last), event))
        told += _detour(rng, *told[-1])
    return [event for _, event in sorted(told, key=lambda one: one[0])]


def _taken_back(
    rng: np.random.Generator, first: float, last: float, event: Event
) -> list[tuple[float, Event]]:
    start, end = sorted(rng.uniform(first, last, 2))
    return [(start, (*event, 1)), (end, (*event, -1))]


def _detour(rng: np.random.Generator, at: float, event: Event) -> list[tuple[float, Event]]:
    """What was told before, and is told to be wrong or short at the same time or earlier."""
    if rng.random() < 0.6:
        return []
    before = at - rng.uniform(0, 6 * DAY)
    if event[0] == "instrument":
        wrong = (event[1][0], "Wrong", "INR", 3, "equity", 5.0, "NSE")
        return [(before, ("instrument", wrong, 1)), (at - 1, ("instrument", wrong, -1))]
    if event[0] == "gap":  # a part of it was known before
        return [(before, ("gap", half(event[1])))]
    if event[0] == "action":
        symbol, ex, kind, new, old, _ = event[1]
        return [(before, ("action", (symbol, ex, kind, new + 1, old, 1)))]
    return []
