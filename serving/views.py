"""What serving reads: tables by key, swapped whole at each engine commit, and the engine's state.

Everything here is read on the API's event loop alone. ``connectors.sinks.live_view`` satisfies
:class:`Views` from Pathway tables, tests use hand-written fakes.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

Row = Mapping[str, object]
"""One row of a table by column name. Never changed in place: a revised row is another object."""

VIEW_NAMES = (
    "quotes",
    "bars",
    "indicators",
    "instruments",
    "positions",
    "portfolio_risk",
    "advice",
    "advice_versions",
    "evaluations",
    "track_record",
    "usage",
)


class ColdView(Exception):
    """A view that has not been filled yet: 503 with Retry-After."""


class View(Protocol):
    """The current rows of one table.

    Keys: quotes, instruments: ``symbol``; bars, indicators: ``(symbol, interval, bar_start)`` in
    groups ``(symbol, interval)``; positions: ``(portfolio_id, symbol)`` in groups ``portfolio_id``;
    portfolio_risk: ``portfolio_id``; advice: ``advice_id`` in groups ``portfolio_id``;
    advice_versions: ``(valid_from, advice_id)`` in groups ``portfolio_id``; evaluations:
    ``instant`` in groups ``interval``; track_record: ``(rule_id, severity, direction, horizon)`` in
    groups ``rule_id``; usage: ``(account_id, meter, granularity, period_start)`` in
    groups ``account_id``.
    """

    @property
    def ready(self) -> bool:
        """Whether what is not there is absent, not merely unknown yet."""

    def get(self, key: Hashable) -> Row | None:
        """The row of ``key``; None when there is none."""

    def rows(self, group: Hashable = None) -> Sequence[Row]:
        """All rows of ``group`` in the order of their keys; of the table when ``group`` is None.

        The same object is returned until a commit touches the group.
        """

    def __len__(self) -> int:
        """How many rows there are."""


class Views(Protocol):
    """All views as of one engine commit."""

    @property
    def version(self) -> int:
        """Commits published so far: what was computed for a version holds until the next."""

    def __getitem__(self, name: str) -> View:
        """The view of that name."""


@dataclass(frozen=True, slots=True)
class PartStatus:
    """How a feed or a sink stands with the other side.

    Attributes:
        name: ``kafka:market.trades``, ``postgres``.
        state: away means: it was there, or should be, and is not.
        since: wall clock of the last change of ``state``, microseconds.
        reason: of being away. lag: messages that wait there; None: not known.
        counters: what it has counted.
    """

    name: str
    state: Literal["starting", "connected", "away"]
    since: int
    reason: str = ""
    lag: int | None = None
    counters: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class EngineStatus:
    """What the engine says of itself. Written by the pipeline, read for /readyz and /metrics.

    Attributes:
        state: running and drained (a finite feed has ended) can be served from; so can restarting,
            from the last consistent views.
        failure: one line, when ``state`` is failed or restarting.
        clock: market clock, the highest event time accepted, microseconds; None before the first.
        evaluated_at: event time that advice was last evaluated at; None before the first.
        ticks: trades and bars accepted; ``ticks_per_s``: lately.
        reached: latest ``evaluated_at`` of all engines of the run; 0 before the first.
        rejected: refused rows by reason.
        parts: feeds and sinks with another side.
        restarts: of the engine.
        stale_since: wall clock since when the views stand still because engine or feeds are away,
            microseconds; None while they do not.
    """

    state: Literal["starting", "running", "drained", "restarting", "stopped", "failed"] = "starting"
    failure: str = ""
    clock: int | None = None
    evaluated_at: int | None = None
    reached: int = 0
    ticks: int = 0
    ticks_per_s: float = 0.0
    rejected: dict[str, int] = field(default_factory=dict)
    parts: Sequence[PartStatus] = ()
    restarts: int = 0
    stale_since: int | None = None


@dataclass(frozen=True, slots=True)
class Analysis:
    """The book's verdict on holdings that are not kept.

    Attributes:
        as_of: event time of the prices and indicators used, microseconds.
        advice: rows of the advice table, all states.
        positions: rows of the positions table; holdings without a price have none.
    """

    as_of: int
    advice: Sequence[Row]
    positions: Sequence[Row]


class Analyst(Protocol):
    """Evaluates the rules on holdings that come with a request."""

    def analyze(self, portfolio_id: str, holdings: Sequence[Row]) -> Analysis:
        """Advise on ``holdings`` as of now; called in a worker thread, several at a time.

        Args:
            portfolio_id: what the rows are labelled with.
            holdings: ``{symbol, quantity, avg_cost, currency, target_weight}``, absent values None.

        Raises:
            ColdView: no prices yet.
        """


def warm(views: Views, *names: str) -> None:
    """Check that the named views are filled.

    Raises:
        ColdView: one of them is not.
    """
    for name in names:
        if not views[name].ready:
            raise ColdView(name)
