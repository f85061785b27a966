"""Turns moves of rule memory into rows: the few places where a shelf works in plain Python."""

from collections.abc import Sequence
from dataclasses import replace

from transforms.advice.bands import bands_of
from transforms.advice.doubts import doubtful
from transforms.advice.evidence import Evidence, advice_id
from transforms.advice.history import AdviceHistory, Key
from transforms.advice.hysteresis import LEVEL, WITHHELD, Memory
from transforms.advice.reasons import NOT_EVALUATED, doubt_cause
from transforms.advice.reports_seen import ReportsSeen, in_doubt
from transforms.advice.rows import AdviceRow, joined, json_list
from transforms.advice.rule import Finding, Rule
from transforms.advice.status import STATES, Status, statuses
from transforms.advice.view import View
from transforms.kernels.columns import Ints

CHANGED_RULES = "rules"


class Writer:
    """Writes rows of one shelf into its history.

    Args:
        rules: of the shelf.
        history: where rows go.
    """

    def __init__(self, rules: Sequence[Rule], history: AdviceHistory) -> None:
        self._rules, self._history = rules, history
        self._changed = False
        self._unsettled: list[set[int]] = [set() for _ in rules]
        self._seen = ReportsSeen()

    def begin(self, view: View, touched: set[int]) -> None:
        """Start an instant; ``touched`` are the portfolios whose holdings change at it."""
        self._view, self._touched, self._changed = view, touched, False

    def change_rules(self) -> None:
        """From this instant on other rules count: what stands by the old ones goes."""
        self._changed, time = True, self._view.time
        for key, standing in self._history.all_standing():
            if key[3]:
                self._history.drop(time, key, CHANGED_RULES)
            else:
                row = replace(standing.opened, state="cleared", cause=CHANGED_RULES)
                self._history.close(time, key, row)

    def move(self, number: int, before: Memory, after: Memory, elements: Ints) -> None:
        """Write what follows from the memory of one rule."""
        for element in elements.tolist():
            row = self._view.row_of(self._rules[number].subject, element)
            self._unsettled[number].add(row)
            self._move_one(number, row, element, int(before[element]), int(after[element]))

    def _move_one(self, number: int, row: int, element: int, before: int, after: int) -> None:
        old, new = before & LEVEL, after & LEVEL
        key = (number, row, self._subject(number, element), "")
        if old != new:
            if old:
                self._clear(key, element, old, new)
            if new:
                self._open(key, element, new)
        elif new and (before ^ after) & WITHHELD:
            self._hold(key, withheld=bool(after & WITHHELD))

    def _subject(self, number: int, element: int) -> str:
        rule, view = self._rules[number], self._view
        if rule.subject == "line":
            return view.grid.symbol(element)
        if rule.subject == "sector":
            return view.grid.instruments.sectors[element % view.sectors]
        if rule.subject == "asset_class":
            bands = bands_of(view.variant)
            return bands[element % len(bands)].asset_class
        return ""

    def _cause(self, row: int) -> str:
        if self._changed:
            return CHANGED_RULES
        return "holdings" if row in self._touched else "new_bar"

    def _open(self, key: Key, element: int, level: int) -> None:
        rule = self._rules[key[0]]
        finding = rule.explain(self._view, element, level)
        severity = rule.severity(self._view.variant, level)
        self._history.open(
            self._view.time, key, self._row(key, finding, "open", severity, self._cause(key[1]))
        )

    def _row(self, key: Key, finding: Finding, state: str, severity: str, cause: str) -> AdviceRow:
        number, row, subject, _ = key
        rule_id, portfolio = self._rules[number].rule_id, self._view.grid.portfolios[row]
        inputs, time = finding.inputs_hash, self._view.time
        evidence, suggestion, ways = finding.lists
        return AdviceRow(
            advice_id=advice_id(
                portfolio, rule_id, subject, time, inputs, self._view.variant.ruleset_hash()
            ),
            portfolio_id=portfolio,
            rule_id=rule_id,
            subject=subject,
            state=state,
            severity=severity,
            sentence=finding.sentence,
            evidence_json=evidence,
            suggestion_json=suggestion,
            clears_if_json=ways,
            as_of=time,
            inputs_hash=inputs,
            ruleset_hash=self._view.variant.ruleset_hash(),
            cause=cause,
            disclaimer_id=self._view.variant.disclaimer_id,
        )

    def _clear(self, key: Key, element: int, old: int, new: int) -> None:
        rule, view = self._rules[key[0]], self._view
        if rule.subject == "line" and not view.owned[element]:
            pieces: Sequence[Evidence] = [
                Evidence("quantity_at_clearing", 0, "units", source_time=view.time)
            ]
        else:
            pieces = rule.at_clearing(view, element, old)
        cause = self._cause(key[1])
        if new:
            cause = f"superseded by {rule.severity(self._view.variant, new)}"
            pieces = [replace(piece, threshold=None, operator=None) for piece in pieces]
        standing = self._history.standing(key)
        assert standing is not None
        opened = standing.opened
        evidence = joined(opened.evidence_json, json_list(pieces))
        self._history.close(
            view.time, key, replace(opened, state="cleared", cause=cause, evidence_json=evidence)
        )

    def _hold(self, key: Key, *, withheld: bool) -> None:
        """Flip an open row to withheld and back; it comes back as it was."""
        standing = self._history.standing(key)
        assert standing is not None
        row, change = standing.opened, "resumed"
        if withheld:
            lines = self._view.grid.layout.lines_of(key[1])
            lines = lines[doubtful(self._view)[lines]]
            if not self._rules[key[0]].on_value:
                lines = lines[[self._view.grid.symbol(line) == key[2] for line in lines]]
            cause, change = doubt_cause(self._view, lines), "withheld"
            row = replace(row, state="withheld", cause=cause)
        self._history.alter(self._view.time, key, row, change)

    def settle(self, memories: tuple[Memory, ...], moved: Ints) -> None:
        """Bring status rows up to date where memory or the quality of a line has changed.

        And where there is another risk report: what a rule lacks may be something else now.
        """
        rows, reported = (
            set(self._view.grid.layout.rows[moved].tolist()),
            self._seen.look(self._view),
        )
        for number, rule in enumerate(self._rules):
            unsettled = self._unsettled[number] | rows if rule.on_value else self._unsettled[number]
            unsettled = unsettled | in_doubt(rule, self._view, memories[number], reported)
            self._unsettled[number] = set()
            if rule.has_status:
                for row in sorted(unsettled):
                    self._settle(number, row, memories[number])

    def _settle(self, number: int, row: int, memory: Memory) -> None:
        wanted = {
            status.state: status
            for status in statuses(self._rules[number], self._view, memory, row)
        }
        for state in STATES:
            key, status = (number, row, "", state), wanted.get(state)
            standing = self._history.standing(key)
            if status is None:
                if standing is not None:
                    self._history.drop(self._view.time, key, self._cause(row))
                continue
            inputs = status.finding.inputs_hash
            if standing is None or standing.opened.inputs_hash != inputs:
                if standing is not None:
                    self._history.drop(self._view.time, key, self._cause(row))
                self._write_status(key, status)

    def _write_status(self, key: Key, status: Status) -> None:
        ground = "D03" if status.state == NOT_EVALUATED else status.cause[:3]
        severity = self._view.variant.severity(ground)
        self._history.open(
            self._view.time,
            key,
            self._row(key, status.finding, status.state, severity, status.cause),
        )
