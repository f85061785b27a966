"""The advice answer, and the holdings that /v1/analyze takes."""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serving.models.values import Micros


class AdviceOut(BaseModel):
    """One row of the advice table."""

    model_config = ConfigDict(extra="allow")

    advice_id: str
    portfolio_id: str
    rule_id: str = Field(examples=["P01"])
    subject: str
    state: Literal["open", "cleared", "withheld", "not_evaluated"]
    severity: str
    sentence: str
    evidence: Any
    suggestion: Any
    clears_if: Any
    as_of: Micros
    inputs_hash: str
    ruleset_hash: str
    cause: str
    disclaimer_id: str


class Distance(BaseModel):
    """How far an open advice is from clearing, at the latest prices."""

    metric: str
    value: float
    operator: str
    threshold: float
    distance: float = Field(description="still to go, in units of the metric; 0 when reached")
    reached: bool
    as_of: Micros


class UsageOfCall(BaseModel):
    """What this call was billed."""

    event_ids: list[str]
    portfolio_analysis: int
    advice_generation: int


class AdviceAnswer(BaseModel):
    """Advice on one portfolio. Only the rows of `advice` are billed.

    What the hash covers is the same whenever it is asked for: `as_of` brings it back.
    """

    portfolio_id: str
    as_of: Micros = Field(description="event time of the evaluation")
    served_hash: str = Field(
        description="SHA-256 of this answer without `served_hash`, `basis`, `now` and `usage`, as "
        "JSON with sorted keys, separators ',' and ':' and unescaped UTF-8; in Python: "
        "hashlib.sha256(json.dumps(answer, sort_keys=True, separators=(',', ':'), "
        "ensure_ascii=False).encode()).hexdigest()"
    )
    advice: list[AdviceOut]
    strengths: list[AdviceOut] = Field(description="what is good about the portfolio; not billed")
    withheld: list[AdviceOut] = Field(description="held back: the data under them is stale")
    not_evaluated: list[AdviceOut] = Field(description="rules that lack data: never a pass")
    recently_cleared: list[AdviceOut] = Field(
        description="gone within the last day, newest first; evidence of the clearing alone"
    )
    disclaimers: dict[str, str]
    basis: Literal["live", "served", "reconstructed"] = Field(
        description="live: as of the last evaluation; with `as_of`, served: as it was answered "
        "then, or reconstructed: from the versions of the rows"
    )
    now: dict[str, list[Distance]] = Field(
        description="by advice_id of `advice`: one entry per clearing condition that can be "
        "computed from current prices; empty with `as_of`"
    )
    usage: UsageOfCall


class HoldingIn(BaseModel):
    """One line of a portfolio."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)

    symbol: str = Field(min_length=1, max_length=64, examples=["RELIANCE"])
    quantity: float = Field(ge=-1e12, le=1e12, examples=[10], description="negative when short")
    avg_cost: float | None = Field(default=None, ge=0, le=1e12, description="per unit")
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3,5}$")
    target_weight: float | None = Field(default=None, ge=0, le=1)


class AnalyzeIn(BaseModel):
    """Holdings to analyse. Nothing of them is kept."""

    model_config = ConfigDict(extra="forbid")

    portfolio_id: str = Field(
        default="ad-hoc", min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$"
    )
    holdings: list[HoldingIn] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def consistent(self) -> Self:
        """One line per symbol, targets of at most 100 % together."""
        seen: set[str] = set()
        for line in self.holdings:
            if line.symbol in seen:
                raise ValueError(f"{line.symbol} is listed twice: add its quantities up")
            seen.add(line.symbol)
        targets = sum(line.target_weight or 0.0 for line in self.holdings)
        if targets > 1.0 + 1e-9:
            raise ValueError(f"target weights add up to {targets:.4g}, more than 1")
        return self
