"""``Bars.usual_volume`` of one interval: the profiles that kernels ask for, and their rewinds."""

from collections.abc import Callable

import numpy as np

from transforms.bar_history import BarHistory
from transforms.kernels.columns import Floats, Ints
from transforms.sessions import SessionClock
from transforms.volume_profile import NEVER, VolumeProfile

MOST_SLOTS = 1500  # bars of a session; more (bars of seconds) would take megabytes per symbol


class UsualVolumes:
    """Volume profiles by the number of sessions asked for; none until a kernel asks.

    A kernel that wants a profile asks at every bar it steps: what is not asked is not recorded.

    Args:
        history: the bars of the interval.
        clock: where sessions begin.
        interval: length of a bar, microseconds.
    """

    def __init__(self, history: BarHistory, clock: SessionClock, interval: int) -> None:
        self._history, self._clock, self._interval = history, clock, interval
        self._profiles: dict[int, VolumeProfile] = {}
        self._slots = clock.regular_length(interval)

    def asked(
        self,
        codes: Ints,
        starts: Ints,
        numbers: Ints,
        volume: Floats,
        window: Callable[[str, int], Floats],
    ) -> Callable[[int], Floats]:
        """The ``usual_volume`` of a step: takes the bars, then gives what is usual for them.

        Args:
            codes: symbols, each once.
            starts: of their next bars.
            numbers: of these bars' sessions.
            volume: of these bars.
            window: of the bars.
        """

        def usual_volume(sessions: int) -> Floats:
            if self._slots > MOST_SLOTS:
                return np.full(len(codes), np.nan)
            if self._slots == 1:  # a bar is a session: the bars before it are those before it
                earlier: Floats = window("volume", sessions + 1)[:, :-1].sum(axis=1) / sessions
                return earlier
            if sessions not in self._profiles:
                self._profiles[sessions] = VolumeProfile(sessions=sessions, slots=self._slots)
            profile = self._profiles[sessions]
            profile.grow(len(self._history.last))
            slots = self._clock.slots(starts, numbers, self._interval)
            lengths = self._clock.lengths(numbers, self._interval)
            profile.put(codes, numbers, slots, lengths, volume)
            return profile.usual(codes, slots)

        return usual_volume

    def rewind(self, codes: Ints, ordinals: Ints) -> None:
        """Take back the bars from these ordinals on, which are about to be stepped again."""
        if not self._profiles:
            return
        places = ordinals - self._history.dropped[codes] - 2  # of the last bar that stays
        stays = places >= 0
        starts = self._history.get("start", codes, np.maximum(places, 0))
        numbers = np.full(len(codes), NEVER)
        slots = np.zeros(len(codes), np.int64)
        if stays.any():
            numbers[stays] = self._clock.numbers(starts[stays])
            slots[stays] = self._clock.slots(starts[stays], numbers[stays], self._interval)
        for profile in self._profiles.values():
            profile.grow(len(self._history.last))
            missing = profile.rewind(codes, numbers, slots)
            if self._history.keep is None:  # else no change reaches back further than the profile
                for code in missing.tolist():
                    self._load(profile, code, int(places[codes == code][0]) + 1)

    def _load(self, profile: VolumeProfile, code: int, count: int) -> None:
        """Fill a profile from the symbol's first ``count`` bars in the history."""
        starts = self._history.columns["start"][code, :count]
        numbers = self._clock.numbers(starts)
        slots = self._clock.slots(starts, numbers, self._interval)
        lengths = self._clock.lengths(numbers, self._interval)
        volume = self._history.get("volume", np.full(count, code), np.arange(count))
        profile.load(code, numbers, slots, lengths, volume)
