"""Sentences of insights: templates filled from evidence, so that every number can be traced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.advice.evidence import Evidence
from transforms.advice.sentences import render
from transforms.insights.anomaly import Check
from transforms.insights.forecast import LEVEL, Forecast
from transforms.insights.methods import SES, THETA
from transforms.insights.trend import LIMIT, Trend, label_of

NAMES = {SES: "exponential smoothing", THETA: "the Theta method"}
WAYS = {"bull": "upward", "bear": "downward", "neutral": "without direction"}
TRENDS = (
    "Of {scored} with enough history {bulls} are in an upward trend and {bears} in a downward one"
)
FOUND = {
    "move": "The last bar of {subject} moved by {move} robust standard deviations, {state}: "
    "the limit is {move.threshold}, from {move.n} bars before.",
    "volume": "The volume of {subject} on its last bar is {volume} robust standard deviations from "
    "the usual, {state}: the limit is {volume.threshold}, from {volume.n} bars before.",
    "gap": "{subject} opened its last bar {gap} ATR from the close before, beyond "
    "{gap.threshold} ATR.",
    "price_band": "{subject} closed its last session at the daily limit of {price_band}.",
}
QUIET = (
    "Nothing out of the ordinary in {checked} checks of the last bars of {symbols} symbols; "
    "{untold} could not be made."
)
MORE = "In all {odd} measures are out of the ordinary."
LISTED = 10
KEPT = (
    "No method beats the random walk for {subject} over {horizon} sessions: its mean error is "
    "{baseline_error} over {forecasts} forecasts, so the last close of {price} is the forecast; "
)
BEATEN = (
    "{method} forecasts {price} for {subject} in {horizon} sessions: its mean error is "
    "{error} against {baseline_error} of the random walk over {forecasts} forecasts; "
)
RANGE = "the range from {low} to {high} is to hold {interval} of outcomes"
COVERAGE = " and has held {coverage} of {tested}"
FOLLOWED = (
    "Advice of rule {rule} ({severity}) has opened {openings} times; {horizon} sessions later the "
    "price had moved by {mean_return} on average over {followed}"
)
HITS = ", in the expected direction in {hit_rate} of them"


@dataclass(frozen=True)
class Statement:
    """A sentence and the evidence of every number in it."""

    text: str
    evidence: Sequence[Evidence]


def state(template: str, texts: Mapping[str, str], *evidence: Evidence) -> Statement:
    """Fill a template; texts come from data and may hold digits."""
    return Statement(render(template, texts, evidence), evidence)


def count(name: str, value: int, table: str) -> Evidence:
    """How many there are."""
    return Evidence(name, value, "count", source_table=table)


def trends(found: Mapping[str, Trend], weights: Mapping[str, float] | None = None) -> Statement:
    """How many symbols go up and down; with ``weights``, the mean score too."""
    scores = {name: one.score for name, one in found.items() if one.score is not None}
    labels = [label_of(score) for score in scores.values()]
    evidence = [
        count("scored", len(scores), "indicators"),
        count("bulls", labels.count("bull"), "indicators"),
        count("bears", labels.count("bear"), "indicators"),
    ]
    total = sum(weights[name] for name in scores) if weights else 0.0
    if not weights or not total > 0.0:
        return state(TRENDS + ".", {}, *evidence)
    mean = sum(weights[name] * score for name, score in scores.items()) / total
    score = Evidence("trend_score", mean, "points", LIMIT, None, source_table="indicators")
    text = "; weighted by value the trend score is {trend_score}: {way}."
    return state(TRENDS + text, {"way": WAYS[label_of(mean)]}, *evidence, score)


def anomalies(found: Mapping[str, Sequence[Check]]) -> list[Statement]:
    """A sentence for each thing out of the ordinary, or one that says there is none.

    Of more than ``LISTED`` the farthest from the usual are told, and how many there are.
    """
    odd = [(symbol, check) for symbol in found for check in found[symbol] if check.found]
    if odd:
        odd.sort(key=lambda one: (one[1].state, -abs(one[1].value or 0.0), one[0], one[1].kind))
        told = [_anomaly(symbol, check) for symbol, check in odd[:LISTED]]
        return (
            told if len(odd) <= LISTED else [*told, state(MORE, {}, count("odd", len(odd), "bars"))]
        )
    every = [check for checks in found.values() for check in checks]
    untold = sum(check.value is None for check in every)
    return [
        state(
            QUIET,
            {},
            count("checked", len(every) - untold, "bars"),
            count("symbols", len(found), "bars"),
            count("untold", untold, "bars"),
        )
    ]


def _anomaly(symbol: str, check: Check) -> Statement:
    """What a check has found; its value may lie beyond the limit on either side."""
    word = {"anomaly": "an anomaly"}.get(check.state, check.state)
    piece = Evidence(
        name=check.kind,
        value=check.value or 0.0,
        unit=check.unit,
        threshold=check.threshold,
        n=check.n,
        source_table="bars",
        source_keys={"symbol": symbol},
    )
    return state(FOUND[check.kind], {"subject": symbol, "state": word}, piece)


def forecast_of(symbol: str, found: Forecast) -> Statement | None:
    """The forecast of a symbol and how good such forecasts were; None when there is none."""
    if found.price is None or found.low is None or found.high is None:
        return None
    keys = {"symbol": symbol}
    values = {
        "price": (found.price, "price"),
        "low": (found.low, "price"),
        "high": (found.high, "price"),
        "baseline_error": ((found.baseline_error_pct or 0.0) / 100, "fraction"),
        "interval": (LEVEL, "fraction"),
        "horizon": (found.horizon, "sessions"),
        "forecasts": (found.n, "count"),
    }
    if found.coverage is not None:
        values |= {"coverage": (found.coverage, "fraction"), "tested": (found.tested, "count")}
    evidence = [
        Evidence(name, value, unit, source_table="sessions", source_keys=keys)
        for name, (value, unit) in values.items()
    ]
    error, limit = ((one or 0.0) / 100 for one in (found.error_pct, found.baseline_error_pct))
    evidence.append(  # compared, so that it is shown with the decimals that set it apart
        Evidence("error", error, "fraction", limit, "<=", None, found.n, "sessions", keys)
    )
    template = (BEATEN if found.beaten else KEPT) + RANGE
    template += (COVERAGE if found.coverage is not None else "") + "."
    name = NAMES.get(found.method, "")
    texts = {"subject": symbol, "method": name[:1].upper() + name[1:]}
    return state(template, texts, *evidence)


def followed(row: Mapping[str, object]) -> Statement | None:
    """What followed advice like this, from a row of the track record; None when nothing has yet."""
    mean, hits = row["mean_return_pct"], row["hit_rate"]
    if not isinstance(mean, float):
        return None
    keys = {name: row[name] for name in ("rule_id", "severity", "direction", "horizon")}
    values: dict[str, tuple[object, str]] = {
        "openings": (row["openings"], "count"),
        "horizon": (row["horizon"], "sessions"),
        "followed": (row["n"], "count"),
        "mean_return": (mean / 100, "fraction"),
    }
    if isinstance(hits, float):
        values["hit_rate"] = (hits, "fraction")
    evidence = [
        Evidence(name, value, unit, source_table="track_record", source_keys=keys)
        for name, (value, unit) in values.items()
        if isinstance(value, int | float)
    ]
    texts = {"rule": str(row["rule_id"]), "severity": str(row["severity"])}
    return state(FOLLOWED + (HITS if "hit_rate" in values else "") + ".", texts, *evidence)
