"""Exchange rates over time."""

from bisect import bisect_left, bisect_right

import numpy as np

from transforms.kernels.columns import Floats, Ints


class FxTable:
    """Rates by pair; each counts from its time until the next one of the pair."""

    def __init__(self) -> None:
        self._times: dict[tuple[str, str], list[int]] = {}
        self._rates: dict[tuple[str, str], list[float]] = {}

    def __bool__(self) -> bool:
        """Any rate is known."""
        return bool(self._times)

    def put(self, currency: str, base: str, time: int, rate: float) -> bool:
        """Add or replace the rate of a pair at a time; whether that changed anything."""
        times = self._times.setdefault((currency, base), [])
        rates = self._rates.setdefault((currency, base), [])
        place = bisect_left(times, time)
        if place < len(times) and times[place] == time:
            changed = rates[place] != rate
            rates[place] = rate
            return changed
        times.insert(place, time)
        rates.insert(place, rate)
        return True

    def rate(self, currency: str, base: str, time: int) -> float:
        """Units of ``base`` for one of ``currency`` at ``time``; NaN where neither way is known."""
        if currency == base:
            return 1.0
        direct = self._last(currency, base, time)
        if np.isnan(direct):
            return 1.0 / self._last(base, currency, time)
        return direct

    def _last(self, currency: str, base: str, time: int) -> float:
        place = bisect_right(self._times.get((currency, base), []), time)
        return self._rates[currency, base][place - 1] if place else np.nan

    def over(self, currency: str, base: str, times: Ints) -> Floats:
        """The rate at each of ``times``."""
        found = (self.rate(currency, base, time) for time in times.tolist())
        return np.fromiter(found, np.float64, len(times))
