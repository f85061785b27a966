from datetime import timedelta

import pytest

from config.market import MarketSettings, preset


def test_a_session_opens_by_the_clock_of_its_exchange() -> None:
    market = preset("nse")
    assert (market.zone.key, market.session_open_minute) == ("Asia/Kolkata", 555)


@pytest.mark.parametrize(
    ("name", "minutes", "bars"),
    [
        ("nse", 1440, 252),
        ("nse", 1, 252 * 375),
        ("nse", 5, 252 * 75),
        ("nse", 30, 252 * 13),
        ("nse", 60, 252 * 7),  # 09:15 lies within a bar: 08:30, 09:30 ... 14:30
        ("nse", 240, 252 * 3),  # 05:30, 09:30, 13:30
        ("us", 60, 252 * 7),
        ("us", 15, 252 * 26),
        ("crypto", 60, 365 * 24),
        ("crypto", 1440, 365),
    ],
)
def test_volatility_is_annualised_by_the_bars_of_a_year(name, minutes: int, bars: float) -> None:
    assert preset(name).bars_per_year(timedelta(minutes=minutes)) == bars


def test_bars_of_seconds_are_counted_too() -> None:
    assert preset("nse").bars_per_year(timedelta(seconds=10)) == 252 * 375 * 6


@pytest.mark.parametrize(("name", "calendar"), [("nse", "NSE"), ("us", "NYSE"), ("crypto", "24x7")])
def test_a_preset_has_the_calendar_of_its_exchange(name, calendar: str) -> None:
    assert preset(name).calendar == calendar


@pytest.mark.parametrize(
    "changed", [{"session_open": "10:00"}, {"session_minutes": 60}, {"timezone": "UTC"}]
)
def test_hours_of_ones_own_switch_the_calendar_of_the_preset_off(
    changed: dict[str, object],
) -> None:
    assert MarketSettings.model_validate({"name": "nse", **changed}).calendar == "none"
    named = MarketSettings.model_validate({"name": "nse", "calendar": "NSE", **changed})
    assert named.calendar == "NSE"
    same = MarketSettings.model_validate({"name": "nse", "session_open": "09:15"})
    assert same.calendar == "NSE"
