import numpy as np
import pytest

from transforms.portfolio.past import Past, refusal
from transforms.portfolio.returns import common_rows, sample_of


def past(weights: list[float], closes: np.ndarray) -> Past:
    rows = common_rows(closes)
    return Past(np.array(weights), closes, rows, sample_of(closes, rows, 100))


CLOSES = np.array([[1.0, 2.0, 1.0], [1.0, 1.0, 3.0]])


def test_present_weights_are_held_before_every_session() -> None:
    found = past([0.75, -0.25], CLOSES).path
    assert found.returns.tolist() == [0.75, 0.75 * -0.5 - 0.25 * 2.0]
    assert found.mean == pytest.approx(-0.0625)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        ([np.nan, 0.5], "no weight of A"),
        ([0.5, np.inf], "no weight of B"),
        ([0.5, -1.01], "no weight of B"),
        ([0.0, 0.0], "nothing held is worth anything"),
        ([0.5, 0.5], None),
    ],
)
def test_what_has_no_weight_cannot_be_told(weights: list[float], reason: str | None) -> None:
    assert refusal(past(weights, CLOSES), np.arange(3), ["A", "B"], 2) == reason


def test_nothing_held_is_said_so() -> None:
    assert refusal(past([], np.empty((0, 3))), np.arange(3), [], 2) == "nothing is held"
