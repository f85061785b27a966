"""What blocks, beside an event loop."""

import asyncio
import threading
from time import monotonic

import pytest

from pipeline.in_thread import in_thread


def test_what_is_done_in_a_thread_comes_back() -> None:
    async def run() -> str | None:
        return await in_thread(lambda: threading.current_thread().name, asyncio.Event())

    assert asyncio.run(run()) == "build"


def test_what_is_raised_there_comes_back_too() -> None:
    def wrong() -> None:
        raise ValueError("wrong")

    async def run() -> None:
        await in_thread(wrong, asyncio.Event())

    with pytest.raises(ValueError, match="wrong"):
        asyncio.run(run())


def test_the_end_waits_for_nothing() -> None:
    never = threading.Event()

    async def run() -> bool | None:
        ended = asyncio.Event()
        asyncio.get_running_loop().call_soon(ended.set)
        return await in_thread(lambda: never.wait(60), ended)

    began = monotonic()
    assert asyncio.run(run()) is None
    assert monotonic() - began < 30
    never.set()
