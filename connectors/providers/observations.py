"""What providers tell, whoever tells it. Times are microseconds UTC, a date is its midnight UTC.

A number that a provider left out or wrote unreadably is NaN, so that whoever judges values refuses
it by name instead of missing it.
"""

from dataclasses import dataclass, fields
from typing import Final, get_args


@dataclass(frozen=True, slots=True)
class Quote:
    """A price of a symbol.

    Attributes:
        ts_event: when it was made; when it was received where the provider does not say.
        currency: of the price, upper case; '' where the provider does not say.
    """

    symbol: str
    ts_event: int
    price: float
    currency: str = ""


@dataclass(frozen=True, slots=True)
class BarRow:
    """What a symbol traded for in an interval.

    Attributes:
        ts_event: when the interval began.
        volume: 0 where the provider has none.
        interval: its length in microseconds; 0 where the answer does not say.
    """

    symbol: str
    ts_event: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    interval: int = 0


@dataclass(frozen=True, slots=True)
class TradeTick:
    """One trade. ``trade_id`` is unique within the provider and symbol."""

    symbol: str
    ts_event: int
    price: float
    size: float
    trade_id: str


@dataclass(frozen=True, slots=True)
class NewsItem:
    """An article, post or filing. Its key is ``url``: providers repeat articles.

    Attributes:
        symbol: it was found for.
        ts_event: when it was published.
        source: who published it.
        sentiment: -1 to 1, as the provider judges; None: it does not.
    """

    symbol: str
    ts_event: int
    url: str
    title: str
    source: str
    summary: str = ""
    sentiment: float | None = None


@dataclass(frozen=True, slots=True)
class Fundamental:
    """One figure of a company.

    Attributes:
        ts_event: when it became known (the filing), else what the provider says it is of.
        metric: as the provider calls it.
        unit: ``USD``, ``shares``; '' for ratios and where the provider does not say.
        period_start: ISO date, '' for a figure of one day.
        period_end: ISO date, '' where the provider does not say.
    """

    symbol: str
    ts_event: int
    metric: str
    value: float
    unit: str = ""
    period_start: str = ""
    period_end: str = ""


@dataclass(frozen=True, slots=True)
class MacroPoint:
    """A value of an economic series. A later ``ts_known`` of the same date revises it.

    Attributes:
        symbol: of the series.
        ts_event: the date it is of.
        value: None: there is none for this date, such as a holiday.
        ts_known: from when on this was its value; 0 where the provider does not say.
    """

    symbol: str
    ts_event: int
    value: float | None
    ts_known: int = 0


Observation = Quote | BarRow | TradeTick | NewsItem | Fundamental | MacroPoint
# Which of their fields are texts, so that a provider's surprise ends where it is read.
TEXTS: Final = {
    kind: tuple(each.name for each in fields(kind) if each.type is str)
    for kind in get_args(Observation)
}
