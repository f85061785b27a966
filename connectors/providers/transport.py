"""One HTTP GET with bounds: on time, on size, on where it leads."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp

from connectors.providers.spec import Malformed, Retryable

_CHUNK: Final = 1 << 16
_GZIP_OR_ZLIB: Final = 47  # window bits: any size, header told apart by zlib itself


@dataclass(frozen=True)
class Answer:
    """What came back. ``headers`` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Transport(Protocol):
    """What sends requests; used within one event loop."""

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Send a GET. Redirects are not followed: they would carry the key elsewhere.

        Raises:
            Retryable: no whole answer came. The text has neither address nor key.
        """

    async def close(self) -> None:
        """Close connections. Twice is once."""


class AiohttpTransport:
    """The usual one. Unpacks by itself, so that a small body cannot become a large one."""

    def __init__(self, *, timeout: float = 10.0, max_bytes: int = 1 << 24) -> None:
        """Wait ``timeout`` seconds for a whole answer of ``max_bytes`` at most, unpacked."""
        self._timeout, self._max_bytes = timeout, max_bytes
        self._session: aiohttp.ClientSession | None = None

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Send a GET, see ``Transport``."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._timeout), auto_decompress=False
            )
        asked = {"Accept-Encoding": "gzip", **headers}
        try:
            async with self._session.get(
                url, params=params, headers=asked, allow_redirects=False
            ) as answer:
                packed = await self._read(answer)
                names = {name.lower(): value for name, value in answer.headers.items()}
                return Answer(answer.status, names, self._unpacked(packed, names))
        except TimeoutError:
            failure = f"no whole answer within {self._timeout:g} s"
        except aiohttp.ClientError as error:  # its text may hold the address, and so the key
            failure = f"the connection failed: {type(error).__name__}"
        raise Retryable(failure)

    async def close(self) -> None:
        """Close connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in answer.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                raise self._too_large()
        return bytes(body)

    def _unpacked(self, packed: bytes, headers: Mapping[str, str]) -> bytes:
        coding = headers.get("content-encoding", "identity").lower()
        if coding == "identity" or not packed:
            return packed
        if coding not in ("gzip", "deflate"):
            raise Malformed(f"packed as {coding}, which was not asked for")
        unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            body = unpacker.decompress(packed, self._max_bytes + 1)
        except zlib.error as error:
            raise Malformed(f"packed as {coding} but broken: {error}") from None
        if len(body) > self._max_bytes:
            raise self._too_large()
        if not unpacker.eof:
            raise Malformed(f"packed as {coding} but cut")
        return body

    def _too_large(self) -> Malformed:
        return Malformed(f"the answer is larger than {self._max_bytes:,} bytes")
