"""Peer: Bytewax, keyed by symbol, one stateful operator over batches and two plain file sinks.

Its window operators are several times slower than this operator with the loop's own code inside.
"""

from pathlib import Path
from typing import Any, BinaryIO

import bytewax.operators as op
from bytewax.connectors.files import FileSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import run_main
from orjson import dumps, loads

from scripts.bench_peers.stepper import Bar
from scripts.bench_peers.tail import Symbol, bar_row, indicator_row

BATCH = 10_000
Rows = tuple[bytes, bytes]


class Series(StatefulBatchLogic[dict[str, Any], Rows, None]):
    """The bars of one key; its clock is the newest tick of the key."""

    def __init__(self) -> None:
        self.symbol: Symbol | None = None
        self.clock = 0

    def on_batch(self, values: list[dict[str, Any]]) -> tuple[list[Rows], bool]:
        """Take ticks; give the bars they made final."""
        if self.symbol is None:
            self.symbol = Symbol(values[0]["symbol"])
        add, clock = self.symbol.add, self.clock
        for tick in values:
            time = tick["event_time"]
            add(time, tick["price"], tick["qty"])
            if time > clock:
                clock = time
        self.clock = clock
        return self.rows(self.symbol, clock), False

    def on_eof(self) -> tuple[list[Rows], bool]:
        """Give what is left."""
        return (self.rows(self.symbol, float("inf")) if self.symbol else []), True

    @staticmethod
    def rows(symbol: Symbol, clock: float) -> list[Rows]:
        """Encode every bar that is final."""
        return [encoded(symbol.name, bar) for bar in symbol.final(clock)]

    def snapshot(self) -> None:
        """Nothing: the flow runs without recovery."""


def encoded(name: str, bar: Bar) -> Rows:
    """Both rows of a bar as lines."""
    return dumps(bar_row(name, bar)) + b"\n", dumps(indicator_row(name, bar)) + b"\n"


class Append(StatelessSinkPartition[bytes]):
    """Lines into an open file: no fsync per batch, as Bytewax's own file sink has it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file

    def write_batch(self, items: list[bytes]) -> None:
        """Append lines."""
        self.file.write(b"".join(items))

    def close(self) -> None:
        """Flush what is buffered."""
        self.file.close()


class LineSink(DynamicSink[bytes]):
    """One file, one worker."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def build(self, step_id: str, worker_index: int, worker_count: int) -> Append:
        """Open the file."""
        return Append(self.path.open("wb"))


def run(ticks: Path, out: Path) -> None:
    """Turn a file of ticks into bars.jsonl and indicators.jsonl."""
    flow = Dataflow("bench")
    lines = op.input("ticks", flow, FileSource(ticks, batch_size=BATCH))

    def parsed(batch: list[str]) -> list[tuple[str, dict[str, Any]]]:
        records = map(loads, batch)
        return [(record["symbol"], record) for record in records]

    keyed = op.flat_map_batch("parse", lines, parsed)
    rows = op.key_rm("rows", op.stateful_batch("series", keyed, lambda _: Series()))
    for place, table in enumerate(("bars", "indicators")):
        column = op.map(f"{table}_lines", rows, lambda pair, place=place: pair[place])
        op.output(table, column, LineSink(out / f"{table}.jsonl"))
    run_main(flow)
