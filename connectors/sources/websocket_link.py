"""One connection to a WebSocket venue, from the handshake to its end."""

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import monotonic, time_ns
from typing import Final

import aiohttp

from connectors.sources.intake import Given, Intake
from connectors.sources.websocket_pace import SendLimit
from connectors.sources.websocket_target import Ended, FrameLog, Target
from connectors.streams.events import Control, Fatal, Retry, Shutdown, Subscribed
from connectors.streams.fields import Frame
from connectors.streams.venue import Credentials

HANDSHAKE: Final = 10.0  # seconds for connecting, and again for being subscribed
_CLOSING: Final = aiohttp.ClientWSTimeout(ws_close=1.0)
_LOOK: Final = 1.0  # seconds between two looks at whether a connection lives
_PAUSE: Final = 0.01  # seconds between two looks at a full buffer
_HOPELESS: Final = {401, 403, 404, 451}  # status of a refused handshake: key, address, country
_TEXT, _BINARY = aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY
_PING, _PONG = aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG
_LARGEST: Final = 1 << 24  # bytes of a frame


class Link:
    """A connection. Its state is read by the runner, in the same thread."""

    def __init__(
        self,
        target: Target,
        number: int,
        intake: Intake,
        log: FrameLog | None,
        on_subscribed: Callable[[], None],
    ) -> None:
        self.number = number
        self.subscribed = False
        self.retiring = asyncio.Event()  # it ends soon: have another one there before
        self.good = 0  # frames with trades
        self._target, self._venue, self._intake, self._log = target, target.venue, intake, log
        self._on_subscribed = on_subscribed
        self._limit = SendLimit(target.venue.sends_per_second)
        self._began = self._heard = monotonic()
        self._why = ""  # the watch has ended it

    @property
    def age(self) -> float:
        """Seconds since it was begun."""
        return monotonic() - self._began

    async def run(self, session: aiohttp.ClientSession) -> Ended:
        """Connect, subscribe and read until the connection ends."""
        try:
            async with await self._connected(session) as socket:
                return await self._speak(socket)
        except aiohttp.WSServerHandshakeError as error:
            return _refused(error)
        except TimeoutError:
            return Ended(f"no connection within {HANDSHAKE:.0f} s")
        except (aiohttp.ClientError, OSError) as error:
            return Ended(self._target.credentials.redact(f"{type(error).__name__}: {error}"))
        finally:
            if self._log is not None:
                self._log.end(time_ns(), self.number)

    async def _connected(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        name = self._venue.key_parameter
        async with asyncio.timeout(HANDSHAKE):
            return await session.ws_connect(
                self._target.url,
                params={name: self._target.credentials.key} if name else None,
                autoping=False,  # pings are signs of life, and answers to them count as messages
                timeout=_CLOSING,
                max_msg_size=_LARGEST,
            )

    async def _speak(self, socket: aiohttp.ClientWebSocketResponse) -> Ended:
        self._heard = monotonic()
        watch = asyncio.create_task(self._watch(socket))
        try:
            await self._send(socket, self._venue.on_open(*self._who))
            if not self._venue.acknowledges:
                self._now_subscribed()
            return await self._read(socket)
        finally:
            watch.cancel()

    def _now_subscribed(self) -> None:
        if not self.subscribed:
            self.subscribed = True
            self._on_subscribed()

    @property
    def _who(self) -> tuple[Sequence[str], Credentials]:
        return self._target.symbols, self._target.credentials

    async def _send(
        self, socket: aiohttp.ClientWebSocketResponse, frames: Sequence[str | bytes]
    ) -> None:
        """Send text as messages; bytes as the answer to a ping."""
        for frame in frames:
            if wait := self._limit.wait(monotonic()):
                await asyncio.sleep(wait)
            await (socket.send_str(frame) if isinstance(frame, str) else socket.pong(frame))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> Ended:
        while True:
            message = await socket.receive()
            kind = message.type
            self._heard = monotonic()
            if kind is _TEXT or kind is _BINARY:
                traded, controls = self._give(message.data)
                self.good += traded
                if controls and (ended := await self._answer(socket, controls)) is not None:
                    return ended
                while self._intake.full:  # what is not read waits at the venue: nothing is dropped
                    await asyncio.sleep(_PAUSE)
                    self._heard = monotonic()
            elif kind is _PING:
                await self._send(socket, [bytes(message.data)])
            elif kind is not _PONG:
                return Ended(self._why or f"closed by the venue, code {socket.close_code}")

    def _give(self, frame: Frame) -> Given:
        now = time_ns()
        if self._log is not None:
            self._log.write(now, self.number, frame)
        return self._intake.give(frame, self.number, now // 1_000)

    async def _answer(
        self, socket: aiohttp.ClientWebSocketResponse, controls: Sequence[Control]
    ) -> Ended | None:
        for event in controls:
            if (ended := self._obey(event)) is not None:
                return ended
            await self._send(socket, self._venue.on_status(event, *self._who))
        return None

    def _obey(self, event: Control) -> Ended | None:
        match event:
            case Subscribed():
                self._now_subscribed()
            case Shutdown():
                self.retiring.set()
            case Retry(reason, after):
                return Ended(self._target.credentials.redact(reason), after)
            case Fatal(reason):
                return Ended(self._target.credentials.redact(reason), fatal=True)
        return None

    async def _watch(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """End what is dead; keep alive what is quiet; renew what the venue forgets."""
        renew = self._venue.resubscribe_every or math.inf
        due = monotonic() + renew
        with suppress(ConnectionError):  # the reader is told so as well
            while not self._why:
                await asyncio.sleep(min(_LOOK, self._target.idle_timeout / 4))
                if monotonic() >= due:
                    due += renew
                    await self._send(socket, self._venue.on_open(*self._who))
                await self._judge(socket)
            await socket.close()

    async def _judge(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        idle, silent = self._target.idle_timeout, monotonic() - self._heard
        if self.age > HANDSHAKE and not self.subscribed:
            self._why = f"the subscription was not answered within {HANDSHAKE:.0f} s"
        elif silent >= idle:
            self._why = f"nothing heard for {idle:g} s"
        elif silent >= idle / 2:
            await asyncio.sleep(self._limit.wait(monotonic()))
            await socket.ping()
        if self._venue.max_age is not None and self.age >= self._venue.max_age:
            self.retiring.set()


def _refused(error: aiohttp.WSServerHandshakeError) -> Ended:
    """What the status of a refused handshake means; its text would hold the address."""
    wait = error.headers.get("Retry-After", "") if error.headers else ""
    after = float(wait) if wait.isascii() and wait.isdecimal() else 0.0
    reason = f"the handshake was answered with status {error.status}"
    return Ended(reason, after, error.status in _HOPELESS)
