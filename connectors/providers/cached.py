"""What a cache gives: values, or why there are none, and counts of both."""

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

V = TypeVar("V")


@dataclass(frozen=True)
class Failed:
    """Why there is no value, in one line."""

    reason: str


@dataclass(frozen=True)
class Kept(Generic[V]):
    """A value.

    Attributes:
        value: itself.
        at: when it came, by the clock of the cache.
        origin: it was there, it came by a call, or it is old as the call failed.
    """

    value: V
    at: float
    origin: Literal["hit", "call", "stale"] = "hit"


@dataclass(frozen=True)
class CacheCounts:
    """How often each thing has happened, in values asked for.

    Attributes:
        hits: there was a fresh value.
        shared: somebody was already asking for it.
        misses: it had to be asked for.
        stale: of shared and misses, those that ended with an old value.
    """

    hits: int = 0
    shared: int = 0
    misses: int = 0
    stale: int = 0

    @property
    def hit_rate(self) -> float | None:
        """Share of hits, 0 to 1; None before the first question."""
        asked = self.hits + self.shared + self.misses
        return self.hits / asked if asked else None
