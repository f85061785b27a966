"""Engines end without a trace: what they held is free for the next one."""

import gc
import threading
import weakref

import pathway as pw
import pytest

from connectors.sources.stop import StopToken
from connectors.sources.subjects import StoppableSubject
from pipeline.engine import Engine, clear_graph


class Number(pw.Schema):
    number: int


class Numbers(StoppableSubject):
    """Sends a number, then waits; fails, or is stopped."""

    def __init__(self, stop: StopToken, sent: threading.Event, *, fails: bool) -> None:
        super().__init__(stop)
        self._sent, self._fails = sent, fails

    def run(self) -> None:
        self.offer(number=1)
        self.close_batch()
        self._sent.wait(30)
        if self._fails:
            raise ValueError("broken")
        while True:
            self._stop.wait(0.01)
            self._stop.check()


class Held:
    """Something that belongs to a graph."""


def run(*, fails: bool) -> tuple[weakref.ref[Held], BaseException | None]:
    """Build a graph with a fold, run it to its end."""
    stop, seen, held = StopToken(), threading.Event(), Held()
    table = pw.io.python.read(Numbers(stop, seen, fails=fails), schema=Number, name="numbers")
    same = pw.apply_with_type(lambda number, held=held: number, int, table.number)
    table = table.select(number=same)
    sums = table.groupby(table.number).reduce(table.number, count=pw.reducers.count())

    pw.io.subscribe(sums, lambda key, row, time, is_addition: seen.set(), name="sums")
    engine = Engine(stop)
    engine.start()
    assert seen.wait(30)
    if not fails:
        engine.stop()
    engine.join(30)
    assert not engine.alive
    return weakref.ref(held), engine.failure


@pytest.mark.parametrize("fails", [False, True])
def test_a_graph_that_has_ended_is_freed(fails: bool) -> None:
    held, failure = run(fails=fails)
    assert (failure is not None) == fails
    clear_graph()
    gc.unfreeze()
    gc.collect()
    assert held() is None


def test_the_end_of_one_engine_frees_the_one_before_when_the_next_begins() -> None:
    first, _ = run(fails=False)
    clear_graph()
    run(fails=False)
    assert first() is None
