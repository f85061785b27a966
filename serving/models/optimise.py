"""What /optimise takes and answers."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from serving.models.advice import UsageOfCall
from serving.models.values import Micros, Money

Method = Literal["capped", "min_variance", "risk_parity", "hrp", "min_cvar", "max_sharpe"]
Share = Annotated[float, Field(gt=0, le=1)]


class OptimiseIn(BaseModel):
    """Methods and limits. Everything may be left out, and so may the body."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    methods: list[Method] = Field(
        default=["capped", "min_variance", "risk_parity", "hrp", "min_cvar"],
        min_length=1,
        max_length=6,
        description="`max_sharpe` only when it is named: means of the past are mostly noise",
    )
    max_weight: Share | None = Field(default=None, description="of one name; default 0.15")
    max_sector_weight: Share | None = Field(default=None, description="default 0.30")
    max_turnover: Share | None = Field(
        default=None, description="of what is bought or sold, whichever is more; default 0.20"
    )
    cost_bps: float | None = Field(
        default=None, ge=0, le=1000, description="cost of a trade in 0.01 %; default as configured"
    )
    cash: Decimal | None = Field(
        default=None,
        ge=0,
        le=10**11,
        description="to be put to work; default: what the portfolio holds in cash",
        examples=["25000.00"],
    )

    @field_validator("methods")
    @classmethod
    def _once_each(cls, methods: list[Method]) -> list[Method]:
        if len(set(methods)) < len(methods):
            raise ValueError("a method is named twice")
        return methods


class PlanMetrics(BaseModel):
    """On given weights, cash being one position."""

    volatility_pct: float | None = Field(description="per year; null while `reason` says why")
    cvar95_pct: float | None = Field(description="mean loss of the worst 5 % of days")
    hhi: float
    n_effective: float
    n: int = Field(description="daily returns that went in")
    reason: str | None


class PlannedTradeOut(BaseModel):
    """One order of whole lots."""

    symbol: str
    side: Literal["buy", "sell"]
    quantity: float
    price: float = Field(description="in the instrument's currency")
    amount: Money
    cost: Money


class PlanWeight(BaseModel):
    """Share of one position in the value with its cash."""

    symbol: str
    before: float
    target: float = Field(description="as the method has it, limits kept")
    after: float = Field(description="as the trades leave it")


class BindingOut(BaseModel):
    """A limit the plan has run into."""

    constraint: Literal["max_weight", "max_sector_weight", "max_turnover"]
    subject: str = Field(description="symbol or sector; empty for the portfolio")
    limit: float


class PlanOut(BaseModel):
    """One method's answer. `after` is of the weights that the trades really give."""

    method: Method
    weights: list[PlanWeight]
    trades: list[PlannedTradeOut]
    before: PlanMetrics
    after: PlanMetrics
    turnover: float
    cost: Money
    cash_after: Money
    binding_constraints: list[BindingOut]
    note: str


class LimitsOut(BaseModel):
    """What all plans keep to."""

    max_weight: float
    max_sector_weight: float
    max_turnover: float
    cost_bps: float
    cash: Money
    currency: str


class MissingOut(BaseModel):
    """A method without an answer."""

    method: Method
    kind: Literal["not_installed", "infeasible", "short_history"]
    reason: str


class ExcludedOut(BaseModel):
    """A position that no plan touches."""

    symbol: str
    reason: str


class OptimiseAnswer(BaseModel):
    """Plans for one portfolio, and the methods that have none."""

    portfolio_id: str
    as_of: Micros = Field(description="time of the newest price used")
    served_hash: str = Field(
        description="SHA-256 of this answer without `served_hash` and `usage`, in the form that "
        "the hash of an advice answer is taken of"
    )
    limits: LimitsOut
    current: PlanMetrics
    plans: list[PlanOut]
    missing: list[MissingOut]
    excluded: list[ExcludedOut]
    disclaimers: dict[str, str]
    usage: UsageOfCall
