"""What /insights answers."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from serving.models.values import Micros


class Followed(BaseModel):
    """What prices did after openings."""

    sessions: int = Field(description="after the close of the session in which advice opened")
    n: int = Field(description="openings that so many sessions have followed")
    mean_return_pct: float | None
    hit_rate: float | None = Field(description="share that went in `direction`; null without one")
    reason: str = Field(description="why there is no return; '' when there is")


class RuleRecord(BaseModel):
    """How often a rule fired at one severity, and what followed. Of all portfolios together."""

    rule_id: str = Field(examples=["S02"])
    severity: str
    direction: Literal[-1, 0, 1] = Field(description="where the rule expects the price to go")
    fired: int = Field(description="rows of advice")
    flips: int = Field(description="of them, openings within 20 sessions after clearing")
    openings: int = Field(description="distinct subjects and times")
    followed: list[Followed]


class TrendOut(BaseModel):
    """Trend of a symbol."""

    score: float | None = Field(description="-100 to 100; null while `reason` says why")
    label: Literal["bull", "bear", "neutral"] | None
    parts: dict[str, float] = Field(description="points of each part, up to 25 either way")
    reason: str


class CheckOut(BaseModel):
    """One measure of the last closed bar."""

    kind: Literal["move", "gap", "volume", "price_band"]
    state: Literal["normal", "unusual", "anomaly", "not_evaluated"]
    value: float | None
    unit: Literal["sigma", "atr", "fraction"]
    threshold: float
    n: int
    reason: str


class ForecastOut(BaseModel):
    """A forecast, and the errors that such forecasts have had."""

    horizon: int = Field(description="sessions ahead")
    method: Literal["random_walk", "ses", "theta"] = Field(description="what `price` is from")
    beaten: bool = Field(description="whether a method beats the random walk beyond chance")
    price: float | None
    low: float | None
    high: float | None
    error_pct: float | None = Field(description="mean absolute error of `method`")
    baseline_error_pct: float | None = Field(description="of the random walk, same forecasts")
    errors: dict[str, float] | None = Field(description="of every method that was tried")
    best: str = Field(description="method with the least error")
    edge: float | None = Field(description="its advantage in standard errors; 1.645 are needed")
    mase: float | None
    coverage: float | None = Field(description="share of outcomes inside past intervals")
    tested: int = Field(description="intervals that coverage was counted on")
    n: int = Field(description="forecasts behind the errors")
    closes: int
    required: int = Field(description="closes that a forecast needs")
    reason: str


class SymbolOut(BaseModel):
    """One symbol of the caller's portfolios."""

    symbol: str
    trend: TrendOut
    checks_interval: str = Field(description="of the bars that checks are made on")
    checks: list[CheckOut]
    forecasts: list[ForecastOut]


class InsightsOut(BaseModel):
    """Track record of the rules, and the outlook of the symbols that the caller holds."""

    as_of: Micros
    interval: str = Field(description="of the bars that trends are told from")
    track_record: list[RuleRecord]
    symbols: list[SymbolOut]


class StatementOut(BaseModel):
    """A sentence; every number in it is one of its evidence."""

    text: str
    evidence: list[Any]


class UsageOfInsight(BaseModel):
    """What this call was billed."""

    event_ids: list[str]
    ai_insight: int


class InsightAnswer(BaseModel):
    """An account in sentences."""

    subject: str = Field(description="a portfolio, or `market`")
    as_of: Micros
    served_hash: str = Field(
        description="SHA-256 of this answer without `served_hash` and `usage`, as for advice"
    )
    text: str
    statements: list[StatementOut]
    disclaimers: dict[str, str]
    usage: UsageOfInsight
