"""Frames that are recorded, and the same frames read from the log."""

import gzip
import json
import random

import pytest

from connectors.sources.errors import SourceError
from connectors.sources.recorded_frames import RecordedFrames
from connectors.sources.recorder import Recorder, log_files
from connectors.streams.venue import Credentials
from tests.connectors.sources.ws_frames import KEY, Taken, answered, binance, finnhub
from tests.connectors.sources.ws_server import serving

NS = 1_723_161_255_000_000_000


def record(folder, *frames, connection=1, **options):
    """A life of a recorder."""
    recorder = Recorder(folder, **options)
    for at, frame in enumerate(frames):
        recorder.write(NS + at, connection, frame)
    recorder.close()
    return recorder


def replayed(folder, venue="binance", position=None):
    """All that a log gives from a position on."""
    feed = RecordedFrames(venue, folder)
    feed.open(position)
    taken = Taken(feed)
    while (found := feed.receive(0.0)) is not None:
        taken.add(found)
    feed.close()
    return taken


def test_a_feed_is_recorded_before_it_is_read_and_reads_the_same_from_the_log(tmp_path):
    async def session(caller):
        await answered(caller)
        begin = 10 * caller.number
        await caller.tell("garbage", *(binance(at) for at in range(begin, begin + 8)))
        if caller.number == 1:
            await caller.socket.close()
        await caller.stay()

    recorder = Recorder(tmp_path)
    with serving(session) as server:
        live = Taken(server.opened("binance", log=recorder)).until(lambda got: 27 in got.ids)
    recorder.close()
    assert recorder.written == 20
    again = replayed(tmp_path)
    assert again.rows == live.rows
    assert again.gaps == live.gaps
    assert [gap.cause for gap in live.gaps] == ["trade ids 18 to 19 missing"]
    assert [reject.raw for reject in again.rejects] == ["garbage"] * 2


def test_reading_can_be_stopped_and_go_on_anywhere(tmp_path, monkeypatch):
    monkeypatch.setattr("connectors.sources.recorded_frames._AT_ONCE", 7)
    for life in range(5):
        frames = [binance(at) for at in range(50 * life, 50 * life + 47)]
        record(tmp_path, *frames, file_bytes=2_000, files=100)
    whole = replayed(tmp_path)
    assert len(whole.rows) == 5 * 47
    lines = [line for frame in whole.frames for line in frame["line"]]
    chance = random.Random(3)
    for _ in range(20):
        feed, taken, position = None, Taken(None), None
        while True:
            feed = RecordedFrames("binance", tmp_path)
            feed.open(position)
            some = [feed.receive(0.0) for _ in range(chance.randrange(1, 9))]
            feed.close()
            for found in some:
                if found is not None:
                    taken.add(found)
            position = taken.position
            if some[-1] is None:
                break
        assert taken.rows == whole.rows
        assert [line for frame in taken.frames for line in frame["line"]] == lines
        assert taken.gaps == whole.gaps
    assert len(whole.gaps) == 4


def test_a_new_life_of_the_recorder_is_a_reconnect(tmp_path):
    record(tmp_path, finnhub(1_000_000))
    record(tmp_path, finnhub(5_000_000))
    [gap] = replayed(tmp_path, "finnhub").gaps
    assert (gap.symbol, gap.cause) == ("AAPL", "reconnected")


def test_a_line_that_a_crash_has_cut_is_refused_when_it_cannot_grow_any_more(tmp_path):
    record(tmp_path, binance(1), binance(2))
    [log] = log_files(tmp_path)
    log.write_bytes(log.read_bytes()[:-9])
    cut = replayed(tmp_path)
    assert (cut.ids, cut.rejects) == ([1], [])
    record(tmp_path, binance(3))
    further = replayed(tmp_path, position=cut.position)
    assert further.ids == [3]
    assert [reject.reason for reject in further.rejects] == ["cut_short"]
    assert [gap.cause for gap in further.gaps] == ["trade id 2 missing"]


def test_a_log_is_followed_while_it_is_written(tmp_path):
    recorder = Recorder(tmp_path, file_bytes=600)
    feed = RecordedFrames("binance", tmp_path)
    feed.open(None)
    taken = Taken(feed)
    for at in range(20):
        recorder.write(NS, 1, binance(at))
        taken.until(lambda got, at=at: at in got.ids)
    recorder.close()
    feed.close()
    assert taken.ids == list(range(20))
    assert len(log_files(tmp_path)) > 3


def test_lines_that_are_no_recorded_frames_are_refused(tmp_path):
    lines = (
        "no JSON",
        "[]",
        '{"recv_ns":"x"}',
        '{"recv_ns":1,"frame":7}',
        '{"recv_ns":1,"b64":"?"}',
    )
    (tmp_path / "00000001.jsonl").write_text("".join(f"{line}\n" for line in lines))
    taken = replayed(tmp_path)
    assert [reject.reason for reject in taken.rejects] == ["not_recorded"] * 5
    assert [reject.position for reject in taken.rejects] == [1, 2, 3, 4, 5]


def test_frames_that_are_no_text_are_kept(tmp_path):
    record(tmp_path, b"\xff\xfe", binance(1).encode())
    taken = replayed(tmp_path)
    assert ([reject.raw for reject in taken.rejects], taken.ids) == (["\\xff\\xfe"], [1])


def test_the_log_is_bounded_and_a_deleted_position_is_a_gap(tmp_path):
    record(tmp_path, *(binance(at) for at in range(20)), file_bytes=600, files=3)
    assert len(log_files(tmp_path)) == 3
    position = {"file": "00000001.jsonl", "line": 1, "ts:BTCUSDT": 1, "id:BTCUSDT": 0}
    taken = replayed(tmp_path, position=position)
    first = taken.ids[0]
    assert [gap.cause for gap in taken.gaps] == [f"trade ids 1 to {first - 1} missing"]
    assert taken.ids == list(range(first, 20))


def test_a_key_is_not_recorded(tmp_path):
    record(tmp_path, json.dumps({"msg": KEY}), credentials=Credentials(KEY))
    [log] = log_files(tmp_path)
    assert b"***" in log.read_bytes()
    assert KEY.encode() not in log.read_bytes()


def test_a_disk_that_refuses_ends_the_log_and_not_the_feed(tmp_path, monkeypatch, caplog):
    recorder = Recorder(tmp_path)
    recorder.write(NS, 1, binance(1))

    def refuse(file, line):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("connectors.sources.recorder.os.write", refuse)
    recorder.write(NS, 1, binance(2))
    recorder.write(NS, 1, binance(3))
    assert (recorder.written, recorder.lost) == (1, 2)
    assert "No space left" in caplog.text
    assert replayed(tmp_path).ids == [1]


def test_a_log_that_is_not_there_is_said(tmp_path):
    with pytest.raises(SourceError, match="record frames first"):
        RecordedFrames("binance", tmp_path / "none").open(None)


def test_the_capture_reads_as_it_was_recorded(tmp_path, shared):
    wire = shared / "wire/binance/ws_combined_capture_btc_eth_20240808.jsonl.gz"
    (tmp_path / "00000001.jsonl").write_bytes(gzip.decompress(wire.read_bytes()) + b"\n")
    feed = RecordedFrames("binance", tmp_path)
    feed.open(None)
    taken = Taken(feed).until(lambda got: len(got.rows) == 2_500)
    assert feed.status().counters["frames"] == 12_939
    assert taken.gaps == []
    feed.close()
