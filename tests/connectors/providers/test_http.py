"""Providers asked from threads."""

import threading

import pytest

from connectors.providers.access import Access, Clock
from connectors.providers.spec import (
    CallRecord,
    Retryable,
)
from tests.connectors.providers.conftest import AAPL, KEY, QUOTE, Opens, Time
from tests.connectors.providers.replay_server import ReplayServer, Reply, open_fetcher, until


def test_a_quote_is_asked_for_with_the_key_and_recorded(
    server: ReplayServer, opens: Opens, time: Time
) -> None:
    server.reply("/quote", Reply(QUOTE))
    records: list[CallRecord] = []
    found = opens().fetch(
        "finnhub", "quote", ["AAPL"], charge=lambda: 2_000, on_call=records.append
    )
    assert found == [AAPL]
    [seen] = server.seen
    assert (seen.query, seen.headers["X-Finnhub-Token"]) == ({"symbol": "AAPL"}, KEY)
    assert records == [
        CallRecord(
            provider="finnhub",
            capability="quote",
            started=round(time.now * 1_000_000),
            latency_us=0,
            outcome="ok",
            bytes=len(QUOTE),
            cost_micros=2_000,
            symbols=("AAPL",),
        )
    ]


def test_closing_ends_a_question_that_waits(server: ReplayServer, opens: Opens) -> None:
    server.reply("/quote", Reply(hang=True))
    fetcher, errors = opens(timeout=60.0), []

    def ask() -> None:
        try:
            fetcher.fetch("finnhub", "quote", ["AAPL"])
        except Retryable as error:
            errors.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: server.seen)
    fetcher.close()
    asking.join(10)
    assert errors == ["the providers were closed meanwhile"]
    with pytest.raises(Retryable, match="closed"):
        fetcher.fetch("finnhub", "quote", ["AAPL"])


def test_threads_share_one_limit(server: ReplayServer) -> None:
    server.reply("/quote", Reply(QUOTE))
    access = Access(key=KEY, url=server.url, rates=((4, 3_600.0),))
    fetcher = open_fetcher({"finnhub": access}, clock=Clock())
    refused: list[Retryable] = []

    def ask() -> None:
        try:
            fetcher.fetch("finnhub", "quote", ["AAPL"])
        except Retryable as error:
            refused.append(error)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    fetcher.close()
    assert (len(server.seen), len(refused)) == (4, 8)
