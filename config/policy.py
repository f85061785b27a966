"""The advice policy: thresholds, wording, disclaimers, and what single portfolios differ in."""

import hashlib
import json
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from config.errors import first_problem, unfit
from config.rules import ClearingRule, Rules
from config.values import Frozen, Identifier, Share, whole

Value = float | int | str
Jurisdiction = Literal["generic", "IN", "US"]
NO_PARAMETER = {"enabled"}


class Disclaimer(Frozen):
    """A text sent along with advice. A changed text needs a new id: advice rows name the id."""

    id: Identifier
    text: str


class AdvicePolicy(Frozen):
    """What advice is given, and in which words.

    Attributes:
        wording: ``factual`` ("exceeds your limit") or ``imperative`` ("sell").
        jurisdiction: whose disclaimer is sent along.
        disclaimers: by jurisdiction.
        clear_factor: an open rule clears below this share of its threshold.
        clear_after_bars: and only after so many closed bars. A rule may have its own of either.
        unknown_after_bars: a held symbol without any price is called unknown after so many bars.
        reprice_bps: position and risk rows are sent again when a value has moved by more, in
            hundredths of a percent. No advice depends on it.
        rules: by id.
        portfolios: portfolio id -> rule id -> the parameters that differ there.
    """

    wording: Literal["factual", "imperative"]
    jurisdiction: Jurisdiction
    disclaimers: dict[Jurisdiction, Disclaimer]
    clear_factor: Share
    clear_after_bars: Annotated[int, whole(1, 1000)]
    unknown_after_bars: Annotated[int, whole(1, 100_000)]
    reprice_bps: Annotated[int, whole(0, 10_000)]
    rules: Rules
    portfolios: dict[str, dict[str, dict[str, Any]]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_disclaimer(self) -> Self:
        if self.jurisdiction not in self.disclaimers:
            key = f"disclaimers.{self.jurisdiction}"
            raise unfit("is required: it is the jurisdiction", key=key, was="")
        return self

    @model_validator(mode="after")
    def _check_portfolios(self) -> Self:
        for portfolio_id in self.portfolios:
            try:
                self.for_portfolio(portfolio_id)
            except ValidationError as error:
                problem = first_problem(error, Rules)
                key = f"portfolios.{portfolio_id}.{problem.key}"
                raise unfit(problem.text, key=key, was="") from None
        return self

    @property
    def disclaimer(self) -> Disclaimer:
        """The disclaimer of the jurisdiction."""
        return self.disclaimers[self.jurisdiction]

    @property
    def disclaimer_texts(self) -> dict[str, str]:
        """Disclaimer id -> text, of every jurisdiction."""
        return {one.id: one.text for one in self.disclaimers.values()}

    def for_portfolio(self, portfolio_id: str) -> "AdvicePolicy":
        """The policy as it is for one portfolio: its own parameters laid over the common ones."""
        rules = self.rules.model_dump()
        for rule_id, changes in self.portfolios.get(portfolio_id, {}).items():
            rules[rule_id] = {**rules.get(rule_id, {}), **changes}
        return self.model_copy(update={"rules": Rules.model_validate(rules), "portfolios": {}})

    def as_rules(self) -> dict[str, dict[str, Value]]:
        """The common rules as plain values: rule id -> parameter -> value.

        A rule that is switched off is absent, and so is a parameter that is not set (P02 has no
        ``alert`` unless given). ``clear_factor`` and ``clear_after_bars`` are filled in.
        """
        plain: dict[str, dict[str, Value]] = {}
        for rule_id in Rules.model_fields:
            rule = getattr(self.rules, rule_id)
            if not rule.enabled:
                continue
            common = {"clear_factor": self.clear_factor, "clear_after_bars": self.clear_after_bars}
            own = rule.model_dump(exclude=NO_PARAMETER, exclude_none=True)
            plain[rule_id] = {**common, **own} if isinstance(rule, ClearingRule) else own
        return plain

    @property
    def ruleset_hash(self) -> str:
        """SHA-256 over all that shapes an advice row, as canonical JSON: equal on every machine.

        Only effective values count: neither their order in the file nor its comments, nor
        ``reprice_bps`` and the texts of the disclaimers (rows carry the id). Overrides of single
        portfolios count here; ``for_portfolio(id).ruleset_hash`` changes with that portfolio alone.
        """
        effective = {
            "wording": self.wording,
            "disclaimer_id": self.disclaimer.id,
            "unknown_after_bars": self.unknown_after_bars,
            "rules": self.as_rules(),
            "portfolios": {one: self.for_portfolio(one).as_rules() for one in self.portfolios},
        }
        text = json.dumps(effective, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()
