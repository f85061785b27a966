"""Positions and closes in, rows of the answer out; the solver is hand-written but in one test."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from pipeline.optimiser import RUNNING, WAITING, Book, BookOptimiser
from pipeline.solver_process import SolverFailed, SolverMissing, SolverProcess, SolverTask, Unsolved
from serving.errors import Invalid, NotReady, TooManyAnalyses
from serving.optimiser import DEFAULT_METHODS, Optimisation, OptimiseOptions
from serving.views import ColdView
from tests.serving.fakes import NOON, FakeViews, position_row, quote_row
from transforms.kernels.columns import Floats, Ints
from transforms.portfolio.instruments import InstrumentFacts
from transforms.portfolio.risk_options import RiskOptions

NAMES = [f"S{at}" for at in range(8)]
DAYS = 130


class FakeStates:
    """A random walk for each of eight symbols; S7 exists only lately when ``short``."""

    def __init__(self) -> None:
        walk = np.random.default_rng(3).normal(0.0004, 0.012, (DAYS, len(NAMES)))
        self.prices = 100.0 * np.exp(np.cumsum(walk, axis=0))
        self.asked: list[Sequence[str]] = []

    def closes(self, symbols: Sequence[str]) -> tuple[Ints, Floats]:
        self.asked.append(symbols)
        columns = [self.prices[:, NAMES.index(symbol)] for symbol in symbols]
        return np.arange(1, DAYS + 1) * 86_400_000_000, np.array(columns).T


class FakeSolver:
    """Equal weights; ``refusals`` by method instead."""

    def __init__(self) -> None:
        self.there = True
        self.closed = False
        self.refusals: dict[str, Exception] = {}
        self.tasks: list[SolverTask] = []
        self.during: Callable[[], object] = lambda: None

    def installed(self) -> bool:
        return self.there

    def solve(self, task: SolverTask) -> Floats:
        self.tasks.append(task)
        self.during()
        if task.method in self.refusals:
            raise self.refusals[task.method]
        count = task.returns.shape[1]
        return np.full(count, 1.0 / count)

    def close(self) -> None:
        self.closed = True


class Desk:
    """An optimiser with everything it stands on at hand."""

    def __init__(self, solver: FakeSolver | SolverProcess | None = None) -> None:
        self.views, self.states = FakeViews(), FakeStates()
        self.solver = solver or FakeSolver()
        self.facts: dict[str, InstrumentFacts] = {}
        for at, name in enumerate(NAMES):
            row = position_row(name, 10.0 + 20.0 * (at == 0), 100.0, sector=f"of {at % 4}")
            self.views.put("positions", row)
        book = Book(self.facts, "INR", RiskOptions(), 20.0, "IN-1")
        self.optimiser = BookOptimiser(self.views, self.states, book, self.solver)

    def __call__(self, portfolio_id: str = "growth", **options: Any) -> Optimisation:
        return asyncio.run(self.optimiser.optimise(portfolio_id, OptimiseOptions(**options)))

    @property
    def fake(self) -> FakeSolver:
        assert isinstance(self.solver, FakeSolver)
        return self.solver


@pytest.fixture
def desk() -> Iterator[Desk]:
    found = Desk()
    yield found
    found.optimiser.close()


def named(rows: Sequence[Mapping[str, Any]], key: str = "method") -> list[Any]:
    return [row[key] for row in rows]


def test_every_default_method_has_a_plan(desk: Desk) -> None:
    found = desk(methods=DEFAULT_METHODS)
    assert named(found.plans) == list(DEFAULT_METHODS)
    assert (found.missing, found.excluded) == ([], [])
    assert found.as_of == NOON - 60_000_000
    assert found.disclaimer_id == "IN-1"
    assert desk.states.asked == [NAMES]
    assert found.limits == {
        "max_weight": 0.15,
        "max_sector_weight": 0.3,
        "max_turnover": 0.2,
        "cost_bps": 20.0,
        "cash": "0.00",
        "currency": "INR",
    }
    assert found.current["n"] == DAYS - 1
    assert found.current["reason"] is None
    assert found.current["hhi"] == 0.16  # 0.3^2 + 7 x 0.1^2
    for plan in found.plans:
        assert plan["before"] == found.current


def test_a_plan_is_told_in_weights_trades_and_money(desk: Desk) -> None:
    [plan] = desk(methods=["capped"]).plans
    after = 1400.0 / (10_000.0 - float(plan["cost"]))  # 1500 would be 15.01 % of what costs leave
    assert plan["weights"][0] == {
        "symbol": "S0",
        "before": 0.3,
        "target": 0.15,
        "after": pytest.approx(after),
    }
    first = plan["trades"][0]
    assert first == {
        "symbol": "S0",
        "side": "sell",
        "quantity": 16.0,
        "price": 100.0,
        "amount": "1600.00",
        "cost": "3.20",
    }
    assert {trade["side"] for trade in plan["trades"][1:]} == {"buy"}
    spent = sum(float(trade["amount"]) for trade in plan["trades"][1:])
    assert float(plan["cash_after"]) == pytest.approx(1600.0 - spent - float(plan["cost"]))
    assert plan["turnover"] == 0.16
    assert plan["after"]["hhi"] < plan["before"]["hhi"]
    assert {"constraint": "max_weight", "subject": "S0", "limit": 0.15} in plan[
        "binding_constraints"
    ]


def test_the_solver_is_given_the_limits_but_for_hrp_which_is_cut_to_them(desk: Desk) -> None:
    desk(methods=["min_cvar", "hrp"], max_weight=0.2, max_sector_weight=0.4)
    bounded, free = desk.fake.tasks
    sectors = [f"of {at % 4}" for at in range(8)]
    assert (bounded.max_weight, bounded.sectors, bounded.max_sector_weight) == (0.2, sectors, 0.4)
    assert (free.max_weight, free.max_sector_weight) == (1.0, 1.0)
    assert bounded.returns.shape == (DAYS - 1, 8)
    assert bounded.returns[-1, 2] == desk.states.prices[-1, 2] / desk.states.prices[-2, 2] - 1.0


def test_limits_of_the_caller_go_before_those_of_the_policy(desk: Desk) -> None:
    found = desk(methods=["capped"], max_turnover=0.05, cost_bps=0.0, max_weight=0.2)
    assert (
        found.limits.items() >= {"max_turnover": 0.05, "cost_bps": 0.0, "max_weight": 0.2}.items()
    )
    assert found.plans[0]["turnover"] <= 0.05
    assert found.plans[0]["cost"] == "0.00"


def test_without_the_extra_capped_weights_alone_and_what_is_missing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "skfolio", None)  # any import of it fails
    absent = Desk(SolverProcess())
    found = absent()
    absent.optimiser.close()
    assert named(found.plans) == ["capped"]
    assert named(found.missing) == ["min_variance", "risk_parity", "hrp", "min_cvar"]
    assert set(named(found.missing, "kind")) == {"not_installed"}
    assert set(named(found.missing, "reason")) == {
        "needs skfolio: pip install 'yieldflow[optimise]'"
    }


def test_only_methods_that_are_not_installed_are_refused(desk: Desk) -> None:
    desk.fake.there = False
    with pytest.raises(Invalid, match=r"yieldflow\[optimise\]"):
        desk(methods=["hrp", "min_cvar"])


def test_a_broken_extra_is_missing_too(desk: Desk) -> None:
    desk.fake.refusals["hrp"] = SolverMissing("no libgomp")
    found = desk(methods=["capped", "hrp"])
    assert named(found.plans) == ["capped"]
    assert found.missing == [{"method": "hrp", "kind": "not_installed", "reason": "no libgomp"}]


def test_a_method_without_a_solution_says_why_and_the_others_answer(desk: Desk) -> None:
    desk.fake.refusals["risk_parity"] = Unsolved("the solver found no weights")
    found = desk(methods=["min_variance", "risk_parity", "capped"])
    assert named(found.plans) == ["min_variance", "capped"]
    assert found.missing == [
        {"method": "risk_parity", "kind": "infeasible", "reason": "the solver found no weights"}
    ]


def test_limits_that_cannot_be_met_are_not_tried(desk: Desk) -> None:
    found = desk(methods=["capped", "min_variance"], max_weight=0.1)
    assert found.plans == []
    assert named(found.missing) == ["capped", "min_variance"]
    assert "8 positions of at most 0.1" in found.missing[0]["reason"]
    assert desk.fake.tasks == []


def test_short_history_leaves_capped_and_concentration(desk: Desk) -> None:
    desk.states.prices[:100, 7] = np.nan
    found = desk(methods=["capped", "min_variance"])
    assert named(found.plans) == ["capped"]
    assert [row["kind"] for row in found.missing] == ["short_history"]
    assert "S7" in found.missing[0]["reason"]
    assert found.current["volatility_pct"] is None
    assert found.current["reason"] == found.missing[0]["reason"]
    assert found.plans[0]["after"]["cvar95_pct"] is None
    assert found.plans[0]["after"]["hhi"] < 0.16


def test_a_price_that_has_not_moved_is_not_taken_for_safe(desk: Desk) -> None:
    desk.states.prices[:, 2] = 50.0
    found = desk(methods=["min_variance"])
    assert found.missing[0]["reason"].endswith("not moved: S2")
    assert desk.fake.tasks == []


def test_cash_of_the_portfolio_is_spent_unless_the_caller_says_how_much(desk: Desk) -> None:
    desk.views.put("positions", position_row("INR", 2_000.0, 1.0, sector=""))
    desk.facts["INR"] = InstrumentFacts(currency="INR", asset_class="cash")
    found = desk(methods=["capped"], max_turnover=0.1)
    assert found.limits["cash"] == "2000.00"
    assert {trade["side"] for trade in found.plans[0]["trades"]} == {"buy"}
    assert "INR" not in named(found.plans[0]["weights"], "symbol")
    kept = desk(methods=["capped"], cash_micros=0)
    assert kept.limits["cash"] == "0.00"
    assert kept.plans[0]["trades"][0]["side"] == "sell"


def test_short_positions_are_left_alone(desk: Desk) -> None:
    desk.views.put("positions", position_row("S3", -5.0, 100.0))
    found = desk(methods=["capped"], max_weight=0.2)
    assert found.excluded == [{"symbol": "S3", "reason": "a short position is left as it is"}]
    assert "S3" not in named(found.plans[0]["weights"], "symbol")


def test_lots_and_crypto_steps_come_from_the_instruments(desk: Desk) -> None:
    desk.facts["S0"] = InstrumentFacts(lot_size=10)
    desk.facts["S1"] = InstrumentFacts(asset_class="crypto")
    [plan] = desk(methods=["capped"], cost_bps=0.0).plans
    quantity = {trade["symbol"]: trade["quantity"] for trade in plan["trades"]}
    assert quantity["S0"] == 20.0
    assert quantity["S1"] == 2.14286


def test_prices_are_the_latest_and_in_the_currency_of_the_portfolio(desk: Desk) -> None:
    desk.views.put("quotes", quote_row("S0", 200.0))
    desk.views.put("positions", position_row("S1", 10.0, 2.0, fx_rate=50.0, currency="USD"))
    found = desk(methods=["capped"])
    assert found.as_of == NOON
    weights = {row["symbol"]: row["before"] for row in found.plans[0]["weights"]}
    assert (weights["S0"], weights["S1"]) == (6_000 / 13_000, 1_000 / 13_000)


def test_an_empty_portfolio_has_nothing_to_optimise(desk: Desk) -> None:
    with pytest.raises(Invalid, match="nothing to optimise"):
        desk("income")


def test_cold_positions_are_not_optimised(desk: Desk) -> None:
    desk.views["positions"].ready = False
    with pytest.raises(ColdView):
        desk()


def test_a_solver_that_crashed_is_no_answer_at_all(desk: Desk) -> None:
    desk.fake.refusals["hrp"] = SolverFailed("the solver's process ended with code -9")
    with pytest.raises(NotReady, match="hrp: the solver's process ended with code -9"):
        desk(methods=["capped", "hrp"])


def test_the_event_loop_is_free_while_the_solver_works(desk: Desk) -> None:
    async def turns_while_solving() -> int:
        entered, finish = threading.Event(), threading.Event()
        desk.fake.during = lambda: (entered.set(), finish.wait(10))
        options = OptimiseOptions(methods=["hrp"])
        work = asyncio.create_task(desk.optimiser.optimise("growth", options))
        turns = 0
        while not entered.is_set():
            await asyncio.sleep(0.001)
        while turns < 50:
            await asyncio.sleep(0)
            turns += 1
        assert not work.done()
        finish.set()
        assert len((await work).plans) == 1
        return turns

    assert asyncio.run(turns_while_solving()) == 50


def test_more_requests_than_may_wait_are_refused(desk: Desk) -> None:
    async def flood() -> list[BaseException | Optimisation]:
        finish = threading.Event()
        desk.fake.during = lambda: finish.wait(10)
        options = OptimiseOptions(methods=["hrp"])
        calls = [
            asyncio.create_task(desk.optimiser.optimise("growth", options))
            for _ in range(RUNNING + WAITING + 1)
        ]
        await asyncio.sleep(0)
        finish.set()
        return await asyncio.gather(*calls, return_exceptions=True)

    answers = asyncio.run(flood())
    assert isinstance(answers[-1], TooManyAnalyses)
    assert all(isinstance(answer, Optimisation) for answer in answers[:-1])
    assert len(desk().plans) == len(DEFAULT_METHODS), "the slots are free again"


def test_a_closed_optimiser_says_that_the_server_stops(desk: Desk) -> None:
    desk.optimiser.close()
    assert desk.fake.closed
    with pytest.raises(NotReady, match="stopping"):
        desk()


@pytest.mark.skipif(
    not SolverProcess.installed(), reason="skfolio is not installed: yieldflow[optimise]"
)
def test_with_the_real_solver_every_plan_keeps_its_limits_and_is_the_same_again() -> None:
    desk = Desk(SolverProcess())
    try:
        options = {"max_weight": 0.2, "max_turnover": 1.0, "cost_bps": 0.0}
        first, second = desk(**options), desk(**options)
    finally:
        desk.optimiser.close()
    assert named(first.plans) == list(DEFAULT_METHODS)
    assert first == second
    by_method = {plan["method"]: plan for plan in first.plans}
    for plan in first.plans:
        assert max(row["after"] for row in plan["weights"]) <= 0.2 + 1e-6
        assert plan["trades"]
    risk = {name: plan["after"]["volatility_pct"] for name, plan in by_method.items()}
    assert risk["min_variance"] < first.current["volatility_pct"]
    assert by_method["min_cvar"]["after"]["cvar95_pct"] < first.current["cvar95_pct"]
