"""Which provider is asked for what, how often, at which price, and with whose key."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from config.durations import Duration, between
from config.errors import unfit, unknown_name
from config.secrets import Secret
from config.values import DECIMAL, Frozen, Listed, Share, server_url, whole

Capability = Literal["quote", "bars", "fundamentals", "news", "macro"]
CAPABILITIES: tuple[Capability, ...] = get_args(Capability)
OFFERS: Mapping[str, tuple[Capability, ...]] = {
    "alphavantage": ("quote", "bars", "fundamentals", "news"),
    "binance": ("quote", "bars"),
    "coingecko": ("quote", "bars"),
    "coingecko_pro": ("quote", "bars"),
    "coinmarketcap": ("quote",),
    "finnhub": ("quote", "bars", "fundamentals", "news"),
    "fred": ("macro",),
    "massive": ("quote", "bars", "fundamentals", "news"),
    "nasdaq_data_link": ("macro", "fundamentals"),
    "newsapi": ("news",),
    "reddit": ("news",),
    "sec_edgar": ("fundamentals", "news"),
    "yahoo": ("quote", "bars"),
}
NEED_KEY: Mapping[str, str] = {  # provider -> what its key is
    **dict.fromkeys(("alphavantage", "coingecko_pro", "finnhub", "fred", "massive"), "a key"),
    "newsapi": "a key",
    "reddit": "the token of an approved app",
    "sec_edgar": 'a User-Agent such as "Company name@company.com"',
}
RETIRED = {"iex_cloud": "was shut down on 2024-08-31; finnhub or alpaca have the same market"}
TTL = timedelta(seconds=900)


def _provider(value: object) -> str:
    if not isinstance(value, str):
        raise unfit("must be the name of a provider such as coingecko")
    if value in RETIRED:
        raise unfit(f"{value} {RETIRED[value]}", was="")
    if value not in OFFERS:
        raise unfit(unknown_name(value, OFFERS, kind="provider"), was="")
    return value


def _micros(value: object) -> int:
    if isinstance(value, str) and DECIMAL.fullmatch(value):
        return int(Decimal(value) * 1_000_000)
    raise unfit('must be USD as a decimal in quotes such as "0.002" (at most 6 decimals)')


def _mark(value: object) -> int:
    if type(value) is int and 1 <= value <= 1_000_000_000:
        return value * 1_000_000
    raise unfit("must be whole USD from 1 to 1000000000")


def _rate(value: object) -> object:
    if isinstance(value, list | tuple) and len(value) == 2:
        calls, seconds = value
        fit = type(calls) is int and type(seconds) in (int, float)
        if fit and 0 < calls < 10**9 and 0 < seconds <= 31 * 86_400:
            return calls, float(seconds)
    raise unfit("must be [calls, seconds] such as [25, 86400]; 31 days at most")


Provider = Annotated[str, BeforeValidator(_provider)]
Micros = Annotated[int, BeforeValidator(_micros)]
Percent = Annotated[int, whole(1, 99)]
Rate = Annotated[tuple[int, float], BeforeValidator(_rate), Listed]


class ProviderPrice(Frozen):
    """What a provider costs.

    Attributes:
        per_call_micros: micros of a USD per call, from the decimal text under ``per_call``.
        monthly_budget_micros: likewise, from ``monthly_budget``; what would go beyond it is asked
            of cheaper providers, then refused. None: no limit.
    """

    per_call_micros: Micros = Field(default=0, alias="per_call")
    monthly_budget_micros: Micros | None = Field(default=None, alias="monthly_budget")


class AbSplit(Frozen):
    """A comparison of providers: each symbol stays with the arm it fell to.

    Attributes:
        capability: that is split.
        arms: provider -> percent of symbols; 100 together.
        sample: share of the calls after which another arm is asked too, to compare prices.
    """

    capability: Capability
    arms: dict[Provider, Percent]
    sample: Share = 0.0

    @model_validator(mode="after")
    def _check_arms(self) -> Self:
        if len(self.arms) < 2 or sum(self.arms.values()) != 100:
            text = "must be two providers or more with 100 percent together"
            raise unfit(text, key="arms", was=f"{sum(self.arms.values())}")
        return self


class ProviderSettings(Frozen):
    """Everything about providers over HTTP.

    Attributes:
        routing: capability -> providers, the preferred one first, the others in its stead.
        flags: provider -> false switches it off wherever it is named.
        cache: capability -> how long an answer is fresh, 0s to 30d; 900s each unless given.
        max_stale: how old an answer may be that is given when there is no new one, 0s to 30d.
        prices: provider -> what it costs; free unless given.
        alert_micros: micros of a USD spent in a month, from whole USD under ``alerts``.
        ab: a comparison that is running.
        keys: provider -> environment variable with its key.
        limits: provider -> calls per seconds, instead of those that are published.
        urls: provider -> base URL, instead of its own.
        symbols: provider -> our name of a symbol -> its name of it, where they differ.
    """

    routing: dict[Capability, Annotated[tuple[Provider, ...], Listed]] = Field(default_factory=dict)
    flags: dict[Provider, bool] = Field(default_factory=dict)
    cache: dict[Capability, Annotated[Duration, between("0s", "30d")]] = Field(
        default_factory=lambda: dict.fromkeys(CAPABILITIES, TTL)
    )
    max_stale: Annotated[Duration, between("0s", "30d")] = timedelta(hours=6)
    prices: dict[Provider, ProviderPrice] = Field(default_factory=dict)
    alert_micros: Annotated[tuple[Annotated[int, BeforeValidator(_mark)], ...], Listed] = Field(
        default=(100_000_000, 500_000_000, 1_000_000_000), alias="alerts"
    )
    ab: AbSplit | None = None
    keys: dict[Provider, Secret] = Field(default_factory=dict)
    limits: dict[Provider, Annotated[tuple[Rate, ...], Listed]] = Field(default_factory=dict)
    urls: dict[Provider, Annotated[str, server_url("http", "https")]] = Field(default_factory=dict)
    symbols: dict[Provider, dict[str, str]] = Field(default_factory=dict)

    @field_validator("cache", mode="after")
    @classmethod
    def _fill_cache(cls, given: dict[Capability, timedelta]) -> Any:
        return {**dict.fromkeys(CAPABILITIES, TTL), **given}

    @model_validator(mode="after")
    def _check_marks(self) -> Self:
        if list(self.alert_micros) != sorted(set(self.alert_micros)):
            raise unfit("must be ascending, each mark once", key="alerts", was="")
        return self

    @model_validator(mode="after")
    def _check_offers(self) -> Self:
        for capability, asked in self.routing.items():
            if not asked or len(set(asked)) != len(asked):
                text = "must name a provider or more, each once"
                raise unfit(text, key=f"routing.{capability}", was="")
            for place, name in enumerate(asked):
                self.check_use(name, capability, f"routing.{capability}[{place}]")
        for name in self.ab.arms if self.ab else ():
            self.check_use(name, self.ab.capability, f"ab.arms.{name}")  # type: ignore[union-attr]
        return self

    def check_use(self, name: str, capability: str, key: str, *, keyed: bool = False) -> None:
        """Refuse a provider that does not have what it is asked for, or lacks its key.

        Args:
            name: of the provider.
            capability: that it is asked for.
            key: where it is named.
            keyed: it has a key of its own there.
        """
        if capability not in OFFERS[name]:
            having = ", ".join(one for one, offered in OFFERS.items() if capability in offered)
            raise unfit(f"{name} has no {capability}; these have: {having}", key=key, was="")
        if name in NEED_KEY and name not in self.keys and not keyed:
            text = f"{name} wants {NEED_KEY[name]}: name the variable with it in providers.keys"
            raise unfit(text, key=key, was="")
