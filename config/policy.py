"""The advice policy: thresholds, wording, disclaimers, and what single portfolios differ in."""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from config.errors import first_problem, unfit
from config.rule_kinds import ClearingRule
from config.rules import Rules
from config.values import Frozen, Identifier, Listed, Share, moment, real, whole

Value = float | int | str
Overrides = dict[str, dict[str, Any]]
Jurisdiction = Literal["generic", "IN", "US", "EU", "GB"]


class Disclaimer(Frozen):
    """A text sent along with advice. A changed text needs a new id: advice rows name the id."""

    id: Identifier
    text: str


class RulesChange(Frozen):
    """Parameters that differ from a time on; those of earlier changes stay.

    Attributes:
        since: of the market; advice of the instants behind it rests on the changed rules.
        rules: rule id -> parameters.
        portfolios: portfolio id -> rule id -> parameters.
    """

    since: Annotated[datetime, BeforeValidator(moment)]
    rules: Overrides = Field(default_factory=dict)
    portfolios: dict[str, Overrides] = Field(default_factory=dict)


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
        cost_bps: estimated cost of a trade in hundredths of a percent of its amount; None: no
            estimates.
        rules: by id.
        portfolios: portfolio id -> rule id -> the parameters that differ there.
        changes: of the rules, from a time on; oldest first.
    """

    wording: Literal["factual", "imperative"]
    jurisdiction: Jurisdiction
    disclaimers: dict[Jurisdiction, Disclaimer]
    clear_factor: Share
    clear_after_bars: Annotated[int, whole(1, 1000)]
    unknown_after_bars: Annotated[int, whole(1, 100_000)]
    reprice_bps: Annotated[int, whole(0, 10_000)]
    cost_bps: Annotated[float, real(0, 1000)] | None = None
    rules: Rules
    portfolios: dict[str, Overrides] = Field(default_factory=dict)
    changes: Annotated[tuple[RulesChange, ...], Listed] = ()

    @model_validator(mode="after")
    def _check_disclaimer(self) -> Self:
        if self.jurisdiction not in self.disclaimers:
            key = f"disclaimers.{self.jurisdiction}"
            raise unfit("is required: it is the jurisdiction", key=key, was="")
        return self

    @model_validator(mode="after")
    def _check_portfolios(self) -> Self:
        self._check_overrides()
        return self

    def _check_overrides(self) -> None:
        for portfolio_id in self.portfolios:
            try:
                self.for_portfolio(portfolio_id)
            except ValidationError as error:
                problem = first_problem(error, Rules)
                key = f"portfolios.{portfolio_id}.{problem.key}"
                raise unfit(problem.text, key=key, was="") from None

    @model_validator(mode="after")
    def _check_changes(self) -> Self:
        times = [change.since for change in self.changes]
        if times != sorted(set(times)):
            raise unfit("must be in order of `since`, each time once", key="changes", was="")
        for place in range(len(self.changes)):
            try:
                self.after(place + 1)
            except ValidationError as error:
                problem = first_problem(error, Rules)
                key = f"changes[{place}].{problem.key}"
                raise unfit(problem.text, key=key, was="") from None
        return self

    def after(self, count: int) -> "AdvicePolicy":
        """The policy once the first ``count`` changes have taken effect."""
        rules = self.rules.model_dump()
        portfolios = {name: dict(own) for name, own in self.portfolios.items()}
        for change in self.changes[:count]:
            rules = _laid_over(rules, change.rules)
            for name, own in change.portfolios.items():
                portfolios[name] = _laid_over(portfolios.get(name, {}), own)
        update = {"rules": Rules.model_validate(rules), "portfolios": portfolios, "changes": ()}
        policy = self.model_copy(update=update)
        policy._check_overrides()
        return policy

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
        rules = _laid_over(self.rules.model_dump(), self.portfolios.get(portfolio_id, {}))
        return self.model_copy(update={"rules": Rules.model_validate(rules), "portfolios": {}})

    def as_rules(self) -> dict[str, dict[str, Value]]:
        """The common rules as plain values: rule id -> parameter -> value.

        A rule that is switched off is absent, or has nothing to judge by (P05 without bands), and
        so is a parameter that is not set (P02 has no ``alert`` unless given). ``clear_factor`` and
        ``clear_after_bars`` are filled in.
        """
        plain: dict[str, dict[str, Value]] = {}
        for rule_id in Rules.model_fields:
            rule = getattr(self.rules, rule_id)
            if not rule.is_on:
                continue
            common = {"clear_factor": self.clear_factor, "clear_after_bars": self.clear_after_bars}
            own = rule.parameters()
            plain[rule_id] = {**common, **own} if isinstance(rule, ClearingRule) else own
        return plain

    @property
    def ruleset_hash(self) -> str:
        """SHA-256 over all that shapes an advice row, as canonical JSON: equal on every machine.

        Only effective values count: neither their order in the file nor its comments, nor
        ``reprice_bps`` and the texts of the disclaimers (rows carry the id). Overrides of single
        portfolios count here; ``for_portfolio(id).ruleset_hash`` changes with that portfolio alone.
        """
        effective: dict[str, Any] = {
            "wording": self.wording,
            "disclaimer_id": self.disclaimer.id,
            "unknown_after_bars": self.unknown_after_bars,
            "cost_bps": self.cost_bps,
            "rules": self.as_rules(),
            "portfolios": {one: self.for_portfolio(one).as_rules() for one in self.portfolios},
        }
        if self.changes:
            effective["changes"] = [
                (change.since.isoformat(), self.after(place).ruleset_hash)
                for place, change in enumerate(self.changes, 1)
            ]
        text = json.dumps(effective, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()


def _laid_over(rules: Overrides, own: Overrides) -> Overrides:
    """Parameters of ``rules`` but for those that ``own`` gives."""
    changed = {rule_id: {**rules.get(rule_id, {}), **values} for rule_id, values in own.items()}
    return {**rules, **changed}
