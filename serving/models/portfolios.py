"""Portfolios at the latest prices."""

from typing import Any

from pydantic import BaseModel, Field

from serving.models.values import Micros, Money


class PortfolioSummary(BaseModel):
    """One portfolio at a glance."""

    portfolio_id: str = Field(examples=["demo-growth"])
    currency: str
    value: Money
    pnl: Money | None = Field(description="null when no position has a cost")
    positions: int
    open_advice: int


class Portfolios(BaseModel):
    """The caller's portfolios."""

    as_of: Micros | None = Field(description="time of the newest price used")
    portfolios: list[PortfolioSummary]


class PositionOut(BaseModel):
    """One holding at the latest price."""

    symbol: str
    quantity: float = Field(description="negative when short")
    price: float
    ts_price: Micros
    market_value: Money
    cost: Money | None
    pnl: Money | None
    weight: float | None = Field(description="fraction of the value; null when it is not positive")
    sector: str
    currency: str


class PortfolioOut(BaseModel):
    """One portfolio at the latest prices, with its risk row of the last closed bar."""

    portfolio_id: str
    currency: str
    as_of: Micros | None = Field(description="time of the newest price used")
    value: Money
    pnl: Money | None
    positions: list[PositionOut]
    sector_weights: dict[str, float]
    risk: dict[str, Any] | None = Field(description="row of portfolio_risk, money as strings")
