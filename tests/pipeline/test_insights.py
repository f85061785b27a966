"""Views, closed bars and sessions in; rows and sentences out."""

import asyncio
import math
import random
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from pipeline.insights import WAITING, InsightOptions, MarketInsights
from serving.errors import Invalid, TooManyAnalyses
from serving.insights import Insight
from serving.models.insights import SymbolOut
from serving.views import ColdView
from tests.serving.fakes import NOON, FakeViews, advice_row, bar_row, position_row
from tests.serving.routes.test_insights import record_row
from tests.transforms.advice.test_sentences import numbers_in, numbers_of
from tests.transforms.insights.test_trend import UP
from transforms.advice.evidence import Evidence
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.instruments import InstrumentFacts

DAY = 86_400_000_000
NAMES = ("INFY", "TCS", "3MINDIA")


class FakeStates:
    """Three random walks; nothing is known while ``cold``."""

    def __init__(self, days: int = 300) -> None:
        walk = np.random.default_rng(3).normal(0.0, 0.01, (days, len(NAMES)))
        self.prices = 100.0 * np.exp(np.cumsum(walk, axis=0))
        self.cold = False
        self.during = lambda: None

    def current(self) -> tuple[int, Mapping[str, Mapping[str, float]]]:
        if self.cold:
            raise ColdView("symbol states")
        return NOON, {name: UP for name in NAMES}

    def closes(self, symbols: Sequence[str]) -> tuple[Ints, Floats]:
        self.during()
        none = np.full(len(self.prices), np.nan)
        columns = [self.prices[:, NAMES.index(name)] if name in NAMES else none for name in symbols]
        ends = np.arange(1, len(self.prices) + 1) * DAY
        return ends, np.array(columns).reshape(len(symbols), -1).T


class Desk:
    """Insights with everything they stand on at hand."""

    def __init__(self, checked: str = "1d") -> None:
        self.views, self.states = FakeViews(), FakeStates()
        for name, units in zip(NAMES, (30.0, 5.0, 1.0), strict=True):
            self.views.put("positions", position_row(name, units, 100.0))
            self.views.put("bars", *self.bars(name, checked))
        self.facts = {"INFY": InstrumentFacts(exchange="NSE")}
        options = InsightOptions("1m", checked, "NSE", "INR", "IN-1")
        self.insights = MarketInsights(self.views, self.states, self.facts, options)

    def bars(self, name: str, interval: str, count: int = 300) -> list[Mapping[str, object]]:
        chance, close, found = random.Random(name), 100.0, []
        for number in range(count, -1, -1):
            opened, close = close, close * math.exp(chance.gauss(0, 0.01))
            high, low = max(opened, close) * 1.002, min(opened, close) * 0.998
            row = bar_row(name, number, interval, open=opened, high=high, low=low, close=close,
                          volume=math.exp(chance.gauss(9, 0.2)))  # fmt: skip
            found.append(row)
        return found

    def symbols(self, *names: str) -> list[Any]:
        return list(asyncio.run(self.insights.outlook(names)).symbols)

    def portfolio(self, name: str = "growth") -> Insight:
        return asyncio.run(self.insights.portfolio(name))

    def market(self) -> Insight:
        return asyncio.run(self.insights.market())


@pytest.fixture
def desk() -> Desk:
    return Desk()


def text_of(found: Insight) -> str:
    return " ".join(str(one["text"]) for one in found.statements)


def check_numbers(found: Insight) -> None:
    """Every number of each sentence is one of its evidence, as it leaves the server."""
    for one in found.statements:
        pieces = [Evidence(**piece) for piece in one["evidence"]]  # type: ignore[attr-defined]
        known = {number for piece in pieces for number in numbers_of(piece)}
        assert set(numbers_in(str(one["text"]), [*NAMES, "S02", "P01"])) <= known, one["text"]


def test_a_symbol_has_its_trend_checks_and_forecasts(desk: Desk) -> None:
    [row] = desk.symbols("TCS")
    assert SymbolOut.model_validate(row).model_dump(mode="json") == row
    assert row["trend"]["score"] == 100.0
    assert [check["kind"] for check in row["checks"]] == ["move", "gap", "volume", "price_band"]
    assert {check["n"] for check in row["checks"] if check["unit"] == "sigma"} == {250}
    assert [one["horizon"] for one in row["forecasts"]] == [1, 5, 20]
    assert row["forecasts"][0]["closes"] == 300


