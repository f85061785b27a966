"""How Yahoo is asked: crumbs, and the optional client that looks like a browser."""

import asyncio
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.providers.access import Access, Patience
from connectors.providers.spec import Malformed, Retryable
from connectors.providers.transport import AiohttpTransport, Answer
from connectors.providers.yahoo_session import BrowserTransport, CrumbTransport, browser_transport
from tests.connectors.providers.replay_server import ReplayServer, Reply, open_fetcher

CHART, CRUMB, COOKIE = "/v8/finance/chart/AAPL", "/v1/test/getcrumb", "/cookie"


def ask(server: ReplayServer, times: int = 1) -> list[Answer]:
    async def run() -> list[Answer]:
        transport = CrumbTransport(AiohttpTransport, cookie_url=server.url + COOKIE)
        try:
            return [
                await transport.get(server.url + CHART, {"range": "1d"}, {}) for _ in range(times)
            ]
        finally:
            await transport.close()

    return asyncio.run(run())


def test_no_crumb_is_asked_for_as_long_as_none_is_wanted(server: ReplayServer) -> None:
    server.reply(CHART, Reply(b"{}"))
    assert [answer.status for answer in ask(server, 2)] == [200, 200]
    assert [seen.path for seen in server.seen] == [CHART, CHART]


def test_a_crumb_is_got_with_a_cookie_and_kept(server: ReplayServer, shared: Path) -> None:
    refused = (shared / "wire/yahoo/rest_error_401_invalid_crumb.json").read_bytes()
    server.reply(CHART, Reply(refused, status=401), Reply(b"{}"))
    server.reply(CRUMB, Reply(b"haT3oykhHqZ"))
    assert [answer.status for answer in ask(server, 2)] == [200, 200]
    assert [seen.path for seen in server.seen] == [CHART, COOKIE, CRUMB, CHART, CHART]
    assert server.seen[-1].query == {"range": "1d", "crumb": "haT3oykhHqZ"}


def test_a_crumb_is_renewed_once_per_request(server: ReplayServer) -> None:
    server.reply(CHART, Reply(b"{}", status=401))
    server.reply(CRUMB, Reply(b"haT3oykhHqZ"), Reply(b"new-crumb-2"))
    assert [answer.status for answer in ask(server, 2)] == [401, 401]
    assert [seen.path for seen in server.seen].count(CRUMB) == 2
    assert server.seen[-1].query["crumb"] == "new-crumb-2"


def test_too_many_requests_is_no_crumb(server: ReplayServer, shared: Path) -> None:
    text = (shared / "wire/yahoo/rest_error_429.txt").read_bytes()
    server.reply(CHART, Reply(status=401))
    server.reply(CRUMB, Reply(text))
    with pytest.raises(Retryable, match="no crumb but HTTP 200: Too Many Requests"):
        ask(server)
    assert all("crumb" not in seen.query for seen in server.seen)


def test_a_whole_question_survives_a_stale_crumb(server: ReplayServer, shared: Path) -> None:
    chart = (shared / "wire/yahoo/rest_chart_v8_AAPL_1d.json").read_bytes()
    server.reply(CHART, Reply(b"{}", status=401), Reply(chart))
    server.reply(CRUMB, Reply(b"haT3oykhHqZ"))
    fetcher = open_fetcher({"yahoo": Access(url=server.url)}, patience=Patience(attempts=1))
    [quote] = fetcher.fetch("yahoo", "quote", ["AAPL"])
    fetcher.close()
    assert quote.price == 244.87


def test_without_the_extra_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "curl_cffi.requests", None)
    with caplog.at_level(logging.WARNING):
        assert isinstance(browser_transport(), AiohttpTransport)
    assert "pip install 'yieldflow[yahoo]'" in caplog.text


class FakeCurl:
    """What we use of ``curl_cffi.requests``."""

    class RequestsError(Exception):
        pass

    def __init__(self, *chunks: bytes, error: str = "") -> None:
        self.chunks, self.error = chunks, error
        self.asked: list[dict[str, Any]] = []
        self.closed = 0

    def AsyncSession(self, **settings: object) -> "FakeCurl":
        self.asked.append(settings)
        return self

    async def get(self, url: str, **asked: object) -> SimpleNamespace:
        self.asked.append({"url": url, **asked})
        if self.error:
            raise self.RequestsError(self.error)

        async def content() -> Any:
            for chunk in self.chunks:
                yield chunk

        return SimpleNamespace(
            status_code=200, headers={"X-Y": "z"}, aiter_content=content, aclose=self.close
        )

    async def close(self) -> None:
        self.closed += 1


def test_the_browser_keeps_its_own_user_agent_and_follows_nobody() -> None:
    curl = FakeCurl(b"ab", b"c")
    transport = BrowserTransport(curl, timeout=3.0, max_bytes=10)
    answer = asyncio.run(transport.get("https://x/y", {"a": "b"}, {"User-Agent": "me", "H": "v"}))
    assert answer == Answer(200, {"x-y": "z"}, b"abc")
    session, request = curl.asked
    assert session == {"impersonate": "chrome", "timeout": 3.0}
    assert (request["headers"], request["allow_redirects"]) == ({"H": "v"}, False)
    asyncio.run(transport.close())
    assert curl.closed == 2  # the answer, then the session


def test_the_browsers_errors_may_pass_and_show_no_address() -> None:
    transport = BrowserTransport(FakeCurl(error="https://x?crumb=c"), timeout=3.0, max_bytes=10)
    with pytest.raises(Retryable, match=r"^the connection failed: RequestsError$"):
        asyncio.run(transport.get("https://x", {}, {}))
    transport = BrowserTransport(FakeCurl(b"12345", b"678901"), timeout=3.0, max_bytes=10)
    with pytest.raises(Malformed, match="larger than 10 bytes"):
        asyncio.run(transport.get("https://x", {}, {}))
