"""A Redis that goes away and comes back, flushed or not; passwords and TLS on the way to it."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost, Received
from connectors.sources.redis_group import Group
from connectors.sources.redis_streams import RedisStreamFeed
from pipeline.stack.processes import free_port
from pipeline.stack.redis import Redis
from tests.connectors.sources.redis_trades import (
    add,
    connect,
    drained,
    numbers,
    received_until,
)

pytestmark = pytest.mark.integration
PASSWORD = "s3cret/word"
Start = Callable[[], Redis]


@contextmanager
def opened(url: str, stream: str, **options: timedelta) -> Iterator[RedisStreamFeed]:
    feed = RedisStreamFeed(url, stream, "trades", consumer="a", **options)
    try:
        feed.open(None)
        yield feed
    finally:
        feed.close()


def amount(wanted: int) -> Callable[[list[Received]], bool]:
    return lambda found: len(numbers(found)) >= wanted


def test_a_server_that_is_killed_and_restarted_costs_nothing(own_redis: Start) -> None:
    server, found = own_redis(), []
    with opened(server.address, "s") as feed:
        for life in range(3):
            with connect(server.address) as client:
                add(client, "s", range(10 * life, 10 * life + 10))
            found += received_until(feed, amount(4))
            server.kill()
            assert feed.receive(0.0) is None
            assert feed.status().state == "away"
            server.start()
        with connect(server.address) as client:
            add(client, "s", [30])
        found += received_until(feed, amount(1))
        assert numbers(found) == list(range(31))
        assert [gap for one in found for gap in one.gaps] == []
        assert (feed.status().state, feed.status().counters["reconnects"]) == ("connected", 3)


def test_an_outage_beyond_patience_ends_the_feed_which_opens_again(own_redis: Start) -> None:
    server = own_redis()
    with opened(server.address, "s", patience=timedelta(milliseconds=300)) as feed:
        with connect(server.address) as client:
            add(client, "s", range(3))
        [received] = drained(feed)
        server.kill()
        with pytest.raises(FeedLost, match="redis:s: "):
            received_until(feed, amount(1))
        with pytest.raises(FeedLost, match="Connection refused"):
            feed.open(received.position)
        server.start()
        with connect(server.address) as client:
            add(client, "s", [3])
        feed.open(received.position)
        assert numbers(drained(feed)) == [3]


def test_a_flush_in_the_middle_is_one_gap(own_redis: Start) -> None:
    server = own_redis()
    with opened(server.address, "s") as feed, connect(server.address) as client:
        add(client, "s", range(3))
        found = drained(feed)
        add(client, "s", range(3, 6))  # never read
        client.flushall()
        add(client, "s", range(6, 9))
        found += received_until(feed, amount(3))
        add(client, "s", [9])
        found += received_until(feed, amount(1))
        assert numbers(found) == [0, 1, 2, 6, 7, 8, 9]
        assert [(gap.ts_from, gap.ts_to) for one in found for gap in one.gaps] == [(2, 6)]


def test_a_server_that_has_forgotten_its_last_entries_is_a_gap(own_redis: Start) -> None:
    server = own_redis()
    with opened(server.address, "s") as feed:
        with connect(server.address) as client:
            client.xadd("s", {"value": b'{"trade_id":0,"ts_event":0}'}, id="5-0")
            found = drained(feed)
            log = Path(client.config_get("dir")["dir"]) / "appendonly.aof"
            written = log.stat().st_size
            client.xadd("s", {"value": b'{"trade_id":1,"ts_event":1}'}, id="6-0")
            found += drained(feed)
        server.kill()
        os.truncate(log, written)
        server.start()
        with connect(server.address) as client:
            client.xadd("s", {"value": b'{"trade_id":2,"ts_event":2}'}, id="7-0")
        found += received_until(feed, amount(1))
        assert numbers(found) == [0, 1, 2]
        assert [gap.cause for one in found for gap in one.gaps] == [
            "Redis has lost 6-0 and perhaps others"
        ]


@pytest.mark.parametrize("sharing", [True, False])
def test_entries_whose_answer_was_lost_on_its_way_are_given_again(
    own_redis: Start, monkeypatch: pytest.MonkeyPatch, sharing: bool
) -> None:
    server, fresh = own_redis(), Group.fresh
    lost = []

    def broken(self: Group, count: int) -> object:
        answer = fresh(self, count)
        if answer[1] and not lost:
            lost.append(answer)
            raise redis.ConnectionError("cut")
        return answer

    with opened(server.address, "s") as feed, connect(server.address) as client:
        if sharing:
            client.xgroup_createconsumer("s", "yieldflow", "b")
        monkeypatch.setattr(Group, "fresh", broken)
        add(client, "s", range(5))
        assert numbers(received_until(feed, amount(5))) == list(range(5))
        assert lost
        assert drained(feed) == []


def test_a_wrong_password_is_refused_and_never_told(own_redis: Start) -> None:
    server = own_redis()
    with connect(server.address) as client:
        client.config_set("requirepass", PASSWORD)
    for secret in ("", ":wr0ng@"):
        url = server.address.replace("redis://", f"redis://{secret}")
        with (
            pytest.raises(SourceError, match="mend user or password in REDIS_URL") as told,
            opened(url, "s"),
        ):
            pass
        assert "wr0ng" not in repr(told.value)
    right = server.address.replace("redis://", "redis://:s3cret%2Fword@")
    with opened(right, "s") as feed:
        assert feed.receive(0.0) is None
        assert "s3cret" not in f"{feed!r} {feed.status()!r}"


@pytest.mark.parametrize(
    "url", ["redis://:s3cret/word@host:1", "s3cret", "http://:s3cret@host", "redis://h:s3cret"]
)
def test_an_address_that_is_none_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SourceError, match="REDIS_URL is no address") as told, opened(url, "s"):
        pass
    assert "s3cret" not in f"{told.value!r} {told.value.__cause__!r}"


def test_a_server_is_reached_through_tls_and_only_with_its_certificate(
    own_redis: Start, tmp_path: Path
) -> None:
    server = own_redis()
    with connect(server.address) as client:
        client.config_set("requirepass", PASSWORD)
        client.execute_command("AUTH", PASSWORD)
        add(client, "s", range(3))
    certificate = make_certificate(tmp_path)
    with tls_before(server.port, certificate) as port:
        url = f"rediss://:s3cret%2Fword@127.0.0.1:{port}/0"
        with opened(f"{url}?ssl_ca_certs={certificate}", "s") as feed:
            assert numbers(drained(feed)) == [0, 1, 2]
        with pytest.raises(FeedLost, match="certificate verify failed") as told, opened(url, "s"):
            pass
        assert "s3cret" not in repr(told.value)


def make_certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody vouches for, in one file."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    made += ["-nodes", "-days", "2", "-keyout", str(key), "-out", str(certificate), *subject]
    subprocess.run(made, check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate


@contextmanager
def tls_before(port: int, certificate: Path) -> Iterator[int]:
    """A port where TLS is spoken for a server that speaks none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    ends: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65_536):
                target.sendall(chunk)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)

    def serve(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                plain, _ = listener.accept()
                ends.append(plain)
                with suppress(ssl.SSLError):
                    secure = context.wrap_socket(plain, server_side=True)
                    inner = socket.create_connection(("127.0.0.1", port))
                    ends.extend((secure, inner))
                    for pair in ((secure, inner), (inner, secure)):
                        threading.Thread(target=pump, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", free_port())) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for end in ends:
                end.close()
