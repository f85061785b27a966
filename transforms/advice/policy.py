"""The advice policy as the rules see it: plain values by rule id, in variants."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

Value = float | int | str
RuleValues = Mapping[str, Mapping[str, Value]]
RULES_VERSION = 1  # raised when a rule comes to other rows from equal inputs and parameters


@dataclass(frozen=True)
class Variant:
    """The rules of one set of portfolios.

    Attributes:
        rules: rule id -> parameter -> value; a rule that is switched off is absent.
        wording: ``factual`` or ``imperative``.
        disclaimer_id: named in every row.
        unknown_after_bars: instants after which a held symbol without a price is called unknown.
        cost_bps: cost of a trade in hundredths of a percent; None: not estimated.
        memo: what rules have read from the values, computed once.
    """

    rules: RuleValues
    wording: str
    disclaimer_id: str
    unknown_after_bars: int
    cost_bps: float | None
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def number(self, rule_id: str, name: str, default: float = 0.0) -> float:
        """A numeric parameter; ``default`` where the rule is off or does not set it."""
        return float(self.rules.get(rule_id, {}).get(name, default))

    def severity(self, rule_id: str, default: str = "info") -> str:
        """Severity of a rule that has a single one."""
        return str(self.rules.get(rule_id, {}).get("severity", default))

    def ruleset_hash(self) -> str:
        """SHA-256 over all that shapes a row beside its inputs, as canonical JSON."""
        effective = {
            "version": RULES_VERSION,
            "rules": {rule_id: dict(values) for rule_id, values in self.rules.items()},
            "wording": self.wording,
            "disclaimer_id": self.disclaimer_id,
            "unknown_after_bars": self.unknown_after_bars,
            "cost_bps": self.cost_bps,
        }
        return hashlib.sha256(orjson.dumps(effective, option=orjson.OPT_SORT_KEYS)).hexdigest()


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
    """

    rules: RuleValues
    portfolios: Mapping[str, RuleValues] = field(default_factory=dict)
    wording: str = "factual"
    disclaimer_id: str = "generic"
    unknown_after_bars: int = 60
    reprice_bps: float = 0.0
    cost_bps: float | None = None

    def variant(self, portfolio_id: str) -> Variant:
        """The rules of one portfolio."""
        rules = self.portfolios.get(portfolio_id, self.rules)
        return Variant(
            rules, self.wording, self.disclaimer_id, self.unknown_after_bars, self.cost_bps
        )
