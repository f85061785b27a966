import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.portfolio.score import SHARES, TABLES, piecewise, score_of, score_parts

CALM = {"volatility": 0.0, "cvar": 0.0, "drawdown": 0.0, "concentration": 50.0, "beta": 0.0}
WILD = {"volatility": 1.0, "cvar": 0.2, "drawdown": 0.9, "concentration": 1.0, "beta": 3.0}


@pytest.mark.parametrize("part", list(TABLES))
@given(value=st.floats(-1, 30))
def test_parts_are_linear_between_points_and_level_beyond(part: str, value: float) -> None:
    points, levels = TABLES[part]
    assert piecewise(value, points, levels) == pytest.approx(np.interp(value, points, levels))


@pytest.mark.parametrize(
    ("part", "value", "points"),
    [
        ("volatility", 0.15, 35.0),
        ("volatility", 0.35, 80.0),
        ("cvar", 0.01, 25.0),
        ("cvar", 0.03, 70.0),
        ("drawdown", 0.10, 25.0),
        ("drawdown", 0.30, 75.0),
        ("concentration", 4.0, 55.0),
        ("concentration", 10.0, 20.0),
        ("beta", 1.25, 55.0),
        ("beta", -1.0, 15.0),
    ],
)
def test_points_of_the_tables(part: str, value: float, points: float) -> None:
    assert score_parts({part: value})[part] == pytest.approx(points)


def test_the_score_weighs_its_parts() -> None:
    parts = score_parts(
        {"volatility": 0.2, "cvar": 0.03, "drawdown": 0.15, "concentration": 5.0, "beta": 1.0}
    )
    assert parts == {
        "volatility": 50.0,
        "cvar": 70.0,
        "drawdown": 40.0,
        "concentration": 45.0,
        "beta": 40.0,
    }
    assert score_of(parts) == pytest.approx(15 + 14 + 8 + 9 + 4)


def test_the_score_runs_from_calm_to_wild() -> None:
    assert score_of(score_parts(CALM)) == pytest.approx(0.2 * 10 + 0.2 * 10 + 0.2 * 5 + 0.1 * 15)
    assert score_of(score_parts(WILD)) == pytest.approx(99.5)
    assert sum(SHARES.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("part", list(TABLES))
def test_a_missing_part_leaves_no_score(part: str) -> None:
    parts = score_parts({**CALM, part: None})
    assert parts[part] is None
    assert score_of(parts) == f"without {part}"
