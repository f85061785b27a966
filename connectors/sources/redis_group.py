"""A consumer group of a Redis stream, asked as one of its members.

A member has two lists of pending entries on the server: under its own name what the group gave it,
in the order of the stream, and under ``NAME:claimed`` what it took over from silent members, in
any order. So what a position in the stream covers is plain in the first list.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import redis

from connectors.sources.redis_client import transaction
from connectors.sources.redis_entries import Entry, Id, id_of, text_of

CLAIMED: Final = ":claimed"
_END: Final = f"{2**64 - 1}-0"  # behind every entry; with the greatest seq it would mean ">"
_HELD_LIMIT: Final = 10_000


@dataclass(frozen=True)
class Standing:
    """Where a stream and a group stand.

    Attributes:
        first: oldest entry; None: the stream is empty.
        last: newest entry there has ever been; None: there is no such stream.
        delivered: last entry the group has given to anybody; None: there is no such group.
        lag: entries the group has not given yet; None: Redis before 7.0 does not say.
    """

    first: Id | None = None
    last: Id | None = None
    delivered: Id | None = None
    lag: int | None = None


class Group:
    """Raises what redis-py raises; ``is_gone`` tells a deleted group from other errors."""

    def __init__(self, client: Any, stream: str, group: str, member: str) -> None:
        self._redis, self._stream, self._group, self._member = client, stream, group, member

    def look(self) -> Standing:
        """Where stream and group stand; raises ResponseError when the key is no stream."""
        if not self._redis.exists(self._stream):
            return Standing()
        asked = self._redis.pipeline(transaction=True)
        asked.xinfo_stream(self._stream)
        asked.xinfo_groups(self._stream)
        stream, groups = transaction(asked)
        return self._standing(stream, groups)

    def create(self, after: Id) -> None:
        """Make the group, and the stream with it, if they are not there."""
        try:
            self._redis.xgroup_create(self._stream, self._group, text_of(after), mkstream=True)
        except redis.ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):  # another member was quicker
                raise

    def peers(self, besides: Collection[str]) -> set[str]:
        """Names of the other members."""
        members = self._redis.xinfo_consumers(self._stream, self._group)
        return {one["name"].decode() for one in members} - set(besides)

    def fresh(self, count: int) -> tuple[Standing, list[Entry]]:
        """Take what nobody was given yet, and where the group stood just before."""
        asked = self._redis.pipeline(transaction=True)
        asked.xinfo_stream(self._stream)
        asked.xinfo_groups(self._stream)
        asked.xreadgroup(self._group, self._member, {self._stream: ">"}, count=count)
        stream, groups, given = transaction(asked)
        return self._standing(stream, groups), _entries(given)

    def wait(self, seen: Id, seconds: float) -> None:
        """Wait for an entry behind ``seen``, for ``seconds`` at most; it is given to nobody."""
        block = max(1, round(seconds * 1_000))  # 0 would be for ever
        self._redis.xread({self._stream: text_of(seen)}, count=1, block=block)

    def between(self, after: Id, upto: Id, count: int) -> list[Entry]:
        """Entries behind ``after``, whoever they were given to."""
        found = self._redis.xrange(self._stream, f"({text_of(after)}", text_of(upto), count)
        return [Entry(id_of(raw), fields) for raw, fields in found]

    def has(self, entry: Id) -> bool:
        """Whether an entry is still there."""
        return bool(self._redis.xrange(self._stream, text_of(entry), text_of(entry)))

    def pending(self, after: Id, count: int, *, claimed: bool = False) -> list[Entry]:
        """Entries this member was given and has not acknowledged, behind ``after``."""
        name = self._member + CLAIMED if claimed else self._member
        if not self._pending_ids(name, 1):
            return []  # asking for its entries would make a member of that name
        begin = {self._stream: text_of(after)}
        return _entries(self._redis.xreadgroup(self._group, name, begin, count=count))

    def show_up(self) -> None:
        """Be heard of: to Redis before 7.2 a member that asks for news and gets none is silent."""
        self._redis.xreadgroup(self._group, self._member, {self._stream: _END}, count=1)

    def claim(self, besides: Collection[str], silent: timedelta, count: int) -> list[Entry]:
        """Take over what members were given that have not been heard of for ``silent``."""
        limit = silent // timedelta(milliseconds=1)
        members = self._redis.xinfo_consumers(self._stream, self._group)
        idle = {one["name"].decode(): one["idle"] for one in members}
        for one in members:
            name = one["name"].decode()
            heard = min(idle[name], idle.get(name.removesuffix(CLAIMED), idle[name]))
            if name in besides or not one["pending"] or heard < limit:
                continue
            if found := self._taken(name, self._member + CLAIMED, limit, count):
                return found
        return []

    def inherit(self, member: str) -> None:
        """Take all that ``member`` was given: this one goes on in its place."""
        for suffix in ("", CLAIMED):
            while self._taken(member + suffix, self._member + suffix, 0, 1_000):
                pass
            self._redis.xgroup_delconsumer(self._stream, self._group, member + suffix)

    def acknowledge(self, upto: Id, count: int) -> bool:
        """Acknowledge at most ``count`` of what the group gave this member; whether it was all."""
        ids = self._pending_ids(self._member, count, upto)
        self._acknowledge(ids)
        return len(ids) < count

    def acknowledge_claimed(self, ids: Iterable[Id]) -> None:
        """Acknowledge what was taken over."""
        self._acknowledge([text_of(one) for one in ids])

    def _acknowledge(self, ids: Sequence[Any]) -> None:
        if ids:
            self._redis.xack(self._stream, self._group, *ids)

    def _pending_ids(self, member: str, count: int, upto: Id | None = None) -> list[bytes]:
        last = "+" if upto is None else text_of(upto)
        found = self._redis.xpending_range(
            self._stream, self._group, "-", last, count, consumername=member
        )
        return [one["message_id"] for one in found]

    def _taken(self, source: str, target: str, idle: int, count: int) -> list[Entry]:
        """Move pending entries from one list to another; without fields: trimmed meanwhile."""
        ids = self._pending_ids(source, count)
        if not ids:
            return []
        moved = self._redis.xclaim(self._stream, self._group, target, idle, ids)
        found = [Entry(id_of(raw), fields) for raw, fields in moved if raw is not None]
        if missing := set(ids) - {text_of(entry.id).encode() for entry in found}:
            found += [Entry(id_of(raw), {}) for raw in missing - self._held(missing, target)]
        return sorted(found)

    def _held(self, ids: Collection[bytes], besides: str) -> set[bytes]:
        """Which of some pending entries other members hold: one was quicker, or has woken."""
        order = sorted(ids, key=id_of)
        found = self._redis.xpending_range(
            self._stream, self._group, order[0], order[-1], _HELD_LIMIT
        )
        return {one["message_id"] for one in found if one["consumer"] != besides.encode()}

    def _standing(self, stream: Any, groups: Any) -> Standing:
        first = stream["first-entry"]
        ours = next((one for one in groups if one["name"] == self._group.encode()), None)
        return Standing(
            first=None if first is None else id_of(first[0]),
            last=id_of(stream["last-generated-id"]),
            delivered=None if ours is None else id_of(ours["last-delivered-id"]),
            lag=None if ours is None else ours.get("lag"),
        )


def _entries(given: Any) -> list[Entry]:
    return [Entry(id_of(raw), fields) for _, found in given or () for raw, fields in found]


def is_gone(error: redis.ResponseError) -> bool:
    """Whether an error says that there is no such group, or no such stream."""
    return str(error).startswith(("NOGROUP", "no such key"))
