"""What a rule is: a judgement over columns of subjects, and an account of one finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol

from transforms.advice.evidence import Clearing, Evidence, Trade, canonical_hash
from transforms.advice.hysteresis import Memory, Verdict
from transforms.advice.policy import Variant
from transforms.advice.rows import json_list
from transforms.advice.sentences import render
from transforms.advice.view import View
from transforms.kernels.columns import Ints
from transforms.portfolio.lines import Flags

Subject = Literal["line", "sector", "asset_class", "portfolio"]


@dataclass(frozen=True)
class Finding:
    """All that a row says about one subject, before it gets its id.

    Attributes:
        template: sentence with places for evidence.
        evidence: every number of the sentence, and what the rule compared.
        clears_if: ways to clear; any of them is enough.
        trades: suggestions in whole lots, done one after the other.
        inputs: everything the row was computed from, JSON.
        texts: words of the sentence that come from data: ``subject``, names of symbols.
    """

    template: str
    evidence: Sequence[Evidence]
    clears_if: Sequence[Clearing]
    inputs: Any
    texts: Mapping[str, str] = field(default_factory=dict)
    trades: Sequence[Trade] = field(default=())

    @cached_property
    def sentence(self) -> str:
        """The template filled in."""
        return render(self.template, self.texts, self.evidence)

    @cached_property
    def lists(self) -> tuple[str, str, str]:
        """Evidence, suggestion and clears_if as they stand in a row."""
        return json_list(self.evidence), json_list(self.trades), json_list(self.clears_if)

    @cached_property
    def inputs_hash(self) -> str:
        """SHA-256 of the inputs."""
        return canonical_hash(self.inputs)


@dataclass(frozen=True)
class Want:
    """Why subjects could not be judged: ``cause`` of the row that says so, and its finding."""

    cause: str
    finding: Finding


class Rule(Protocol):
    """One rule of the registry.

    Subjects are lines, sectors or banded asset classes of portfolios, or portfolios.
    """

    @property
    def rule_id(self) -> str:
        """Id of the rule in the policy and in rows."""

    @property
    def subject(self) -> Subject:
        """What an element of its arrays is."""

    @property
    def on_value(self) -> bool:
        """Rests on the value of the whole portfolio, hence on the price of each holding."""

    @property
    def has_status(self) -> bool:
        """Gets a row of its own where it could not be evaluated or is withheld."""

    def severity(self, variant: Variant, level: int) -> str:
        """Severity of an open level."""

    def clear_after(self, variant: Variant) -> int:
        """Closed bars in a row on which the clearing condition must hold."""

    def judge(self, view: View, memory: Memory) -> Verdict:
        """Judge every subject at once."""

    def explain(self, view: View, element: int, level: int) -> Finding:
        """Account for one subject at the instant it opens."""

    def at_clearing(self, view: View, element: int, level: int) -> Sequence[Evidence]:
        """The rule's measures at the instant a row clears."""

    def want(self, view: View, row: int, elements: Ints, short: Flags) -> Want:
        """What it wants to judge subjects of a portfolio; asked for when prices are not it."""


def closing_evidence(variant_bars: int) -> Evidence:
    """How many closed bars clearing takes, as sentences quote it."""
    return Evidence("closed_bars", variant_bars, "bars", source_table="policy")
