"""Answers that are none: cut, packed, endless, or from elsewhere."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest

from connectors.providers.access import Patience
from connectors.providers.spec import Fatal, Malformed, Retryable
from tests.connectors.providers.conftest import AAPL, QUOTE, Opens
from tests.connectors.providers.replay_server import ReplayServer, Reply


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(b'{"c": 261.', declared=400), "connection failed: ClientPayloadError"),
        (Reply(b"\x00\xff garbage"), "no JSON"),
        (Reply(QUOTE[:-4]), "no JSON"),
        (Reply(b""), "no JSON"),
        (Reply(b"<html><title>Down for\nmaintenance</title>"), r"HTML .*\(Down for maintenance\)"),
        (Reply(b"[]"), "another shape"),
        (Reply(b" " * (1 << 24) + b"{}"), "larger than 16,777,216 bytes"),
        (Reply(gzip.compress(b" " * (1 << 28)), headers={"Content-Encoding": "gzip"}), "larger"),
        (Reply(gzip.compress(QUOTE)[:-6], headers={"Content-Encoding": "gzip"}), "gzip but cut"),
        (Reply(b"not packed", headers={"Content-Encoding": "gzip"}), "gzip but broken"),
        (Reply(QUOTE, headers={"Content-Encoding": "br"}), "packed as br"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)
def test_what_is_no_whole_answer_may_pass(
    server: ReplayServer, opens: Opens, reply: Reply, says: str
) -> None:
    server.reply("/quote", reply)
    with pytest.raises(Retryable, match=says):
        opens(patience=Patience(attempts=1)).fetch("finnhub", "quote", ["AAPL"])


def test_a_small_body_never_becomes_a_large_one(server: ReplayServer, opens: Opens) -> None:
    bomb = gzip.compress(b" " * (1 << 27))
    server.reply("/quote", Reply(bomb, headers={"Content-Encoding": "gzip"}))
    fetcher = opens(patience=Patience(attempts=1))
    tracemalloc.start()
    with pytest.raises(Malformed):
        fetcher.fetch("finnhub", "quote", ["AAPL"])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * (1 << 24)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_packed_answers_are_read(
    server: ReplayServer, opens: Opens, pack: Callable[[bytes], bytes]
) -> None:
    coding = "gzip" if pack is gzip.compress else "deflate"
    server.reply("/quote", Reply(pack(QUOTE), headers={"Content-Encoding": coding}))
    assert opens().fetch("finnhub", "quote", ["AAPL"]) == [AAPL]


def test_a_provider_that_says_nothing_is_not_waited_for_forever(
    server: ReplayServer, opens: Opens
) -> None:
    server.reply("/quote", Reply(hang=True), Reply(QUOTE))
    assert opens(timeout=0.3).fetch("finnhub", "quote", ["AAPL"]) == [AAPL]
    server.reply("/quote", Reply(hang=True))
    with pytest.raises(Retryable, match=r"no whole answer within 0\.3 s"):
        opens(timeout=0.3).fetch("finnhub", "quote", ["AAPL"])


def test_nobody_at_the_address_may_pass(opens: Opens) -> None:
    with pytest.raises(Retryable, match="connection failed: ClientConnectorError"):
        opens(url="http://127.0.0.1:9").fetch("finnhub", "quote", ["AAPL"])


def test_a_redirect_is_not_followed(server: ReplayServer, opens: Opens) -> None:
    server.reply("/quote", Reply(status=302, headers={"Location": server.url + "/elsewhere"}))
    with pytest.raises(Fatal, match="another address"):
        opens().fetch("finnhub", "quote", ["AAPL"])
    assert [seen.path for seen in server.seen] == ["/quote"]
