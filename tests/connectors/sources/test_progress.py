from connectors.sources.progress import FeedCounts, FeedProgress


def test_counters_add_up():
    progress = FeedProgress()
    progress.expect(1_000)
    progress.accept(10, clock=50)
    progress.accept(5, clock=40)
    progress.refuse({"late": 2, "empty_file": 1}, rows=2)
    progress.skip(3)
    progress.read_to(400)
    assert progress.snapshot() == FeedCounts(
        rows_in=20,
        rejected={"late": 2, "empty_file": 1},
        skipped=3,
        bytes_read=400,
        bytes_total=1_000,
        clock=50,
        drained=False,
    )


def test_a_finished_feed_has_read_everything():
    progress = FeedProgress()
    progress.expect(1_000)
    progress.finish()
    assert progress.snapshot().drained
    assert progress.snapshot().bytes_read == 1_000


def test_a_reading_does_not_change_afterwards():
    progress = FeedProgress()
    progress.refuse({"late": 1}, rows=1)
    before = progress.snapshot()
    progress.refuse({"late": 1}, rows=1)
    assert before.rejected == {"late": 1}
