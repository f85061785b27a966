"""Days of a market and starts of bars."""

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from transforms.sessions import DAY, MINUTE, SessionClock, SessionHours, interval_micros


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


def india(**special: tuple[str, str]) -> SessionClock:
    """NSE with special sessions such as ``d20241101=("18:00", "19:00")``, and no other calendar."""
    days = [f"{name[1:5]}-{name[5:7]}-{name[7:]}" for name in special]
    known = [
        (numbered(day), *(micros(f"{day}T{at}", "Asia/Kolkata") for at in hours))
        for day, hours in zip(days, special.values(), strict=True)
    ]
    hours = SessionHours(555, 375, np.array(known, np.int64).reshape(-1, 3))
    return SessionClock("Asia/Kolkata", hours)


def numbered(day: str) -> int:
    return (datetime.fromisoformat(day) - datetime(1970, 1, 1)).days  # noqa: DTZ001


def minutes(clock: SessionClock, starts: list[int], interval: int = MINUTE) -> list[int]:
    found = np.array(starts)
    return clock.minutes(found, clock.numbers(found), interval).tolist()


def test_minutes_count_from_the_open_and_are_negative_before_it() -> None:
    starts = [
        micros(f"2026-01-22T{at}", "Asia/Kolkata") for at in ("09:14", "09:15", "09:16", "15:30")
    ]
    assert minutes(india(), starts) == [-1, 0, 1, 375]


def test_a_special_session_counts_from_its_own_open() -> None:
    clock = india(d20241101=("18:00", "19:00"))
    ats = ("2024-10-31T09:15", "2024-11-01T09:15", "2024-11-01T18:00", "2024-11-02T09:15")
    starts = [micros(at, "Asia/Kolkata") for at in ats]
    assert minutes(clock, starts) == [0, -525, 0, 0]
    numbers = clock.numbers(np.array(starts))
    assert clock.lengths(numbers, MINUTE).tolist() == [375, 60, 60, 375]


@pytest.mark.parametrize(("interval", "first"), [(60 * MINUTE, "08:30"), (DAY, "00:00")])
def test_the_bar_that_holds_the_open_is_the_first_of_the_session(interval: int, first: str) -> None:
    clock = india()
    start = np.array([micros(f"2026-01-22T{first}", "Asia/Kolkata")])
    assert minutes(clock, start.tolist(), interval) == [0]
    assert clock.slots(start, clock.numbers(start), interval).tolist() == [0]


def test_bars_of_an_hour_that_hold_the_open_and_follow_it_have_places_of_their_own() -> None:
    clock = india()
    ats = ("07:30", "08:30", "09:30", "14:30", "15:30")
    starts = np.array([micros(f"2026-01-22T{at}", "Asia/Kolkata") for at in ats])
    numbers = clock.numbers(starts)
    assert clock.slots(starts, numbers, 60 * MINUTE).tolist() == [-1, 0, 1, 6, 7]
    assert clock.lengths(numbers, 60 * MINUTE).tolist() == [7] * 5
    assert clock.regular_length(60 * MINUTE) == 7


@pytest.mark.parametrize("day", ["2026-03-06", "2026-03-08", "2026-03-09", "2026-11-01"])
def test_regular_hours_follow_the_local_clock_through_its_changes(day: str) -> None:
    clock = SessionClock("America/New_York", SessionHours(570, 390))
    starts = [micros(f"{day}T{at}", "America/New_York") for at in ("09:29", "09:30", "15:59")]
    assert minutes(clock, starts) == [-1, 0, 389]


def test_a_date_that_is_not_known_is_told_once() -> None:
    told: list[int] = []
    known = np.array([(numbered("2026-01-22"), 0, MINUTE)])
    clock = SessionClock("Asia/Kolkata", SessionHours(555, 375, known, told.append))
    for _ in range(3):
        for day in ("2026-01-22", "2026-01-24"):
            minutes(clock, [micros(f"{day}T10:00", "Asia/Kolkata")])
    assert told == [numbered("2026-01-24")]


def test_without_hours_a_session_is_the_whole_day() -> None:
    start = micros("2026-01-22T00:00", "UTC")
    assert minutes(SessionClock("UTC"), [start, start + DAY - MINUTE]) == [0, 1439]


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
