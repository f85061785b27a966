"""Every number of an insight's text is one of its evidence."""

from dataclasses import replace

from tests.transforms.advice.test_sentences import numbers_in, numbers_of
from tests.transforms.insights.test_anomaly import candles, ended
from tests.transforms.insights.test_forecast import noise, walk
from tests.transforms.insights.test_trend import UP
from transforms.insights.anomaly import Check, checks
from transforms.insights.forecast import forecast
from transforms.insights.statements import (
    LISTED,
    Statement,
    anomalies,
    followed,
    forecast_of,
    trends,
)
from transforms.insights.summaries import Outlook, Owned, about_market, about_portfolio
from transforms.insights.trend import Trend, trend

DOWN = UP | {"close": 90.0, "ema_50": 95.0, "supertrend_direction": -1.0}
NAMES = ("A1", "B", "C")
ROW: dict[str, object] = {
    "rule_id": "S02",
    "severity": "warn",
    "direction": -1,
    "horizon": 5,
    "fired": 12,
    "flips": 2,
    "openings": 11,
    "n": 9,
    "mean_return_pct": -1.25,
    "hit_rate": 2 / 3,
    "reason": "",
}


def outlook() -> Outlook:
    bars = candles()
    limit = bars[-2].close * 1.2
    moved = ended(bars, close=limit, high=limit, open=bars[-2].close * 1.15)
    return Outlook(
        trends={"A1": trend(UP), "B": trend(DOWN), "C": trend({})},
        checks={
            "A1": checks(bars, daily=True, exchange="NSE"),
            "B": checks(moved, daily=True, exchange="NSE"),
        },
        returns={"A1": 0.0123, "B": 0.2, "C": -0.034},
        forecasts={"A1": forecast(walk(400)), "B": forecast(noise(300))},
    )


def owned(**weights: float) -> Owned:
    return Owned(1234567.8, "INR", weights, ["warn", "warn", "info"], [ROW])


def check_numbers(told: list[Statement]) -> None:
    assert told
    for one in told:
        known = {number for piece in one.evidence for number in numbers_of(piece)}
        found = numbers_in(one.text, [*NAMES, "S02"])
        assert set(found) <= known, one.text
        assert "{" not in one.text


def test_every_number_of_a_portfolio_insight_is_evidence() -> None:
    for weights in ({"A1": 0.6, "B": 0.3, "C": 0.1}, {"B": 0.7, "A1": 0.3}):
        check_numbers(about_portfolio(owned(**weights), outlook()))


def test_every_number_of_a_market_summary_is_evidence() -> None:
    check_numbers(about_market(outlook()))
    nothing = Outlook({}, {}, {})
    check_numbers(about_market(nothing))


def test_a_portfolio_insight_says_what_matters() -> None:
    text = " ".join(one.text for one in about_portfolio(owned(A1=0.6, B=0.3, C=0.1), outlook()))
    for part in (
        "worth INR 1,234,567.80 in 3 positions; the largest is A1 with 60 %",
        "Of 2 with enough history 1 are in an upward trend and 1 in a downward one",
        "B did best with 20 % and C worst with -3.4 %",
        "B closed its last session at the daily limit of 20 %",
        "3 advice rows are open: 0 alerts, 2 warnings, 1 infos",
        "rule S02 (warn) has opened 11 times; 5 sessions later the price had moved by -1.25 % on "
        "average over 9, in the expected direction in 66.67 % of them",
        "No method beats the random walk for A1 over 5 sessions",
    ):
        assert part in text


def test_a_beaten_baseline_names_what_beat_it() -> None:
    said = forecast_of("B", forecast(noise(300))[0])
    assert said is not None
    check_numbers([said])
    assert " forecasts " in said.text
    assert said.text.startswith(("Exponential smoothing", "The Theta method"))
    assert "the random walk over" in said.text
    assert forecast_of("B", forecast(noise(20))[0]) is None


def test_an_error_is_never_shown_as_the_one_it_beats() -> None:
    close = replace(forecast(noise(300))[0], error_pct=2.1898, baseline_error_pct=2.1901)
    said = forecast_of("B", close)
    assert said is not None
    check_numbers([said])
    assert "its mean error is 2.1898 % against 2.19 % of" in said.text


def test_what_has_not_been_followed_yet_is_not_told() -> None:
    assert followed(ROW | {"mean_return_pct": None, "hit_rate": None}) is None
    said = followed(ROW | {"hit_rate": None})
    assert said is not None
    assert "direction" not in said.text


def test_many_anomalies_are_cut_to_the_farthest() -> None:
    odd = {
        f"N{place}": [Check("move", "anomaly", 5.0 + place, "sigma", 3.5, 250)]
        for place in range(LISTED + 2)
    }
    told = anomalies(odd)
    assert len(told) == LISTED + 1
    assert told[0].text.startswith("The last bar of N11 moved by 16")
    assert told[-1].text == "In all 12 measures are out of the ordinary."


def test_trends_are_weighed_by_value_over_those_that_have_a_score() -> None:
    found = {"A": Trend(100.0, {}, "bull"), "B": Trend(-20.0, {}, "neutral"), "C": trend({})}
    said = trends(found, {"A": 0.2, "B": 0.2, "C": 0.6})
    assert said.evidence[-1].value == 40.0
    assert said.text.endswith("the trend score is 40: upward.")
    assert "weighted" not in trends({"C": trend({})}, {"C": 1.0}).text
