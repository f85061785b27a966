"""P11 on real closes: when a position carries too much, and how much of it may be kept."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.advice.risk_scenes import KNOWN, RISK_SCENES, closes, moving, noise
from tests.transforms.advice.scenes import Scene
from transforms.advice.contribution_rule import kept_part
from transforms.portfolio.contribution import variance_shares

StageOf = Callable[..., Any]
SHARE = st.floats(0.01, 0.99)


@given(
    st.lists(SHARE, min_size=2, max_size=6),
    st.integers(0, 10_000),
    st.floats(0.05, 0.9),
)
def test_what_may_be_kept_keeps_within_the_limit_whatever_moves_with_what(
    sizes: list[float], seed: int, limit: float
) -> None:
    rng = np.random.default_rng(seed)
    loadings = rng.normal(size=(len(sizes), 3))
    covariance = loadings @ loadings.T + np.diag(rng.uniform(0.0, 0.5, len(sizes)))
    weights = np.array(sizes) * rng.choice([-1.0, 1.0], len(sizes))
    found = variance_shares(weights, covariance)
    assert not isinstance(found, str)
    share = float(found[0][0])
    if share <= limit:
        return
    weights[0] *= kept_part(share, limit)
    after = variance_shares(weights, covariance)
    assert isinstance(after, str) or after[0][0] <= limit + 1e-9


def test_the_part_that_may_be_kept_is_exact_where_all_moves_alike() -> None:
    assert kept_part(0.5, 0.2) == pytest.approx(0.25)  # 1 : 4 instead of 1 : 1
    assert kept_part(1.0, 0.2) == kept_part(1.5, 0.2) == kept_part(0.5, 1.0) == 0.0


def test_only_both_limits_together_make_a_position_too_risky(stage: StageOf) -> None:
    scene = RISK_SCENES["P11"]
    wild = stage(scene).open().opened()
    pieces = {piece["name"]: piece for piece in wild.evidence}
    assert pieces["risk_contribution"]["threshold"] == 0.2
    assert pieces["risk_per_weight"]["threshold"] == 2.0
    assert pieces["risk_per_weight"]["value"] == pytest.approx(
        pieces["risk_contribution"]["value"] / pieces["position_weight"]["value"]
    )
    heavy = replace(scene, lines=scene.lines | {"A": 100.0})  # most of the risk, most of the value
    assert stage(heavy).open().rows() == []
    light = replace(scene, lines=scene.lines | {"A": 3.0})  # thrice its weight, little of the risk
    assert stage(light).open().rows() == []
    calm = replace(scene, closes=moving(0.01, *scene.lines))
    assert stage(calm).open().rows() == []


def test_a_position_that_carries_what_its_weight_is_clears_with_the_number_that_came_back(
    stage: StageOf,
) -> None:
    made = stage(RISK_SCENES["P11"]).open()
    made.scene.lines["A"] = 300.0
    [row] = made.show(2).rows()
    last = row.evidence[-1]
    assert (row.state, last["name"]) == ("cleared", "risk_per_weight_at_clearing")
    assert last["value"] <= last["threshold"] == 1.8
    assert "risk_contribution_at_clearing" not in row.evidence_json


def test_a_single_risky_position_beside_cash_must_go_as_a_whole(stage: StageOf) -> None:
    scene = Scene(("P11", "A"), {"A": 3.0, "INR": 700.0}, KNOWN, closes=closes(A=0.01 * noise(1)))
    [way] = stage(scene).open().opened().clears_if
    assert (way["what"], way["value"], way["closed_bars"]) == ("quantity", 0.0, 1)
