"""The advice policy as the rules see it: plain values by rule id, in variants."""

import hashlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from transforms.portfolio.risk_options import RiskOptions

Value = float | int | str
RuleValues = Mapping[str, Mapping[str, Value]]
DEFAULT_RISK = RiskOptions()
RULES_VERSION = 2  # raised when a rule comes to other rows from equal inputs and parameters


@dataclass(frozen=True)
class Variant:
    """The rules of one set of portfolios.

    Attributes:
        rules: rule id -> parameter -> value; a rule that is switched off is absent.
        wording: ``factual`` or ``imperative``.
        disclaimer_id: named in every row.
        unknown_after_bars: instants after which a held symbol without a price is called unknown.
        cost_bps: cost of a trade in hundredths of a percent; None: not estimated.
        risk: what risk is measured against and over.
        memo: what rules have read from the values, computed once.
    """

    rules: RuleValues
    wording: str
    disclaimer_id: str
    unknown_after_bars: int
    cost_bps: float | None
    risk: RiskOptions = DEFAULT_RISK
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def number(self, rule_id: str, name: str, default: float = 0.0) -> float:
        """A numeric parameter; ``default`` where the rule is off or does not set it."""
        return float(self.rules.get(rule_id, {}).get(name, default))

    def severity(self, rule_id: str, default: str = "info") -> str:
        """Severity of a rule that has a single one."""
        return str(self.rules.get(rule_id, {}).get("severity", default))

    def ruleset_hash(self) -> str:
        """SHA-256 over all that shapes a row beside its inputs, as canonical JSON."""
        if "hash" not in self.memo:
            self.memo["hash"] = self._hash()
        found: str = self.memo["hash"]
        return found

    def _hash(self) -> str:
        effective = {
            "version": RULES_VERSION,
            "rules": {rule_id: dict(values) for rule_id, values in self.rules.items()},
            "wording": self.wording,
            "disclaimer_id": self.disclaimer_id,
            "unknown_after_bars": self.unknown_after_bars,
            "cost_bps": self.cost_bps,
            "risk": asdict(self.risk),
        }
        return hashlib.sha256(orjson.dumps(effective, option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True)
class Timeline:
    """The rules of one set of portfolios over time.

    Attributes:
        steps: (from when on, rules), oldest first; the first one counts from the start.
    """

    steps: tuple[tuple[int, Variant], ...]

    def at(self, time: int) -> Variant:
        """The rules that count at an instant."""
        place = bisect_right(self.steps, time, lo=1, key=lambda step: step[0])
        return self.steps[place - 1][1]

    @property
    def rule_ids(self) -> frozenset[str]:
        """Rules that are on at any time."""
        return frozenset(rule_id for _, variant in self.steps for rule_id in variant.rules)

    @property
    def name(self) -> tuple[tuple[int, str], ...]:
        """Equal for equal rules at all times."""
        return tuple((since, variant.ruleset_hash()) for since, variant in self.steps)


@dataclass(frozen=True)
class RuleChange:
    """Rules from ``since`` (microseconds UTC) on, as in ``BookPolicy``."""

    since: int
    rules: RuleValues
    portfolios: Mapping[str, RuleValues] = field(default_factory=dict)


@dataclass(frozen=True)
class BookPolicy:
    """Everything the book is told by configuration.

    Attributes:
        rules: the common rules, as ``AdvicePolicy.as_rules()`` gives them.
        portfolios: portfolio id -> its effective rules, for portfolios that differ.
        wording: ``factual`` ("exceeds the limit") or ``imperative`` ("sell").
        disclaimer_id: of the text that goes with advice.
        unknown_after_bars: instants after which a held symbol without a price is called unknown.
        reprice_bps: position and risk rows are sent again when they moved by more, in 0.01 %.
        cost_bps: cost of a trade in 0.01 % of its amount; None: suggestions carry no estimate.
        risk: benchmark, window and annualisation of risk.
        changes: what the rules are from a time on, oldest first.
    """

    rules: RuleValues
    portfolios: Mapping[str, RuleValues] = field(default_factory=dict)
    wording: str = "factual"
    disclaimer_id: str = "generic"
    unknown_after_bars: int = 60
    reprice_bps: float = 0.0
    cost_bps: float | None = None
    risk: RiskOptions = DEFAULT_RISK
    changes: tuple[RuleChange, ...] = ()

    def timeline(self, portfolio_id: str) -> Timeline:
        """The rules of one portfolio over time."""
        steps = [(-1, self._variant(self.portfolios.get(portfolio_id, self.rules)))]
        for change in self.changes:
            variant = self._variant(change.portfolios.get(portfolio_id, change.rules))
            if variant.ruleset_hash() != steps[-1][1].ruleset_hash():
                steps.append((change.since, variant))
        return Timeline(tuple(steps))

    def _variant(self, rules: RuleValues) -> Variant:
        return Variant(
            rules,
            self.wording,
            self.disclaimer_id,
            self.unknown_after_bars,
            self.cost_bps,
            self.risk,
        )
