"""What blocks, beside an event loop that must be able to end without it."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(action: Callable[[], T], ended: asyncio.Event) -> T | None:
    """What ``action`` gives, done in a thread; None as soon as the end has come.

    Then nobody waits for the thread, not even the end of the program: it may be connecting to a
    server that does not answer.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(result)  # type: ignore[arg-type]  # one of both is there
        else:
            done.set_exception(error)

    def act() -> None:
        result, error = None, None
        try:
            result = action()
        except BaseException as raised:  # raised again where it is waited for
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=act, name="build", daemon=True).start()
    end = asyncio.ensure_future(ended.wait())
    either: set[asyncio.Future[Any]] = {done, end}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    end.cancel()
    if not done.done():
        done.cancel()
        return None
    return done.result()
