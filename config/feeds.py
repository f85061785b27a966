"""Where live feeds come from: one class per key that stands beside ``type`` in ``data_sources``."""

import socket
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from config.backfill import BackfillFeed
from config.durations import Duration, between
from config.errors import unfit
from config.kafka_client import KafkaClient
from config.librdkafka import CLIENT, CONSUMER
from config.links import ADDRESS_OF_POSTGRES, ADDRESS_OF_REDIS
from config.providers import Provider
from config.secrets import Secret
from config.values import Frozen, Listed, Topic, matching, moment, names, server_url, whole

Venue = Literal["alpaca", "binance", "coinbase", "coinbase_advanced", "finnhub", "massive", "yahoo"]
Symbols = Annotated[tuple[str, ...], BeforeValidator(names("symbols such as [AAPL, MSFT]"))]
Stream = Annotated[str, matching(r"[^\s]{1,200}", "the name of a stream such as market.trades")]
Member = Annotated[str, matching(r"[^\s]{1,200}", "1 to 200 characters without spaces")]
Table = Annotated[
    str,
    matching(
        r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?",
        'the name of a table such as "public.stocks"',
    ),
]
Column = Annotated[str, matching(r"[A-Za-z_][A-Za-z0-9_]{0,62}", "the name of a column")]
KEYS_OF_VENUES = {"alpaca": ("key_env", "secret_env"), "finnhub": ("key_env",)}
KEYS_OF_VENUES |= {"massive": ("key_env",)}


def _start(value: object) -> object:
    return value if value in ("earliest", "latest") else moment(value, "earliest, latest or ")


class KafkaFeed(KafkaClient):
    """A topic of JSON messages.

    Attributes:
        topic: to read.
        start: where a first start begins; a restart goes on where the tables end.
        partitions: to read; None: all of the topic.
    """

    kinds: ClassVar = ("trades", "bars", "snapshots")
    known: ClassVar = CLIENT | CONSUMER

    topic: Topic
    start: Annotated[Literal["earliest", "latest"] | datetime, BeforeValidator(_start)] = "earliest"
    partitions: Annotated[tuple[Annotated[int, whole(0, 99_999)], ...] | None, Listed] = None

    @property
    def address(self) -> str:
        """What no other feed of a profile may have."""
        return f"kafka:{self.topic}"

    @model_validator(mode="after")
    def _check_partitions(self) -> Self:
        if self.partitions is not None and len(set(self.partitions)) != len(self.partitions):
            raise unfit("must name each partition once", key="partitions", was="")
        if self.partitions == ():
            raise unfit("must not be empty; leave it out for all", key="partitions", was="")
        return self


class WebSocketFeed(Frozen):
    """Trades of a venue, pushed.

    Attributes:
        venue: whose protocol is spoken.
        symbols: as the venue writes them.
        url: instead of the venue's own.
        key: from the variable under ``key_env``, for venues that want one.
        secret: from the variable under ``secret_env``; Alpaca has both.
        record: keep every frame below ``home``, to be replayed.
    """

    link: ClassVar = None
    kinds: ClassVar = ("trades",)

    venue: Venue
    symbols: Symbols
    url: Annotated[str, server_url("ws", "wss")] | None = None
    key: Secret | None = Field(default=None, alias="key_env")
    secret: Secret | None = Field(default=None, alias="secret_env")
    record: bool = False

    @property
    def address(self) -> str:
        """What no other feed of a profile may have."""
        return f"websocket:{self.venue}"

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        wanted = KEYS_OF_VENUES.get(self.venue, ())
        for key, given in (("key_env", self.key), ("secret_env", self.secret)):
            if key in wanted and given is None:
                text = f"is required: the environment variable with your {key[:-4]} of {self.venue}"
                raise unfit(text, key=key, was="")
            if key not in wanted and given is not None:
                raise unfit(f"is of no use to {self.venue}, drop it", key=key, was="")
        return self


class RedisFeed(Frozen):
    """A Redis stream, read as a member of a consumer group.

    Attributes:
        stream: to read.
        group: of readers that share the stream; made when it is not there.
        consumer: this reader, by default the name of the machine.
        claim_after: when entries of another consumer that has gone silent are taken over, 1s to 1h.
        start: where a new group begins.
    """

    link: ClassVar = "redis"
    hints: ClassVar = ADDRESS_OF_REDIS
    kinds: ClassVar = ("trades", "bars", "snapshots")

    stream: Stream
    group: Member = "yieldflow"
    consumer: Member = Field(default_factory=socket.gethostname)
    claim_after: Annotated[Duration, between("1s", "1h")] = timedelta(seconds=30)
    start: Literal["earliest", "latest"] = "earliest"

    @property
    def address(self) -> str:
        """What no other feed of a profile may have."""
        return f"redis:{self.stream}"


class PostgresFeed(Frozen):
    """A table that others append to.

    Attributes:
        table: with its schema: ``public.stocks``.
        cursor: a column that only grows, such as a serial id; rows above the last one are new.
        poll: how often it is looked at, 50ms to 1h.
    """

    link: ClassVar = "database"
    hints: ClassVar = ADDRESS_OF_POSTGRES
    kinds: ClassVar = ("trades", "bars", "snapshots")

    table: Table
    cursor: Column
    poll: Annotated[Duration, between("50ms", "1h")] = timedelta(seconds=1)

    @property
    def address(self) -> str:
        """What no other feed of a profile may have."""
        return f"postgres:{self.table}"


class PolledFeed(Frozen):
    """Quotes or bars that a provider is asked for, again and again.

    Attributes:
        provider: who is asked; None: those of ``providers.routing``, in that order.
        symbols: as the provider writes them.
        every: how often, 1s to 1d; limits, budget and cache of ``providers`` go before it.
        key: from the variable under ``key_env``; default: that of ``providers.keys``.
        what: ``quote`` for feeds of type snapshots, ``bars`` for those of type bars.
    """

    link: ClassVar = None

    provider: Provider | None = None
    symbols: Symbols
    every: Annotated[Duration, between("1s", "1d")] = timedelta(seconds=60)
    key: Secret | None = Field(default=None, alias="key_env")
    what: Literal["quote", "bars"] = "quote"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The one type it can give."""
        return ("snapshots",) if self.what == "quote" else ("bars",)

    @property
    def address(self) -> str:
        """What no other feed of a profile may have."""
        return f"polled:{self.provider or 'routing'}/{self.what}"


LiveFeedSettings = KafkaFeed | WebSocketFeed | RedisFeed | PostgresFeed | PolledFeed | BackfillFeed
