"""What serving asks of insights, how their answers are put together, and who may have them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from serving.access.keys import Principal
from serving.errors import Invalid, PlanRequired
from serving.meter import Charge, Draft, Receipt
from serving.options import ServerOptions
from serving.sealed import hash_of
from serving.views import Row

METER = "ai_insight"
MARKET = "market"  # what the summary of the market is labelled with


@dataclass(frozen=True, slots=True)
class Outlook:
    """Trend, anomalies and forecasts of symbols.

    Attributes:
        as_of: instant of the last closed bar, microseconds.
        interval: of the bars that trends are told from. symbols: one row each.
    """

    as_of: int
    interval: str
    symbols: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Insight:
    """An account in sentences.

    Attributes:
        as_of: instant of the last closed bar, microseconds.
        statements: ``{text, evidence}``; every number of a text is one of its evidence.
        disclaimer_id: of the text to send along.
    """

    as_of: int
    statements: Sequence[Row]
    disclaimer_id: str = ""


class Insights(Protocol):
    """Tells what the tables say, away from the event loop.

    All raise ColdView while what they need is not there yet, and TooManyAnalyses when the queue is
    full.
    """

    async def outlook(self, symbols: Sequence[str]) -> Outlook:
        """Trend, anomalies and forecasts of these symbols."""

    async def portfolio(self, portfolio_id: str) -> Insight:
        """An account of one portfolio."""

    async def market(self) -> Insight:
        """An account of the whole market."""


@dataclass(frozen=True, slots=True)
class NoInsights:
    """Of an app that was built without them."""

    reason: str = "insights are not part of this server"

    async def outlook(self, symbols: Sequence[str]) -> Outlook:
        """Refuse."""
        raise Invalid(self.reason)

    async def portfolio(self, portfolio_id: str) -> Insight:
        """Refuse."""
        raise Invalid(self.reason)

    async def market(self) -> Insight:
        """Refuse."""
        raise Invalid(self.reason)


def check_plan(principal: Principal, options: ServerOptions) -> None:
    """Check that the caller may have insights: they need a plan where the plan prices them.

    Raises:
        PlanRequired: the account has none.
    """
    per_plan = any(price.per_plan for price in options.meters if price.meter == METER)
    if per_plan and not principal.plan:
        raise PlanRequired(f"{METER} is part of plans, and this account has none")


def recorded(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Rows of the track record: one per rule, severity and direction, horizons inside."""
    found: dict[tuple[object, ...], dict[str, object]] = {}
    horizons: dict[tuple[object, ...], list[dict[str, object]]] = {}
    for row in rows:
        key = (row["rule_id"], row["severity"], row["direction"])
        common = ("rule_id", "severity", "direction", "fired", "flips", "openings")
        found.setdefault(key, {name: row[name] for name in common})
        shown = {name: row[name] for name in ("n", "mean_return_pct", "hit_rate", "reason")}
        horizons.setdefault(key, []).append({"sessions": row["horizon"], **shown})
    return [{**found[key], "followed": horizons[key]} for key in found]


def drafted(subject: str, found: Insight, texts: Mapping[str, str]) -> Draft:
    """The answer, billed as one insight. ``texts``: of disclaimers, by id.

    The hash covers all of it but itself and what it is billed as.
    """
    named = found.disclaimer_id
    head: dict[str, object] = {"subject": subject, "as_of": found.as_of}
    told = {
        "text": " ".join(str(one["text"]) for one in found.statements),
        "statements": found.statements,
        "disclaimers": {named: texts[named]} if named in texts else {},
    }
    served_hash = hash_of(orjson.dumps(head | told))

    def body(event_ids: Sequence[str]) -> bytes:
        usage = {"event_ids": event_ids, METER: 1}
        return orjson.dumps({**head, "served_hash": served_hash, **told, "usage": usage})

    return Draft([Charge(METER)], body, receipt=Receipt(served_hash, subject, found.as_of))
