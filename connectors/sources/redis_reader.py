"""Reads a Redis stream as a member of a group, from wherever it stands; connections break outside.

First what the group has given and this reader has not (it ended, or an answer was lost), then what
comes, and now and then what members that have gone silent have left behind.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from connectors.sources.live_feed import Gap, Position, Received
from connectors.sources.redis_entries import START, Entry, Id, sort_out
from connectors.sources.redis_group import CLAIMED, Group, Standing
from connectors.sources.redis_place import Begin, Place, resumption, trimmed

_BATCH: Final = 5_000
_MOST_CLAIMED: Final = 500  # their ids stand in every position until they are acknowledged
_SHOW_UP: Final = 1.0  # seconds, at most
_LONGEST_WAIT: Final = 1.0  # well below the time after which a silent connection counts as lost


class _Batch(NamedTuple):
    entries: Sequence[Entry]
    claimed: bool = False


class StreamReader:
    """One reader of one stream. Raises what redis-py raises; then ``resume`` mends it.

    Args:
        group: to read with.
        member: name of the reader in it.
        position: where to go on; None: where the group stands.
        name: what ``Rejected.source`` says.
        begin: where a new group begins.
        claim_after: when entries of a member that has gone silent are taken over.
    """

    def __init__(
        self,
        group: Group,
        member: str,
        position: Position | None,
        *,
        name: str,
        begin: Begin,
        claim_after: timedelta,
    ) -> None:
        self.counters = {"gaps": 0, "claimed": 0, "repeated": 0}
        self.lag: int | None = None
        self._group, self._member, self._name = group, member, name
        self._begin, self._claim_after = begin, claim_after
        self._place = Place.of(position, member)
        self._behind: Iterator[_Batch] = iter(())
        self._hole, self._emptied_at = "", START
        self._claim_at = self._show_up_at = 0.0  # by the clock of time.monotonic

    def resume(self) -> None:
        """Go on from the last place: what Redis gave last may have been lost on its way."""
        group, place = self._group, self._place
        found = resumption(group.look(), place.at, self._begin, group.has)
        if found.make:
            group.create(found.at or START)
        place.at, self._hole = found.at, self._hole or found.hole
        if place.member != self._member:
            group.inherit(place.member)
            place.member = self._member
        alone = place.at is not None and not group.peers({self._member})
        self._behind = self._read_again(alone, group.look().delivered or START)

    def take(self, timeout: float) -> Received | None:
        """What is there, waiting ``timeout`` seconds at most for the first of it."""
        self._show_up()
        batch = next(self._behind, None) or self._claim() or self._follow(timeout)
        return self._received(batch) if batch.entries else None

    def acknowledge(self, durable: Position) -> bool:
        """Acknowledge some of what comes up to a position; whether that was all of it."""
        place = Place.of(durable, self._member)
        self._group.acknowledge_claimed(place.claimed)
        self._place.claimed -= place.claimed
        return self._group.acknowledge(place.at or START, _BATCH)

    def _read_again(self, alone: bool, delivered: Id) -> Iterator[_Batch]:
        """What the group has given and this reader has not."""
        group, at = self._group, self._place.at or START
        while True:
            found = group.between(at, delivered, _BATCH) if alone else group.pending(at, _BATCH)
            if not found:
                break
            at = found[-1].id
            yield _Batch(found)
        if self._place.at is None:
            self._place.at = delivered
        at = START
        while found := group.pending(at, _BATCH, claimed=True):
            at = found[-1].id
            yield _Batch([one for one in found if one.id not in self._place.claimed], claimed=True)

    def _follow(self, timeout: float) -> _Batch:
        standing, entries = self._group.fresh(_BATCH)
        if not entries and timeout > 0 and standing.last is not None:
            self._look_for_holes(standing)
            self._group.wait(standing.last, min(timeout, _LONGEST_WAIT))
            standing, entries = self._group.fresh(_BATCH)
        self._look_for_holes(standing)
        self.lag = 0 if len(entries) < _BATCH else standing.lag
        at = self._place.at or START
        if (standing.delivered or START) < at:  # the group was set back
            self.resume()
        new = [entry for entry in entries if entry.id > at]
        self.counters["repeated"] += len(entries) - len(new)
        return _Batch(new)

    def _look_for_holes(self, standing: Standing) -> None:
        delivered = standing.delivered or START
        if delivered != self._emptied_at:
            self._hole = self._hole or trimmed(standing, delivered)
        if standing.first is None and standing.last == delivered:
            self._emptied_at = delivered  # all was read before it was deleted

    def _show_up(self) -> None:
        """Keep others from claiming what this reader was given and waits to acknowledge."""
        now = time.monotonic()
        if now >= self._show_up_at:
            self._group.show_up()
            self._show_up_at = now + min(_SHOW_UP, self._claim_after.total_seconds() / 4)

    def _claim(self) -> _Batch | None:
        room, now = _MOST_CLAIMED - len(self._place.claimed), time.monotonic()
        if room <= 0 or now < self._claim_at:
            return None
        own = {self._member, self._member + CLAIMED}
        found = self._group.claim(own, self._claim_after, room)
        if not found:
            self._claim_at = now + self._claim_after.total_seconds() / 2
            return None
        self.counters["claimed"] += len(found)
        return _Batch(found, claimed=True)

    def _received(self, batch: _Batch) -> Received:
        there = [entry for entry in batch.entries if entry.fields]
        told = sort_out(there, self._name)
        gaps = _trimmed_while_pending(batch.entries)
        place = self._place
        if batch.claimed:
            place.claimed |= {entry.id for entry in batch.entries}
        else:
            if self._hole and told.moments is not None:
                gaps.append(_gap(place, told.moments[0], self._hole))
                self._hole = ""
            place.at = batch.entries[-1].id
            place.moment = place.moment if told.moments is None else told.moments[1]
        self.counters["gaps"] += len(gaps)
        return Received(told.lines, place.position, told.rejects, gaps)


def _gap(place: Place, first: int, cause: str) -> Gap:
    last = place.moment or (place.at or START)[0] * 1_000
    return Gap("", min(last, first), first, cause)


def _trimmed_while_pending(entries: Sequence[Entry]) -> list[Gap]:
    """Entries that were given, but had been trimmed when they were asked for again."""
    gone = [entry.id for entry in entries if not entry.fields]
    if not gone:
        return []
    cause = f"{len(gone)} entries were trimmed while they were pending"
    return [Gap("", gone[0][0] * 1_000, (gone[-1][0] + 1) * 1_000, cause)]
