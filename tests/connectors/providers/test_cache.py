import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from connectors.providers.cache import Cache
from connectors.providers.cached import CacheCounts, Failed, Kept
from tests.connectors.providers.routing_fakes import Clock


class Loader:
    """Gives how often it was called; waits at ``gate`` when there is one."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate, self.begun = gate, threading.Event()
        self.loads: list[tuple[str, ...]] = []
        self.failing = ""

    def __call__(self, keys: Sequence[str]) -> dict[str, int | Failed]:
        self.loads.append(tuple(keys))
        self.begun.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.failing:
            return dict.fromkeys(keys, Failed(self.failing))
        return dict.fromkeys(keys, len(self.loads))


def values(kept: dict[str, Kept[int] | Failed]) -> dict[str, int | str]:
    return {key: one.reason if isinstance(one, Failed) else one.value for key, one in kept.items()}


def origins(kept: dict[str, Kept[int] | Failed]) -> list[str]:
    return [one.origin for one in kept.values() if isinstance(one, Kept)]


def test_a_value_is_given_again_until_its_time_is_over() -> None:
    clock, load = Clock(), Loader()
    cache = Cache[str, int](ttl=timedelta(seconds=900), clock=clock.seconds)
    assert values(cache.get(["x", "y", "x"], load)) == {"x": 1, "y": 1}
    clock.move(899.999)
    assert origins(cache.get(["y", "x"], load)) == ["hit", "hit"]
    clock.move(0.001)
    assert values(cache.get(["x"], load)) == {"x": 2}
    assert load.loads == [("x", "y"), ("x",)]
    assert cache.counts == CacheCounts(hits=2, shared=0, misses=3, stale=0)
    assert cache.counts.hit_rate == 0.4


def test_only_what_is_not_there_is_loaded() -> None:
    clock, load = Clock(), Loader()
    cache = Cache[str, int](clock=clock.seconds)
    cache.get(["x"], load)
    cache.get(["w", "x", "y"], load)
    assert load.loads == [("x",), ("w", "y")]


def test_an_old_value_is_given_while_renewing_fails_but_not_for_ever() -> None:
    clock, load = Clock(), Loader()
    cache = Cache[str, int](
        ttl=timedelta(seconds=10), max_stale=timedelta(seconds=60), clock=clock.seconds
    )
    cache.get(["x"], load)
    load.failing = "it is down"
    clock.move(60)
    kept = cache.get(["x", "new"], load)
    assert values(kept) == {"x": 1, "new": "it is down"}
    assert origins(kept) == ["stale"]
    assert cache.counts.stale == 1
    clock.move(0.001)
    assert values(cache.get(["x"], load)) == {"x": "it is down"}
    load.failing = ""
    assert origins(cache.get(["x"], load)) == ["call"]


def test_a_failure_is_not_kept() -> None:
    load = Loader()
    cache = Cache[str, int](clock=Clock().seconds)
    load.failing = "no"
    cache.get(["x"], load)
    load.failing = ""
    assert values(cache.get(["x"], load)) == {"x": 2}


def test_the_least_recently_used_values_are_forgotten() -> None:
    load = Loader()
    cache = Cache[str, int](size=2, clock=Clock().seconds)
    for key in ("x", "y", "x", "z", "x"):
        cache.get([key], load)
    assert len(cache) == 2
    assert load.loads == [("x",), ("y",), ("z",)]
    cache.get(["y"], load)
    assert load.loads[-1] == ("y",)


def test_fifty_threads_share_one_call() -> None:
    gate = threading.Event()
    load, start = Loader(gate), threading.Barrier(50)
    cache = Cache[str, int]()
    found: list[dict[str, int | str]] = []

    def ask() -> None:
        start.wait(10)
        found.append(values(cache.get(["x"], load)))

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    while (counts := cache.counts).misses + counts.shared < 50:
        assert any(thread.is_alive() for thread in threads)
    gate.set()
    for thread in threads:
        thread.join(10)
    assert found == [{"x": 1}] * 50
    assert load.loads == [("x",)]
    assert cache.counts == CacheCounts(hits=0, shared=49, misses=1, stale=0)


def test_tasks_and_threads_share_one_call() -> None:
    gate = threading.Event()
    load = Loader(gate)
    cache = Cache[str, int]()
    from_thread: list[dict[str, int | str]] = []
    thread = threading.Thread(target=lambda: from_thread.append(values(cache.get(["x"], load))))

    async def scene() -> list[dict[str, Kept[int] | Failed]]:
        tasks = [asyncio.create_task(cache.get_async(["x"], load)) for _ in range(30)]
        while cache.counts.shared < 30:
            await asyncio.sleep(0)
        gate.set()
        return await asyncio.gather(*tasks)

    thread.start()
    assert load.begun.wait(10)
    found = asyncio.run(scene())
    thread.join(10)
    assert [values(one) for one in found] == [{"x": 1}] * 30
    assert from_thread == [{"x": 1}]
    assert len(load.loads) == 1


def test_a_cancelled_task_leaves_the_call_to_the_others() -> None:
    gate = threading.Event()
    load = Loader(gate)
    cache = Cache[str, int]()

    async def scene() -> dict[str, int | str]:
        leader = asyncio.create_task(cache.get_async(["x"], load))
        await asyncio.to_thread(load.begun.wait, 10)
        impatient = asyncio.create_task(cache.get_async(["x"], load))
        patient = asyncio.create_task(cache.get_async(["x"], load))
        while cache.counts.shared < 2:
            await asyncio.sleep(0)
        leader.cancel()
        impatient.cancel()
        await asyncio.gather(leader, impatient, return_exceptions=True)
        assert leader.cancelled()
        assert impatient.cancelled()
        gate.set()
        return values(await patient)

    assert asyncio.run(scene()) == {"x": 1}
    assert len(load.loads) == 1


def test_a_task_that_is_cancelled_before_its_call_began_leaves_it_to_the_others_too() -> None:
    busy, load = threading.Event(), Loader()
    cache = Cache[str, int]()

    async def scene() -> dict[str, int | str]:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(1))
        occupied = loop.run_in_executor(None, busy.wait, 10)
        leader = asyncio.create_task(cache.get_async(["x"], load))
        follower = asyncio.create_task(cache.get_async(["x"], load))
        while cache.counts.shared < 1:
            await asyncio.sleep(0)
        leader.cancel()
        await asyncio.gather(leader, return_exceptions=True)
        busy.set()
        await occupied
        return values(await asyncio.wait_for(follower, 10))

    assert asyncio.run(scene()) == {"x": 1}


def test_who_waits_for_a_call_that_breaks_is_told_so_and_the_next_one_may_try() -> None:
    gate, begun = threading.Event(), threading.Event()
    cache = Cache[str, int]()

    def broken(keys: Sequence[str]) -> dict[str, int | Failed]:
        begun.set()
        assert gate.wait(10)
        raise KeyError("a fault of ours")

    def lead() -> None:
        with pytest.raises(KeyError):
            cache.get(["x"], broken)

    found: list[dict[str, int | str]] = []
    leader = threading.Thread(target=lead)
    leader.start()
    assert begun.wait(10)
    waiter = threading.Thread(target=lambda: found.append(values(cache.get(["x"], broken))))
    waiter.start()
    while cache.counts.shared < 1:
        assert waiter.is_alive()
    gate.set()
    leader.join(10)
    waiter.join(10)
    assert found == [{"x": "the call was lost"}]
    assert values(cache.get(["x"], Loader())) == {"x": 1}


def test_callers_that_want_parts_of_each_other_do_not_wait_in_a_circle() -> None:
    gates = {"x": threading.Event(), "y": threading.Event()}
    cache = Cache[str, int]()
    begun = threading.Barrier(3)

    def load(keys: Sequence[str]) -> dict[str, int | Failed]:
        begun.wait(10)
        assert gates[keys[0]].wait(10)
        return dict.fromkeys(keys, 7)

    found: list[dict[str, int | str]] = []

    def ask(*keys: str) -> None:
        found.append(values(cache.get(keys, load)))

    threads = [threading.Thread(target=ask, args=one) for one in (("x",), ("y",))]
    for thread in threads:
        thread.start()
    begun.wait(10)
    both = [threading.Thread(target=ask, args=one) for one in (("x", "y"), ("y", "x"))]
    for thread in both:
        thread.start()
    for gate in gates.values():
        gate.set()
    for thread in threads + both:
        thread.join(10)
    assert sorted(map(len, found)) == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "changed", [{"size": 0}, {"ttl": timedelta(-1)}, {"max_stale": timedelta(-1)}]
)
def test_a_cache_without_room_or_time_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is too small"):
        Cache[str, int](**changed)  # type: ignore[arg-type]
