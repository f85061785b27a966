"""What is put together to an insight: about one portfolio, and about the whole market."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from transforms.advice.evidence import Evidence
from transforms.insights.anomaly import Check
from transforms.insights.forecast import Forecast
from transforms.insights.statements import (
    Statement,
    anomalies,
    count,
    followed,
    forecast_of,
    state,
    trends,
)
from transforms.insights.trend import Trend

WORTH = (
    "The portfolio is worth {value} in {positions} positions; the largest is {subject} with "
    "{largest_weight} of it."
)
ADVICE = "{open_advice} advice rows are open: {alerts} alerts, {warnings} warnings, {infos} infos."
MOVERS = (
    "In the last session that is over {best} did best with {best_return} and {worst} worst with "
    "{worst_return}."
)
BREADTH = (
    "In the last session that is over {advancers} of {moved} symbols rose and {decliners} fell; "
    "the median move is {median_return}."
)
TOLD_HORIZON = 5


@dataclass(frozen=True)
class Outlook:
    """What is known of some symbols; see the modules of the parts.

    Attributes:
        returns: of the last session that is over, as fractions.
    """

    trends: Mapping[str, Trend]
    checks: Mapping[str, Sequence[Check]]
    returns: Mapping[str, float]
    forecasts: Mapping[str, Sequence[Forecast]] = field(default_factory=dict)


@dataclass(frozen=True)
class Owned:
    """A portfolio.

    Attributes:
        value: in units of ``currency``. weights: by symbol, of the gross value; at least one.
        severities: of its open advice.
        record: rows of the track record of the rules that are open.
    """

    value: float
    currency: str
    weights: Mapping[str, float]
    severities: Sequence[str]
    record: Sequence[Mapping[str, object]]


def about_portfolio(owned: Owned, outlook: Outlook) -> list[Statement]:
    """Value, trend, movers, anomalies, advice with its record, and the outlook of the largest."""
    largest = max(sorted(owned.weights), key=lambda name: owned.weights[name])
    told = [_worth(owned, largest), trends(outlook.trends, owned.weights)]
    told += _movers(outlook.returns)
    told += anomalies(outlook.checks)
    told.append(_advice(owned.severities))
    told += [said for row in owned.record if (said := followed(row)) is not None]
    ahead = [one for one in outlook.forecasts.get(largest, ()) if one.horizon == TOLD_HORIZON]
    told += [said for one in ahead if (said := forecast_of(largest, one)) is not None]
    return told


def about_market(outlook: Outlook) -> list[Statement]:
    """Breadth, trend, movers and anomalies."""
    told = _breadth(outlook.returns)
    told.append(trends(outlook.trends))
    return told + _movers(outlook.returns) + anomalies(outlook.checks)


def _worth(owned: Owned, largest: str) -> Statement:
    return state(
        WORTH,
        {"subject": largest},
        Evidence("value", owned.value, owned.currency),
        count("positions", len(owned.weights), "positions"),
        Evidence(
            "largest_weight", owned.weights[largest], "fraction", source_keys={"symbol": largest}
        ),
    )


def _advice(severities: Sequence[str]) -> Statement:
    return state(
        ADVICE,
        {},
        count("open_advice", len(severities), "advice"),
        *(
            count(name, severities.count(severity), "advice")
            for name, severity in (("alerts", "alert"), ("warnings", "warn"), ("infos", "info"))
        ),
    )


def _movers(returns: Mapping[str, float]) -> list[Statement]:
    if len(returns) < 2:
        return []
    order = sorted(returns, key=lambda name: (-returns[name], name))
    ends = {"best": order[0], "worst": order[-1]}
    evidence = [
        Evidence(f"{which}_return", returns[name], "fraction", source_table="sessions",
                 source_keys={"symbol": name})
        for which, name in ends.items()
    ]  # fmt: skip
    return [state(MOVERS, ends, *evidence)]


def _breadth(returns: Mapping[str, float]) -> list[Statement]:
    if not returns:
        return []
    moves = list(returns.values())
    return [
        state(
            BREADTH,
            {},
            count("advancers", sum(move > 0.0 for move in moves), "sessions"),
            count("moved", len(moves), "sessions"),
            count("decliners", sum(move < 0.0 for move in moves), "sessions"),
            Evidence("median_return", median(moves), "fraction", source_table="sessions"),
        )
    ]
