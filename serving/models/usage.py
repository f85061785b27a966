"""What was used and what became of each event."""

from pydantic import BaseModel, Field

from serving.models.values import Micros, Money


class MeterUsage(BaseModel):
    """Units of one meter and what they cost."""

    count: int
    amount: Money
    currency: str


class UsageOut(BaseModel):
    """Usage of the account in one calendar month, UTC."""

    account_id: str
    period: str = Field(examples=["2026-11"], description="YYYY-MM")
    meters: dict[str, MeterUsage] = Field(description="every meter, unused ones with count 0")
    as_of: Micros


class EventOut(BaseModel):
    """The fate of one usage event; null for what has not happened yet."""

    event_id: str
    meter: str
    quantity: int
    created_at: Micros
    aggregated_at: Micros | None
    sent_at: Micros | None
    confirmed_at: Micros | None
    served_hash: str | None = Field(description="of the answer that was billed")
    portfolio_id: str | None
    as_of: Micros | None = Field(description="instant of the evaluation that was served")
