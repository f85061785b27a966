"""Days of a market and starts of bars."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from transforms.sessions import DAY, MINUTE, SessionClock, interval_micros


def micros(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000_000)


def test_a_session_is_the_local_date() -> None:
    clock = SessionClock("Asia/Kolkata")
    late, early = (
        micros("2026-01-15T23:59", "Asia/Kolkata"),
        micros("2026-01-16T00:00", "Asia/Kolkata"),
    )
    before, after = clock.numbers(np.array([late, early]))
    assert after == before + 1


def test_a_day_starts_at_local_midnight_on_both_sides_of_a_clock_change() -> None:
    clock = SessionClock("America/New_York")
    for day in ("2026-03-08", "2026-11-01"):  # clocks go forward, clocks go back
        midnight = micros(f"{day}T00:00", "America/New_York")
        noon = micros(f"{day}T12:00", "America/New_York")
        assert clock.floor(np.array([noon, midnight]), DAY).tolist() == [midnight, midnight]


def test_shorter_bars_start_on_multiples_of_their_length() -> None:
    clock = SessionClock("Asia/Kolkata")
    instant = micros("2026-01-15T09:17:42", "Asia/Kolkata")
    [start] = clock.floor(np.array([instant]), 5 * MINUTE)
    assert start == micros("2026-01-15T09:15", "Asia/Kolkata")


def test_an_interval_is_read_with_its_unit() -> None:
    assert [interval_micros(name) for name in ("30s", "1m", "1h", "1d")] == [
        30_000_000,
        MINUTE,
        60 * MINUTE,
        DAY,
    ]


@pytest.mark.parametrize("name", ["", "7m", "1w", "m", "0m", "1.5h", "2d"])
def test_an_interval_that_does_not_divide_a_day_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must divide a day"):
        interval_micros(name)
