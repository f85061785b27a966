"""Where a reader of a Redis stream stands, and how it goes on from there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Self

from connectors.sources.live_feed import Position
from connectors.sources.redis_entries import START, Id, id_of, text_of
from connectors.sources.redis_group import Standing

Begin = Literal["earliest", "latest"]


@dataclass
class Place:
    """What has been given on.

    Attributes:
        member: name in the group of who gave it on.
        at: last entry, in the order of the stream; None: none yet.
        claimed: entries taken over from others that are not yet acknowledged.
        moment: time of the last message, microseconds UTC; 0: none yet.
    """

    member: str
    at: Id | None = None
    claimed: set[Id] = field(default_factory=set)
    moment: int = 0

    @classmethod
    def of(cls, position: Position | None, member: str) -> Self:
        """The place that a position tells; without one ``member`` stands at none."""
        if not position:
            return cls(member)
        return cls(
            member=str(position["consumer"]),
            at=id_of(str(position["id"])),
            claimed={id_of(one) for one in str(position.get("claimed", "")).split()},
            moment=int(position.get("moment", 0)),
        )

    @property
    def position(self) -> Position:
        """For ``Received``; ids are exact."""
        at = text_of(START if self.at is None else self.at)
        found: dict[str, str | int] = {"id": at, "consumer": self.member, "moment": self.moment}
        if self.claimed:
            found["claimed"] = " ".join(text_of(one) for one in sorted(self.claimed))
        return found


@dataclass(frozen=True)
class Resumption:
    """How to go on.

    Attributes:
        at: the place to read on from; None: where the group stands.
        make: the group has to be made first, behind ``at``.
        hole: why something may have been missed; '': nothing was.
    """

    at: Id | None
    make: bool = False
    hole: str = ""


def resumption(
    standing: Standing, at: Id | None, begin: Begin, has: Callable[[Id], bool]
) -> Resumption:
    """How to go on from a place in a stream that may have changed meanwhile.

    Args:
        standing: of the stream and the group now.
        at: last entry that was read; None: none ever was.
        begin: where a new group begins.
        has: whether an entry is still there.
    """
    if standing.delivered is None:
        return _without_group(standing, at, begin, has)
    if at is None or at == START:
        return Resumption(at)
    hole = trimmed(standing, at)
    if standing.last != at and not hole and not has(at):  # a crash, or a snapshot of the past
        hole = f"Redis has lost {text_of(at)} and perhaps others"
    return Resumption(at, hole=hole)


def trimmed(standing: Standing, at: Id) -> str:
    """Why entries behind ``at`` may be missing from the stream; '': they are not.

    When ``at`` itself is gone, nobody can tell how many of those behind it are gone too.
    """
    if at == START or standing.last is None or standing.last <= at:
        return ""
    if standing.first is not None and standing.first <= at:
        return ""
    return f"the stream was trimmed past {text_of(at)} before it was read"


def _without_group(
    standing: Standing, at: Id | None, begin: Begin, has: Callable[[Id], bool]
) -> Resumption:
    if at is None or at == START:
        first = at is None and begin == "latest"
        return Resumption(standing.last or START if first else START, make=True)
    if standing.last is None:
        return Resumption(START, make=True, hole="the stream was deleted")
    if standing.last < at:
        return Resumption(START, make=True, hole="the stream was deleted and made anew")
    if has(at):  # only the group was deleted
        return Resumption(at, make=True)
    return Resumption(at, make=True, hole="the group was deleted, and the last entry read is gone")
