"""Passwords and TLS on the way to Redis."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost
from pipeline.stack.processes import free_port
from pipeline.stack.redis import Redis
from tests.connectors.sources.redis_trades import (
    add,
    connect,
    drained,
    numbers,
    opened,
)

pytestmark = pytest.mark.integration
PASSWORD = "s3cret/word"
Start = Callable[[], Redis]


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
