"""What serving asks of the optimisation of a portfolio, and how its answer is put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from serving.errors import Invalid
from serving.meter import Charge, Draft, Receipt
from serving.sealed import hash_of
from serving.views import Row

METHODS = ("capped", "min_variance", "risk_parity", "hrp", "min_cvar", "max_sharpe")
DEFAULT_METHODS = METHODS[:-1]  # maximum Sharpe only when it is named: historical means are noise


@dataclass(frozen=True, slots=True)
class OptimiseOptions:
    """What the caller wants. None: as configured.

    Attributes:
        methods: names out of ``METHODS``.
        max_weight, max_sector_weight, max_turnover: shares of the value, above 0 and at most 1.
        cost_bps: estimated cost of a trade, in hundredths of a percent.
        cash_micros: to be put to work; None: what the portfolio holds in cash.
    """

    methods: Sequence[str] = DEFAULT_METHODS
    max_weight: float | None = None
    max_sector_weight: float | None = None
    max_turnover: float | None = None
    cost_bps: float | None = None
    cash_micros: int | None = None


@dataclass(frozen=True, slots=True)
class Optimisation:
    """Plans of one portfolio.

    Attributes:
        as_of: time of the newest price used, microseconds.
        limits: that the plans keep to. current: metrics of the portfolio as it is.
        plans: one row per method that has an answer, in the order they were asked for.
        missing: ``{method, kind, reason}`` of the others; ``kind`` is ``not_installed``,
            ``infeasible`` or ``short_history``.
        excluded: ``{symbol, reason}`` of positions that no plan touches.
        disclaimer_id: of the text to send along.
    """

    as_of: int
    limits: Row
    current: Row
    plans: Sequence[Row]
    missing: Sequence[Row] = ()
    excluded: Sequence[Row] = ()
    disclaimer_id: str = ""


class Optimiser(Protocol):
    """Optimises portfolios of the book, away from the event loop."""

    async def optimise(self, portfolio_id: str, options: OptimiseOptions) -> Optimisation:
        """Plan trades for one portfolio at its latest prices.

        Raises:
            ColdView: positions or prices are not there yet.
            Invalid: there is nothing to optimise, or none of the methods is installed.
            NotReady: the solver crashed or did not answer in time.
            TooManyAnalyses: every slot is taken and the queue is full.
        """


@dataclass(frozen=True, slots=True)
class NoOptimiser:
    """Of an app that was built without one."""

    reason: str = "optimisation is not part of this server"

    async def optimise(self, portfolio_id: str, options: OptimiseOptions) -> Optimisation:
        """Refuse."""
        raise Invalid(self.reason)


def drafted(portfolio_id: str, found: Optimisation, texts: Mapping[str, str]) -> Draft:
    """The answer, billed as one analysis. ``texts``: of disclaimers, by id.

    The hash covers all of it but itself and what it is billed as.
    """
    named = found.disclaimer_id
    head: dict[str, object] = {"portfolio_id": portfolio_id, "as_of": found.as_of}
    told = {
        "limits": found.limits,
        "current": found.current,
        "plans": found.plans,
        "missing": found.missing,
        "excluded": found.excluded,
        "disclaimers": {named: texts[named]} if named in texts else {},
    }
    served_hash = hash_of(orjson.dumps(head | told))

    def body(event_ids: Sequence[str]) -> bytes:
        usage = {"event_ids": event_ids, "portfolio_analysis": 1, "advice_generation": 0}
        return orjson.dumps({**head, "served_hash": served_hash, **told, "usage": usage})

    # The answer itself is not kept beside its hash: what is kept of a portfolio is its advice.
    receipt = Receipt(served_hash, portfolio_id, found.as_of)
    return Draft([Charge("portfolio_analysis")], body, receipt=receipt)
