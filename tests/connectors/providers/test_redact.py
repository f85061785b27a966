"""The key is in nothing that anybody could read, whatever goes wrong."""

import logging
import traceback
from pathlib import Path

import pytest

from connectors.providers.access import Access, Patience
from connectors.providers.redact import Redactor
from connectors.providers.spec import CallRecord, ProviderError
from tests.connectors.providers.replay_server import ReplayServer, Reply, key_of, open_fetcher

KEYS = {
    "alphavantage": "VERYSECRETKEY123",
    "finnhub": 'c/0d+"e&f=%secret',
    "fred": "0123456789abcdef0123456789abcdef",
}
PATHS = {"alphavantage": "/query", "finnhub": "/quote", "fred": "/series/observations"}
ASKED = {"alphavantage": "quote", "finnhub": "quote", "fred": "macro"}
ECHO = b'{"error": "the key {key} is bad", "Information": "{key}", "error_message": "{key}"}'
WAYS = {
    "refused and echoed": Reply(ECHO, status=403, echo=True),
    "echoed with 200": Reply(ECHO, echo=True),
    "echoed as text": Reply(b"key {key} unknown", status=500, echo=True),
    "echoed as HTML": Reply(b"<title>{key}</title>", echo=True),
    "limit": Reply(b"{key}", status=429, headers={"Retry-After": "99"}, echo=True),
    "cut": Reply(b"{key}", declared=999, echo=True),
    "redirect": Reply(b"{key}", status=302, headers={"Location": "/{key}"}, echo=True),
    "hang": Reply(hang=True),
}


@pytest.mark.parametrize("provider", KEYS)
@pytest.mark.parametrize("way", WAYS)
def test_no_error_log_record_or_repr_shows_the_key(
    server: ReplayServer, caplog: pytest.LogCaptureFixture, provider: str, way: str
) -> None:
    key = KEYS[provider]
    server.reply(PATHS[provider], WAYS[way])
    access = Access(key=key, url=server.url)
    fetcher = open_fetcher({provider: access}, timeout=0.2, patience=Patience(attempts=1))
    records: list[CallRecord] = []
    with caplog.at_level(logging.DEBUG), pytest.raises(ProviderError) as caught:
        fetcher.fetch(provider, ASKED[provider], ["AAPL"], on_call=records.append)
    fetcher.close()
    assert [key_of(seen) for seen in server.seen] == [key]  # it was sent
    error = caught.value
    shown = "".join(
        [
            caplog.text,
            *traceback.format_exception(error),
            repr(error),
            repr(error.__context__),
            repr(records),
            repr(access),
            repr(fetcher),
        ]
    )
    assert error.args[0] in shown
    assert not [way_ for way_ in Redactor(key)._ways if way_ in shown]


def test_an_observation_that_holds_the_key_is_redacted(server: ReplayServer) -> None:
    news = b'[{"datetime":1,"url":"u?token={key}","headline":"{key}","source":"","summary":""}]'
    server.reply("/company-news", Reply(news, echo=True))
    fetcher = open_fetcher({"finnhub": Access(key="VERYSECRETKEY123", url=server.url)})
    [item] = fetcher.fetch("finnhub", "news", ["AAPL"])
    fetcher.close()
    assert (item.url, item.title) == ("u?token=***", "***")


def test_the_key_that_alphavantage_echoes_is_redacted(shared: Path) -> None:
    body = (shared / "wire/alphavantage/rest_limit_daily_Information.json").read_bytes()
    assert b"key as XXXXXXXX and" in body
    assert b"key as *** and" in Redactor("XXXXXXXX").body(body)


def test_a_key_is_found_as_it_is_written_in_urls_and_json() -> None:
    redactor = Redactor('a b/"c+12345')
    assert redactor.text('x a b/"c+12345 y') == "x *** y"
    assert redactor.text("x a%20b/%22c%2B12345 y") == "x *** y"
    assert redactor.text("x a%20b%2F%22c%2B12345 y") == "x *** y"
    assert redactor.text("x a+b%2F%22c%2B12345 y") == "x *** y"
    assert redactor.body(b'{"k": "a b/\\"c+12345"}') == b'{"k": "***"}'


def test_a_short_key_is_taken_out_of_texts_but_not_of_answers() -> None:
    redactor = Redactor("12")
    assert redactor.text("key 12") == "key ***"
    assert redactor.body(b'{"price": 12.5}') == b'{"price": 12.5}'


def test_a_short_key_that_is_echoed_is_in_no_error(server: ReplayServer) -> None:
    server.reply("/quote", Reply(b"key {key} unknown", status=403, echo=True))
    fetcher = open_fetcher({"finnhub": Access(key="s3cr3t", url=server.url)})
    with pytest.raises(ProviderError) as caught:
        fetcher.fetch("finnhub", "quote", ["AAPL"])
    fetcher.close()
    assert str(caught.value) == "HTTP 403: key *** unknown"


def test_no_key_redacts_nothing() -> None:
    assert Redactor(None).text("text") == Redactor("").text("text") == "text"
    assert "secret" not in repr(Redactor("secret-key"))
