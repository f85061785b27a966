"""Readiness and errors."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.models.values import Micros


class Part(BaseModel):
    """A feed or a sink with another side."""

    name: str = Field(examples=["kafka:market.trades"])
    state: Literal["starting", "connected", "away"]
    since: Micros
    reason: str = Field(description="of being away")
    lag: int | None = Field(description="messages that wait there")


class Ready(BaseModel):
    """The service can answer."""

    status: Literal["ready", "degraded"] = Field(
        description="degraded: answers come from views that stand still, see stale_since"
    )
    engine: str
    as_of: Micros | None
    stale_since: Micros | None = None
    parts: list[Part] = Field(default_factory=list)


class Alive(BaseModel):
    """The process runs."""

    status: Literal["ok"]


class Problem(BaseModel):
    """An error, as RFC 9457 has it (`application/problem+json`)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["/problems/view-cold"], description="stable; GET it to read more")
    title: str
    status: int = Field(examples=[503])
    detail: str
    instance: str = Field(description="path of the request")
    request_id: str


class ProblemKind(BaseModel):
    """What a problem `type` means."""

    type: str
    status: int
    title: str
    what_to_do: str
