"""Peer: a plain Python loop with orjson. One tick at a time, every final row written once."""

from pathlib import Path

from orjson import dumps, loads

from scripts.bench_peers.stepper import BAR
from scripts.bench_peers.tail import Symbol, bar_row, indicator_row


def run(ticks: Path, out: Path) -> None:
    """Turn a file of ticks into bars.jsonl and indicators.jsonl."""
    symbols: dict[str, Symbol] = {}
    clock = minute = 0
    with (
        ticks.open("rb") as lines,
        (out / "bars.jsonl").open("wb") as bars,
        (out / "indicators.jsonl").open("wb") as indicators,
    ):

        def write(clock: float) -> None:
            for name, symbol in symbols.items():
                for bar in symbol.final(clock):
                    bars.write(dumps(bar_row(name, bar)) + b"\n")
                    indicators.write(dumps(indicator_row(name, bar)) + b"\n")

        for line in lines:
            tick = loads(line)
            name, time = tick["symbol"], tick["event_time"]
            symbol = symbols.get(name)
            if symbol is None:
                symbol = symbols[name] = Symbol(name)
            symbol.add(time, tick["price"], tick["qty"])
            if time > clock:
                clock = time
                if time - minute >= BAR:
                    minute = time - time % BAR
                    write(clock)
        write(float("inf"))
