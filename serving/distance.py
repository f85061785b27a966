"""How far an open advice is from clearing at the latest prices, between two closes of a bar.

A limit on weights or concentration names its clearing level in the evidence of the row; a rule
about a symbol lists the levels of its conditions in ``clears_if``. Both are compared with what
holds now: prices, weights made of them, and the indicators of the bar that is still forming. What
cannot be told from those has no entry.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from serving.rows import entries, optional_number, text
from serving.valuation import Valuation
from serving.views import Row, View

TOP = 5
NOT_ABOVE = frozenset({"<", "<="})
NOT_BELOW = frozenset({">", ">="})
CLEAR_LEVEL = "_clear_level"


def top_weight(valuation: Valuation) -> float | None:
    """Share of the five largest positions; None without weights."""
    weights = sorted(valuation.weights.values(), reverse=True)
    return sum(weights[:TOP]) if weights else None


def hhi(valuation: Valuation) -> float | None:
    """Herfindahl-Hirschman index, sum of squared weights (0 to 1); None without weights."""
    weights = valuation.weights.values()
    return sum(weight * weight for weight in weights) if weights else None


def price(valuation: Valuation, subject: str) -> float | None:
    """Latest price of a held symbol."""
    return next((line.price for line in valuation.lines if line.symbol == subject), None)


METRICS: Mapping[str, Callable[[Valuation, str], float | None]] = {
    "close": price,
    "position_weight": lambda valuation, symbol: valuation.weights.get(symbol),
    "sector_weight": lambda valuation, sector: valuation.sector_weights.get(sector),
    "unknown_sector_weight": lambda valuation, _: valuation.sector_weights.get("", 0.0),
    "top5_weight": lambda valuation, _: top_weight(valuation),
    "hhi": lambda valuation, _: hhi(valuation),
}
"""Value of a metric for a subject at the latest prices; None when it has none."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One way to clear: ``metric operator threshold``."""

    metric: str
    operator: str
    threshold: float


@dataclass(frozen=True, slots=True)
class Now:
    """What holds now for one portfolio. ``interval``: of the bars that advice is evaluated on."""

    valuation: Valuation
    indicators: View
    interval: str

    def value(self, metric: str, subject: str) -> float | None:
        """A metric at the latest prices, or an indicator of the newest bar."""
        if metric in METRICS:
            return METRICS[metric](self.valuation, subject)
        newest = self.indicators.rows((subject, self.interval))[-1:]
        return optional_number(newest[0], metric) if newest else None


def conditions(row: Row) -> Iterator[Condition]:
    """The ways of an advice row to clear, each metric once."""
    found: dict[str, Condition] = {}
    for piece in entries(row, "evidence"):
        name, level = str(piece.get("name")), piece.get("value")
        if name.endswith(CLEAR_LEVEL) and isinstance(level, (int, float)):
            metric = name.removesuffix(CLEAR_LEVEL)
            found[metric] = Condition(metric, "<=", level)
    for way in entries(row, "clears_if"):
        name, level = str(way.get("name")), way.get("value")
        if isinstance(level, (int, float)):
            found[name] = Condition(name, str(way.get("operator")), level)
    yield from found.values()


def gap(value: float, condition: Condition) -> tuple[float, bool]:
    """How much is left to go, and whether the condition holds."""
    above = value - condition.threshold
    left = above if condition.operator in NOT_ABOVE else -above
    reached = left < 0 or (left == 0 and condition.operator in ("<=", ">="))
    return max(left, 0.0), reached


def distances(row: Row, now: Now) -> list[dict[str, object]]:
    """Where each way to clear stands that can be told from prices and indicators now."""
    found: list[dict[str, object]] = []
    for condition in conditions(row):
        value = now.value(condition.metric, text(row, "subject"))
        if value is None or condition.operator not in NOT_ABOVE | NOT_BELOW:
            continue
        left, reached = gap(value, condition)
        found.append(
            {
                "metric": condition.metric,
                "value": value,
                "operator": condition.operator,
                "threshold": condition.threshold,
                "distance": left,
                "reached": reached,
                "as_of": now.valuation.as_of,
            }
        )
    return found
