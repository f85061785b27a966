import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from transforms.portfolio.optimise.capped import capped, infeasible
from transforms.portfolio.optimise.request import Limits

WIDE = Limits(max_weight=1.0, max_sector_weight=1.0)


def weights(base: list[float], sectors: list[str], **limits: float) -> list[float]:
    return capped(np.array(base), sectors, Limits(**limits)).tolist()


def test_weights_within_the_limits_stay_as_they_are() -> None:
    assert weights([5.0, 3.0, 2.0], ["x", "y", "z"], max_weight=0.5, max_sector_weight=1.0) == [
        0.5,
        0.3,
        0.2,
    ]


def test_the_excess_of_a_name_goes_to_the_others_pro_rata() -> None:
    found = weights([6.0, 3.0, 1.0], ["x", "y", "z"], max_weight=0.5, max_sector_weight=1.0)
    assert found == [0.5, 0.375, 0.125]


def test_a_name_that_the_excess_lifts_above_its_limit_is_cut_too() -> None:
    found = weights([6.0, 2.5, 1.0, 0.5], list("wxyz"), max_weight=0.4, max_sector_weight=1.0)
    assert found == [0.4, 0.375, 0.15, 0.075]
    found = weights([6.0, 3.0, 0.6, 0.4], list("wxyz"), max_weight=0.4, max_sector_weight=1.0)
    assert found == [0.4, 0.4, 0.12, 0.08]


def test_a_sector_is_cut_as_a_whole_and_keeps_its_proportions() -> None:
    found = weights(
        [4.0, 2.0, 2.0, 2.0], ["x", "x", "y", "z"], max_weight=1.0, max_sector_weight=0.4
    )
    assert found == pytest.approx([4 / 15, 2 / 15, 0.3, 0.3], abs=1e-9)


def test_within_a_cut_sector_a_name_at_its_limit_leaves_the_rest_to_the_others() -> None:
    found = weights(
        [28.0, 1.0, 1.0, 9.0, 9.0],
        ["x", "x", "x", "y", "z"],
        max_weight=0.35,
        max_sector_weight=0.4,
    )
    assert found == pytest.approx([0.35, 0.025, 0.025, 0.3, 0.3], abs=1e-9)


def test_names_without_a_sector_have_no_sector_limit_together() -> None:
    found = weights([2.0, 2.0, 1.0], ["", "", "z"], max_weight=0.45, max_sector_weight=0.5)
    assert found == pytest.approx([0.4, 0.4, 0.2], abs=1e-9)


def test_too_few_names_say_what_limit_would_do() -> None:
    reason = infeasible(["x", "y", "z"], Limits())
    assert "3 positions of at most 0.15" in reason
    assert "`max_weight` must be at least 0.3334" in reason
    assert infeasible(["x", "y", "z"], Limits(max_weight=0.3334, max_sector_weight=1.0)) == ""
    with pytest.raises(ValueError, match="3 positions"):
        capped(np.ones(3), ["x", "y", "z"], Limits())


def test_too_few_sectors_say_how_far_they_reach() -> None:
    sectors = ["x"] * 8 + ["y"] * 2 + ["z"]
    reason = infeasible(sectors, Limits())
    assert "in 3 sectors of at most 0.3 add up to 0.75" in reason  # 0.3 + 0.3 + 0.15
    assert infeasible([*sectors, "v", "w"], Limits()) == ""


def test_as_many_names_as_just_fill_the_whole_are_all_at_their_limit() -> None:
    for count in (3, 5, 7, 10, 49):
        limits = Limits(max_weight=1.0 / count, max_sector_weight=1.0)
        base = np.arange(1.0, count + 1.0)
        found = capped(base, [str(at) for at in range(count)], limits)
        assert found == pytest.approx(np.full(count, 1.0 / count), abs=2e-9)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.floats(1e-6, 1e12), st.sampled_from("vwxyz ")), min_size=1, max_size=40),
    st.floats(0.05, 1.0),
    st.floats(0.05, 1.0),
)
def test_limits_hold_and_names_below_them_keep_their_proportions(
    held: list[tuple[float, str]], max_weight: float, max_sector_weight: float
) -> None:
    base, sectors = np.array([one for one, _ in held]), [name.strip() for _, name in held]
    limits = Limits(max_weight=max_weight, max_sector_weight=max_sector_weight)
    assume(not infeasible(sectors, limits))
    found = capped(base, sectors, limits)
    assert abs(found.sum() - 1.0) < 1e-7
    assert (found <= max_weight + 1e-8).all()
    for name in set(sectors) - {""}:
        inside = np.array([sector == name for sector in sectors])
        assert found[inside].sum() <= max_sector_weight + 1e-7
        free = inside & (found < max_weight - 1e-8)
        if free.any():
            scale = found[free].sum() / base[free].sum()
            assert found[free] == pytest.approx(scale * base[free], abs=1e-8)
