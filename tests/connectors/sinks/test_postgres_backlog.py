import threading

import pytest

from connectors.sinks.postgres_backlog import Backlog
from connectors.sinks.postgres_batch import Batch, Checkpoint
from connectors.sinks.postgres_link import SinkLost
from connectors.sources.stop import FeedStopped, StopToken


def batch(*keys: str, value: int = 0) -> Batch:
    made = Batch()
    for key in keys:
        made.put("t", (key,), (key, value))
        made.append("log", (key, value))
    return made


def test_what_waits_is_merged_but_not_across_a_checkpoint() -> None:
    backlog = Backlog(100, StopToken())
    checkpoint = Checkpoint(1, {"p": b"x"})
    backlog.put(batch("a", "b"))
    backlog.put(batch("b", value=1), checkpoint)
    backlog.put(batch("a", value=2))
    backlog.put(batch("c", value=3))
    first, second = backlog.take(), backlog.take()
    assert first is not None
    assert second is not None
    assert first.batch.rows == {"t": {("a",): ("a", 0), ("b",): ("b", 1)}}
    assert first.batch.appended == {"log": [("a", 0), ("b", 0), ("b", 1)]}
    assert (first.checkpoint, second.checkpoint) == (checkpoint, None)
    assert second.batch.rows == {"t": {("a",): ("a", 2), ("c",): ("c", 3)}}
    backlog.close()
    assert backlog.take() is None


def test_a_full_backlog_lets_the_engine_wait() -> None:
    backlog = Backlog(2, StopToken())
    backlog.put(batch("a"))
    entered = threading.Event()

    def put() -> None:
        entered.set()
        backlog.put(batch("b"))

    engine = threading.Thread(target=put)
    engine.start()
    entered.wait()
    engine.join(0.3)
    assert engine.is_alive()
    assert backlog.rows == 2
    assert backlog.take() is not None
    engine.join(5.0)
    assert not engine.is_alive()
    assert backlog.rows == 2


def test_a_state_weighs_as_much_as_rows_of_its_size() -> None:
    backlog = Backlog(100, StopToken())
    backlog.put(Batch(), Checkpoint(1, {"p": bytes(50 * 1024)}))
    assert backlog.rows == 50


def test_a_stop_or_a_failure_ends_the_wait() -> None:
    stop = StopToken()
    backlog = Backlog(1, stop)
    backlog.put(batch("a"))
    threading.Timer(0.1, stop.set).start()
    with pytest.raises(FeedStopped):
        backlog.put(batch("b"))
    backlog = Backlog(1, StopToken())
    backlog.put(batch("a"))
    threading.Timer(0.1, backlog.fail, [SinkLost("gone")]).start()
    with pytest.raises(SinkLost, match="gone"):
        backlog.drain()
    with pytest.raises(SinkLost, match="gone"):
        backlog.put(batch("b"))


def test_what_is_being_written_counts_as_unwritten() -> None:
    backlog = Backlog(10, StopToken())
    assert backlog.oldest is None
    backlog.put(batch("a"))
    closed = backlog.oldest
    backlog.take()
    assert closed is not None
    assert backlog.oldest == closed
    done = threading.Event()

    def drain() -> None:
        backlog.drain()
        done.set()

    threading.Thread(target=drain).start()
    assert not done.wait(0.2)
    backlog.written()
    assert done.wait(5.0)
    assert backlog.oldest is None


def test_pieces_of_a_checkpoint_make_up_its_states() -> None:
    checkpoint = Checkpoint(1, {"a": b"0123456789", "b": b""})
    pieces = list(checkpoint.pieces(4))
    assert pieces == [("a", 0, b"0123"), ("a", 1, b"4567"), ("a", 2, b"89"), ("b", 0, b"")]
