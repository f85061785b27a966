from collections.abc import Callable
from typing import Any

from transforms.advice.policy import RuleChange

World = Callable[..., Any]
MINUTE = 60_000_000


def with_warn(rules: Any, warn: float) -> dict[str, Any]:
    return {**rules, "P01": {**rules["P01"], "warn": warn, "alert": 0.9}}


def walked(world: World, rules: Any, **policy: Any) -> Any:
    made = world(with_warn(rules, 0.10), **policy).hold(A=2.0, B=6.0, C=2.0)
    for minute in range(1, 6):
        made.close(minute, "A", "B", "C")
    return made


def test_changed_rules_clear_what_stood_and_open_what_they_find(world: World, rules: Any) -> None:
    change = RuleChange(3 * MINUTE, with_warn(rules, 0.50))
    made = walked(world, rules, changes=(change,))
    opened = {row.subject: row for row in made.rows("P01", "open")}
    assert set(opened) == {"B"}
    assert (opened["B"].as_of, opened["B"].cause) == (3 * MINUTE, "rules")
    cleared = made.rows("P01", "cleared")
    assert {row.subject for row in cleared} == {"A", "B", "C"}
    assert {(row.cause, row.as_of) for row in cleared} == {("rules", MINUTE)}
    assert opened["B"].ruleset_hash not in {row.ruleset_hash for row in cleared}
    told = {entry.cause for entry in made.tables.log if entry.as_of == 3 * MINUTE}
    assert told == {"rules"}


def test_rules_that_do_not_change_for_a_portfolio_change_nothing(world: World, rules: Any) -> None:
    same = RuleChange(3 * MINUTE, with_warn(rules, 0.10), {"q": with_warn(rules, 0.9)})
    assert walked(world, rules, changes=(same,)).tables.advice == walked(world, rules).tables.advice


def test_a_rule_may_be_switched_off_and_on(world: World, rules: Any) -> None:
    off = {name: values for name, values in with_warn(rules, 0.10).items() if name != "P01"}
    made = walked(world, rules, changes=(RuleChange(2 * MINUTE, off),))
    assert made.rows("P01", "open") == []
    again = (RuleChange(2 * MINUTE, off), RuleChange(4 * MINUTE, with_warn(rules, 0.10)))
    made = walked(world, rules, changes=again)
    assert {row.as_of for row in made.rows("P01", "open")} == {4 * MINUTE}


def test_a_late_bar_before_the_change_is_judged_by_the_old_rules(world: World, rules: Any) -> None:
    change = RuleChange(3 * MINUTE, with_warn(rules, 0.50))
    clean, late = (world(with_warn(rules, 0.10), changes=(change,)) for _ in range(2))
    for made in (clean, late):
        made.hold(A=2.0, B=6.0, C=2.0).close(1, "A", "B", "C")
    clean.close(2, "A", "B", C={"close": 900.0})
    late.close(2, "A", "B")
    for made in (clean, late):
        made.close(3, "A", "B", C={"close": 900.0}).close(4, "A", "B", "C")
    late.close(2, C={"close": 900.0})
    assert late.tables.advice == clean.tables.advice
