"""A connection to Kafka for what is asked and told about topics, and words for what goes wrong."""

import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from kafka.admin import KafkaAdminClient  # type: ignore[import-untyped]
from kafka.errors import KafkaError  # type: ignore[import-untyped]

from connectors.sources.errors import SourceError
from connectors.sources.live_feed import FeedLost

Settings = Mapping[str, str | int | bool]
NO_SETTINGS: Final[Settings] = {}
PATIENCE: Final = timedelta(seconds=20)
_MILLISECOND: Final = timedelta(milliseconds=1)
_USUAL_PORT: Final = 9092
_ATTEMPT: Final = 5.0  # seconds for one connection
_PAUSE: Final = 0.1  # seconds between two rounds
# Those of librdkafka's settings that say how to reach a broker, and what kafka-python calls them.
_NAMES: Final[Mapping[str, str]] = {
    "client.id": "client_id",
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "sasl.mechanisms": "sasl_mechanism",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
    "ssl.ca.location": "ssl_cafile",
    "ssl.certificate.location": "ssl_certfile",
    "ssl.crl.location": "ssl_crlfile",
    "ssl.key.location": "ssl_keyfile",
    "ssl.key.password": "ssl_password",
}


class BrokersAway(FeedLost, SourceError):
    """No broker answers: a command gives up, who runs on tries again."""


@contextmanager
def admin_client(bootstrap: str, settings: Settings) -> Iterator[Any]:
    """A client of kafka-python, closed in the end.

    Args:
        bootstrap: ``host:port``, several with commas.
        settings: of librdkafka; those for TLS and SASL are used.

    Raises:
        BrokersAway: no broker answers in time.
        SourceError: what is done inside is refused. One line.
    """
    given = {_NAMES[key]: value for key, value in settings.items() if key in _NAMES}
    if "security_protocol" in given:
        given["security_protocol"] = str(given["security_protocol"]).upper()
    servers = bootstrap.split(",")
    _reach(servers)
    wait = PATIENCE // _MILLISECOND
    client = None
    try:
        client = KafkaAdminClient(bootstrap_servers=servers, bootstrap_timeout_ms=wait, **given)
        yield client
    except KafkaError as error:
        kind = BrokersAway if getattr(error, "retriable", False) else SourceError
        raise kind(f"kafka: {bootstrap}: {_reason(error, given)}") from None
    finally:
        if client is not None:
            client.close()


def _reach(servers: Sequence[str]) -> None:
    """Wait for a broker: kafka-python leaves sockets open where nobody listens."""
    until = time.monotonic() + PATIENCE.total_seconds()
    while True:
        for server in servers:
            address = urlsplit(f"//{server.strip()}")
            try:
                place = (address.hostname or "", address.port or _USUAL_PORT)
                socket.create_connection(place, _ATTEMPT).close()
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or str(error)
            else:
                return
        if time.monotonic() > until:
            raise BrokersAway(f"kafka: {','.join(servers)}: {reason}")
        time.sleep(_PAUSE)


def _reason(error: KafkaError, given: Mapping[str, object]) -> str:
    """One line without secrets."""
    text = str(error).partition("\n")[0] or type(error).__name__
    for key in ("sasl_plain_password", "ssl_password"):
        if secret := str(given.get(key, "")):
            text = text.replace(secret, "***")
    return text
