"""Tables of a run whose history came late: those of a run that had it before."""

import threading
from collections.abc import Sequence
from datetime import timedelta
from math import sin
from pathlib import Path
from typing import Any

import orjson
import pathway as pw
import pytest

from connectors.sources.backfill import BackfillFeed
from connectors.sources.file_history import FileHistory
from connectors.sources.history import History, HistorySpan
from connectors.sources.live_feed import Received
from connectors.sources.live_market import LiveMarket, LiveSource
from connectors.sources.live_parser import FeedRules
from connectors.sources.live_state import LiveState
from connectors.sources.market_reader import MarketReader, Part, ReadingRules
from connectors.sources.pace import Pace
from connectors.sources.progress import FeedProgress
from connectors.sources.source import FileSource
from connectors.sources.stop import FeedStopped, StopToken
from tests.connectors.sources.live_script import ScriptedFeed, Stage, lines
from tests.transforms.test_series import final, options
from transforms.schemas import PartialBars
from transforms.series import build_series

MINUTE = 60_000_000
DAY = 1_440 * MINUTE
TODAY = 1_768_415_400_000_000  # midnight of 2026-01-15 in Kolkata
OPEN = TODAY + 555 * MINUTE
RULES = ReadingRules(timedelta(minutes=1), timedelta(minutes=2))
DAILY = timedelta(days=1)
DAYS = 150  # of history: more than the states that the fold keeps
SEEN = {"A": 0, "B": 0, "new": 1, "C": 1}  # symbol -> day on which it begins to trade
Row = dict[str, Any]


def history() -> list[Row]:
    """Daily bars of four symbols, one of which is never seen, up to the second live day."""
    rows = []
    for number, symbol in enumerate(("A", "B", "C", "unseen")):
        for day in range(-DAYS, 2):
            price = 100.0 + 10 * sin(day / 3 + number) + number
            bar = {"open": price, "high": price + 2, "low": price - 2, "close": price + sin(day)}
            at = {"symbol": symbol, "ts_event": TODAY + day * DAY}
            rows.append({**at, **bar, "volume": 1000.0 + day})
    return rows


def trades() -> list[Row]:
    """Two live days."""
    rows = []
    for number in range(120):
        day, minute = divmod(number, 60)
        at = OPEN + day * DAY + minute * MINUTE
        for place, symbol in enumerate(name for name, first in SEEN.items() if first <= day):
            price = 100.0 + 3 * sin(number / 5 + place)
            size = 1.0 + number % 7
            told = {"trade_id": 10 * number + place, "venue": "X"}
            rows.append({"symbol": symbol, "ts_event": at, "price": price, "size": size, **told})
    return rows


def table(parts: Sequence[Part]) -> pw.Table[PartialBars]:
    """Parts as the engine gets them, each in a commit of its own, and the end of the feed."""
    told = [part for part in parts if part.kind != "mark" and not part.drained]
    rows = [
        ("f", seq, part.kind, part.interval, part.part, part.clock, False, 2 + 2 * seq, 1)
        for seq, part in enumerate(told)
    ]
    rows.append(("f", len(rows), "trades", MINUTE, b"", 0, True, 4 + 2 * len(rows), 1))
    found: pw.Table[PartialBars] = pw.debug.table_from_rows(PartialBars, rows, is_stream=True)
    return found


def tables(parts: Sequence[Part], *, forming: bool = False) -> dict[str, list[dict[str, object]]]:
    pw.internals.parse_graph.G.clear()
    return final(build_series(table(parts), options=options("1m", "5m", "1d", forming=forming)))


def written(path: Path, rows: Sequence[Row]) -> Path:
    path.write_bytes(b"\n".join(map(orjson.dumps, rows)) + b"\n")
    return path


def from_files(
    folder: Path, bars: Sequence[Row], ticks: Sequence[Row], interval: timedelta = DAILY
) -> list[Part]:
    """What plain files of bars and trades give."""
    stage = Stage([])
    files = [FileSource.inspect(written(folder / "ticks.jsonl", ticks), "trades")]
    if bars:
        path = written(folder / "bars.jsonl", bars)
        files.insert(0, FileSource.inspect(path, "bars", interval=interval))
    pace = Pace("max", timedelta(milliseconds=50), StopToken())
    MarketReader(RULES, pace, pace, stage, FeedProgress()).read(files)
    assert stage.refused == []
    return stage.parts


