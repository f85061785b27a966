"""How Yahoo is asked: as a browser would, and with a crumb once it wants one.

Yahoo tells plain HTTP clients by their TLS handshake and answers 429. ``curl_cffi``, the optional
extra ``yahoo``, shakes hands as a browser does.
"""

import importlib
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from connectors.providers.spec import Malformed, Retryable
from connectors.providers.transport import AiohttpTransport, Answer, Transport
from connectors.providers.yahoo import parse_crumb

_LOG: Final = logging.getLogger(__name__)
_COOKIE_URL: Final = "https://fc.yahoo.com"  # answers 404, with the cookie that a crumb goes with


def browser_transport(*, timeout: float = 10.0, max_bytes: int = 1 << 24) -> Transport:
    """A transport that looks like a browser; the plain one, said in the log, without the extra."""
    try:
        requests = importlib.import_module("curl_cffi.requests")
    except ImportError:
        _LOG.warning(
            "without curl_cffi Yahoo answers most requests with 429; "
            "install it: pip install 'yieldflow[yahoo]'"
        )
        return AiohttpTransport(timeout=timeout, max_bytes=max_bytes)
    return BrowserTransport(requests, timeout=timeout, max_bytes=max_bytes)


class BrowserTransport:
    """``curl_cffi`` as a transport."""

    def __init__(self, requests: Any, *, timeout: float, max_bytes: int) -> None:
        """Use ``requests``, the module ``curl_cffi.requests``."""
        self._requests, self._timeout, self._max_bytes = requests, timeout, max_bytes
        self._session: Any = None

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Send a GET, see ``Transport``; the browser's own User-Agent belongs to its handshake."""
        if self._session is None:
            self._session = self._requests.AsyncSession(impersonate="chrome", timeout=self._timeout)
        own = {name: value for name, value in headers.items() if name != "User-Agent"}
        try:
            answer = await self._session.get(
                url, params=dict(params), headers=own, allow_redirects=False, stream=True
            )
            try:
                body = await self._read(answer)
            finally:
                await answer.aclose()
            names = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status_code, names, body)
        except self._requests.RequestsError as error:  # its text holds the address
            failure = f"the connection failed: {type(error).__name__}"
        raise Retryable(failure)

    async def close(self) -> None:
        """Close connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _read(self, answer: Any) -> bytes:
        body = bytearray()
        async for chunk in answer.aiter_content():
            body += chunk
            if len(body) > self._max_bytes:
                raise Malformed(f"the answer is larger than {self._max_bytes:,} bytes")
        return bytes(body)


class CrumbTransport:
    """Adds a crumb when Yahoo answers 401, and renews it once when Yahoo does so again."""

    def __init__(self, make: Callable[[], Transport], cookie_url: str | None = _COOKIE_URL) -> None:
        """Prepare.

        Args:
            make: gives the transport to ask through, which keeps cookies; called when it is needed.
            cookie_url: gives the first cookie; None: there is none.
        """
        self._make, self._cookie_url = make, cookie_url
        self._inner: Transport | None = None
        self._crumb: str | None = None

    async def get(self, url: str, params: Mapping[str, str], headers: Mapping[str, str]) -> Answer:
        """Send a GET, see ``Transport``."""
        self._inner = inner = self._inner or self._make()
        answer = await inner.get(url, self._with_crumb(params), headers)
        if answer.status != 401:
            return answer
        if self._cookie_url:
            await inner.get(self._cookie_url, {}, headers)
        address = urlsplit(url)
        told = await inner.get(f"{address.scheme}://{address.netloc}/v1/test/getcrumb", {}, headers)
        self._crumb = parse_crumb(told.body, told.status)
        return await inner.get(url, self._with_crumb(params), headers)

    async def close(self) -> None:
        """Close connections."""
        if self._inner is not None:
            await self._inner.close()

    def _with_crumb(self, params: Mapping[str, str]) -> dict[str, str]:
        return {**params, "crumb": self._crumb} if self._crumb else dict(params)
