"""Holdings that accounts send, and what is answered to them."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from serving.holdings import MOST_LINES
from serving.models.advice import HoldingIn
from serving.models.values import Micros

FULL = 1.0 + 1e-9


class HoldingsIn(BaseModel):
    """All that a portfolio holds; an empty list is nothing. A symbol stands in one line."""

    model_config = ConfigDict(extra="forbid")

    holdings: list[HoldingIn] = Field(max_length=MOST_LINES)

    @model_validator(mode="after")
    def consistent(self) -> Self:
        """One line per symbol, each of something, targets of at most 100 % together."""
        seen: set[str] = set()
        for place, line in enumerate(self.holdings):
            if line.symbol in seen:
                raise _fault(place, "symbol", f"{line.symbol} is listed twice: add them up")
            if line.quantity == 0 and not line.target_weight:
                raise _fault(place, "quantity", "is 0: leave the line out, or give a target_weight")
            seen.add(line.symbol)
        targets = sum(line.target_weight or 0.0 for line in self.holdings)
        if targets > FULL:
            raise _fault(None, "target_weight", f"add up to {targets:.4g}, more than 1")
        return self

    @property
    def lines(self) -> list[dict[str, object]]:
        """The lines of the document, sorted by symbol."""
        return [line.model_dump() for line in sorted(self.holdings, key=lambda line: line.symbol)]


class PortfolioIn(HoldingsIn):
    """A portfolio to begin."""

    portfolio_id: str = Field(
        min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", examples=["growth"]
    )


class HoldingsPlaced(BaseModel):
    """A document that is stored; the next evaluation reads it."""

    portfolio_id: str
    revision: int = Field(description="of the portfolio's documents, growing")
    ts_event: Micros = Field(description="time of the market from which it counts")
    holdings: int = Field(description="lines")


class ImportedLine(BaseModel):
    """One holding of the file."""

    symbol: str
    quantity: float
    avg_cost: float | None
    currency: str
    name: str
    isin: str
    lines: list[int] = Field(description="where it stands in the file")


class FindingOut(BaseModel):
    """Something about one line of the file."""

    line: int = Field(description="1-based; 0: the file as a whole")
    kind: str = Field(examples=["unknown_symbol", "split_lots", "unreadable_number"])
    symbol: str
    message: str
    text: str = Field(description="of the line, where it was left out")
    left_out: bool = Field(description="the line does not count")


class ImportAnswer(BaseModel):
    """What a broker's file gives. Every line is a holding, a transaction or has a finding."""

    portfolio_id: str
    format: str = Field(examples=["zerodha_console"])
    holdings: list[ImportedLine]
    transactions: int
    findings: list[FindingOut]
    applied: bool = Field(description="false with dry_run, and where the file gives nothing")
    revision: int | None
    ts_event: Micros | None


def _fault(place: int | None, field: str, message: str) -> PydanticCustomError:
    where = "holdings" if place is None else f"holdings.{place}"
    return PydanticCustomError("holdings", "{where}", {"where": f"{where}.{field}: {message}"})
