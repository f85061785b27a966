import json
from collections.abc import Callable
from typing import Any

import pytest

from transforms.advice.evidence import advice_id, canonical_hash, portable
from transforms.advice.policy import BookPolicy


def test_canonical_json_knows_no_order_of_keys() -> None:
    assert canonical_hash({"a": 1, "b": [0.1, None]}) == canonical_hash({"b": [0.1, None], "a": 1})
    assert canonical_hash([1.0]) != canonical_hash([1])


def test_an_id_is_fixed_for_ever() -> None:
    """A change here changes every id: bills and audits name them."""
    assert advice_id("p", "P01", "A", 60_000_000, "i" * 64, "r" * 64) == (
        "d9e50baac537f5f174837051f1744671"
    )


@pytest.mark.parametrize("value", [0.1 + 0.2, 1 / 3, 123456.789012345678, 1e-7 / 3, 5, None])
def test_portable_floats_survive_any_json_reader(value: Any) -> None:
    once = portable(value)
    assert json.loads(json.dumps(once)) == once == portable(once)
    if isinstance(value, float):
        assert once == pytest.approx(value, rel=1e-14)


def test_the_ruleset_hash_changes_with_what_shapes_rows_and_nothing_else(
    rules: dict[str, Any],
) -> None:
    base = BookPolicy(rules).timeline("p").at(0).ruleset_hash()
    assert BookPolicy(rules, reprice_bps=50.0).timeline("p").at(0).ruleset_hash() == base
    assert BookPolicy(dict(reversed(rules.items()))).timeline("p").at(0).ruleset_hash() == base
    assert BookPolicy(rules, wording="imperative").timeline("p").at(0).ruleset_hash() != base
    louder = rules | {"P01": rules["P01"] | {"warn": 0.2}}
    assert BookPolicy(louder).timeline("p").at(0).ruleset_hash() != base
    assert BookPolicy(rules, portfolios={"q": louder}).timeline("p").at(0).ruleset_hash() == base


def test_equal_inputs_give_equal_rows_in_another_run(world: Callable[..., Any]) -> None:
    first, second = (
        world().hold("p", A=1.0, B=2.0).hold(other, A=4.0).close(1, "A", "B")
        for other in ("q", "z")
    )
    ids = [{row.advice_id for row in made.rows() if row.portfolio_id == "p"}
           for made in (first, second)]  # fmt: skip
    assert ids[0] == ids[1]
    assert ids[0]


def test_a_switched_off_rule_has_nothing_to_say(
    world: Callable[..., Any], rules: dict[str, Any]
) -> None:
    few = {rule: values for rule, values in rules.items() if rule in ("P03", "D03")}
    made = world(few).hold(A=1.0).close(1, A={"count": 1.0})
    assert {row.rule_id for row in made.rows()} == {"P03"}