def test_a_symbol_that_is_not_known_has_reasons_and_no_numbers(desk: Desk) -> None:
    [row] = desk.symbols("NEW")
    assert (row["trend"]["score"], row["trend"]["reason"][:22]) == (None, "not enough history for")
    assert {check["state"] for check in row["checks"]} == {"not_evaluated"}
    assert {one["reason"] for one in row["forecasts"]} == {"short_history"}


def test_bars_that_are_still_open_are_not_checked(desk: Desk) -> None:
    before = desk.symbols("TCS")[0]["checks"]
    desk.views.put("bars", bar_row("TCS", 0, "1d", close=1e6, high=1e6, volume=1e9))
    assert desk.symbols("TCS")[0]["checks"] == before
    closed = bar_row("TCS", 0, "1d", close=1e6, high=1e6, volume=1e9, is_final=True)
    desk.views.put("bars", closed)
    states = {check["kind"]: check["state"] for check in desk.symbols("TCS")[0]["checks"]}
    assert (states["move"], states["volume"]) == ("anomaly", "anomaly")


def test_without_daily_bars_those_of_advice_are_checked_and_have_no_band() -> None:
    [row] = Desk("1m").symbols("TCS")
    assert [check["kind"] for check in row["checks"]] == ["move", "gap", "volume"]
    assert row["checks_interval"] == "1m"


def test_the_exchange_of_a_symbol_goes_before_that_of_the_market(desk: Desk) -> None:
    desk.facts["TCS"] = InstrumentFacts(exchange="NYSE")
    kinds = [{check["kind"] for check in row["checks"]} for row in desk.symbols("TCS", "INFY")]
    assert ["price_band" in found for found in kinds] == [False, True]


def test_a_portfolio_is_told_with_its_advice_and_the_record_of_its_rules(desk: Desk) -> None:
    desk.views.put("advice", advice_row("a", rule_id="S02"), advice_row("b", severity="alert"),
                   advice_row("c", state="cleared"))  # fmt: skip
    desk.views.put("track_record", record_row(horizon=1), record_row(horizon=5))
    desk.views.put("track_record", record_row("S03", horizon=5))
    found = desk.portfolio()
    text = text_of(found)
    assert "worth INR 3,600.00 in 3 positions; the largest is INFY with 83.33 % of it" in text
    assert "2 advice rows are open: 1 alerts, 1 warnings, 0 infos." in text
    assert text.count("Advice of rule") == 1
    assert "Advice of rule S02 (warn) has opened 11 times; 5 sessions later" in text
    assert "random walk for INFY over 5 sessions" in text
    assert (found.as_of, found.disclaimer_id) == (NOON, "IN-1")
    check_numbers(found)


def test_the_market_is_told_over_all_symbols(desk: Desk) -> None:
    found = desk.market()
    returns = desk.states.prices[-1] / desk.states.prices[-2] - 1
    assert f"{(returns > 0).sum()} of 3 symbols rose" in text_of(found)
    assert "Of 3 with enough history 3 are in an upward trend" in text_of(found)
    check_numbers(found)


def test_a_symbol_without_the_last_session_has_no_move(desk: Desk) -> None:
    desk.states.prices[-1, 0] = np.nan
    assert "of 2 symbols rose" in text_of(desk.market())


def test_a_portfolio_without_positions_has_nothing_to_tell(desk: Desk) -> None:
    with pytest.raises(Invalid, match="nothing to tell"):
        desk.portfolio("income")


def test_what_is_cold_is_not_told(desk: Desk) -> None:
    desk.states.cold = True
    for ask in (desk.portfolio, desk.market, lambda: desk.symbols("TCS")):
        with pytest.raises(ColdView):
            ask()
    desk.states.cold = False
    desk.views["track_record"].ready = False
    with pytest.raises(ColdView):
        desk.portfolio()


def test_a_forecast_follows_its_sessions(desk: Desk) -> None:
    first = desk.symbols("TCS")[0]["forecasts"]
    assert desk.symbols("TCS")[0]["forecasts"] == first
    desk.states.prices[-1, 1] *= 1.1
    assert desk.symbols("TCS")[0]["forecasts"] != first


def test_more_requests_than_may_wait_are_refused(desk: Desk) -> None:
    async def flood() -> list[object]:
        finish = threading.Event()
        desk.states.during = lambda: finish.wait(10)
        calls = [asyncio.create_task(desk.insights.market()) for _ in range(WAITING + 2)]
        await asyncio.sleep(0)
        finish.set()
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(flood())
    assert isinstance(answers[-1], TooManyAnalyses)
    assert all(isinstance(answer, Insight) for answer in answers[:-1])
    assert desk.market().statements, "the slots are free again"
