"""The store of volumes by slot: the curve of a session, short sessions, and taking bars back."""

import numpy as np
import pytest

from transforms.volume_profile import NEVER, VolumeProfile

NAN = np.nan


def put(profile: VolumeProfile, day: int, volumes: list[float], length: int = 4) -> list[float]:
    """Volumes of one symbol's bars from the open of a day on; returns what was usual for each."""
    profile.grow(1)
    one, usual = np.zeros(1, np.int64), []
    for slot, volume in enumerate(volumes):
        at = np.array([slot])
        profile.put(one, one + day, at, one + length, np.array([volume]))
        usual += profile.usual(one, at).tolist()
    return usual


def test_the_usual_volume_is_the_mean_of_the_last_sessions_up_to_the_slot() -> None:
    profile = VolumeProfile(sessions=2, slots=4)
    assert np.isnan(put(profile, 1, [1.0, 2.0, 3.0, 4.0])).all()
    assert np.isnan(put(profile, 2, [10.0, 20.0, 30.0, 40.0])).all()
    assert put(profile, 5, [7.0, 7.0, 7.0, 7.0]) == [5.5, 16.5, 33.0, 55.0]
    assert put(profile, 6, [0.0, 0.0]) == [(10.0 + 7.0) / 2, (30.0 + 14.0) / 2]


def test_a_short_session_counts_only_for_the_slots_that_it_has() -> None:
    profile = VolumeProfile(sessions=2, slots=4)
    put(profile, 1, [1.0, 1.0, 1.0, 1.0])
    put(profile, 2, [3.0, 3.0, 3.0, 3.0])
    put(profile, 3, [100.0], length=1)
    assert put(profile, 4, [0.0] * 4) == [(3.0 + 100.0) / 2, 4.0, 6.0, 8.0]


def test_more_short_sessions_than_are_made_up_for_leave_the_later_slots_unknown() -> None:
    profile = VolumeProfile(sessions=2, slots=2)
    for day in (1, 2):
        put(profile, day, [1.0, 1.0], length=2)
    for day in (3, 4):
        put(profile, day, [5.0], length=1)
    assert put(profile, 5, [5.0], length=1) == [5.0]
    assert put(profile, 6, [0.0, 0.0], length=2) == pytest.approx([5.0, NAN], nan_ok=True)


def test_volume_after_the_close_is_not_kept_and_compared_with_the_whole_session() -> None:
    profile = VolumeProfile(sessions=1, slots=4)
    put(profile, 1, [1.0, 2.0, 3.0, 4.0, 500.0])
    assert put(profile, 2, [0.0] * 6) == [1.0, 3.0, 6.0, 10.0, 10.0, 10.0]


def test_bars_before_the_open_open_no_session_and_have_no_usual_volume() -> None:
    profile = VolumeProfile(sessions=1, slots=2)
    profile.grow(1)
    one = np.zeros(1, np.int64)
    put(profile, 1, [1.0, 1.0], length=2)
    profile.put(one, one + 2, one - 3, one + 2, np.array([9.0]))
    assert np.isnan(profile.usual(one, one - 3)).all()
    assert put(profile, 3, [0.0, 0.0], length=2) == [1.0, 2.0]


@pytest.mark.parametrize("back", [1, 2, 3])
def test_bars_taken_back_leave_the_store_as_if_they_had_never_been(back: int) -> None:
    profile, clean = (VolumeProfile(sessions=2, slots=3) for _ in range(2))
    for day in range(8):
        put(profile, day, [day + 1.0, 2.0, 3.0], length=3)
    stays = 7 - back
    for day in range(stays + 1):
        put(clean, day, [day + 1.0, 2.0, 3.0][: 3 if day < stays else 1], length=3)
    one = np.zeros(1, np.int64)
    missing = profile.rewind(one, one + stays, one).tolist()
    assert missing == ([0] if back > 2 else [])
    if missing:
        days, slots = np.repeat(np.arange(stays), 3), np.tile(np.arange(3), stays)
        volume = np.where(slots == 0, days + 1.0, slots + 1.0)
        more = (np.append(days, stays), np.append(slots, 0), np.append(volume, stays + 1.0))
        profile.load(0, more[0], more[1], np.full(len(more[0]), 3), more[2])
    for day in range(stays, 9):
        volumes = [0.0, 7.0, 8.0] if day > stays else [stays + 1.0, 9.0]
        assert put(profile, day, volumes, length=3) == put(clean, day, volumes, length=3)


def test_taking_everything_back_forgets_the_symbol_and_no_other() -> None:
    profile = VolumeProfile(sessions=1, slots=1)
    profile.grow(2)
    both = np.arange(2)
    for day in (1, 2):
        profile.put(both, both * 0 + day, both * 0, both * 0 + 1, np.array([3.0, 5.0]))
    profile.rewind(both[:1], np.array([NEVER]), both[:1])
    profile.put(both, both * 0 + 3, both * 0, both * 0 + 1, np.array([1.0, 1.0]))
    assert profile.usual(both, both * 0).tolist() == pytest.approx([NAN, 5.0], nan_ok=True)


def test_500_symbols_at_a_minute_take_40_megabytes() -> None:
    profile = VolumeProfile(sessions=20, slots=375)
    profile.grow(500)
    arrays = [value for value in vars(profile).values() if isinstance(value, np.ndarray)]
    assert 30e6 < sum(array.nbytes for array in arrays) < 41e6
