"""The sections of a profile and what must hold between them."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Self

from pydantic import Field, PrivateAttr, model_validator

from config.accounts import AccountSettings
from config.durations import Duration, format_duration
from config.engine import EngineSettings
from config.errors import unfit
from config.market import MarketSettings, preset
from config.meters import MeterSettings
from config.policy import AdvicePolicy
from config.sources import DataSource
from config.values import Frozen, Listed, Location, matching, whole

LATER = "write JSON lines with sinks.jsonl"
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
        policy: read from the file that the profile names, else from the packaged one.
    """

    interval: Duration = timedelta(minutes=1)
    policy: AdvicePolicy


class JsonlSink(Frozen):
    """The tables of the contract as JSON lines, a folder per run.

    Attributes:
        dir: below ``home``.
    """

    dir: Location = Path("runs")


class SinkSettings(Frozen):
    """Where tables are written to, beside the API."""

    not_yet: ClassVar = dict.fromkeys(("postgres", "kafka", "redis", "redis_streams"), LATER)

    jsonl: JsonlSink | None = None


class Settings(Frozen):
    """All settings of a run. ``config.settings.load_settings`` makes it.

    Attributes:
        home: ledger and runs; YIELDFLOW_HOME goes before it. Default: ``var`` where it is started.
        data_sources: the feeds; their paths are absolute and exist.
    """

    home: Location = Path("var")
    server: ServerSettings = ServerSettings()
    market: MarketSettings = Field(default_factory=lambda: preset("nse"))
    engine: EngineSettings = Field(default_factory=EngineSettings)
    advice: AdviceSettings
    data_sources: Annotated[tuple[DataSource, ...], Listed] = ()
    sinks: SinkSettings = SinkSettings()
    meters: MeterSettings
    accounts: Annotated[tuple[AccountSettings, ...], Listed] = ()
    _notices: tuple[str, ...] = PrivateAttr(default=())

    @property
    def notices(self) -> tuple[str, ...]:
        """What to tell before the start: a fallback that is read, a key that is not set."""
        return self._notices

    @model_validator(mode="after")
    def _check_intervals(self) -> Self:
        wanted = {"advice.interval": self.advice.interval}
        for place, source in enumerate(self.data_sources):
            if source.interval is not None:
                wanted[f"data_sources[{place}].interval"] = source.interval
        for key, span in wanted.items():
            if span not in self.engine.intervals:
                known = ", ".join(self.engine.interval_names)
                was = f'"{format_duration(span)}"'
                raise unfit(f"must be one of engine.intervals ({known})", key=key, was=was)
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
