import math

import pytest

from transforms.portfolio.cap_bands import cap_bands


def test_bands_follow_the_rank() -> None:
    caps = {f"S{rank:03}": 1e12 / rank for rank in range(1, 301)}
    bands = cap_bands(dict(reversed(caps.items())))
    found = [bands[f"S{rank:03}"] for rank in (1, 100, 101, 250, 251, 300)]
    assert found == ["large", "large", "mid", "mid", "small", "small"]


def test_ties_go_by_symbol() -> None:
    caps = {f"S{place:03}": 5.0 for place in range(101)}
    bands = cap_bands(dict(reversed(caps.items())))
    assert (bands["S099"], bands["S100"]) == ("large", "mid")


@pytest.mark.parametrize("unknown", [None, 0.0, -1.0, math.nan, math.inf])
def test_the_unknown_have_no_band_and_take_no_rank(unknown: float | None) -> None:
    caps = {f"S{place:03}": 10.0 for place in range(100)}
    bands = cap_bands({"A": unknown, **caps})
    assert bands["A"] == ""
    assert set(bands.values()) == {"", "large"}
