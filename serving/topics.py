"""What can be streamed, and what of it is for whom."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from serving.access.keys import Principal
from serving.errors import Invalid
from serving.hub import Change
from serving.rows import text
from serving.views import Row, Views

BY_PORTFOLIO = ("advice", "positions", "portfolio_risk")
BY_ACCOUNT = ("usage",)
BY_SYMBOL = ("quotes", "bars", "indicators")
TOPICS = (*BY_PORTFOLIO, *BY_SYMBOL, *BY_ACCOUNT)


def listed(given: str) -> list[str]:
    """The parts of a comma separated list, each once, in order."""
    return list(dict.fromkeys(part.strip() for part in given.split(",") if part.strip()))


@dataclass(frozen=True, slots=True)
class Interest:
    """What one stream is about. ``symbols`` empty: all of them."""

    principal: Principal
    topics: Sequence[str]
    symbols: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, principal: Principal, topics: str, symbols: str) -> "Interest":
        """Read the query parameters of a stream.

        Raises:
            Invalid: a topic does not exist, or none was named.
        """
        names = listed(topics)
        unknown = [name for name in names if name not in TOPICS]
        if unknown or not names:
            named = f"unknown topic {unknown[0]!r}" if unknown else "name at least one topic"
            raise Invalid(f"topics: {named}, known are {', '.join(TOPICS)}")
        return cls(principal, names, frozenset(listed(symbols)))

    def wants(self, change: Change) -> bool:
        """Whether a change is for this stream: nobody sees rows of another account."""
        return self.covers(change.table, change.row)

    def covers(self, table: str, row: Row) -> bool:
        """Whether a row of a topic is for this stream."""
        if table in BY_PORTFOLIO:
            return text(row, "portfolio_id") in self.principal.portfolios
        if table in BY_ACCOUNT:
            return text(row, "account_id") == self.principal.account_id
        return not self.symbols or text(row, "symbol") in self.symbols

    def snapshot(self, views: Views, intervals: Sequence[str]) -> Iterator[tuple[str, Row]]:
        """Where the topics stand now: (topic, row), of bar tables the newest row per symbol."""
        for topic in self.topics:
            for row in SNAPSHOTS[topic](self, views, topic, intervals):
                yield topic, row

    def of_portfolios(self, views: Views, topic: str, _: Sequence[str]) -> Iterator[Row]:
        """Rows of the caller's portfolios; advice that has cleared is history, not state."""
        for portfolio_id in self.principal.portfolios:
            for row in views[topic].rows(portfolio_id):
                if row.get("state") != "cleared":
                    yield row

    def of_account(self, views: Views, topic: str, _: Sequence[str]) -> Iterator[Row]:
        """Rows of the caller's account."""
        yield from views[topic].rows(self.principal.account_id)

    def of_quotes(self, views: Views, topic: str, _: Sequence[str]) -> Iterator[Row]:
        """Latest prices of the symbols asked for."""
        yield from (row for row in views[topic].rows() if self.covers(topic, row))

    def of_bars(self, views: Views, topic: str, intervals: Sequence[str]) -> Iterator[Row]:
        """The newest row of each symbol and interval."""
        for quote in self.of_quotes(views, "quotes", intervals):
            for interval in intervals:
                yield from views[topic].rows((text(quote, "symbol"), interval))[-1:]


SNAPSHOTS: dict[str, Callable[[Interest, Views, str, Sequence[str]], Iterator[Row]]] = {
    "advice": Interest.of_portfolios,
    "positions": Interest.of_portfolios,
    "portfolio_risk": Interest.of_portfolios,
    "quotes": Interest.of_quotes,
    "bars": Interest.of_bars,
    "indicators": Interest.of_bars,
    "usage": Interest.of_account,
}
