"""When the engine had counted what."""

from serving.metering.progress import Progress


def test_an_event_is_reached_by_the_first_step_that_covers_it() -> None:
    progress = Progress()
    assert progress.reached(1) is None
    progress.advance(3, 100)
    progress.advance(3, 200)  # nothing new
    progress.advance(2, 300)  # a restarted engine counts from the start: it was there before
    progress.advance(7, 400)
    assert [progress.reached(seq) for seq in (1, 3, 4, 7, 8)] == [100, 100, 400, 400, None]


def test_memory_is_bounded_and_an_old_event_never_seems_earlier_than_it_was() -> None:
    progress = Progress(limit=64)
    for seq in range(1, 10_001):
        progress.advance(seq, seq * 10)
    assert len(progress._seqs) <= 64
    times = [progress.reached(seq) for seq in range(1, 10_001)]
    assert all(time is not None and time >= seq * 10 for seq, time in enumerate(times, 1))
    assert times == sorted(time for time in times if time is not None)
    assert times[-1] == 100_000
