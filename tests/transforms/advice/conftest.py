"""Shows scenes: portfolios and their market as tests describe them."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.transforms.advice.risk_scenes import RISKY
from tests.transforms.advice.scenes import MORE, Scene
from transforms.advice.view import View
from transforms.portfolio.documents import read_document
from transforms.portfolio.risk_columns import RiskColumns
from transforms.portfolio.risk_report import RiskReport

MINUTE = 60_000_000
BEFORE_SILENCE = 7
CALM = {"squeeze_bars": 0.0, "bb_upper_20_2": 1e9, "bb_lower_20_2": 0.0, "rvol_20": 1.0}


@dataclass
class Told:
    """What is said about risk and fees.

    Attributes:
        assessed: risk is what past sessions make it, and the rest does not count.
        capacity: units of a symbol that sell in a day.
        numbers: of the report on each portfolio.
        fees: share of fees.
    """

    assessed: bool = False
    capacity: dict[str, float] = field(default_factory=dict)
    numbers: dict[str, float] = field(default_factory=dict)
    fees: float = float("nan")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """Reports and fees of all views are those that the test says."""
    says = Told()

    @dataclass(frozen=True)
    class Informed(View):
        def __post_init__(self) -> None:
            names = [self.grid.symbol(line) for line in range(len(self.grid.codes))]
            rates = np.array([says.capacity.get(name, np.nan) for name in names])
            days = np.abs(self.held.quantity) / rates
            portfolios = len(self.grid.portfolios)
            report = RiskReport(80, 252, np.empty(0), np.empty(0), **says.numbers)
            reports = [report if says.numbers else None] * portfolios
            risk = RiskColumns(reports, [self.time] * portfolios, days_to_liquidate=days)
            if not says.assessed:
                object.__setattr__(self, "risk", risk)
            object.__setattr__(self, "fees", np.full(portfolios, says.fees))

    monkeypatch.setattr("transforms.book_shelf.View", Informed)
    return says


class Stage:
    """A world that shows a scene, bar after bar."""

    def __init__(self, world: Any, told: Told, scene: Scene) -> None:
        self.world, self._told, self.scene = world, told, scene
        sessions = max(map(len, scene.closes.values()), default=1)
        self._start = self._minute = sessions - 1  # the first bar is the last of these sessions
        told.assessed = bool(scene.closes)
        if scene.closes:
            world.sessions(scene.closes)
        world.book.apply_instruments(scene.facts.items())
        world.book.apply_rates([(one, "INR", 0, rate) for one, rate in scene.rates.items()])

    def show(self, bars: int = 1) -> "Stage":
        """Own what the scene says from now on, and close bars as it says."""
        self._told.capacity, self._told.fees = self.scene.capacity, self.scene.fees
        self._told.numbers = self.scene.numbers
        if self.scene.later:
            self.world.sessions(self.scene.later, first=self._minute + 1)
            self.scene.later = {}
        at = self._minute * MINUTE + MINUTE // 2 if self._minute > self._start else 0
        document = read_document("p", self._minute, at, self.scene.document())
        assert document.defects == ()
        self.world.book.apply_holdings([document])
        return self.close(bars)

    def close(self, bars: int = 1, *silent: str) -> "Stage":
        """Close bars of all symbols but the silent ones."""
        scene, known = self.scene, dict.fromkeys([*self.scene.lines, *self.scene.targets, "INDEX"])
        for _ in range(bars):
            self._minute += 1
            quiet = {
                *silent,
                *(scene.silent if self._minute - self._start > BEFORE_SILENCE else ()),
            }
            traded = [name for name in known if not scene.is_cash(name) and name not in quiet]
            self.world.close(
                self._minute, **{name: CALM | scene.bars.get(name, {}) for name in traded}
            )
        return self

    def open(self) -> "Stage":
        """Show the scene until its rule has opened."""
        return self.show(12 if self.scene.silent else 1)

    def rows(self, state: str | None = None) -> list[Any]:
        """Rows of the rule about the scene's subject, oldest first."""
        rule, subject = self.scene.opens
        found = [row for row in self.world.rows(rule, state) if row.subject == subject]
        return [row for row in found if self.scene.measure in row.evidence_json]

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def opened(self) -> Any:
        """The one row that is open."""
        [row] = self.rows("open")
        return row


@pytest.fixture(scope="session")
def every_rule(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of every rule of the registry."""
    return {**rules, **MORE, **RISKY}


@pytest.fixture
def stage(
    world: Callable[..., Any], told: Told, every_rule: Mapping[str, Any]
) -> Callable[..., Stage]:
    """Makes a stage for a copy of a scene; ``rules`` are those it needs, or all."""

    def made(scene: Scene, *rule_ids: str, **policy: Any) -> Stage:
        chosen = rule_ids or (scene.opens[0],)
        rules = {one: {**every_rule[one], **scene.own.get(one, {})} for one in chosen}
        return Stage(world(rules, **{"risk": scene.risk, **policy}), told, deepcopy(scene))

    return made
