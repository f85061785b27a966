from datetime import timedelta

import pytest

from config.market import preset


def test_a_session_opens_by_the_clock_of_its_exchange() -> None:
    market = preset("nse")
    assert (market.zone.key, market.session_open_minute) == ("Asia/Kolkata", 555)


@pytest.mark.parametrize(
    ("name", "minutes", "bars"),
    [("nse", 1440, 252), ("nse", 1, 252 * 375), ("us", 60, 252 * 6.5), ("crypto", 60, 365 * 24)],
)
def test_volatility_is_annualised_by_the_bars_of_a_year(name, minutes: int, bars: float) -> None:
    assert preset(name).bars_per_year(timedelta(minutes=minutes)) == bars
