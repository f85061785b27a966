"""When an engine is started again."""

from connectors.sinks.postgres_link import SinkLost, StoreError
from connectors.sources.errors import SourceError
from connectors.sources.kafka_admin_client import BrokersAway
from pipeline.restarts import LONGEST_WAIT, SOUND, TRIES, Restarts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_outage_is_waited_for_without_end_ever_longer() -> None:
    restarts = Restarts(allowed=True, wall=Clock())
    waits = [restarts.after(SinkLost("away")) for _ in range(20)]
    assert waits[:4] == [0.5, 1.0, 2.0, 4.0]
    assert waits[-1] == LONGEST_WAIT


def test_after_a_sound_run_waits_begin_anew() -> None:
    clock = Clock()
    restarts = Restarts(allowed=True, wall=clock)
    for _ in range(5):
        restarts.after(SinkLost("away"))
    restarts.started()
    clock.now += SOUND + 1
    assert restarts.after(SinkLost("away")) == 0.5


def test_what_nothing_explains_is_tried_a_few_times() -> None:
    restarts = Restarts(allowed=True, wall=Clock())
    waits = [restarts.after(RuntimeError("?")) for _ in range(TRIES + 1)]
    assert waits[-2] is not None
    assert waits[-1] is None


def test_what_no_waiting_mends_is_final() -> None:
    restarts = Restarts(allowed=True, wall=Clock())
    assert restarts.after(SourceError("no such topic")) is None
    assert restarts.after(StoreError("another engine")) is None
    assert Restarts(allowed=False).after(SinkLost("away")) is None


def test_an_outage_behind_a_sound_run_is_asked_after_ever_less_often() -> None:
    clock = Clock()
    restarts = Restarts(allowed=True, wall=clock)
    restarts.started()
    clock.now += SOUND + 1
    waits = []
    for _ in range(4):  # nothing can be built meanwhile, so nothing is started
        waits.append(restarts.after(SinkLost("away")))
        clock.now += 1
    assert waits == [0.5, 1.0, 2.0, 4.0]


def test_brokers_that_do_not_answer_are_waited_for() -> None:
    assert Restarts(allowed=True).after(BrokersAway("kafka: connection refused")) == 0.5
