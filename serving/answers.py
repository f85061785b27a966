"""The advice answer: which rows are served, which are billed, and the hash of what was served."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic

import orjson

from serving.distance import Now, distances
from serving.errors import NotReady
from serving.meter import Charge, Draft
from serving.options import ServerOptions
from serving.rows import integer, text
from serving.valuation import value_portfolio
from serving.views import Analysis, EngineStatus, Row, Views, warm

Texts = Mapping[str, str]
DAY = 86_400_000_000
CLEARED_SHOWN = 20
NOW_LASTS = 0.05
SEVERITIES = {"alert": 0, "warn": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Served:
    """An answer but for what it is billed as. ``content``: its JSON without the closing brace."""

    content: bytes
    open_rows: int

    def draft(self) -> Draft:
        """One analysis, one generation per open row; withheld and cleared rows are free."""
        charges = [Charge("portfolio_analysis")]
        if self.open_rows:
            charges.append(Charge("advice_generation", self.open_rows))
        return Draft(charges, self.body)

    def body(self, event_ids: Sequence[str]) -> bytes:
        """The final bytes."""
        usage = {
            "event_ids": list(event_ids),
            "portfolio_analysis": 1,
            "advice_generation": self.open_rows,
        }
        return b'%b,"usage":%b}' % (self.content, orjson.dumps(usage))


def canonical(content: bytes) -> bytes:
    """JSON with sorted keys and no spaces, numbers as Python writes them, unescaped UTF-8."""
    parsed = orjson.loads(content)
    return json.dumps(parsed, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def seal(head: Mapping[str, object], lists: Mapping[str, object], open_rows: int) -> Served:
    """Render ``head`` and ``lists`` with the hash of both between them."""
    first, rest = orjson.dumps(head), orjson.dumps(lists)
    digest = sha256(canonical(first[:-1] + b"," + rest[1:])).hexdigest()
    return Served(
        b'%b,"served_hash":"%b",%b' % (first[:-1], digest.encode(), rest[1:-1]), open_rows
    )


def urgency(row: Row) -> tuple[int, str, str, str]:
    """Alerts first, then by rule and subject."""
    severity = SEVERITIES.get(text(row, "severity"), len(SEVERITIES))
    return severity, text(row, "rule_id"), text(row, "subject"), text(row, "advice_id")


def in_state(rows: Iterable[Row], state: str) -> list[Row]:
    """The rows of that state, most urgent first."""
    return sorted((row for row in rows if row["state"] == state), key=urgency)


def recently_cleared(rows: Iterable[Row], as_of: int) -> list[Row]:
    """What has gone within a day before ``as_of``, newest first, at most 20 rows.

    Of the evidence only that of the clearing is kept: why it is gone, not why it was there.
    """
    cleared = [row for row in in_state(rows, "cleared") if integer(row, "as_of") > as_of - DAY]
    newest = sorted(cleared, key=lambda row: -integer(row, "as_of"))[:CLEARED_SHOWN]
    return [{**row, "evidence": clearing(row), "suggestion": [], "clears_if": []} for row in newest]


def clearing(row: Row) -> list[object]:
    """The evidence that an advice row was cleared by."""
    evidence = row["evidence"]
    items = evidence if isinstance(evidence, list) else []
    return [item for item in items if str(item.get("name", "")).endswith("_at_clearing")]


def compose(portfolio_id: str, as_of: int, rows: Sequence[Row], now: Now, texts: Texts) -> Served:
    """The answer for one portfolio from its advice rows and what holds now."""
    opened = in_state(rows, "open")
    named = sorted({text(row, "disclaimer_id") for row in opened})
    lists = {
        "advice": [{**row, "now": distances(row, now)} for row in opened],
        "withheld": in_state(rows, "withheld"),
        "not_evaluated": in_state(rows, "not_evaluated"),
        "recently_cleared": recently_cleared(rows, as_of),
        "disclaimers": {name: texts[name] for name in named if name in texts},
    }
    return seal({"portfolio_id": portfolio_id, "as_of": as_of}, lists, len(opened))


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, the rows it was composed of, and when."""

    rows: Sequence[Row]
    made_at: float
    served: Served


class AdviceDesk:
    """Composes answers, anew when the advice of a portfolio has changed.

    While it has not, only ``now``, the distance to clearing at the latest prices, moves: with every
    trade of the market. It is brought up to date every ``NOW_LASTS`` seconds at most.
    """

    def __init__(
        self,
        *,
        views: Views,
        status: EngineStatus,
        options: ServerOptions,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._views = views
        self._status = status
        self._options = options
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

    def portfolio(self, portfolio_id: str) -> Served:
        """Advice on a portfolio of the book.

        Raises:
            ColdView: the book has not been evaluated yet.
            NotReady: the engine has failed or stopped.
        """
        self.check()
        warm(self._views, "positions", "advice")
        rows, made_at = self._views["advice"].rows(portfolio_id), self._clock()
        kept = self._kept.get(portfolio_id)
        if kept is not None and kept.rows is rows and made_at - kept.made_at < NOW_LASTS:
            return kept.served
        now = self._now(self._views["positions"].rows(portfolio_id))
        served = compose(portfolio_id, self._as_of(rows), rows, now, self._options.disclaimers)
        self._kept[portfolio_id] = _Kept(rows, made_at, served)
        return served

    def analysis(self, portfolio_id: str, analysis: Analysis) -> Served:
        """Advice on holdings that came with the request."""
        now, texts = self._now(analysis.positions), self._options.disclaimers
        return compose(portfolio_id, analysis.as_of, analysis.advice, now, texts)

    def _now(self, positions: Sequence[Row]) -> Now:
        quotes, currency = self._views["quotes"], self._options.currency
        valuation = value_portfolio(positions, quotes, currency)
        return Now(valuation, self._views["indicators"], self._options.default_interval)

    def _as_of(self, rows: Sequence[Row]) -> int:
        """The instant the rules were last evaluated at; of the newest row when that is unknown."""
        newest = max((integer(row, "as_of") for row in rows), default=0)
        return max(self._status.evaluated_at or 0, newest)
