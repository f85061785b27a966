"""Volume by the minute of earlier sessions: what the volume of a session so far is compared with.

The store is written by stepping: before bars of a symbol are stepped again, ``rewind`` takes back
everything behind the last bar that stays, so that it holds what a run without the change would
hold. It takes 8 x (sessions + 5) x bars of a session bytes per symbol: 38 MB for 500 symbols of a
375 minute session at 1m and 20 sessions; rows of symbols that do not trade are never touched.
"""

import numpy as np

from transforms.kernels.columns import Floats, Ints

SHORT = 2  # short sessions among the last n that are made up for by older ones
UNDO = 2  # sessions that a late trade, up to a day old, may take back
NEVER = -(1 << 40)  # session number of no bar


class VolumeProfile:
    """Volume per slot (place of a bar in its session) of the last sessions of every symbol.

    The curve of a session is, slot by slot, the mean over the ``sessions`` last sessions before it
    of the volume up to and including the slot. A session that closed early (Muhurat, a half day)
    has no later slots: there an older session counts in its place, up to ``SHORT`` of them. Only
    sessions in which the symbol has a bar count, and only volume between open and close.

    Args:
        sessions: n of the mean.
        slots: bars of a regular session; later ones are not kept.
    """

    def __init__(self, *, sessions: int, slots: int) -> None:
        self.sessions, self.slots = sessions, slots
        self.look = sessions + SHORT
        self._room = self.look + 1 + UNDO
        self._newest: Ints = np.zeros(0, np.int64)  # sessions opened so far; the ring's last entry
        self._kept: Ints = np.zeros(0, np.int64)  # entries of the ring that are in use
        self._older = np.zeros(0, np.bool_)  # whether entries have been let go
        self._current = np.zeros(0, np.bool_)  # whether the curve is that of the newest session
        self._number: Ints = np.zeros((0, self._room), np.int64)
        self._length: Ints = np.zeros((0, self._room), np.int64)
        self._filled: Ints = np.zeros((0, self._room), np.int64)  # highest slot with volume, or -1
        self._volume: Floats = np.zeros((0, self._room, slots))
        self._curve: Floats = np.zeros((0, slots))

    def grow(self, symbols: int) -> None:
        """Make room for ``symbols`` symbols in all."""
        have = len(self._newest)
        if symbols <= have:
            return
        for name in ("newest", "kept", "older", "current", "number", "length", "filled", "volume"):
            old = getattr(self, f"_{name}")
            new = np.zeros((symbols, *old.shape[1:]), old.dtype)  # untouched pages take no memory
            new[:have] = old
            setattr(self, f"_{name}", new)
        curve = np.zeros((symbols, self.slots))
        curve[:have] = self._curve
        self._curve = curve

    def put(self, codes: Ints, numbers: Ints, slots: Ints, lengths: Ints, volume: Floats) -> None:
        """Take the next bar of each symbol; ``slots`` before the open leave no trace.

        Args:
            codes: symbols, each once.
            numbers: of the bars' sessions.
            slots: places of the bars.
            lengths: bars of these sessions from open to close.
            volume: of the bars.
        """
        inside = np.flatnonzero(slots >= 0)
        at = self._newest[codes[inside]] % self._room
        same = self._number[codes[inside], at] == numbers[inside]
        opened = inside[~(same & (self._kept[codes[inside]] > 0))]
        if len(opened):
            self._open(codes[opened], numbers[opened], lengths[opened])
        kept = np.flatnonzero((slots >= 0) & (slots < self.slots))
        rows, places = codes[kept], slots[kept]
        at = self._newest[rows] % self._room
        self._volume[rows, at, places] = volume[kept]
        self._filled[rows, at] = places

    def _open(self, codes: Ints, numbers: Ints, lengths: Ints) -> None:
        self._newest[codes] += 1
        self._older[codes] |= self._kept[codes] == self._room
        self._kept[codes] = np.minimum(self._kept[codes] + 1, self._room)
        at = self._newest[codes] % self._room
        self._number[codes, at], self._length[codes, at] = numbers, lengths
        self._filled[codes, at], self._volume[codes, at] = -1, 0.0
        self._current[codes] = False

    def usual(self, codes: Ints, slots: Ints) -> Floats:
        """Curve of each symbol's newest session at its bar; NaN before the open, or too little.

        Behind the last slot of a regular session it stays at the whole session's volume.
        """
        rows = np.flatnonzero(slots >= 0)
        for code in codes[rows][~self._current[codes[rows]]].tolist():
            self._curve[code] = self._mean(code)
            self._current[code] = True
        found = np.full(len(codes), np.nan)
        found[rows] = self._curve[codes[rows], np.minimum(slots[rows], self.slots - 1)]
        return found

    def _mean(self, code: int) -> Floats:
        """Curve of the symbol's newest session, from those before it, oldest first."""
        before = min(int(self._kept[code]) - 1, self.look)
        at = np.arange(self._newest[code] - before, self._newest[code]) % self._room
        has = self._length[code, at][:, None] > np.arange(self.slots)
        younger = has[::-1].cumsum(axis=0)[::-1]  # sessions with the slot from this one on
        counts = has & (younger <= self.sessions)
        total = np.where(counts, self._volume[code, at].cumsum(axis=1), 0.0).sum(axis=0)
        enough = counts.sum(axis=0) == self.sessions
        return np.where(enough, total / self.sessions, np.nan)

    def rewind(self, codes: Ints, numbers: Ints, slots: Ints) -> Ints:
        """Take back every bar behind each symbol's last one that stays.

        Args:
            codes: symbols, each once.
            numbers: session of the last bar that stays; ``NEVER`` when none does.
            slots: its place.

        Returns:
            Symbols of which sessions are missing that have been let go: ``load`` them.
        """
        todo = np.arange(len(codes))
        while len(todo):
            at = self._newest[codes[todo]] % self._room
            newest = self._number[codes[todo], at]
            gone = (newest > numbers[todo]) | ((newest == numbers[todo]) & (slots[todo] < 0))
            todo = todo[gone & (self._kept[codes[todo]] > 0)]
            self._newest[codes[todo]] -= 1
            self._kept[codes[todo]] -= 1
            self._current[codes[todo]] = False
        self._empty(codes, numbers, slots)
        return codes[self._older[codes] & (self._kept[codes] <= self.look)]

    def _empty(self, codes: Ints, numbers: Ints, slots: Ints) -> None:
        """Clear the slots of the newest session behind the last bar that stays."""
        at = self._newest[codes] % self._room
        same = (self._kept[codes] > 0) & (self._number[codes, at] == numbers)
        while True:
            rows = np.flatnonzero(same & (self._filled[codes, at] > slots))
            if not len(rows):
                return
            place = self._filled[codes[rows], at[rows]]
            self._volume[codes[rows], at[rows], place] = 0.0
            self._filled[codes[rows], at[rows]] = place - 1

    def load(self, code: int, numbers: Ints, slots: Ints, lengths: Ints, volume: Floats) -> None:
        """Write one symbol anew from all its bars so far, oldest first."""
        inside = slots >= 0
        sessions = np.unique(numbers[inside])
        recent = sessions[-self.look - 1 :]
        self._newest[code] = self._kept[code] = 0
        self._older[code] = len(sessions) > len(recent)
        self._current[code] = False
        symbol = np.array([code])
        for number in recent:
            rows = np.flatnonzero(inside & (numbers == number))
            self._open(symbol, numbers[rows[:1]], lengths[rows[:1]])
            rows = rows[slots[rows] < self.slots]
            if len(rows):
                at = self._newest[code] % self._room
                self._volume[code, at, slots[rows]] = volume[rows]
                self._filled[code, at] = slots[rows[-1]]
