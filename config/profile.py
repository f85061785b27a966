"""The sections of a profile and what must hold between them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, PrivateAttr, model_validator

from config.accounts import AccountSettings
from config.backfill import BackfillFeed
from config.durations import Duration, between, format_duration
from config.engine import EngineSettings
from config.errors import unfit
from config.feeds import PolledFeed
from config.links import Links
from config.market import MarketSettings, preset
from config.meters import MeterSettings
from config.policy import AdvicePolicy
from config.providers import ProviderSettings
from config.sinks import SinkSettings
from config.sources import DataSource
from config.values import Frozen, Listed, Location, matching, real, whole

Address = Annotated[str, matching(r"[0-9A-Za-z.:_-]+", 'an address such as "127.0.0.1"')]


class ServerSettings(Frozen):
    """Where the API listens.

    Attributes:
        host: an address of this machine; 127.0.0.1 is reachable from here alone.
        port: 0 to 65535; 0 takes any that is free. YIELDFLOW_PORT goes before it.
    """

    host: Address = "127.0.0.1"
    port: Annotated[int, whole(0, 65535)] = 8000


class AdviceSettings(Frozen):
    """When advice is evaluated, and by which policy.

    Attributes:
        interval: at each close of these bars; one of ``engine.intervals``.
        retention: how far back advice can be asked for, and how long what was answered is kept; 1h
            to 400d.
        policy: read from the file that the profile names, else from the packaged one.
    """

    interval: Duration = timedelta(minutes=1)
    retention: Annotated[Duration, between("1h", "400d")] = timedelta(days=8)
    policy: AdvicePolicy


class RiskSettings(Frozen):
    """What the risk of portfolios is measured against and over.

    Attributes:
        benchmark: symbol of an index among the feeds; ``equal_weight`` for the mean return of all
            symbols; empty: no beta, alpha, tracking error or risk score.
        risk_free_pct: per year, -10 to 100.
        window: daily returns looked back at, 20 to 2520.
        minimum: fewest returns that risk is told from, 20 to 2520 and no more than ``window``.
    """

    benchmark: str = ""
    risk_free_pct: Annotated[float, real(-10, 100)] = 0.0
    window: Annotated[int, whole(20, 2520)] = 252
    minimum: Annotated[int, whole(20, 2520)] = 60

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.minimum > self.window:
            raise unfit(
                f"must not exceed window ({self.window})", key="minimum", was=f"{self.minimum}"
            )
        return self


class Settings(Frozen):
    """All settings of a run. ``config.settings.load_settings`` makes it.

    Attributes:
        home: ledger and runs; YIELDFLOW_HOME goes before it. Default: ``var`` where it is started.
        data_sources: the feeds; their paths are absolute and exist.
        providers: who is asked for quotes, bars, fundamentals, news and macro figures.
    """

    home: Location = Path("var")
    server: ServerSettings = ServerSettings()
    market: MarketSettings = Field(default_factory=lambda: preset("nse"))
    engine: EngineSettings = Field(default_factory=EngineSettings)
    advice: AdviceSettings
    risk: RiskSettings = Field(default_factory=RiskSettings)
    data_sources: Annotated[tuple[DataSource, ...], Listed] = ()
    sinks: SinkSettings = SinkSettings()
    providers: ProviderSettings = Field(default_factory=ProviderSettings)
    meters: MeterSettings
    accounts: Annotated[tuple[AccountSettings, ...], Listed] = ()
    _notices: tuple[str, ...] = PrivateAttr(default=())
    _links: Links = PrivateAttr(default_factory=Links)

    @property
    def notices(self) -> tuple[str, ...]:
        """What to tell before the start: a fallback that is read, a key that is not set."""
        return self._notices

    @property
    def links(self) -> Links:
        """The servers of the run; those that it needs are there."""
        return self._links

    @model_validator(mode="after")
    def _check_intervals(self) -> Self:
        wanted = {"advice.interval": self.advice.interval}
        for place, source in enumerate(self.data_sources):
            key, span = f"data_sources[{place}].interval", source.interval
            if span is not None:
                wanted[key] = span
            if source.check and span not in (None, self.advice.interval):
                text = f"must be advice.interval ({format_duration(self.advice.interval)})"
                raise unfit(f"{text} where check is true", key=key, was="")
        for key, span in wanted.items():
            if span not in self.engine.intervals:
                known = ", ".join(self.engine.interval_names)
                was = f'"{format_duration(span)}"'
                raise unfit(f"must be one of engine.intervals ({known})", key=key, was=was)
        return self

    @model_validator(mode="after")
    def _check_feeds(self) -> Self:
        seen: set[str] = set()
        for place, source in enumerate(self.data_sources):
            if source.live is not None:
                key = f"data_sources[{place}].{source.live_key}"
                if source.live.address in seen:
                    raise unfit(f"{source.live.address} is read already", key=key, was="")
                seen.add(source.live.address)
            if source.polled is not None:
                self._check_polled(source.polled, key)
            if source.backfill is not None:
                self._check_backfill(source.backfill, key)
        if seen == {"backfill"}:
            text = "adds to live feeds, and there is no other one"
            raise unfit(text, key=key, was="")
        return self

    def _check_polled(self, feed: PolledFeed, key: str) -> None:
        if feed.provider is not None:
            place, keyed = f"{key}.provider", feed.key is not None
            self.providers.check_use(feed.provider, feed.what, place, keyed=keyed)
        elif feed.what not in self.providers.routing:
            text = f"is required, or providers.routing.{feed.what}: who is asked"
            raise unfit(text, key=f"{key}.provider", was="")
        elif feed.key is not None:
            text = "belongs to one provider: give provider, or use providers.keys"
            raise unfit(text, key=f"{key}.key_env", was="")

    def _check_backfill(self, feed: BackfillFeed, key: str) -> None:
        place = f"{key}.provider"
        if feed.provider is not None:
            self.providers.check_use(feed.provider, "bars", place)
        elif feed.path is None and "bars" not in self.providers.routing:
            text = "is required, or path, or providers.routing.bars: where history comes from"
            raise unfit(text, key=place, was="")

    @model_validator(mode="after")
    def _check_bars_of_providers(self) -> Self:
        spans: set[timedelta | None] = set()
        for place, source in enumerate(self.data_sources):
            if source.asks_for_bars:
                spans.add(source.interval)
            if len(spans) > 1:
                text = "must be the same wherever providers are asked for bars"
                raise unfit(text, key=f"data_sources[{place}].interval", was="")
        return self

    @model_validator(mode="after")
    def _check_accounts(self) -> Self:
        seen: set[str] = set()
        for place, account in enumerate(self.accounts):
            if account.account_id in seen:
                key, was = f"accounts[{place}].account_id", f'"{account.account_id}"'
                raise unfit("must be unique", key=key, was=was)
            seen.add(account.account_id)
        return self
