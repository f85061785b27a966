from pathlib import Path

import pytest

from connectors.providers.newsapi import NewsApi
from connectors.providers.spec import Fatal, Retryable
from tests.connectors.providers.wire import Asked, Fails, Gives, check, files, parse

ASKED = Asked("news", ("AAPL",))
EXPECTED = {
    "rest_top_headlines.json": Gives(
        ASKED,
        2,
        {
            "symbol": "AAPL",
            "ts_event": 1_563_491_351_000_000,
            "source": "CNBC",
            "url": "https://www.cnbc.com/2019/07/18/fed-clarifies-williams-speech-that-market-"
            "took-as-signal-of-a-rate-cut.html",
        },
        {"source": "Cosmopolitan.com", "summary": "Are there...litter boxes?", "sentiment": None},
    ),
    "rest_error_429_rateLimited.json": Fails(ASKED, Retryable, "rateLimited", after=43_200.0),
    "rest_error_426_maximumResultsReached.json": Fails(ASKED, Fatal, "maximumResultsReached"),
    "rest_error_401_apiKeyInvalid.json": Fails(ASKED, Fatal, "apiKeyInvalid"),
    "rest_error_400_parametersMissing.json": Fails(ASKED, Fatal, "parametersMissing"),
}


@pytest.mark.parametrize("file", EXPECTED)
def test_file_of_the_wire(shared: Path, file: str) -> None:
    check(NewsApi(), shared, f"newsapi/{file}", EXPECTED[file])


def test_every_file_of_the_wire_is_expected(shared: Path) -> None:
    assert files(shared, "newsapi") == {f"newsapi/{file}" for file in EXPECTED}


def test_an_article_that_is_repeated_counts_once() -> None:
    article = (
        b'{"source":{"name":"S"},"title":"T","description":null,"url":"u",'
        b'"publishedAt":"2026-01-01T00:00:00Z"}'
    )
    body = b'{"status":"ok","articles":[' + article + b"," + article + b"]}"
    [item] = parse(NewsApi(), ASKED, body)
    assert (item.url, item.summary) == ("u", "")


def test_their_own_failure_may_pass() -> None:
    with pytest.raises(Retryable):
        parse(NewsApi(), ASKED, b'{"status":"error","code":"unexpectedError","message":""}', 500)
