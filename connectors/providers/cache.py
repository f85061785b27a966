"""What providers said, kept for a while. One cache per capability.

Callers that want the same at the same time, threads and tasks alike, share one call (single
flight). What cannot be renewed is given stale, up to a maximum age. Failures are not kept: leaving
a failing provider alone is the breaker's matter.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Generic, TypeVar

from connectors.providers.cached import CacheCounts, Failed, Kept

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass
class _Claim(Generic[K, V]):
    """What one caller finds, has to load himself, and waits for."""

    found: dict[K, Kept[V] | Failed] = field(default_factory=dict)
    to_load: list[K] = field(default_factory=list)
    awaited: dict[K, Future[V | Failed]] = field(default_factory=dict)


class Cache(Generic[K, V]):
    """Values by key, the least recently used forgotten first. From any thread or event loop."""

    def __init__(
        self,
        *,
        ttl: timedelta = timedelta(seconds=900),
        max_stale: timedelta = timedelta(hours=6),
        size: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep values.

        Args:
            ttl: for how long a value is fresh.
            max_stale: age up to which a value is given when it cannot be renewed.
            size: values that are kept.
            clock: seconds that never go back.

        Raises:
            ValueError: a length is negative, or there is no room for a single value.
        """
        if min(ttl, max_stale) < timedelta() or size < 1:
            raise ValueError(
                f"`ttl`, `max_stale` or `size` is too small: {ttl}, {max_stale}, {size}"
            )
        self._ttl, self._max_stale = ttl.total_seconds(), max_stale.total_seconds()
        self._size, self._clock = size, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[K, Kept[V]] = OrderedDict()
        self._flying: dict[K, Future[V | Failed]] = {}
        self._counts = CacheCounts()

    @property
    def counts(self) -> CacheCounts:
        """What has happened so far."""
        return self._counts

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._kept)

    def get(
        self, keys: Iterable[K], load: Callable[[Sequence[K]], Mapping[K, V | Failed]]
    ) -> dict[K, Kept[V] | Failed]:
        """Give the values of ``keys``, loading in one call what nobody has or is loading.

        Args:
            keys: what is wanted.
            load: gives a value, or why there is none, for each key it is given. What it raises
                leaves ``get``; others that wait for the same are told that the call was lost.
        """
        claim = self._claim(keys)
        found = claim.found
        if claim.to_load:
            found |= self._settle(self._lead(claim.to_load, load))
        return found | self._settle({key: one.result() for key, one in claim.awaited.items()})

    async def get_async(
        self, keys: Iterable[K], load: Callable[[Sequence[K]], Mapping[K, V | Failed]]
    ) -> dict[K, Kept[V] | Failed]:
        """Do the same for a task; ``load`` runs in a worker thread.

        A task that is cancelled meanwhile takes neither the call nor its result from the others.
        """
        claim = self._claim(keys)
        found = claim.found
        if claim.to_load:
            loop = asyncio.get_running_loop()
            call = loop.run_in_executor(None, self._lead, claim.to_load, load)
            found |= self._settle(await asyncio.shield(call))
        others = [asyncio.wrap_future(one) for one in claim.awaited.values()]
        results = [await one for one in others]
        return found | self._settle(dict(zip(claim.awaited, results, strict=True)))

    def _claim(self, keys: Iterable[K]) -> _Claim[K, V]:
        claim, now = _Claim[K, V](), self._clock()
        with self._lock:
            for key in dict.fromkeys(keys):
                kept = self._kept.get(key)
                if kept is not None and now - kept.at < self._ttl:
                    claim.found[key] = kept
                    self._kept.move_to_end(key)
                elif (flying := self._flying.get(key)) is not None:
                    claim.awaited[key] = flying
                else:
                    claim.to_load.append(key)
                    self._flying[key] = flying = Future()
                    flying.set_running_or_notify_cancel()  # from now on nobody can cancel it
            self._count(hits=len(claim.found), shared=len(claim.awaited), misses=len(claim.to_load))
        return claim

    def _lead(
        self, keys: Sequence[K], load: Callable[[Sequence[K]], Mapping[K, V | Failed]]
    ) -> dict[K, V | Failed]:
        results: dict[K, V | Failed] = dict.fromkeys(keys, Failed("the call was lost"))
        try:
            loaded = load(keys)
            results |= {key: loaded[key] for key in keys if key in loaded}
        finally:
            self._land(results)
        return results

    def _land(self, results: Mapping[K, V | Failed]) -> None:
        now = self._clock()
        with self._lock:
            flown = [(self._flying.pop(key), result) for key, result in results.items()]
            for key, result in results.items():
                if not isinstance(result, Failed):
                    self._kept[key] = Kept(result, now)
                    self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        for future, result in flown:
            future.set_result(result)

    def _settle(self, results: Mapping[K, V | Failed]) -> dict[K, Kept[V] | Failed]:
        """Make values of results; an old value where there is no new one."""
        now, settled = self._clock(), dict[K, Kept[V] | Failed]()
        with self._lock:
            for key, result in results.items():
                old = self._kept.get(key)
                if not isinstance(result, Failed):
                    settled[key] = Kept(result, now, "call")
                elif old is not None and now - old.at <= self._max_stale:
                    settled[key] = replace(old, origin="stale")
                    self._count(stale=1)
                else:
                    settled[key] = result
        return settled

    def _count(self, **more: int) -> None:
        before = self._counts
        self._counts = replace(
            before, **{name: getattr(before, name) + n for name, n in more.items()}
        )