class Held:
    """History of a file; that of some symbols only after it was let go."""

    def __init__(self, path: Path, *symbols: str, interval: timedelta = DAILY) -> None:
        source = FileSource.inspect(path, "bars", interval=interval)
        self.file, self.interval = FileHistory(source, chunk_bytes=2_000), interval
        self.symbols, self.go = symbols, threading.Event()

    def __call__(self, symbols: Sequence[str]) -> History:
        if set(symbols) & set(self.symbols):
            assert self.go.wait(10)
        return self.file(symbols)


def live(
    feed: ScriptedFeed, held: Held, wanted: dict[str, str | int], state: LiveState | None = None
) -> Stage:
    """Read trades and history until a mark has seen so much of both."""
    stage = Stage([feed], wanted={"backfill": wanted})
    past = BackfillFeed(held, HistorySpan(held.interval, 400, "Asia/Kolkata"), batch=1)
    market = LiveMarket(
        [
            LiveSource(feed, FeedRules("trades", "k", {})),
            LiveSource(past, FeedRules("bars", "backfill", {}, held.interval, past=True)),
        ],
        rules=RULES,
        outlet=stage,
        progress=FeedProgress(),
        stop=stage.stop,
        flush=timedelta(milliseconds=2),
        marks=stage.marks,
        state=state,
        wall=lambda: TODAY + 3 * DAY,
    )
    with pytest.raises(FeedStopped):
        market.run()
    held.go.set()
    past.close()
    assert stage.refused == []
    return stage


def steps(rows: Sequence[Row], first: int) -> list[Received]:
    """Ten trades at a time; positions count from the first of all."""
    return [
        Received(lines("k", *rows[at : at + 10]), {"step": first + at + 10})
        for at in range(0, len(rows), 10)
    ]


@pytest.mark.parametrize("forming", [False, True])
def test_history_that_comes_late_and_across_a_restart_gives_the_tables_of_a_plain_file(
    tmp_path: Path, forming: bool
) -> None:
    """The first life ends before B's history has come and before C is seen."""
    file, told, half = written(tmp_path / "days.jsonl", history()), trades(), 100
    known = Held(file, "B")
    begun = live(
        ScriptedFeed("k", steps(told[:half], 0)), known, {"A": "done", "B": told[1]["ts_event"]}
    )
    state = LiveState.unpacked(begun.packed)
    rest = ScriptedFeed("k", steps(told[half:], half))
    ended = live(rest, Held(file), dict.fromkeys(SEEN, "done"), state)
    assert set(begun.frame("bars")["symbol"]) == {"A"}
    assert set(ended.frame("bars")["symbol"]) == {"B", "C"}
    mine = [
        row
        for row in history()
        if row["symbol"] in SEEN and row["ts_event"] < TODAY + SEEN[row["symbol"]] * DAY
    ]
    found = tables([*begun.parts, *ended.parts], forming=forming)
    assert found == tables(from_files(tmp_path, mine, told))
    assert found != tables(from_files(tmp_path, [], told))
    known_then = {row["symbol"]: row["sma_20"] for row in found["indicators"] if is_today(row)}
    assert known_then["A"] is not None
    assert known_then["new"] is None


def test_history_that_comes_after_more_bars_than_are_kept_at_hand_changes_them_all(
    tmp_path: Path,
) -> None:
    """The feed says beforehand that bars will come; else states to step from would be lacking."""
    minute = timedelta(minutes=1)
    ticks = [
        {
            "symbol": "A",
            "ts_event": OPEN + n * MINUTE,
            "price": 100 + sin(n),
            "size": 1,
            "trade_id": n,
        }
        for n in range(400)
    ]
    bars = [
        {**row, "symbol": "A", "ts_event": OPEN - n * MINUTE}
        for n, row in enumerate(history()[:99], 1)
    ]
    file = written(tmp_path / "minutes.jsonl", bars)
    held = Held(file, "A", interval=minute)
    begun = live(ScriptedFeed("k", steps(ticks[:-10], 0)), held, {"A": OPEN})
    state = LiveState.unpacked(begun.packed)
    rest = ScriptedFeed("k", steps(ticks[-10:], 390))
    ended = live(rest, Held(file, interval=minute), {"A": "done"}, state)
    assert ended.frame("bars").height == 99
    found = tables([*begun.parts, *ended.parts])
    assert found == tables(from_files(tmp_path, bars, ticks, minute))


def is_today(row: dict[str, object]) -> bool:
    return row["interval"] == "1d" and row["bar_start"] == TODAY + DAY
