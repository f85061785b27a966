"""The advice answer, live or of the past: what is served, what it costs, what is told beside it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

import orjson

from serving.composition import compose, is_billed
from serving.distance import Now, distances
from serving.errors import BeforeFirst, BeyondRetention, NotReady, NotYet
from serving.options import ServerOptions
from serving.past import evaluated, reconstructed
from serving.rows import integer, text
from serving.sealed import opened
from serving.served import Served, served
from serving.valuation import value_portfolio
from serving.views import Analysis, ColdView, EngineStatus, Row, Views, warm

Stored: TypeAlias = Callable[[str, int], bytes | None]
NOW_LASTS = 0.05


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, the rows it was composed of, and when its ``now`` was computed."""

    rows: Sequence[Row]
    made_at: float
    served: Served


class AdviceDesk:
    """Composes answers, anew when the advice of a portfolio has changed.

    While it has not, only ``now``, the distance to clearing at the latest prices, moves: with every
    trade of the market. It is brought up to date every ``NOW_LASTS`` seconds at most.

    Args:
        views: what the engine published.
        status: how the engine is.
        options: disclaimers, interval, currency, retention.
        stored: content of the answer that was last given on a portfolio at an instant.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        *,
        views: Views,
        status: EngineStatus,
        options: ServerOptions,
        stored: Stored,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._views = views
        self._status = status
        self._options = options
        self._stored = stored
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    def check(self) -> None:
        """Check that advice given now would be current.

        Raises:
            NotReady: the engine has failed or stopped; what it left behind is not sold.
        """
        if self._status.state in ("failed", "stopped"):
            said = f"the engine has {self._status.state}: {self._status.failure}"
            raise NotReady(said.rstrip(": "))

    def advise(self, portfolio_id: str, time: int | None) -> Served:
        """Advice on a portfolio as of a time; None: the last evaluation. Raises as both do."""
        return self.portfolio(portfolio_id) if time is None else self.past(portfolio_id, time)

    def portfolio(self, portfolio_id: str) -> Served:
        """Advice on a portfolio of the book.

        Raises:
            ColdView: the book has not been evaluated yet.
            NotReady: the engine has failed or stopped.
        """
        self.check()
        warm(self._views, "positions", "advice")
        rows, made_at = self._views["advice"].rows(portfolio_id), self._clock()
        kept, as_of = self._kept.get(portfolio_id), self._as_of(portfolio_id, rows)
        same = kept is not None and kept.rows is rows and kept.served.sealed.as_of == as_of
        if kept is not None and same and made_at - kept.made_at < NOW_LASTS:
            return kept.served
        now = self._now(rows, self._views["positions"].rows(portfolio_id))
        if kept is not None and same:
            fresh = Served(kept.served.sealed, "live", now, kept.served.receipt)
        else:
            sealed = compose(portfolio_id, as_of, rows, self._options.disclaimers)
            fresh = served(sealed, "live", now)
        self._kept[portfolio_id] = _Kept(rows, made_at, fresh)
        return fresh

    def past(self, portfolio_id: str, time: int) -> Served:
        """Advice on a portfolio as it stood at ``time``.

        What was answered at that instant is given again as it was. What nobody asked for then is
        put together from the versions of its rows.

        Raises:
            NotYet: the rules have not been evaluated up to ``time``.
            BeyondRetention: ``time`` is longer ago than versions are kept.
            BeforeFirst: there had been no evaluation at ``time``.
            ColdView: the book has not been evaluated yet.
            NotReady: the engine has failed or stopped.
        """
        self.check()
        if content := self._stored(portfolio_id, time):
            return served(opened(content), "served")
        as_of, versions = self._evaluated(portfolio_id, time)
        if as_of != time and (content := self._stored(portfolio_id, as_of)):
            return served(opened(content), "served")
        texts = self._options.disclaimers
        return served(reconstructed(portfolio_id, as_of, versions, texts), "reconstructed")

    def _evaluated(self, portfolio_id: str, time: int) -> tuple[int, Sequence[Row]]:
        """The last evaluation up to ``time``, and the versions of the portfolio."""
        warm(self._views, "advice_versions", "evaluations")
        instants = self._instants()
        versions = self._views["advice_versions"].rows(portfolio_id)
        newest = evaluated(instants, versions)
        if newest < 0:
            raise ColdView("evaluations")
        if time > newest:
            raise NotYet(f"advice has been evaluated up to {newest}, {time} is later")
        oldest = newest - round(self._options.retention.total_seconds() * 1_000_000)
        if time < oldest:
            raise BeyondRetention(f"advice is kept back to {oldest}, {time} is earlier")
        as_of = evaluated(instants, versions, time)
        if as_of < 0:
            raise BeforeFirst(f"advice was first evaluated after {time}")
        return as_of, versions

    def analysis(self, portfolio_id: str, analysis: Analysis) -> Served:
        """Advice on holdings that came with the request; of them the ledger keeps the hash."""
        texts = self._options.disclaimers
        sealed = compose(portfolio_id, analysis.as_of, analysis.advice, texts)
        return served(sealed, "live", self._now(analysis.advice, analysis.positions), kept=False)

    def _now(self, rows: Sequence[Row], positions: Sequence[Row]) -> bytes:
        """How far each open row is from clearing, as JSON."""
        quotes, currency = self._views["quotes"], self._options.currency
        valuation = value_portfolio(positions, quotes, currency)
        now = Now(valuation, self._views["indicators"], self._options.default_interval)
        billed = [row for row in rows if is_billed(row)]
        return orjson.dumps({text(row, "advice_id"): distances(row, now) for row in billed})

    def _instants(self) -> Sequence[Row]:
        return self._views["evaluations"].rows(self._options.default_interval)

    def _as_of(self, portfolio_id: str, rows: Sequence[Row]) -> int:
        """When the portfolio was last evaluated; of the newest row when that is unknown."""
        versions = self._views["advice_versions"].rows(portfolio_id)
        found = evaluated(self._instants()[-1:], versions[-1:])
        return found if found >= 0 else max((integer(row, "as_of") for row in rows), default=0)
