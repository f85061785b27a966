"""What happens to every request: an id, a measurement, a limit on its body. Pure ASGI."""

import itertools
import os
import re
import time
from collections.abc import Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.errors import BY_STATUS
from serving.problems import problem_response

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
ACCEPTABLE_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first header of that lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            found: bytes = value
            return found
    return None


class RequestId:
    """Give every request an id, the caller's ``X-Request-Id`` where it is sane; send it back.

    An id of ours is a random start of the process and a count: unique, and cheaper than randomness.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.start = os.urandom(8).hex().encode()
        self.count = itertools.count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve with ``scope["state"]["request_id"]`` set."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = header(scope, b"x-request-id")
        sane = given is not None and ACCEPTABLE_ID.fullmatch(given) is not None
        name = given if given is not None and sane else b"%b%016x" % (self.start, next(self.count))
        scope.setdefault("state", {})["request_id"] = name.decode()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                if not any(key == b"x-request-id" for key, _ in headers):
                    message["headers"] = [*headers, (b"x-request-id", name)]
            await send(message)

        await self.app(scope, receive, send_with_id)


class Measured:
    """Report route, method, status and seconds to the first byte of every answer."""

    def __init__(self, app: ASGIApp, observe: Callable[[str, str, int, float], None]) -> None:
        self.app = app
        self.observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve and measure; a request that dies without an answer counts as 500."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        answered = False

        def report(status: int) -> None:
            route = getattr(scope.get("route"), "path", "unrouted")
            method = scope["method"] if scope["method"] in METHODS else "OTHER"
            self.observe(route, method, status, time.perf_counter() - begun)

        async def send_measured(message: Message) -> None:
            nonlocal answered
            if not answered and message["type"] == "http.response.start":
                answered = True
                report(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, send_measured)
        finally:
            if not answered:
                report(500)


class BodyLimit:
    """Refuse a request body of more than ``limit`` bytes with 413, announced or not.

    Args:
        app: what is served.
        limit: of most paths. larger: of paths that end so.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int] | None = None) -> None:
        self.app = app
        self.limit = limit
        self.larger = dict(larger or {})

    def limit_of(self, path: str) -> int:
        """The limit of a path."""
        return next((most for end, most in self.larger.items() if path.endswith(end)), self.limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request whose body is small enough."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced, limit = header(scope, b"content-length"), self.limit_of(scope["path"])
        if announced is not None and announced.isdigit() and int(announced) > limit:
            detail = f"the body has {int(announced)} bytes, at most {limit} are accepted"
            await problem_response(BY_STATUS[413], detail, scope)(scope, receive, send)
            return
        read = 0

        async def receive_limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_limited, send)
