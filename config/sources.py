"""The feeds of a profile: which file or server holds which table."""

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from config.backfill import BackfillFeed
from config.columns import FEEDS, SourceKind, check_map
from config.durations import Duration
from config.errors import unfit
from config.feeds import (
    KafkaFeed,
    LiveFeedSettings,
    PolledFeed,
    PostgresFeed,
    RedisFeed,
    WebSocketFeed,
)
from config.values import DataFile, Frozen, Identifier

OWN_KEYS = {"interval": "bars", "venue": "trades", "volatility_unit": "snapshots"}
OF_FILES = ("path", "csv_path", "map", "check", "fallback")


class Fallback(Frozen):
    """What is read when the file of the source is not there.

    Attributes:
        csv_path: the file.
        type: what it holds; default: the same as the source.
        map: its columns; default: the map of the source when it holds the same.
    """

    csv_path: DataFile
    type: SourceKind | None = None
    map: dict[str, str] | None = None


class DataSource(Frozen):
    """One feed: a file, or one of the live ones.

    Attributes:
        type: the table it holds.
        path: the file (or ``csv_path``, the same). Absolute and there after ``load_settings``; None
            for a live feed.
        kafka: a topic. websocket: a venue. redis: a stream. postgres: a table. polled: a provider.
        backfill: history of the symbols that the other live feeds tell of.
        interval: length of one bar of a feed of bars; one of ``engine.intervals``.
        map: our column -> the file's column, ``ts_event`` with a unit: ``trade_ms:ms``.
        venue: of trades that say none themselves; trade ids are unique within a venue.
        volatility_unit: what ``volatility`` of snapshots means.
        check: a second source: its trades or bars (of ``advice.interval``) make no bars, their
            closes are compared.
        fallback: read instead when the file is missing; that is said, not hidden.
    """

    hints: ClassVar = {
        "topic": "it belongs to a feed: kafka: {topic: market.trades}",
        "stream": "it belongs to a feed: redis: {stream: market.trades}",
        "table": "it belongs to a feed: postgres: {table: public.stocks, cursor: id}",
        "url": "it belongs to a feed: websocket: {venue: binance, symbols: [BTCUSDT]}",
        "symbols": "they belong to a feed: websocket: {venue: binance, symbols: [BTCUSDT]}",
    }

    type: SourceKind
    path: DataFile | None = None
    csv_path: DataFile | None = None
    kafka: KafkaFeed | None = None
    websocket: WebSocketFeed | None = None
    redis: RedisFeed | None = None
    postgres: PostgresFeed | None = None
    polled: PolledFeed | None = None
    backfill: BackfillFeed | None = None
    interval: Duration | None = None
    map: dict[str, str] = Field(default_factory=dict)
    venue: Identifier | None = None
    volatility_unit: Literal["pct_annual", "pct_daily", "fraction_annual", "fraction_daily"] = (
        "pct_annual"
    )
    check: bool = False
    fallback: Fallback | None = None

    @property
    def live(self) -> LiveFeedSettings | None:
        """The settings of a live feed; None: it is a file."""
        return getattr(self, self.live_key) if self.live_key else None

    @property
    def live_key(self) -> str:
        """The key under which the live feed stands: ``kafka``; '' for a file."""
        return next((name for name in FEEDS if getattr(self, name) is not None), "")

    @property
    def asks_for_bars(self) -> bool:
        """Whether its bars come from providers."""
        if self.backfill is not None:
            return self.backfill.path is None
        return self.polled is not None and self.polled.what == "bars"

    @model_validator(mode="after")
    def _check_one_origin(self) -> Self:
        if self.path and self.csv_path:
            raise unfit("is the same as path: give one of them", key="csv_path", was="")
        given = [name for name in FEEDS if getattr(self, name) is not None]
        for name in given[1:]:
            raise unfit(f"stands beside {given[0]}: a source has one feed", key=name, was="")
        if given:
            self._check_live(given[0])
        elif not (self.path or self.csv_path or self.fallback):
            text = f"is required: the file to read, or a feed ({', '.join(FEEDS)})"
            raise unfit(text, key="path", was="")
        return self

    def _check_live(self, name: str) -> None:
        feed = self.live
        for key in OF_FILES:
            if key in self.model_fields_set:
                raise unfit(f"belongs to files, not to {name}", key=key, was="")
        if feed is None or self.type not in feed.kinds:
            kinds = " or ".join(feed.kinds if feed else ())
            how = f" (what: {feed.what})" if isinstance(feed, PolledFeed) else ""
            raise unfit(f"gives {kinds}{how}, not {self.type}", key=name, was="")
        if self.venue and name in ("websocket", "polled", "backfill"):
            raise unfit(f"comes from {name} itself, drop it", key="venue", was="")

    @model_validator(mode="after")
    def _check_own_keys(self) -> Self:
        kinds = {self.type, self.fallback.type if self.fallback else None}
        for key, kind in OWN_KEYS.items():
            if key in self.model_fields_set and kind not in kinds:
                raise unfit(f"belongs to type {kind}, not to {self.type}", key=key, was="")
        if self.check and not kinds <= {"trades", "bars", None}:
            raise unfit(f"belongs to type trades or bars, not to {self.type}", key="check", was="")
        if "bars" in kinds and self.interval is None:
            raise unfit('is required: the length of a bar such as "1d"', key="interval", was="")
        check_map(self.type, self.map, "map")
        if self.fallback and self.fallback.map:
            check_map(self.fallback.type or self.type, self.fallback.map, "fallback.map")
        return self
