"""Alpha Vantage on companies: overview, earnings, news with its judgement of their mood."""

from math import isnan
from typing import Any, Final

from connectors.providers.observations import Fundamental, NewsItem, Observation
from connectors.providers.reading import day, instant, number
from connectors.providers.spec import Context, UnknownSymbol

_NO_FIGURES: Final = frozenset({"Symbol", "Name", "CIK"})  # which may look like numbers


def read_company(document: Any, context: Context) -> list[Observation]:
    """Figures of an overview, or reported earnings per share by quarter."""
    if not document:
        raise UnknownSymbol(f"{context.symbol}: its overview is empty")
    if "quarterlyEarnings" in document:
        return [
            Fundamental(
                symbol=context.named(document["symbol"]),
                ts_event=day(quarter["reportedDate"]),
                metric="reportedEPS",
                value=number(quarter["reportedEPS"]),
                period_end=quarter["fiscalDateEnding"],
            )
            for quarter in document["quarterlyEarnings"]
        ]
    symbol, quarter = context.named(document["Symbol"]), document["LatestQuarter"]
    return [
        Fundamental(symbol, context.received, name, number(text), period_end=quarter)
        for name, text in document.items()
        if name not in _NO_FIGURES and not isnan(number(text))
    ]


def read_news(document: Any, context: Context) -> list[Observation]:
    """Articles, with the mood towards the symbol that was asked for."""
    return [
        NewsItem(
            symbol=context.symbol,
            ts_event=instant(article["time_published"]),
            url=article["url"],
            title=article["title"],
            source=article["source"],
            summary=article["summary"],
            sentiment=_mood(article, context.symbol),
        )
        for article in document["feed"]
    ]


def _mood(article: Any, symbol: str) -> float:
    for about in article["ticker_sentiment"]:
        if about["ticker"] == symbol:
            return number(about["ticker_sentiment_score"])
    return number(article["overall_sentiment_score"])
