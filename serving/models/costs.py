"""What /v1/admin/costs answers."""

from typing import Literal

from pydantic import BaseModel, Field

from serving.models.values import Micros, Money


class ProviderOut(BaseModel):
    """A provider in this month."""

    name: str
    breaker: Literal["closed", "half_open", "open"] = Field(
        description="open: it keeps failing and is left alone; half_open: one call tries it"
    )
    spent: Money
    per_call: Money
    budget: Money | None = Field(description="null: there is no limit")


class Errors(BaseModel):
    """Calls without an answer, by what became of them."""

    retryable: int = Field(description="limits, cut connections, broken answers")
    fatal: int = Field(description="the key, the plan or the question was refused")
    unknown_symbol: int


class ArmOut(BaseModel):
    """What a provider did for one arm of the split, since the engine started."""

    capability: str
    provider: str
    arm: str = Field(description="of the split; '' without one")
    calls: int
    errors: Errors
    hits: int = Field(description="values given from the cache instead of a call")
    cost: Money
    mean_latency_us: int | None = Field(description="null before the first call")
    max_latency_us: int
    mean_age_us: int | None = Field(description="receipt less event time, of the newest per symbol")
    max_age_us: int
    compared: int = Field(description="prices compared with those of the arm")
    mean_disagreement_bps: float | None = Field(description="null where nothing was compared")
    ts_last_call: Micros | None


class CacheOut(BaseModel):
    """The cache of one capability; counts are of values asked for."""

    capability: str
    hits: int
    shared: int = Field(description="somebody was already asking")
    misses: int
    stale: int = Field(description="of shared and misses: an old value, as it was not renewed")
    hit_rate: float | None = Field(description="0 to 1; null before the first question")


class AlertOut(BaseModel):
    """The spend of all providers has reached a mark."""

    mark: Money
    spent: Money
    raised_at: Micros


class CostsOut(BaseModel):
    """What providers cost in this month and how they do."""

    month: str = Field(examples=["2026-11"], description="calendar month, UTC")
    currency: Literal["USD"]
    spent: Money = Field(description="of all providers")
    marks: list[Money] = Field(description="of the spend, each of which alerts once a month")
    alerts: list[AlertOut]
    providers: list[ProviderOut]
    arms: list[ArmOut]
    caches: list[CacheOut]
    dropped: int = Field(description="calls that `arms` lack")
    as_of: Micros
