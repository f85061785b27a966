"""Quotes, bars, indicators."""

from pydantic import BaseModel, ConfigDict, Field

from serving.models.values import Micros


class Quote(BaseModel):
    """The latest price of one symbol; null before its first trade."""

    symbol: str = Field(examples=["RELIANCE"])
    name: str | None
    sector: str | None
    currency: str
    price: float | None = Field(examples=[2951.4])
    size: float | None = Field(description="units of the last trade; null when unknown")
    ts_event: Micros | None


class Quotes(BaseModel):
    """Latest prices, by symbol."""

    as_of: Micros | None = Field(description="time of the newest of these prices")
    quotes: list[Quote]


class BarOut(BaseModel):
    """One row of the bars table."""

    symbol: str
    interval: str
    bar_start: Micros
    open: float
    high: float
    low: float
    close: float
    volume: float
    trade_count: int
    vwap: float | None
    is_final: bool = Field(description="false while the bar is still forming")
    adj_version: int = Field(description="corporate actions that have re-scaled it; 0: as traded")


class Bars(BaseModel):
    """The last bars of one symbol, oldest first."""

    symbol: str
    interval: str
    bars: list[BarOut]


class IndicatorRow(BaseModel):
    """One row of the indicators table: one column per indicator value, null while it warms up."""

    model_config = ConfigDict(extra="allow")

    symbol: str
    interval: str
    bar_start: Micros
    is_final: bool


class Indicators(BaseModel):
    """The last indicator rows of one symbol, oldest first; by default only the latest."""

    symbol: str
    interval: str
    indicators: list[IndicatorRow]
